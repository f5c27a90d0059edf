"""T1: find the next due post and claim it, and prove its seal as the last line before the socket.

A claim is one transaction that takes the post and its account's open thread, writes the attempt and the event,
and is committed before any call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from amplifier.model import Address, Mode, State, Why, content_hash
from amplifier.networks.port import Intent
from amplifier.publishing import budget, moves, restored, withdrawn
from amplifier.publishing.approvals import enough
from amplifier.publishing.caps import Caps, no_caps
from amplifier.publishing.lanes import firsts
from amplifier.publishing.outcome import History
from amplifier.store import journal
from amplifier.store.tables import account, approval, attempt, campaign, pause, post, thread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

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


@dataclass(frozen=True, slots=True)
class Held:
    """A post that was due and was held instead of claimed."""

    thread_id: int
    address: Address
    n: int
    why: Why
    detail: str


def hold(
    connection: Connection, row: RowMapping, why: Why, detail: str, who: str, now: datetime, *, tell: bool = True
) -> Held:
    """Hold a queued post, read by `with_context`, for a person."""
    moves.move(connection, row, State.QUEUED, State.HELD, who, now, why=why, detail=detail, tell=tell)
    return Held(row["thread_id"], address_of(row), row["n"], why, detail)


# ---------------------------------------------------------------- T1


def claim(
    store: Store, *, now: datetime, modes: Collection[Mode], lease: timedelta, worker: str,
    caps: Callable[[str], Caps] = no_caps, settle: timedelta = timedelta(0),
) -> Claim | Held | None:  # fmt: skip
    """Take the next due post, or None. One without an approval of its content is held instead.

    A thread is begun only if all of it fits under the caps of its account; where it does not, the account waits. In a
    restored database a post is looked for first; `settle` is how long a network may take to show a post.
    """
    for _ in range(RACES):
        try:
            with store.write() as connection:
                if store.replaced:  # nobody has looked yet whether this file is an older copy
                    return None
                if is_paused(connection):
                    return None
                row = _next_due(connection, now, modes, caps, worker)
                if row is None:
                    return None
                stopped = _stopped(connection, row, now, caps, settle, worker)
                if isinstance(stopped, Held):
                    return stopped
                taken = None if stopped else _take(connection, row, now, lease, worker)
        except IntegrityError:  # the partial index: another worker has a post of this account in flight
            continue
        if taken:
            return taken
    return None


def _stopped(
    connection: Connection, row: RowMapping, now: datetime, caps: Callable[[str], Caps], settle: timedelta, worker: str
) -> Held | bool:
    """What keeps a due post from going out now. True: it was dealt with, so what is next?"""
    if withdrawn.stops(row) and not restored.unchecked(row):  # else it may be out, and has to be deleted
        withdrawn.drop(connection, row, worker, now)
        return True
    if not _is_sealed(connection, row):
        return hold(connection, row, Why.CHANGED, "there is no approval of this content", worker, now)
    if restored.unchecked(row):
        if not restored.doubt(connection, row, now, settle, worker):
            connection.rollback()
        return True
    if row["k"] == 1 and (limits := caps(row["account"])):
        ruling = budget.may_begin(connection, row, limits, now, worker)
        if ruling.never:
            return hold(connection, row, Why.BUDGET, ruling.why, worker, now)
        return not ruling.fits  # then its account waits
    return False


_SWITCH = select(pause.c.since).where(pause.c.scope == "all").with_for_update(read=True)


def is_paused(connection: Connection) -> bool:
    """Whether everything is paused. The lock that `pause` takes exclusively is shared here: promise 7."""
    return connection.execute(_SWITCH).scalar() is not None


def lock(connection: Connection) -> None:
    """Wait for claims under way, and let no other begin before this transaction ends.

    For whoever decides by what is in the queue: what was read stays so until it is written. On SQLite every
    writer is alone anyway.
    """
    connection.execute(select(pause.c.id).where(pause.c.scope == "all").with_for_update())


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
            campaign.c.timezone,
            account.c.name.label("account"),
            account.c.remote_id.label("author"),
            account.c.wait_until,
            account.c.budget_until,
            account.c.budget_caps,
            account.c.open_thread_id,
            account.c.look_from,
            account.c.restored_at,
        )
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
    )


# Statements are built once: building one costs more than running it.
_SEAL = (
    select(approval.c.id)
    .where(approval.c.id == thread.c.approval_id, approval.c.hash == thread.c.hash)
    .correlate(thread)
    .scalar_subquery()
    .label("seal")
)
_MORE = (withdrawn.of_thread(), thread.c.approvals, _SEAL)
_HEAD = with_context().add_columns(*_MORE).where(post.c.id == bindparam("this"))
_HEADS = with_context().where(post.c.id.in_(bindparam("ids", expanding=True)))


def heads(connection: Connection, modes: Collection[Mode], now: datetime | None = None) -> list[RowMapping]:
    """The posts of `lanes.firsts`, in its order, read by `with_context`."""
    ids = firsts(connection, modes, now)
    if not ids:
        return []
    rows = {row["id"]: row for row in connection.execute(_HEADS, {"ids": ids}).mappings()}
    return [rows[found] for found in ids if found in rows]


def _next_due(
    connection: Connection, now: datetime, modes: Collection[Mode], caps: Callable[[str], Caps] = no_caps,
    worker: str = "",
) -> RowMapping | None:  # fmt: skip
    for post_id in firsts(connection, modes, now):
        row = connection.execute(_HEAD, {"this": post_id}).mappings().one()
        # due: another worker's settle may have moved it since it was found
        if row["due_at"] <= now and not budget.has_to_wait(connection, row, caps, now, worker):
            return row
    budget.review(connection, caps, now, worker)
    return None


def _is_sealed(connection: Connection, row: RowMapping) -> bool:
    """No intent without an approval of this very content hash, by as many people as its thread needs: promise 4."""
    return row["seal"] is not None and enough(connection, row["thread_id"], row["approvals"])


_OTHER = post.alias()
_NEWEST = (
    select(_OTHER.c.remote_id)
    .where(_OTHER.c.account_id == post.c.account_id, _OTHER.c.state == literal_column("'sent'"))
    .order_by(_OTHER.c.sent_at.desc())
    .limit(1)
    .correlate(post)
    .scalar_subquery()
)
# what else is set are the columns that come with the values
_TAKE = (
    update(post)
    .where(post.c.id == bindparam("this"), QUEUED, post.c.epoch == bindparam("was"))
    .values(anchor=_NEWEST)
    .returning(post.c.anchor)
)
_OPEN = (
    update(account)
    .where(
        account.c.id == bindparam("this"),
        or_(account.c.open_thread_id.is_(None), account.c.open_thread_id == bindparam("open_thread_id")),
    )
    .values(open_thread_id=bindparam("open_thread_id"))
)
_TRY = insert(attempt)


def _take(connection: Connection, row: RowMapping, now: datetime, lease: timedelta, worker: str) -> Claim | None:
    """The UPDATE of the post and of its account, together; 0 rows of either roll both back."""
    epoch, lease_until = row["epoch"] + 1, now + lease
    taken = {
        "this": row["id"],
        "was": row["epoch"],
        "state": State.SENDING.value,
        "epoch": epoch,
        "worker": worker,
        "lease_until": lease_until,
        "claimed_at": now,
        "first_tried_at": row["first_tried_at"] if row["tries"] else now,
        "why": None,
        "detail": None,
    }
    took = connection.execute(_TAKE, taken).first()
    if took is None:
        return None
    thread_id = row["thread_id"]
    opened = connection.execute(_OPEN, {"this": row["account_id"], "open_thread_id": thread_id}).rowcount
    if not opened:  # another worker opened another thread meanwhile: no error, only a look at what is next
        connection.rollback()
        return None
    tried = {"post_id": row["id"], "epoch": epoch, "kind": "publish", "worker": worker, "at": now}
    connection.execute(_TRY, tried | {"lease_until": lease_until})
    journal.record(
        connection, now, worker, "state", post_id=row["id"], thread_id=thread_id,
        from_state=State.QUEUED.value, to_state=State.SENDING.value, data={"epoch": epoch, "lease_until": lease_until},
    )  # fmt: skip
    return as_claim(row, epoch, lease_until, now, took.anchor)


def address_of(row: RowMapping) -> Address:
    """The address of a row read by `with_context`."""
    return Address(row["campaign"], row["thread"], row["account"], row["k"], Mode(row["mode"]))


def as_claim(row: RowMapping, epoch: int, lease_until: datetime, claimed_at: datetime, anchor: str | None) -> Claim:
    """The row, as read with its thread, campaign and account, as the worker needs it."""
    address = address_of(row)
    doubt = Why(row["why"]) if row["state"] == State.UNKNOWN.value and row["why"] else None
    intent = Intent(
        row["campaign"], row["thread"], row["account"], row["k"], row["text"], row["parent_remote_id"], claimed_at,
        anchor, row["author"], duplicate=doubt is Why.DUPLICATE,
    )  # fmt: skip
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
        overdue=restored.overdue(row) if doubt is Why.RESTORED else "",
    )
    return Claim(
        post_id=row["id"], account_id=row["account_id"], address=address, n=row["n"], network=row["network"],
        text=row["text"], epoch=epoch, lease_until=lease_until, intent=intent, history=history, row=row,
    )  # fmt: skip


# ---------------------------------------------------------------- the last line before the socket


_SEALED = (
    select(approval.c.hash, thread.c.reply_to, thread.c.approvals, post.c.k, post.c.text, post.c.remote_id)
    .select_from(post)
    .join(thread, thread.c.id == post.c.thread_id)
    .join(approval, approval.c.id == thread.c.approval_id)
    .where(post.c.thread_id == bindparam("thread"))
)


def seal_holds(store: Store, claimed: Claim) -> bool:
    """Whether the very text to be sent, in its thread and under its parent, is what a person approved."""
    thread_id = claimed.row["thread_id"]
    with store.read() as connection:
        rows = connection.execute(_SEALED, {"thread": thread_id}).all()
        if not rows or not enough(connection, thread_id, rows[0].approvals):
            return False
    address, intent, sealed = claimed.address, claimed.intent, rows[0]
    texts = {row.k: row.text for row in rows} | {address.k: intent.text}
    found = [texts[k] for k in sorted(texts)]
    out = {row.k: row.remote_id for row in rows}
    if intent.parent != (sealed.reply_to if address.k == 1 else out.get(address.k - 1)):
        return False
    return bool(sealed.hash == content_hash(claimed.network, address.account, address.mode, found, sealed.reply_to))
