"""What X's answers mean. Pure: from status, headers and body to the port's kinds.

Only what is recognised means something. Everything else is UNCLEAR, and a look settles it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

from amplifier.networks.port import Answer, Kind, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LONGEST_WAIT = timedelta(days=32)
"""No limit of X is longer than a month: a reset beyond that is no time but a mistake."""
WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
DETAIL = 240
"""Characters of X's own words that a detail keeps."""

_DUPLICATE = re.compile(r"duplicate content|status is a duplicate", re.IGNORECASE)
_DUPLICATE_CODES = {187}
_BLOCKED = re.compile(
    r"\b(?:suspended|locked)\b|app permissions|client[- ](?:forbidden|not[- ]enrolled)|read-only application"
    r"|\b(?:no|any) credits\b",
    re.IGNORECASE,
)
_BLOCKED_CODES = {64, 89, 261, 326, 416, 453}
"""Suspended, token expired, app may not write, locked, app suspended, access level too low."""
_BLOCKED_TYPES = {"oauth1-permissions", "client-forbidden", "unsupported-authentication", "credits"}
_POSTS = ("tweet", "post")
"""X's names for what we call a post."""
_EXPLICIT = {400, 403, 404, 422}
_HINTS = {
    401: "X does not accept the token; the machine's clock may also be wrong",
    402: "the X app has no credits left",
    429: "X's rate limit is reached",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer that came in whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """The parsed JSON; None when it is none."""

    @property
    def data(self) -> Any:
        """What X answered, apart from its errors."""
        return self.body.get("data") if isinstance(self.body, dict) else None

    @property
    def errors(self) -> list[Any]:
        """X's partial errors, also beside data in a 200."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        return errors if isinstance(errors, list) else []


def parse(content: bytes) -> Any:
    """The JSON in a body, or None: X answers in HTML, cut off and with nothing, too."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def published(reply: Reply, url: Callable[[str], str]) -> Answer:
    """What a 200 or 201 to a new post means; `url` makes an id's address."""
    remote_id = reply.data.get("id") if isinstance(reply.data, dict) else None
    if not is_id(remote_id):
        return Answer(Kind.UNCLEAR, detail=f"HTTP {reply.status} without a readable id")
    return Answer(Kind.ACCEPTED, Receipt(remote_id, url(remote_id)))


def deleted(reply: Reply, receipt: Receipt, now: datetime) -> Answer:
    """What an answer to a deletion means: a post that is not there any more is deleted."""
    if reply.status == 200 and isinstance(reply.data, dict) and reply.data.get("deleted") is True:
        return Answer(Kind.ACCEPTED, receipt)
    if (reply.status == 404 and _words(reply.body)) or (reply.status == 200 and missing(reply)):
        return Answer(Kind.ACCEPTED, receipt, detail="it was gone already")
    return refusal(reply, now)


def refusal(reply: Reply, now: datetime) -> Answer:
    """What any answer that is no success means for the request that it answers."""
    words = _words(reply.body)
    said = [f"HTTP {reply.status}", _HINTS.get(reply.status, ""), _shown(words)]
    detail = ": ".join(part for part in said if part)
    if reply.status == 429:
        return Answer(Kind.LIMITED, detail=detail, until=_reset(reply.headers, now))
    if reply.status in {401, 402}:
        return Answer(Kind.BLOCKED, detail=detail)
    if reply.status not in _EXPLICIT or not words:
        return Answer(Kind.UNCLEAR, detail=detail)
    text = "\n".join(words)
    codes = {code for problem in _problems(reply.body) if type(code := problem.get("code")) is int}
    types = {str(problem.get("type")).rpartition("/")[2] for problem in _problems(reply.body)}
    if _DUPLICATE.search(text) or codes & _DUPLICATE_CODES:
        return Answer(Kind.DUPLICATE, detail=detail)
    if _BLOCKED.search(text) or codes & _BLOCKED_CODES or types & _BLOCKED_TYPES:
        return Answer(Kind.BLOCKED, detail=detail)
    return Answer(Kind.REFUSED, detail=detail)


def missing(reply: Reply) -> frozenset[str]:
    """The ids of posts that X says are not there any more; no other error means that, whatever id it bears."""
    return frozenset(
        str(error.get("resource_id") or error.get("value"))
        for error in reply.errors
        if isinstance(error, dict) and _says_gone(error)
    )


def said(errors: Iterable[object]) -> str:
    """X's own words in these errors, as a detail."""
    return _shown(_words({"errors": [error for error in errors if isinstance(error, dict)]}))


def is_id(value: object) -> TypeGuard[str]:
    """Whether X could have written this as an id: digits, as text, because they outgrow a double."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def _says_gone(error: Mapping[str, Any]) -> bool:
    """About the post itself: not about a field of it, nor about whom or what it mentions."""
    kind = error.get("type")
    not_found = str(kind).endswith("/resource-not-found") if kind else error.get("title") == "Not Found Error"
    return (
        not_found
        and error.get("resource_type", "tweet") in _POSTS
        and error.get("section", "data") == "data"
        and not error.get("field")
    )


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the last of the exhausted windows opens again; None when X did not say, or said the past."""
    times = []
    for window in WINDOWS:
        remaining = _number(headers.get(f"{window}-remaining"))
        reset = _number(headers.get(f"{window}-reset"))
        exhausted = remaining == 0 or (remaining is None and window == WINDOWS[0])
        if exhausted and reset is not None and reset <= (now + LONGEST_WAIT).timestamp():
            times.append(datetime.fromtimestamp(reset, UTC))
    return max((time for time in times if time > now), default=None)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\s*[0-9]{1,15}\s*", text) else None


def _problems(body: Any) -> Iterator[Mapping[str, Any]]:
    """The body and the errors in it, as far as they are what X documents."""
    if isinstance(body, dict):
        yield body
        errors = body.get("errors")
        yield from (error for error in (errors if isinstance(errors, list) else []) if isinstance(error, dict))


def _words(body: Any) -> list[str]:
    """X's own words about what is wrong; none means that nothing was explained."""
    found = [problem.get(key) for problem in _problems(body) for key in ("title", "detail", "message", "reason")]
    return list(dict.fromkeys(word for word in found if isinstance(word, str) and word.strip()))


def _shown(words: list[str]) -> str:
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", ": ".join(words)).strip()
    return line if len(line) <= DETAIL else line[: DETAIL - 1] + "…"
