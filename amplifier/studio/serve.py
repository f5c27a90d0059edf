"""The studio as an application: its paths, who may take them, and the server on this machine's own address.

What changes something has a path of its own that answers only POST. Pages are made in threads; only what waits for
changes is asynchronous.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from amplifier import pages
from amplifier.errors import AmplifierError, NeedsYes, UsageError
from amplifier.pages.words import speaking
from amplifier.studio import approving, calendar, campaigns, claims, live, results, sharing, threads
from amplifier.studio.changes import Changes
from amplifier.studio.desk import Asked, Desk, Refusal, go, is_text
from amplifier.studio.doors import Doors, Role, same
from amplifier.studio.guard import guarded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from amplifier.app import App
    from amplifier.studio.doors import Session

Page = Callable[[Desk, Asked], Response]
log = logging.getLogger(__name__)
THREADS, CLAIMS, APPROVE = "/campaigns/{campaign}", "/campaigns/{campaign}/claims", "/campaigns/{campaign}/approve"
STORY = "/live/{address:path}"
SHOWN: dict[str, Page] = {
    "/": campaigns.show,
    THREADS: threads.show,
    "/campaigns/{campaign}/article": threads.article,
    CLAIMS: claims.show,
    APPROVE: approving.show,
    "/campaigns/{campaign}/share": sharing.show,
    "/campaigns/{campaign}/share-kit.zip": sharing.download,
    "/calendar": calendar.show,
    "/calendar.ics": calendar.download,
    "/live": live.show,
    STORY: live.story,
    "/results": results.show,
}
"""The pages: everybody who is in may see them."""
DONE: dict[str, tuple[Page, Role, str]] = {
    f"{THREADS}/threads/{{thread}}/save": (threads.save, Role.EDITOR, THREADS),
    f"{THREADS}/threads/undo": (threads.undo, Role.EDITOR, THREADS),
    f"{CLAIMS}/scan": (claims.make_ledger, Role.EDITOR, CLAIMS),
    f"{CLAIMS}/answer": (claims.save, Role.EDITOR, CLAIMS),
    f"{CLAIMS}/drop": (claims.drop_sentence, Role.EDITOR, CLAIMS),
    f"{CLAIMS}/stand": (claims.stand_for, Role.EDITOR, CLAIMS),
    f"{CLAIMS}/undo": (claims.undo, Role.EDITOR, CLAIMS),
    f"{APPROVE}/seal": (approving.seal, Role.APPROVER, APPROVE),
    f"{THREADS}/changes": (approving.ask_for_changes, Role.EDITOR, APPROVE),
    "/calendar/{campaign}/move": (calendar.move, Role.EDITOR, "/calendar"),
    "/pause": (live.pause, Role.EDITOR, "/live"),
    "/resume": (live.resume, Role.APPROVER, "/live"),
    "/posts/cancel": (live.cancel, Role.APPROVER, STORY),
    "/posts/retry": (live.retry, Role.APPROVER, STORY),
    "/posts/resolve": (live.resolve, Role.APPROVER, STORY),
    "/posts/acknowledge": (live.acknowledge, Role.EDITOR, STORY),
    "/accounts/unblock": (live.unblock, Role.APPROVER, "/live"),
}
"""The actions, each with the role that it needs, and the page of its form: shown again when it is not done."""
QUERY = ("from", "at", "again", "month", "week", "zone")
FIELDS = 400
"""Of a form: a thread of a hundred posts has a hundred."""
AT_ONCE = 6
"""Pages that are made at once, and actions that are done at once. More of them would share the same processor, and the
one that stops everything would wait for all of them; and together they stay below the database's connections.
"""
PARTS = {
    "studio.css": ("style.css", "cards.css", "studio/studio.css"),
    "studio.js": ("studio/studio.js",),
    "icon.svg": ("studio/icon.svg",),
}
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def studio(app: App, doors: Doors, hosts: frozenset[str], stopping: Callable[[], bool]) -> ASGIApp:
    """The application, behind its guard. `hosts` are the names, with their port, under which it answers.

    `stopping`: whether the server is to end, which pages that listen would hold up.
    """
    desk = Desk(app)
    changes = Changes(desk, stopping)
    entrance = Entrance(desk, changes, doors, f"studio-{min(hosts).rpartition(':')[2]}")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await changes.begin()
        yield
        await changes.end()

    async def events(request: Request) -> Response:
        session = entrance.known(request)
        return changes.answer(session.token) if session else _outside(request)

    routes = [
        Route("/enter/{code}", entrance.enter, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
        Route("/events", events, methods=["GET"]),
        *(entrance.page(path, shown) for path, shown in SHOWN.items()),
        *(entrance.action(path, *how) for path, how in DONE.items()),
    ]
    handlers = {Exception: _mistake, HTTPStatus.NOT_FOUND: entrance.nowhere}
    application = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    return guarded(application, hosts)


@dataclass
class Entrance:
    """What all paths have in common: who asks, and what they may do."""

    desk: Desk
    changes: Changes
    doors: Doors
    cookie: str
    """Its name has the port: a browser keeps cookies for a host."""
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    acting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    stopping: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """Of their own, so that neither a crowd of readers nor of writers keeps a pause waiting."""

    def known(self, request: Request) -> Session | None:
        """The session of a request, if it has one."""
        return self.doors.session(request.cookies.get(self.cookie))

    def page(self, path: str, shown: Page) -> Route:
        """What everybody who is in may see."""

        async def answer(request: Request) -> Response:
            session = self.known(request)
            if session is None:
                return _outside(request)
            async with self.reading:
                asked = replace(_asked(request, session), seen=self.changes.number)
                return await run_in_threadpool(_show, self.desk, shown, asked)

        return Route(path, answer, methods=["GET"])

    def action(self, path: str, done: Page, role: Role, page: str) -> Route:
        """What is done by a form of this session, by somebody who has the role."""

        async def answer(request: Request) -> Response:
            session = self.known(request)
            if session is None:
                return _outside(request)
            async with request.form(max_files=0, max_fields=FIELDS) as form:
                given = form.get("token")
                if not same(given if isinstance(given, str) else None, session.token):
                    return PlainTextResponse("this form is not of this session: load the page again\n", 403)
                if not all(is_text(value) for value in form.values() if isinstance(value, str)):
                    return PlainTextResponse("this is no text\n", HTTPStatus.BAD_REQUEST)
                async with self.stopping if done is live.pause else self.acting:
                    return await run_in_threadpool(_do, self.desk, done, _asked(request, session, form), role, page)

        return Route(path, answer, methods=["POST"])

    async def nowhere(self, request: Request, _exc: Exception) -> Response:
        """There is no such page."""
        session = self.known(request)
        if session is None:
            return _outside(request)
        asked = _asked(request, session)
        _, say = speaking(asked.language)
        return await run_in_threadpool(_plain, self.desk, asked, UsageError(say("nowhere")), HTTPStatus.NOT_FOUND)

    async def enter(self, request: Request) -> Response:
        """Let somebody in who has a code."""
        key = self.doors.enter(request.path_params["code"])
        if key is None:
            return go("/") if self.known(request) else _page(request, "outside.html.j2", HTTPStatus.FORBIDDEN)
        # a page that sends the browser on: a cookie that is strict is not sent where another program led here
        response = _page(request, "enter.html.j2", HTTPStatus.OK)
        response.set_cookie(self.cookie, key, httponly=True, samesite="strict", path="/")
        return response


def _asked(request: Request, session: Session, form: FormData | None = None) -> Asked:
    return Asked(
        session.person,
        session.token,
        quote(request.scope["path"]),
        request.path_params,
        request.query_params,
        form or FormData(),
        _language(request),
        looking=_looking(request),
    )


def _looking(request: Request) -> bool:
    """Whether a person will see the answer: not an open page, nor a browser that fetches ahead or asks for its head."""
    headers = request.headers
    shown = headers.get("sec-fetch-dest", "document") == "document" and "sec-purpose" not in headers
    return shown and request.method != "HEAD"


def _show(desk: Desk, page: Page, asked: Asked) -> Response:
    try:
        return page(desk, asked)
    except AmplifierError as exc:
        return _plain(desk, asked, exc)


def _do(desk: Desk, done: Page, asked: Asked, role: Role, page: str) -> Response:
    """Do it, or show the page of the form again, with what was typed and what stands against it."""
    _, say = speaking(asked.language)
    typed = {name: asked.words(name) for name in asked.form if name != "token"} | dict(asked.names)
    again = replace(asked, path=_path(page, typed), names=typed, query=_query(typed))
    if not asked.person.may(role):
        message = say("not_yours", role=say(f"role_{role.name.lower()}"))
        return _plain(desk, again, NeedsYes(message), HTTPStatus.FORBIDDEN)
    try:
        return done(desk, asked)
    except AmplifierError as exc:
        refusal = Refusal(exc, asked.path, typed)
        again = replace(again, refused=refusal)
    with suppress(AmplifierError, KeyError):  # such as a file with mistakes: then they are shown without it
        answer = SHOWN[page](desk, again)
        if refusal.told:
            answer.status_code = HTTPStatus.BAD_REQUEST
            return answer
    return _plain(desk, again, refusal.error)


def _path(page: str, names: Mapping[str, str]) -> str:
    """The address of a page; of one that its form does not name, no more than how it begins."""
    known = defaultdict(str, {name: quote(value) for name, value in names.items()})
    return page.replace(":path}", "}").format_map(known)


def _query(typed: Mapping[str, str]) -> dict[str, str]:
    """What a page is asked by, as far as its forms tell: the thread, the question, the month."""
    return {name: typed[name] for name in QUERY if typed.get(name)}


def _plain(desk: Desk, asked: Asked, exc: AmplifierError, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Response:
    """A page of its own for what went wrong, with what was typed: nothing is lost."""
    refusal = asked.refused or Refusal(exc, asked.path, {})
    return desk.show(replace(asked, refused=refusal), "wrong.html.j2", status)


async def _mistake(_request: Request, exc: Exception) -> Response:
    """A mistake of ours: said without what it may hold, and kept in the log."""
    log.error("studio: %s", type(exc).__name__, exc_info=exc)
    told = f"this is a mistake of Amplifier's: {type(exc).__name__}; its log has it, and nothing is lost\n"
    return PlainTextResponse(told, HTTPStatus.INTERNAL_SERVER_ERROR)


def _outside(request: Request) -> Response:
    return _page(request, "outside.html.j2", HTTPStatus.FORBIDDEN)


def _page(request: Request, template: str, status: HTTPStatus) -> Response:
    language, say = speaking(_language(request))
    return HTMLResponse(pages.render(f"studio/{template}", {"language": language, "say": say}), status)


def _language(request: Request) -> str:
    """The first language that the browser asks for."""
    return request.headers.get("accept-language", "").split(",")[0].split(";")[0].strip() or "en"


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in PARTS:
        return PlainTextResponse("there is no such file\n", HTTPStatus.NOT_FOUND)
    folder = Path(pages.__file__).parent
    parts = [(folder / part).read_text("utf-8") for part in PARTS[name]]
    return Response("\n".join(parts), media_type=KINDS[Path(name).suffix])
