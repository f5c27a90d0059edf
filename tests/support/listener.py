"""A tiny HTTP server on loopback that remembers what was asked for, and answers as it is told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Listener:
    """`asked` are the requests' lines; `status` answers them, a `location` redirects, `hold` keeps them waiting."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    trickle: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/canary-in-the-path") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def listener() -> Iterator[Listener]:
    """Listen until the end."""
    state = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(f"{self.command} {self.path}")
            if state.trickle:
                while not state.over.wait(0.05):
                    self.wfile.write(b"HTTP/1.0 200 OK\r\n" if not state.asked[1:] else b"x")
                return
            redirect = state.location and self.path != "/there"
            self.send_response(302 if redirect else state.status)
            if redirect:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            state.over.set()
            server.shutdown()
            thread.join()
