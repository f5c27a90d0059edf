"""A fake X over real HTTP on loopback, with faults by script.

In a test: `with XServer() as x: x.script(x_faults.rate_limited()) …`. As a process of its own:
`python -m tests.fakes.x_server --port 0 --state FILE` prints its address and keeps its posts in FILE; it takes
faults at `POST /fake/script` and shows posts and requests at `GET /fake`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

from amplifier.settings import AccountSettings
from tests.fakes import x_faults
from tests.fakes.x_answers import Refused, answer_to
from tests.fakes.x_faults import Fault, problem
from tests.fakes.x_oauth import authorization_of, is_signed
from tests.fakes.x_state import Account, FakePost, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

Moment = Literal["heard", "done", "answered"]
"""A request came in and nothing is done yet; it is done and not answered yet; its answer is written."""
CLOCK_SKEW = 300
"""Seconds by which a request's timestamp may differ from the server's clock."""


@dataclass(frozen=True)
class Asked:
    """One request as it came in; `account` is whose signature it bears, if it is right."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    account: str | None
    at: float
    port: int
    """The client's: two requests with the same one came over one connection."""

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class XServer:
    """Started and stopped as a context manager; everything it heard and holds can be asked at any time."""

    def __init__(
        self,
        port: int = 0,
        state: Path | None = None,
        *,
        lag: float = 0.0,
        duplicates: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`lag`: seconds until a timeline shows a post; `duplicates`: whether the same text twice is refused."""
        self.state = State(now, state, lag, refuse_duplicates=duplicates)
        self.accounts: dict[str, Account] = {}
        self.requests: list[Asked] = []
        self.stopping = threading.Event()
        self.watch: Callable[[Moment, Asked], None] = lambda _moment, _asked: None
        """Called at three moments of every request, before the next one comes: for a test that stops a client there."""
        self._faults: list[Fault] = []
        self._nonces: set[str] = set()
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fake x")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def posts(self) -> list[FakePost]:
        """What is out, in the order of its acceptance."""
        return [post for post in self.state.posts if not post.deleted]

    def account(self, name: str) -> Account:
        return self.accounts.setdefault(name, Account(name))

    def credentials(self, name: str) -> dict[str, str]:
        """The environment that makes `name` a live account on this server."""
        values = {**self.account(name).secrets, "base_url": self.url}
        return {f"AMPLIFIER_ACCOUNTS__{name.upper()}__{key.upper()}": value for key, value in values.items()}

    def settings(self, name: str, **more: str) -> AccountSettings:
        """The same as settings."""
        return AccountSettings.model_validate({**self.account(name).secrets, "base_url": self.url, **more})

    def cut(self) -> None:
        """Close the connections that clients keep."""
        self._server.cut()

    def script(self, *faults: Fault) -> None:
        """Each hits one matching request, in this order."""
        with self._lock:
            self._faults += faults

    def scripted(self, on: str) -> list[Fault]:
        """The faults of this kind that have hit nothing yet."""
        return [fault for fault in self._faults if fault.on == on]

    def asked(self, on: str) -> list[Asked]:
        """The requests that a fault with this `on` could hit."""
        return [asked for asked in self.requests if fnmatchcase(asked.line, on)]

    def delete(self, remote_id: str) -> None:
        """A person deletes a post on the network."""
        post = self.state.get(remote_id)
        assert post, f"there is no post {remote_id}"
        self.state.remove(post)

    def accept(self, name: str, asked: Asked) -> tuple[int, Any]:
        """Do what a good request asks for, whatever becomes of the answer."""
        with self._lock:
            try:
                return answer_to(self.state, self.account(name), asked.method, asked.path, asked.query, asked.body)
            except Refused as refused:
                return refused.status, refused.body

    def handle(self, asked: Asked, header: str | None, query: str) -> tuple[int, Any, Fault | None]:
        """Status and body of the answer, and the fault that spoils it."""
        with self._lock:
            if asked.path.startswith("/fake"):
                return self._inside(asked)
            account = self._signer(asked, header, query)
            self.requests.append(Asked(**{**vars(asked), "account": account.name if account else None}))
            fault = next((fault for fault in self._faults if fnmatchcase(asked.line, fault.on)), None)
            if fault:
                self._faults.remove(fault)
            if fault and fault.how == "late" and account:
                return 0, account.name, fault
            if fault and fault.how != "pass" and not fault.store:
                return fault.status, _echoed(fault, account), fault
            if account is None:
                return 401, problem(401, "Unauthorized", "Unauthorized"), fault
            status, body = self.accept(account.name, asked)
            return (fault.status, fault.body, fault) if fault and fault.status else (status, body, fault)

    def _signer(self, asked: Asked, header: str | None, query: str) -> Account | None:
        given = authorization_of(header)
        name = given.get("oauth_token", "").removeprefix("accesstoken-").removesuffix("-canary")
        account = Account(name)
        secrets = account.secrets
        good = (
            given.get("oauth_token") == secrets["access_token"]
            and given.get("oauth_consumer_key") == secrets["api_key"]
            and abs(time.time() - int(given.get("oauth_timestamp", "0"))) <= CLOCK_SKEW
            and given.get("oauth_nonce", "") not in self._nonces
            and is_signed(asked.method, asked.path, query, given, secrets["api_secret"], secrets["access_token_secret"])
        )
        self._nonces.add(given.get("oauth_nonce", ""))
        return self.accounts.setdefault(name, account) if good else None

    def _inside(self, asked: Asked) -> tuple[int, Any, None]:
        if asked.method == "POST":
            self.script(*(Fault(**fault) for fault in asked.body))
        return (
            200,
            {"posts": [asdict(post) for post in self.posts], "requests": [vars(old) for old in self.requests]},
            None,
        )


def _echoed(fault: Fault, account: Account | None) -> str:
    """A fault's body, with the secrets of the account that asked where it says so."""
    secrets = " ".join(account.secrets.values()) if account else ""
    return fault.body.replace(x_faults.SECRETS_HERE, secrets)


def _instant(value: str) -> str:
    """A header's value; `+2` is the instant two seconds from now."""
    return str(int(time.time()) + int(value)) if value.startswith("+") else value


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: XServer) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        for request in list(self._open):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def server_close(self) -> None:
        """Threads that wait for a client's next request have to end before they can be waited for."""
        self.cut()
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            sent = json.loads(raw) if raw else None
        except ValueError:
            sent = None
        fake = self.server.fake
        asked = Asked(
            self.command, parts.path, parse_qs(parts.query), sent, None, fake.state.now(), self.client_address[1]
        )
        fake.watch("heard", asked)
        status, body, fault = fake.handle(asked, self.headers.get("Authorization"), parts.query)
        fake.watch("done", asked)
        if fault and fault.how in {"drop", "hang", "late", "reset"}:
            fake.stopping.wait(fault.seconds)
            if fault.how == "late":
                fake.accept(str(body), asked)
            if fault.how == "reset":  # closed at once and with no word, the other side hears a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
            self.close_connection = True
            return
        self._answer(status, body, fault)
        self.wfile.flush()
        fake.watch("answered", asked)

    do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 - http.server's names

    def _answer(self, status: int, body: Any, fault: Fault | None) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        limits = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "99"}
        limits["x-rate-limit-reset"] = str(int(time.time()) + 900)
        self.send_response(status or 200)
        kind = "text/html" if content.startswith(b"<") else "application/json; charset=utf-8"
        headers = {name: _instant(value) for name, value in fault.headers.items()} if fault and fault.status else limits
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        how = fault.how if fault else "answer"
        if how == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        elif fault and how == "trickle":
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.fake.stopping.wait(fault.seconds / len(content)):
                    break
            self.close_connection = True
        else:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Requests are kept in `requests`, not printed."""


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--lag", type=float, default=0.0)
    parser.add_argument("--duplicates", action="store_true", help="accept the same text twice, as X does not")
    chosen = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with XServer(chosen.port, chosen.state, lag=chosen.lag, duplicates=not chosen.duplicates) as server:
        print(server.url, flush=True)  # noqa: T201 - how the caller learns the port
        ended.wait()


if __name__ == "__main__":
    main()
