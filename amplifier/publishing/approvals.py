"""Several people's yes to one content: who gave theirs, and whether they are enough.

A round begins with the approval that queued the content (`thread.approval_id`); what counts are the different names of
that round under this very hash. Names are self-declared: this guards against haste, not against a liar.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, literal_column, select

from amplifier.model import Address, Mode, State, Why
from amplifier.store.tables import account, approval, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread that waits for another person's approval."""

    address: Address
    names: tuple[str, ...]
    """Who has approved it, in order."""
    needed: int
    planned_at: datetime


def signature(name: str) -> str:
    """A name as two of them are compared: without regard to capitals and blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def different(names: Iterable[str]) -> tuple[str, ...]:
    """The names without those that are the same one again, in order."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(signature(name), name)
    return tuple(first.values())


def told(names: tuple[str, ...], needed: int) -> str:
    """How far the approvals are: `1 of 2 approvals, by Kim; waits for another name`."""
    by = f", by {', '.join(names)}" if names else ""
    return f"{len(names)} of {needed} approvals{by}; waits for another name"


def first_state(needed: int, given: int, k: int) -> tuple[State, Why | None]:
    """How post `k` of a thread that has not begun stands, when `given` people have approved it."""
    if given < needed:
        return State.HELD, Why.SECOND if k == 1 else Why.EARLIER
    return (State.QUEUED if k == 1 else State.WAITING), None


# of this round: an edit that is undone begins a new one
_ROUND = (approval.c.thread_id == thread.c.id, approval.c.hash == thread.c.hash, approval.c.id >= thread.c.approval_id)
_NAMES = (
    select(approval.c.approved_by)
    .join(thread, thread.c.id == approval.c.thread_id)
    .where(thread.c.id == bindparam("thread"), *_ROUND)
    .order_by(approval.c.id)
)
_OF_CAMPAIGN = (
    select(thread.c.id, approval.c.approved_by)
    .join(thread, thread.c.id == approval.c.thread_id)
    .join(campaign, campaign.c.id == thread.c.campaign_id)
    .where(campaign.c.name == bindparam("campaign"), *_ROUND)
    .order_by(approval.c.id)
)
_WAITING = (
    select(
        thread.c.id, campaign.c.name.label("campaign"), thread.c.name.label("thread"), account.c.name.label("account"),
        thread.c.mode, thread.c.approvals, thread.c.planned_at, approval.c.approved_by,
    )
    .select_from(post)
    .join(thread, thread.c.id == post.c.thread_id)
    .join(approval, and_(*_ROUND))
    .join(campaign, campaign.c.id == thread.c.campaign_id)
    .join(account, account.c.id == thread.c.account_id)
    .where(post.c.state == literal_column("'held'"), post.c.why == Why.SECOND.value, thread.c.current == 1)
    .order_by(thread.c.planned_at, thread.c.id, approval.c.id)
)  # fmt: skip


def names_of(connection: Connection, thread_id: int) -> tuple[str, ...]:
    """Who has approved the content of a thread's row in this round, each name once, in order."""
    return different(connection.execute(_NAMES, {"thread": thread_id}).scalars())


def names_in(connection: Connection, name: str) -> dict[int, tuple[str, ...]]:
    """The same of every thread of a campaign, by the id of its row."""
    given: dict[int, list[str]] = {}
    for thread_id, by in connection.execute(_OF_CAMPAIGN, {"campaign": name}):
        given.setdefault(thread_id, []).append(by)
    return {thread_id: different(names) for thread_id, names in given.items()}


def enough(connection: Connection, thread_id: int, needed: int) -> bool:
    """Whether as many different people as needed have approved this content. One is proven by the seal itself."""
    return needed <= 1 or len(names_of(connection, thread_id)) >= needed


def lacking(connection: Connection, thread_id: int) -> str:
    """What a thread that too few people have approved waits for, told to a person; empty for any other."""
    needed: int = connection.execute(select(thread.c.approvals).where(thread.c.id == thread_id)).scalar_one()
    return "" if enough(connection, thread_id, needed) else told(names_of(connection, thread_id), needed)


def waiting(connection: Connection) -> list[Waiting]:
    """The threads that wait for another person's approval, in the order of their times."""
    found = []
    for _, given in groupby(connection.execute(_WAITING), key=lambda row: row.id):
        rows = list(given)
        row = rows[0]
        address = Address(row.campaign, row.thread, row.account, 0, Mode(row.mode))
        found.append(Waiting(address, different(one.approved_by for one in rows), row.approvals, row.planned_at))
    return found
