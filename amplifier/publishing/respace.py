"""What becomes of what a pause made late: skipped, moved to now and onwards, or held for a person."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal, literal_column, or_, select, update

from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import moves
from amplifier.publishing.queue import IN_DOUBT, QUEUED, address_of, with_context
from amplifier.store.tables import post, thread
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row, RowMapping

    from amplifier.publishing.missed import Missed

FRESH: Mapping[str, Any] = {"tries": 0, "first_tried_at": None}
"""A person's new time begins anew what was tried in vain."""


class Choice(StrEnum):
    """What a person decides about what was missed."""

    SKIP = "skip"  # cancel it
    RESPACE = "respace"  # now and onwards, in order
    HOLD = "hold"  # for review


@dataclass
class Dealt:
    """What was done, by address, in the order of sending."""

    skipped: list[Address] = field(default_factory=list)
    moved: list[tuple[Address, datetime]] = field(default_factory=list)
    """With the new time."""
    held: list[Address] = field(default_factory=list)


def starts(
    now: datetime, threads: Sequence[tuple[datetime, timedelta]], taken: Sequence[tuple[datetime, timedelta]]
) -> Iterator[datetime]:
    """New starts for threads of one account, each given with its own time and `thread_gap`. Pure.

    They keep their order; none starts before `now` or its own time; between two starts, also those that are `taken`,
    lies at least the larger of both gaps.
    """
    diary, earliest = sorted(taken), now
    widest = max((gap for _, gap in (*threads, *taken)), default=timedelta())
    for due, gap in threads:
        at = max(due, earliest)
        while clashes := [
            other + max(gap, theirs)
            for other, theirs in diary[
                bisect_left(diary, at - widest, key=itemgetter(0)) : bisect_right(diary, at + widest, key=itemgetter(0))
            ]
            if abs(at - other) < max(gap, theirs)
        ]:
            at = max(clashes)
        yield at
        insort(diary, (at, gap))
        earliest = at


def deal(
    connection: Connection,
    missed: Sequence[Missed],
    chosen: Callable[[Missed], Choice],
    *,
    why: str,
    who: str,
    now: datetime,
    because: str,
) -> Dealt:
    """Do with each missed post what was chosen. In the caller's transaction, under `queue.lock`."""
    dealt, onwards = Dealt(), []
    for found in missed:
        match chosen(found):
            case Choice.SKIP:
                _change(connection, found.row, State.CANCELLED, f"skipped: {why}", who, now, why=Why.BY_PERSON)
                dealt.skipped.append(address_of(found.row))
            case Choice.RESPACE:
                onwards.append(found)
            case _:
                dealt.held.append(found.hold(connection, who, now, because).address)
    for account_id in dict.fromkeys(found.row["account_id"] for found in onwards):
        mine = [found for found in onwards if found.row["account_id"] == account_id]
        dealt.moved += _respace(connection, account_id, mine, f"moved: {why}", who, now)
    return dealt


def _respace(
    connection: Connection, account_id: int, missed: Sequence[Missed], detail: str, who: str, now: datetime
) -> Iterator[tuple[Address, datetime]]:
    """Move one account's missed posts: those of begun threads first, then first posts, a `thread_gap` apart.

    A later thread of the same campaigns that would now come too early is pushed back, so that they keep their order;
    other campaigns keep their times, and are kept clear of.
    """
    for found in missed:
        if found.begun:
            _change(connection, found.row, State.QUEUED, detail, who, now, due_at=now, **FRESH)
            yield address_of(found.row), now
    late = {found.row["id"] for found in missed if not found.begun}
    own = {found.row["campaign_id"] for found in missed if not found.begun}
    if not late:
        return
    queued = _roots(connection, account_id)
    mine = [row for row in queued if row.campaign_id in own]
    others = [(row.due_at, timedelta(seconds=row.thread_gap)) for row in queued if row.campaign_id not in own]
    times = starts(
        now,
        [(row.due_at, timedelta(seconds=row.thread_gap)) for row in mine],
        [*others, *_begun(connection, account_id, now)],
    )
    for root, at in zip(mine, times, strict=True):
        if at == root.due_at and root.id not in late:
            return  # from here on nothing is in the way
        yield _move_thread(connection, root.thread_id, at, detail, who, now), at


def _roots(connection: Connection, account_id: int) -> Sequence[Row[Any, Any, Any, Any, Any]]:
    """The account's threads that have not begun, in the order of sending."""
    return connection.execute(
        select(post.c.id, post.c.thread_id, post.c.campaign_id, post.c.due_at, thread.c.thread_gap)
        .join(thread, thread.c.id == post.c.thread_id)
        .where(QUEUED, post.c.account_id == account_id, post.c.k == 1)
        .order_by(post.c.due_at, post.c.place, post.c.id)
    ).all()


def _begun(connection: Connection, account_id: int, now: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Starts that count beside those that are queued: the last one, and a half-out thread, which goes on first."""
    started = (
        select(post.c.sent_at, thread.c.thread_gap)
        .join(thread, thread.c.id == post.c.thread_id)
        .where(post.c.account_id == account_id, post.c.state == literal_column("'sent'"), post.c.k == 1)
        .order_by(post.c.sent_at.desc())
        .limit(1)
    )
    half_out = (
        select(literal(now, Instant()), thread.c.thread_gap)
        .join(post, post.c.thread_id == thread.c.id)
        .where(post.c.account_id == account_id, or_(and_(QUEUED, post.c.k > 1), IN_DOUBT))
        .limit(1)
    )
    for query in (started, half_out):
        for at, gap in connection.execute(query):
            yield at, timedelta(seconds=gap)


def _move_thread(connection: Connection, thread_id: int, at: datetime, detail: str, who: str, now: datetime) -> Address:
    """Another start for a thread that has not begun; its wall time no longer is what the start comes from."""
    connection.execute(update(thread).where(thread.c.id == thread_id).values(planned_at=at, wall=None))
    rows = connection.execute(
        with_context().add_columns(thread.c.post_gap).where(post.c.thread_id == thread_id).order_by(post.c.k.desc())
    ).mappings()
    for row in list(rows):  # the last first, as a post may take its followers along
        if row["state"] in {State.QUEUED, State.WAITING}:
            planned = at + timedelta(seconds=row["post_gap"] * (row["k"] - 1))
            _change(connection, row, State(row["state"]), detail, who, now, planned_at=planned, due_at=planned, **FRESH)
    return Address(row["campaign"], row["thread"], row["account"], 0, Mode(row["mode"]))


def _change(
    connection: Connection, row: RowMapping, to: State, detail: str, who: str, now: datetime, **values: Any
) -> None:
    """A person's move of a post that nobody else can have moved: `queue.lock` is held."""
    moves.move(connection, row, State(row["state"]), to, who, now, detail=detail, **values)
