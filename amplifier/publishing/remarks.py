"""What people did to a campaign's files and asked of each other, kept in the log beside what was done to its posts.

A campaign that was never approved has no row yet, so that an event of these kinds names it in its data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from amplifier.model import State, Why
from amplifier.store import journal
from amplifier.store.tables import campaign, event, post

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import RowMapping

    from amplifier.store.engine import Store

NEWEST = 500
"""So many of the newest are looked through."""


class Remark(StrEnum):
    """The kinds of such events."""

    ASKED = "changes asked"
    WORDS = "words proposed"
    TIME = "time proposed"


@dataclass(frozen=True, slots=True)
class Said:
    """One of them."""

    at: datetime
    who: str
    why: str


def remark(store: Store, kind: Remark, who: str, now: datetime, *, why: str, **about: Any) -> None:
    """Keep one; `about` names its campaign, and its thread if it is about one."""
    with store.write() as connection:
        journal.record(connection, now, who, kind.value, why=why, data=about)


def asked(store: Store, name: str, most: int = 20) -> list[Said]:
    """What was asked to be changed in a campaign, the newest first."""
    query = select(event.c.at, event.c.who, event.c.why, event.c.data).where(event.c.kind == Remark.ASKED.value)
    with store.read() as connection:
        rows = connection.execute(query.order_by(event.c.id.desc()).limit(NEWEST)).all()
    found = [Said(row.at, row.who, row.why or "") for row in rows if json.loads(row.data)["campaign"] == name]
    return found[:most]


def open_requests(store: Store, name: str) -> list[Said]:
    """What was asked to be changed since the campaign was last approved by all that it takes, the newest first."""
    waiting = select(post.c.thread_id).where(post.c.state == State.HELD.value, post.c.why == Why.SECOND.value)
    query = (
        select(func.max(event.c.at))
        .join(campaign, campaign.c.id == event.c.campaign_id)
        .where(event.c.kind == "approve", campaign.c.name == name, event.c.thread_id.not_in(waiting))
    )
    with store.read() as connection:
        last = connection.execute(query).scalar()
    return [one for one in asked(store, name) if last is None or one.at > last]


def touches(data: str, row: RowMapping) -> bool:
    """Whether one of them is about a post, read with its campaign and thread."""
    about = json.loads(data)
    return about["campaign"] == row["campaign"] and about.get("thread") in {None, row["thread"]}
