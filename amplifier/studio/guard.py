"""What every request must be before a page sees it, and what every answer carries: plain ASGI, around everything.

Another site in the same browser may send requests here, and may point a name of its own at this machine. So a request
comes under this machine's name, and whatever changes something comes from a page of ours.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LARGEST = 1_000_000
"""Bytes of a form: a thread of a hundred posts has fewer than 100,000."""
TOO_LARGE = f"a form has {LARGEST:,} bytes at most"
NOT_OURS = (
    "this name is not the studio's: open the address that it printed; ssh -L needs the same port on both sides, as in "
    "ssh -L 8000:127.0.0.1:8000 HOST"
)
NOT_WHOLE = "the form did not come whole"
SAFE = {"GET", "HEAD"}
HERE = "'self'"
POLICY = (
    f"default-src 'none'; script-src {HERE}; style-src {HERE}; img-src {HERE}; connect-src {HERE}; form-action {HERE}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def guarded(app: Application, hosts: frozenset[str]) -> Application:
    """The application behind the checks. `hosts` are the names, each with its port, under which it answers."""

    async def guard(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = refusal(scope["method"], headers, hosts)
        if refused:
            await _refuse(send, *refused)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in HEADERS}
                message["headers"] = [pair for pair in message["headers"] if pair[0] not in own] + list(HEADERS)
            await send(message)

        await app(scope, receive if scope["method"] in SAFE else _counted(receive), answer)

    return guard


def refusal(method: str, headers: Mapping[str, str], hosts: frozenset[str]) -> tuple[HTTPStatus, str] | None:
    """Why a request is not looked at; None: it is. Pure."""
    host = headers.get("host", "").lower()
    if host not in hosts:
        return HTTPStatus.BAD_REQUEST, NOT_OURS
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # by a link; a frame is led here, too, and could use up the wrong codes that a minute allows without being seen
    shown = headers.get("sec-fetch-dest", "document") == "document"
    led_here = method in SAFE and shown and headers.get("sec-fetch-mode") == "navigate"
    if site not in {None, "same-origin", "none"} and not led_here:
        return HTTPStatus.FORBIDDEN, "this came from another site"
    # a page without a referrer sends its forms without an origin, too; whose they are its browser says in the other one
    own = origin in {None, f"http://{host}"} or (origin == "null" and site == "same-origin")
    if not own:
        return HTTPStatus.FORBIDDEN, "this came from another site"
    if method not in SAFE and site is None and origin is None:
        return HTTPStatus.FORBIDDEN, "nothing says which page this came from"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        return HTTPStatus.BAD_REQUEST, TOO_LARGE
    return None


def _counted(receive: Receive) -> Receive:
    """What is sent in pieces may say nothing of its length, or lie; and whoever sends it may go before its end."""
    taken, more = 0, True

    async def count() -> Message:
        nonlocal taken, more
        message = await receive()
        if more and message["type"] == "http.disconnect":  # no mistake of ours, and nothing for the log
            raise HTTPException(HTTPStatus.BAD_REQUEST, NOT_WHOLE)
        more = message.get("more_body", False)
        taken += len(message.get("body", b""))
        if taken > LARGEST:
            raise HTTPException(HTTPStatus.BAD_REQUEST, TOO_LARGE)
        return message

    return count


async def _refuse(send: Send, status: HTTPStatus, said: str) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [plain, *HEADERS]})
    await send({"type": "http.response.body", "body": f"{said}\n".encode()})
