"""Tell a person: run the configured program with one message as JSON on its standard input, without a shell."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amplifier.publishing.beat import Done

SECONDS = 10.0
"""An alert never holds up a beat for longer."""

log = logging.getLogger(__name__)


def message(done: Done) -> dict[str, Any]:
    """What a person needs to know of a post that waits for one."""
    return {
        "kind": "blocked" if done.why == "account blocked" else done.state.value,
        "post": str(done.address),
        "mode": done.address.mode.value,
        "why": done.why.value if done.why else None,
        "detail": done.detail,
        "at": done.at.isoformat().replace("+00:00", "Z"),
        "next": f"amplifier queue show {done.address}",
    }


def send(command: str | None, content: dict[str, Any], seconds: float = SECONDS) -> bool:
    """Run the command; False, and a warning in the log, when it did not take the message within `seconds`."""
    if not command or not command.strip():
        return False
    try:
        subprocess.run(
            shlex.split(command),
            input=json.dumps(content, ensure_ascii=False).encode(),
            timeout=seconds,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as exc:
        log.warning("the alert command did not take a message: %s", type(exc).__name__)
        return False
    return True
