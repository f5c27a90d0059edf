"""The studio over real HTTP on loopback, and a visitor who has come in."""

from __future__ import annotations

import http.client
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from amplifier.app import App, open_app
from amplifier.cli.connections import server as serving
from amplifier.cli.loopback import HOST, listen
from amplifier.settings import load_settings
from amplifier.studio.doors import Doors, Person, Role
from amplifier.studio.serve import studio
from amplifier.workspace import Workspace
from tests.support.html import Page, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.house import House

KIM = Person("Kim", Role.APPROVER)
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def page(self) -> Page:
        return parse(self.text)


@dataclass
class Visitor:
    """Somebody with a browser, told by nothing but requests. Every form carries the token of the page before."""

    port: int
    app: App
    doors: Doors
    cookie: str = ""
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def code(self, person: Person = KIM) -> str:
        """A new launch code."""
        return self.doors.invite([person])[person]

    def enter(self, person: Person = KIM) -> Visitor:
        """Come in."""
        answer = self.ask("GET", f"/enter/{self.code(person)}")
        assert answer.status == 200
        self.cookie = answer.headers["set-cookie"].split(";")[0]
        return self

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request, with these headers (`_` for `-`) and the cookie; an empty header is left out."""
        told = {
            "cookie": self.cookie,
            **self.headers,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        try:
            connection.request(method, path, body or None, {name: value for name, value in told.items() if value})
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()
        found = TOKEN.search(answer.body.decode("utf-8", "replace"))
        self.token = found[1] if found else self.token
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path, sec_fetch_site="same-origin")

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form as the page before would."""
        body = urlencode({"token": self.token, **fields}).encode()
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, content_type=kind, origin=self.origin, sec_fetch_site="same-origin")


@contextmanager
def served(house: House, **environment: str) -> Iterator[Visitor]:
    """The studio of a workspace, on a port of its own; ended with the block."""
    settings = load_settings(house.root, {**house.environment, **environment})
    app = open_app(Workspace(house.root), settings)
    doors = Doors(app.ticks)
    listening = listen(0, 0)
    port = listening.getsockname()[1]
    hosts = frozenset(f"{name}:{port}" for name in (HOST, "localhost"))
    server = serving(studio(app, doors, hosts, lambda: server.should_exit))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Visitor(port, app, doors)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
        app.close()
