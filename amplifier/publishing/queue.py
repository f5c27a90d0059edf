"""T1: find the next due post and claim it, and prove its seal as the last line before the socket.

A claim is one transaction that takes the post and its account's open thread, writes the attempt and the event,
and is committed before any call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError

from amplifier.model import Address, Mode, State, Why, content_hash
from amplifier.networks.port import Intent
from amplifier.publishing import moves
from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.outcome import History
from amplifier.store import journal
from amplifier.store.tables import account, approval, attempt, campaign, pause, post, thread
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.store.engine import Store

# literals, not bound values: an engine uses a partial index only when it can see that the condition is its own
QUEUED = post.c.state == literal_column("'queued'")
IN_DOUBT = post.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")])


RACES = 100
"""Claims lost to other workers before this beat ends; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One post that this worker, and no other, may deal with until the lease ends."""

    post_id: int
    account_id: int
    address: Address
    n: int
    network: str
    text: str
    epoch: int
    lease_until: datetime
    intent: Intent
    history: History
    row: RowMapping
    account_known: bool
    """Whether the account's own id on the network is stored already."""


@dataclass(frozen=True, slots=True)
class Held:
    """A post that was due and was held instead of claimed."""

    address: Address
    n: int
    why: Why
    detail: str


def hold(connection: Connection, row: RowMapping, why: Why, detail: str, who: str, now: datetime) -> Held:
    """Hold a queued post, read by `with_context`, for a person."""
    moves.move(connection, row, State.QUEUED, State.HELD, who, now, why=why, detail=detail)
    return Held(address_of(row), row["n"], why, detail)


# ---------------------------------------------------------------- T1


def claim(
    store: Store, *, now: datetime, modes: Collection[Mode], lease: timedelta, worker: str
) -> Claim | Held | None:
    """Take the next due post, or None. One without an approval of its content is held instead."""
    for _ in range(RACES):
        try:
            with store.write() as connection:
                if is_paused(connection):
                    return None
                row = _next_due(connection, now, modes)
                if row is None:
                    return None
                if not _is_sealed(connection, row):
                    return hold(connection, row, Why.CHANGED, "there is no approval of this content", worker, now)
                taken = _take(connection, row, now, lease, worker)
        except IntegrityError:  # the partial index: another worker has a post of this account in flight
            continue
        if taken:
            return taken
    return None


def is_paused(connection: Connection) -> bool:
    """Whether everything is paused. The lock that `pause` takes exclusively is shared here: promise 7."""
    switch = select(pause.c.since).where(pause.c.scope == "all").with_for_update(read=True)
    return connection.execute(switch).scalar() is not None


def lock(connection: Connection) -> None:
    """Wait for claims under way, and let no other begin before this transaction ends.

    For whoever decides by what is in the queue: what was read stays so until it is written. On SQLite every
    writer is alone anyway.
    """
    connection.execute(select(pause.c.id).where(pause.c.scope == "all").with_for_update())


_OTHER = post.alias()


def nothing_in_doubt() -> ColumnElement[bool]:
    """The account has no post whose fate is open."""
    doubt = _OTHER.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")])
    return ~exists().where(_OTHER.c.account_id == account.c.id, doubt)


def with_context() -> Select[Any]:
    """Posts with what a worker needs of their thread, campaign and account."""
    return (
        select(
            post,
            thread.c.name.label("thread"),
            thread.c.n,
            thread.c.late,
            thread.c.resume_within,
            campaign.c.name.label("campaign"),
            account.c.name.label("account"),
            account.c.remote_id.label("author"),
            account.c.wait_until,
            account.c.open_thread_id,
        )
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
    )


# Statements are built once: building one costs more than running it.
_NOW = bindparam("now", type_=Instant())
_GOING = (
    account.c.mode.in_(bindparam("modes", expanding=True)),
    account.c.blocked_at.is_(None),
    running_accounts(),
    nothing_in_doubt(),
)
_LISTENING = or_(account.c.wait_until.is_(None), account.c.wait_until <= _NOW)
_FIRST_OF_LANE = (
    select(post.c.id)
    .where(QUEUED, post.c.account_id == account.c.id, post.c.campaign_id == campaign.c.id)
    .order_by(post.c.due_at, post.c.place, post.c.id)
    .limit(1)
    .scalar_subquery()
    .correlate(account, campaign)
)
_LANES = (
    select(_FIRST_OF_LANE)
    .select_from(account)
    .join(campaign, running_campaigns())
    .where(account.c.open_thread_id.is_(None), *_GOING)
)
_NEXT_OF_THREAD = (  # one value an account: as a join, SQLite would walk every lane to find it
    select(post.c.id)
    .where(QUEUED, post.c.thread_id == account.c.open_thread_id)
    .order_by(post.c.k)
    .limit(1)
    .scalar_subquery()
    .correlate(account)
)
_OPENED = (
    select(_NEXT_OF_THREAD)
    .select_from(account)
    .join(thread, thread.c.id == account.c.open_thread_id)
    .join(campaign, campaign.c.id == thread.c.campaign_id)
    .where(running_campaigns(), *_GOING)
)
_LANES_LISTENING, _OPENED_LISTENING = _LANES.where(_LISTENING), _OPENED.where(_LISTENING)
# a begun thread goes before a new one
_IN_ORDER = (case((post.c.k > 1, 0), else_=1), post.c.due_at, post.c.place, post.c.id)
_HEADS = with_context().where(post.c.id.in_(bindparam("ids", expanding=True))).order_by(*_IN_ORDER)


def heads(connection: Connection, modes: Collection[Mode], now: datetime | None = None) -> list[RowMapping]:
    """The first queued post of every lane whose account and campaign may go on, in the order of sending.

    A lane is one account's posts of one campaign, read along the partial index, so that paused or blocked
    lanes cost nothing however much they hold. An account with an open thread has that thread for a lane. With
    `now`, accounts that the network asked for silence are left out.
    """
    given: dict[str, Any] = {"modes": [mode.value for mode in modes]}
    queries = (_LANES, _OPENED)
    if now is not None:
        given["now"] = now
        queries = (_LANES_LISTENING, _OPENED_LISTENING)
    ids = [found for query in queries for found in connection.execute(query, given).scalars() if found is not None]
    return list(connection.execute(_HEADS, {"ids": ids}).mappings()) if ids else []


def _next_due(connection: Connection, now: datetime, modes: Collection[Mode]) -> RowMapping | None:
    return next((row for row in heads(connection, modes, now) if row["due_at"] <= now), None)


def _is_sealed(connection: Connection, row: RowMapping) -> bool:
    """No intent without an approval of this very content hash: promise 4."""
    sealed = connection.execute(
        select(approval.c.id)
        .join(thread, thread.c.approval_id == approval.c.id)
        .where(thread.c.id == row["thread_id"], approval.c.hash == thread.c.hash)
    ).scalar()
    return sealed is not None


_ANCHOR = (
    select(post.c.remote_id)
    .where(post.c.account_id == bindparam("account"), post.c.state == literal_column("'sent'"))
    .order_by(post.c.sent_at.desc())
    .limit(1)
)


def _take(connection: Connection, row: RowMapping, now: datetime, lease: timedelta, worker: str) -> Claim | None:
    """The UPDATE of the post and of its account, together; 0 rows of either roll both back."""
    epoch, lease_until = row["epoch"] + 1, now + lease
    anchor = connection.execute(_ANCHOR, {"account": row["account_id"]}).scalar()
    took = connection.execute(
        update(post)
        .where(post.c.id == row["id"], QUEUED, post.c.epoch == row["epoch"])
        .values(
            state=State.SENDING.value,
            epoch=epoch,
            worker=worker,
            lease_until=lease_until,
            claimed_at=now,
            first_tried_at=row["first_tried_at"] if row["tries"] else now,
            anchor=anchor,
            why=None,
            detail=None,
        )
    ).rowcount
    if not took:
        return None
    opened = connection.execute(
        update(account)
        .where(
            account.c.id == row["account_id"],
            or_(account.c.open_thread_id.is_(None), account.c.open_thread_id == row["thread_id"]),
        )
        .values(open_thread_id=row["thread_id"])
    ).rowcount
    if not opened:  # another worker opened another thread meanwhile: no error, only a look at what is next
        connection.rollback()
        return None
    connection.execute(
        insert(attempt).values(
            post_id=row["id"], epoch=epoch, kind="publish", worker=worker, at=now, lease_until=lease_until
        )
    )
    journal.record(
        connection, now, worker, "state", post_id=row["id"], thread_id=row["thread_id"],
        from_state=State.QUEUED.value, to_state=State.SENDING.value, data={"epoch": epoch, "lease_until": lease_until},
    )  # fmt: skip
    return as_claim(row, epoch, lease_until, now, anchor)


def address_of(row: RowMapping) -> Address:
    """The address of a row read by `with_context`."""
    return Address(row["campaign"], row["thread"], row["account"], row["k"], Mode(row["mode"]))


def as_claim(row: RowMapping, epoch: int, lease_until: datetime, claimed_at: datetime, anchor: str | None) -> Claim:
    """The row, as read with its thread, campaign and account, as the worker needs it."""
    address = address_of(row)
    intent = Intent(
        row["campaign"], row["thread"], row["account"], row["k"], row["text"], row["parent_remote_id"], claimed_at,
        anchor, row["author"],
    )  # fmt: skip
    doubt = Why(row["why"]) if row["state"] == State.UNKNOWN.value and row["why"] else None
    history = History(
        k=row["k"],
        tries=row["tries"],
        first_tried_at=row["first_tried_at"] if row["tries"] else None,
        doubt=doubt,
        unknown_at=row["unknown_at"],
        looks=row["looks"],
        look_failed_at=row["look_failed_at"],
        resent=row["resent"],
        late=timedelta(seconds=row["late"]),
        resume_within=timedelta(seconds=row["resume_within"]),
    )
    return Claim(
        post_id=row["id"], account_id=row["account_id"], address=address, n=row["n"], network=row["network"],
        text=row["text"], epoch=epoch, lease_until=lease_until, intent=intent, history=history, row=row,
        account_known=row["author"] is not None,
    )  # fmt: skip


# ---------------------------------------------------------------- the last line before the socket


def seal_holds(store: Store, claimed: Claim) -> bool:
    """Whether the very text to be sent, in its thread and under its parent, is what a person approved."""
    with store.read() as connection:
        sealed = connection.execute(
            select(approval.c.hash, thread.c.reply_to)
            .join(thread, thread.c.approval_id == approval.c.id)
            .where(thread.c.id == claimed.row["thread_id"])
        ).first()
        texts = dict(
            connection.execute(select(post.c.k, post.c.text).where(post.c.thread_id == claimed.row["thread_id"])).all()
        )
    address, intent = claimed.address, claimed.intent
    texts[address.k] = intent.text
    found = [texts[k] for k in sorted(texts)]
    if sealed is None or (address.k == 1 and intent.parent != sealed.reply_to):  # a later post's parent is promise 2
        return False
    return bool(sealed.hash == content_hash(claimed.network, address.account, address.mode, found, sealed.reply_to))
