"""A server on this machine's own address, and the browser that is sent there."""

from __future__ import annotations

import socket
import webbrowser

from amplifier.errors import UsageError

HOST = "127.0.0.1"


def listen(port: int | None, usual: int) -> socket.socket:
    """A socket on this machine alone, listening: a browser that comes early waits. Without `port` the usual one, or
    any that is free. Raises `UsageError` where it cannot be used.
    """
    for candidate in (usual, 0) if port is None else (port,):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, candidate))
            listening.listen()
        except OSError as exc:
            listening.close()
            why = exc.strerror
        else:
            return listening
    raise UsageError(f"port {port} cannot be used: {why}", "name another one with --port, or none")


def open_browser(url: str) -> None:
    """Open a browser that has a window of its own; one that would take this terminal is left alone."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
