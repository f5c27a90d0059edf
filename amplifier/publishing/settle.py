"""T2: write what a network answered, only under the epoch that the claim or the look took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, select, update

from amplifier.model import State
from amplifier.publishing import moves
from amplifier.publishing.alert import tell_wait
from amplifier.publishing.outcome import History, Next, after_lease
from amplifier.publishing.queue import IN_DOUBT
from amplifier.store import journal
from amplifier.store.tables import account, post
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.publishing.queue import Claim
    from amplifier.store.engine import Store


# IN_DOUBT is the condition of the partial index: with the state alone SQLite would read every post
_EXPIRED = and_(IN_DOUBT, post.c.state == State.SENDING.value, post.c.lease_until < bindparam("now", type_=Instant()))
_ANY_EXPIRED = select(exists().where(_EXPIRED))
_ANY_IN_DOUBT = select(exists().where(IN_DOUBT))


def any_in_doubt(store: Store) -> bool:
    """Whether a post is `sending` or `unknown`: where none is, no lease can expire and nothing is to be looked for."""
    with store.read() as connection:
        return bool(connection.execute(_ANY_IN_DOUBT).scalar())


def settle(store: Store, claimed: Claim, outcome: Next, now: datetime, worker: str) -> bool:
    """Write what became of a claimed post. False: the claim was no longer ours, and an event says so.

    A late receipt still counts where the row is `unknown`, or was queued once more since and is in nobody's hands:
    the post is out, and this is where. Raises `IntegrityError` for a receipt with the id of another post.
    """
    ours = post.c.epoch == claimed.epoch
    with store.write() as connection:
        if write(connection, claimed.row, State.SENDING, outcome, now, worker, guard=ours):
            return True
        if outcome.receipt and (
            write(connection, claimed.row, State.UNKNOWN, outcome, now, worker)
            or write(connection, claimed.row, State.QUEUED, outcome, now, worker, guard=post.c.epoch > claimed.epoch)
        ):
            return True
        receipt = outcome.receipt.remote_id if outcome.receipt else None
        journal.record(
            connection,
            now,
            worker,
            "late receipt",
            post_id=claimed.post_id,
            thread_id=claimed.row["thread_id"],
            why=f"{outcome.state.value} under epoch {claimed.epoch}, which was no longer ours",
            data={"remote_id": receipt, "detail": outcome.detail},
        )
        return False


def write(
    connection: Connection,
    row: RowMapping,
    was: State,
    outcome: Next,
    now: datetime,
    worker: str,
    *,
    guard: ColumnElement[bool] | None = None,
) -> bool:
    """One settled outcome: the post, and what it means for the account. False: the guard did not hold."""
    values: dict[str, Any] = {
        "tries": outcome.tries,
        "unknown_at": outcome.unknown_at,
        "looks": outcome.looks,
        "look_failed_at": outcome.look_failed_at,
        "resent": outcome.resent,
    }
    if outcome.due_at is not None:
        values["due_at"] = outcome.due_at
    if outcome.receipt:
        at = outcome.receipt.at or now
        values |= moves.sent_values(connection, row, outcome.receipt.remote_id, outcome.receipt.url, at)
    moved = moves.move(
        connection, row, was, outcome.state, worker, now, guard=guard, why=outcome.why, detail=outcome.detail, **values
    )
    if moved and outcome.block_account:
        stop = {"blocked_at": now, "blocked_why": outcome.detail}
        _account(connection, row, now, worker, "blocked", outcome.detail, stop)
    if moved and outcome.state is State.QUEUED and outcome.due_at is not None:
        since = row["first_tried_at"] if row["tries"] and outcome.tries else now
        tell_wait(connection, row, outcome.due_at, since, outcome.detail, now)
    if moved and outcome.account_waits_until:
        rest = {"wait_until": outcome.account_waits_until, "wait_why": outcome.detail}
        _account(connection, row, now, worker, "waits", outcome.detail, rest)
    return moved


def _account(
    connection: Connection, row: RowMapping, now: datetime, who: str, what: str, why: str, values: dict[str, object]
) -> None:
    connection.execute(update(account).where(account.c.id == row["account_id"]).values(values))
    journal.record(
        connection, now, who, f"account {what}", account_id=row["account_id"], post_id=row["id"], why=why, data=values
    )


def expire(store: Store, now: datetime, settle_time: timedelta, worker: str) -> int:
    """Posts whose worker did not come back become `unknown`; their number."""
    with store.read() as connection:
        if not connection.execute(_ANY_EXPIRED, {"now": now}).scalar():
            return 0
    with store.write() as connection:
        rows = connection.execute(
            select(post).where(_EXPIRED).order_by(post.c.id),  # in one order, so that two workers cannot deadlock
            {"now": now},
        ).mappings()
        count = 0
        for row in list(rows):
            outcome = after_lease(History(row["k"], resent=row["resent"]), now, settle_time)
            count += write(connection, row, State.SENDING, outcome, now, worker, guard=post.c.lease_until < now)
        return count
