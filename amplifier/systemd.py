"""Tell systemd that the service is ready, alive, or stopping: one datagram each (sd_notify(3))."""

from __future__ import annotations

import logging
import socket
from contextlib import closing

PATIENCE = 0.5
"""Seconds that a reader who does not read may hold us up."""
READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"

log = logging.getLogger(__name__)


def notify(address: str | None, state: str) -> None:
    """Send one state to the socket that systemd named; nothing without one. Trouble is logged, never raised.

    An address that begins with @ is an abstract socket.
    """
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
            channel.settimeout(PATIENCE)
            channel.connect(target)
            channel.send(state.encode())
    except OSError as exc:
        log.warning("systemd was not told %s: %s", state, exc)
