"""What can go wrong at X, as values to be scripted: each hits one matching request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

POST, ME, READ = "POST /2/tweets", "GET /2/users/me", "GET /2/tweets"
TIMELINE, DELETE = "GET /2/users/*/tweets", "DELETE /2/tweets/*"
PROBLEMS = "https://api.twitter.com/2/problems/"
SECRETS_HERE = "{secrets}"
"""In a fault's body: the four credentials of the account that asked."""


@dataclass(frozen=True)
class Fault:
    """One fault: is the request done first (`store`), and in which way does the answer fail?

    `on` is "METHOD path", with `*` for what may be anything. `how`: `answer` sends `status` and `body` instead,
    `drop` closes, `reset` breaks the connection, `hang` is silent for `seconds`, `late` does what is asked only
    after `seconds` and is silent, `trickle` sends the answer byte by byte over `seconds`, `cut` closes in the
    middle of the answer. With `status` 0 the answer is the one that the request would have had. A header `+2` becomes
    the instant two seconds after the answer.
    """

    how: Literal["pass", "answer", "drop", "reset", "hang", "late", "trickle", "cut"]
    on: str = POST
    store: bool = False
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def problem(status: int, title: str, detail: str | None, kind: str = "about:blank", **more: Any) -> dict[str, Any]:
    """An error's body as X writes it."""
    return {"title": title, "type": kind, "status": status, "detail": detail, **more}


def answer(
    status: int, body: Any, on: str = POST, *, store: bool = False, headers: dict[str, str] | None = None
) -> Fault:
    """Answers with this; a body that is no text is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Fault("answer", on, store=store, status=status, body=text, headers=headers or {})


def passed(on: str = POST) -> Fault:
    """Lets one request through, so that the next fault hits a later one."""
    return Fault("pass", on)


def rate_limited(on: str = POST, headers: dict[str, str] | None = None) -> Fault:
    """Says 429; `headers` are all that there are about limits."""
    return answer(429, problem(429, "Too Many Requests", "Too Many Requests"), on, headers=headers)


def duplicate() -> Fault:
    detail = "You are not allowed to create a Tweet with duplicate content."
    return answer(403, problem(403, "Forbidden", detail))


def suspended(on: str = POST) -> Fault:
    return answer(403, problem(403, "Forbidden", "Your account is suspended and is not permitted to do this."), on)


def locked() -> Fault:
    errors = [{"code": 326, "message": "To protect our users, this account has been temporarily locked."}]
    return answer(403, {"errors": errors})


def app_may_not_write() -> Fault:
    detail = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
    return answer(403, problem(403, "Forbidden", detail, PROBLEMS + "oauth1-permissions"))


def reply_refused() -> Fault:
    detail = "Reply to this conversation is not allowed because you have not been mentioned by the author."
    return answer(403, problem(403, "Forbidden", detail))


def unauthorized(on: str = POST) -> Fault:
    return answer(401, problem(401, "Unauthorized", "Unauthorized"), on)


def no_credits(on: str = POST) -> Fault:
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return answer(402, problem(402, "CreditsDepleted", detail, PROBLEMS + "credits"), on)


def server_error(status: int = 503, on: str = POST, *, html: bool = False, store: bool = False) -> Fault:
    body: Any = problem(status, "Service Unavailable", "Service Unavailable")
    return answer(status, "<html><body>Over capacity</body></html>" if html else body, on, store=store)


def drop(on: str = POST, *, store: bool = False) -> Fault:
    return Fault("drop", on, store=store)


def hang(seconds: float, on: str = POST, *, store: bool = False) -> Fault:
    return Fault("hang", on, store=store, seconds=seconds)


def reset(on: str = POST, *, store: bool = False) -> Fault:
    return Fault("reset", on, store=store)


def late(seconds: float, on: str = POST) -> Fault:
    """Is accepted only after the client may have gone, and never answered."""
    return Fault("late", on, seconds=seconds)


def echo(status: int = 403, on: str = POST) -> Fault:
    """Repeats the credentials in its error, as a careless proxy might."""
    detail = f"Not allowed for {SECRETS_HERE}"
    return answer(status, problem(status, "Forbidden", detail), on)


def trickle(seconds: float, on: str = POST, *, store: bool = True) -> Fault:
    return Fault("trickle", on, store=store, seconds=seconds)


def truncated(on: str = POST) -> Fault:
    return Fault("cut", on, store=True)


def broken_json() -> Fault:
    """A whole answer with half a body: nothing in HTTP says that it is torn."""
    return answer(201, '{"data":{"id":"17', store=True)


def empty(status: int = 201) -> Fault:
    return answer(status, "", store=True)
