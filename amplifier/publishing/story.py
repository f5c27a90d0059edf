"""A post's whole story in time order: approvals, moves, tries and their answers, messages, what touched its account.

Everything is read from rows that are only appended to; nothing is told that was not written when it happened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from amplifier.model import State
from amplifier.publishing.alert import Kind
from amplifier.publishing.queue import address_of
from amplifier.publishing.remarks import Remark, touches
from amplifier.publishing.withdraw import Target
from amplifier.store.tables import alert, attempt, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

FINAL = {State.SENT.value, State.CANCELLED.value}
"""What touches the account afterwards touches this post no more."""
WITHDRAWALS = {"withdraw", "withdraw undone"}
_VERBS = {"publish": "sends it", "find": "looks for it", "delete": "deletes it"}
_ENDS = {"publish": State.SENDING.value, "find": State.UNKNOWN.value}
"""The state that the answer to such a try ends."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: `what` in words, by `who`, `why` if that was said; `data` is what was stored with it."""

    at: datetime
    kind: str
    """approve, override, state, attempt, alert, account blocked, pause, ack, …"""
    what: str
    who: str | None = None
    why: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    from_state: str | None = None
    to_state: str | None = None
    of_post: bool = True
    """Whether it happened to this post alone, and not to its thread, its account, its campaign or everything."""


def story(connection: Connection, row: RowMapping) -> list[Happening]:
    """All that happened to a post, read by `with_context`, oldest first."""
    own = list(connection.execute(select(event).where(event.c.post_id == row["id"]).order_by(event.c.id)).mappings())
    # beside the event's number, since several things happen at one instant
    told = [(float(item["id"]), _happened(item)) for item in (*own, *_around(connection, row, own))]
    told += _tries(connection, row, own)
    told += [(inf, said) for said in _messages(connection, row)]
    return [happening for _, happening in sorted(told, key=lambda item: (item[1].at, item[0]))]


def _happened(item: RowMapping) -> Happening:
    moved = " → ".join(filter(None, (item["from_state"], item["to_state"])))
    data = json.loads(item["data"]) if item["data"] else {}
    return Happening(
        item["at"],
        item["kind"],
        moved or item["kind"],
        item["who"],
        item["why"],
        data,
        item["from_state"],
        item["to_state"],
        of_post=item["post_id"] is not None,
    )


def _around(connection: Connection, row: RowMapping, own: list[RowMapping]) -> Iterator[RowMapping]:
    """What happened to its thread, its account, its campaign or everything, while the post had a future."""
    last = own[-1]["at"] if own and row["state"] in FINAL else None
    ours = (event.c.post_id.is_(None), or_(event.c.thread_id == row["thread_id"], event.c.thread_id.is_(None)))
    for item in connection.execute(select(event).where(*ours).order_by(event.c.id)).mappings():
        meanwhile = row["created_at"] <= item["at"] and (
            last is None or item["at"] <= last or item["kind"] in WITHDRAWALS
        )
        if item["thread_id"] is not None or (meanwhile and _touches(item, row)):
            yield item


def _touches(item: RowMapping, row: RowMapping) -> bool:
    if item["kind"] in {"pause", "resume"}:
        scope = json.loads(item["data"])
        return bool(scope["scope"] == "all" or scope["name"] == row[scope["scope"]])
    if item["kind"] in set(Remark):
        return touches(item["data"], row)
    if item["kind"] in WITHDRAWALS:
        target = Target.parse(json.loads(item["data"])["address"])
        return target is not None and target.covers(address_of(row))
    about = [(item[name], row[name]) for name in ("account_id", "campaign_id") if item[name] is not None]
    return all(theirs == ours for theirs, ours in about)


def _tries(connection: Connection, row: RowMapping, own: list[RowMapping]) -> Iterator[tuple[float, Happening]]:
    """Each try, with the event that answers it: the next one of its kind that answers no earlier try. It stands right
    before that event.
    """
    rows = connection.execute(select(attempt).where(attempt.c.post_id == row["id"]).order_by(attempt.c.id)).mappings()
    answered: set[int] = set()
    for tried in rows:
        answer = next((item for item in own if item["id"] not in answered and _answers(item, tried)), None)
        data = {"attempt": tried["kind"], "epoch": tried["epoch"], "lease_until": tried["lease_until"], "answer": None}
        if answer is not None:
            answered.add(answer["id"])
            data["answer"] = {"at": answer["at"], "what": _happened(answer).what, "why": answer["why"]}
        what = f"{_VERBS[tried['kind']]}, attempt {tried['epoch']}"
        place = inf if answer is None else answer["id"] - 0.5
        yield place, Happening(tried["at"], "attempt", what, tried["worker"], None, data)


def _answers(item: RowMapping, tried: RowMapping) -> bool:
    if item["at"] < tried["at"]:
        return False
    if tried["kind"] == "delete":
        return bool(item["kind"] in {"deleted", "not deleted"})
    return bool(item["from_state"] == _ENDS[tried["kind"]])


def _messages(connection: Connection, row: RowMapping) -> Iterator[Happening]:
    """What a person was told of it; an outage is told of in one message for all its posts."""
    named = alert.c.content.contains(json.dumps(str(address_of(row)), ensure_ascii=False), autoescape=True)
    mine = or_(alert.c.post_id == row["id"], (alert.c.kind == Kind.MISSED.value) & named)
    for said in connection.execute(select(alert).where(mine).order_by(alert.c.id)).mappings():
        how = f"delivered {said['delivered_at']:%Y-%m-%dT%H:%M:%SZ}" if said["delivered_at"] else said["detail"]
        content = json.loads(said["content"])
        yield Happening(
            said["at"],
            "alert",
            f"told: {said['kind']}",
            None,
            f"{content['detail']}; {how or 'waits to be delivered'}",
            {
                "content": content,
                "delivered_at": said["delivered_at"],
                "tries": said["tries"],
                "detail": said["detail"],
            },
        )
