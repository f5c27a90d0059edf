"""What a person does to single posts: cancel, retry, resolve, acknowledge, unblock. Each is an event with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from amplifier.errors import AmplifierError, NeedsYes, TryLater, UsageError
from amplifier.model import Address, State, Why
from amplifier.publishing import alert, approvals, comeback, moves, restored, withdrawn
from amplifier.publishing.caps import no_caps
from amplifier.publishing.enqueue import BY_APPROVAL
from amplifier.publishing.missed import hold_missed
from amplifier.publishing.queue import address_of, as_claim, lock, with_context
from amplifier.store import journal
from amplifier.store.tables import account, post, thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.networks.port import Network, Receipt
    from amplifier.publishing.caps import Caps
    from amplifier.store.engine import Store

PERHAPS_SENT = (Why.PERHAPS.value, Why.SEVERAL.value)
STOPPED = frozenset({State.HELD.value, State.FAILED.value, State.CANCELLED.value})
"""What has no future until a person does something."""
UNSENT = (State.WAITING, State.QUEUED, State.HELD, State.FAILED)


def find(connection: Connection, address: Address) -> list[RowMapping]:
    """The current posts at an address, in order: one, or with `k` 0 the whole thread.

    Raises `UsageError` naming what is there instead.
    """
    rows = connection.execute(
        with_context()
        .where(thread.c.current == 1, thread.c.name == address.thread, account.c.name == address.account)
        .order_by(post.c.k)
    ).mappings()
    near = [row for row in rows if row["campaign"] == address.campaign]
    found = [row for row in near if row["mode"] == address.mode.value and address.k in {0, row["k"]}]
    if not found:
        others = ", ".join(str(address_of(row)) for row in near if address.k in {0, row["k"]})
        hint = f"there is {others}" if others else "`amplifier queue list` shows every address"
        raise UsageError(f"there is no post {address} in the queue", hint)
    return found


def cancel(store: Store, address: Address, *, why: str, who: str, now: datetime) -> list[str]:
    """Take a post and all that follow it out of the queue; the addresses that are now cancelled.

    Refuses what may be out: `sending`, `unknown`, and `held: perhaps sent`.
    """
    with store.write() as connection:
        lock(connection)
        rows = find(connection, address)
        first = next((row for row in rows if row["state"] not in {State.SENT.value, State.CANCELLED.value}), None)
        if first is None:
            raise UsageError(
                f"{address} has nothing left to cancel", f"`amplifier queue show {address}` tells its story"
            )
        _refuse_in_doubt(first)
        _move(connection, first, State.CANCELLED, who, now, why=Why.BY_PERSON, detail=why)
        after = find(connection, Address(address.campaign, address.thread, address.account, 0, address.mode))
        return [
            str(address_of(row)) for row in after if row["state"] == State.CANCELLED.value and row["k"] >= first["k"]
        ]


def retry(
    store: Store, address: Address, *, why: str, who: str, now: datetime, caps: Callable[[str], Caps] = no_caps
) -> str:
    """Queue a post again that is proven not sent, with its followers behind it; its address.

    Takes `failed`, `held` (not: perhaps sent, not: earlier post) and what a person cancelled, where that fits under the
    caps of its account. Raises `NeedsYes` for a thread that too few people have approved: that one is held for them,
    whatever stopped it.
    """
    with store.write() as connection:
        lock(connection)
        rows = find(connection, address)
        row = next((row for row in rows if row["state"] in STOPPED), None)
        if row is None:
            raise UsageError(
                f"{address} is {rows[0]['state']}, not held, failed or cancelled", "there is nothing to retry"
            )
        _refuse_in_doubt(row)
        withdrawn.refuse(connection, address_of(row))
        whole = find(connection, Address(address.campaign, address.thread, address.account, 0, address.mode))
        before = _before(row, whole)
        _refuse_under_nothing(connection, row, before)
        comeback.refuse(connection, row, whole, caps(row["account"]), now)
        short = "" if before is not None else approvals.lacking(connection, row["thread_id"])
        if not short:
            ready = before is None or before["state"] == State.SENT.value
            values: dict[str, Any] = {"tries": 0, "first_tried_at": None, **moves.NO_DOUBT}
            if ready:
                values["due_at"] = max(row["planned_at"], now)
            if ready and before is not None:
                values["parent_remote_id"] = before["remote_id"]
            to = State.QUEUED if ready else State.WAITING
            _move(connection, row, to, who, now, detail=f"retried: {why}", **values)
            return str(address_of(row))
        if row["why"] != Why.SECOND.value:
            _move(connection, row, State.HELD, who, now, why=Why.SECOND, detail=short, acked_at=now)
    raise NeedsYes(
        f"{address_of(row)} is held: {Why.SECOND.value}: {short}",
        f"a retry does not stand for it; another person types: amplifier approve FILE --by NAME, "
        f"with the file of {row['campaign']}",
    )


def _before(row: RowMapping, whole: list[RowMapping]) -> RowMapping | None:
    """The post that a retried one waits for, or answers; None for a first one.

    Raises `UsageError` where that has no future itself, and names what has to come back before it.
    """
    root, earlier = whole[0], whole[: row["k"] - 1]
    if root["state"] == State.CANCELLED.value and root["why"] in BY_APPROVAL:
        raise UsageError(
            f"{address_of(root)} was cancelled by an approval: {root['why']}",
            "bring the thread back in the campaign file, then approve again",
        )
    first = next((other for other in earlier if other["state"] in STOPPED), None)
    if first is not None:
        _refuse_in_doubt(first)
        raise UsageError(
            f"{address_of(row)} comes after {address_of(first)}, which is {first['state']}",
            f"first: amplifier queue retry {address_of(first)}, which brings back what was stopped with it",
        )
    return earlier[-1] if earlier else None


def _refuse_under_nothing(connection: Connection, row: RowMapping, before: RowMapping | None) -> None:
    """Raise where the post would answer one that was deleted: the one before it, or the one that its thread answers."""
    above = before if before is not None else _answered(connection, row)
    if above is not None and above["deleted_at"] is not None:
        raise UsageError(
            f"{address_of(row)} answers {address_of(above)}, which was deleted on {above['deleted_at']:%Y-%m-%d}",
            "what should still be said needs a thread of its own, with another id in the campaign file",
        )


def _answered(connection: Connection, row: RowMapping) -> RowMapping | None:
    """The post of ours that a thread's first post replies to; None where it replies to none."""
    if row["parent_remote_id"] is None:
        return None
    ours = (post.c.account_id == row["account_id"], post.c.remote_id == row["parent_remote_id"])
    return connection.execute(with_context().where(*ours)).mappings().first()


def resolve_not_sent(store: Store, address: Address, *, why: str, who: str, now: datetime) -> str:
    """A person has looked, and the post is not out: queue it again."""
    with store.write() as connection:
        row = _doubtful(connection, address)
        values = {"due_at": now, "epoch": row["epoch"] + 1, "tries": 0, "resent": 0, **moves.NO_DOUBT}
        _move(connection, row, State.QUEUED, who, now, detail=f"resolved as not sent: {why}", **values)
        restored.checked(connection, row, who, now)
        return str(address_of(row))


def resolve_sent(
    store: Store, address: Address, receipt: Receipt, *, network: Network, why: str, who: str, now: datetime,
    unchecked: bool,
) -> str:  # fmt: skip
    """A person says where the post is: adopt it once the network shows it with this text, author and parent.

    `unchecked` takes the person's word when the timeline cannot be read; never when it says otherwise.
    """
    with store.read() as connection:
        row = _doubtful(connection, address)
    claimed = as_claim(row, row["epoch"], now, row["claimed_at"] or row["created_at"], row["anchor"])
    sighting = network.find(claimed.intent)
    seen = {found.remote_id: found for found in sighting.receipts}
    if sighting.readable and receipt.remote_id not in seen:
        there = ", ".join(found.url or found.remote_id for found in sighting.receipts) or "no such post"
        raise UsageError(
            f"{receipt.remote_id} is not {address}: its timeline shows {there} with this text and parent",
            "check the address; text, author and parent must be this post's",
        )
    if not sighting.readable and not unchecked:
        raise AmplifierError(
            f"the account's timeline cannot be read: {sighting.detail}",
            "try again later, or take a person's word for it with --unchecked",
        )
    found = seen.get(receipt.remote_id, receipt)
    said = f"resolved as sent{'' if sighting.readable else ', unchecked'}: {why}"
    with store.write() as connection:
        owner = connection.execute(
            select(post.c.id).where(
                post.c.network == row["network"], post.c.mode == row["mode"], post.c.remote_id == found.remote_id
            )
        ).scalar()
        if owner is not None:
            raise UsageError(f"{found.remote_id} belongs to another post of the queue", "one remote post, one row")
        values = moves.sent_values(connection, row, found.remote_id, found.url, found.at or now)
        still = post.c.epoch == row["epoch"]
        _move(connection, row, State.SENT, who, now, guard=still, detail=said, epoch=row["epoch"] + 1, **values)
        return str(address_of(row))


def acknowledge(store: Store, address: Address, *, who: str, now: datetime) -> list[str]:
    """A person has seen what is held or failed here: exits and `status` are no longer red for it."""
    with store.write() as connection:
        rows = [row for row in find(connection, address) if row["state"] in {State.HELD.value, State.FAILED.value}]
        if not rows:
            raise UsageError(f"{address} has nothing held or failed", "there is nothing to acknowledge")
        if address.k:  # with the post, those that it holds up
            whole = find(connection, Address(address.campaign, address.thread, address.account, 0, address.mode))
            earlier = (State.HELD.value, Why.EARLIER.value)
            rows += [row for row in whole if row["k"] > address.k and (row["state"], row["why"]) == earlier]
        for row in rows:
            connection.execute(update(post).where(post.c.id == row["id"]).values(acked_at=now))
            journal.record(connection, now, who, "ack", post_id=row["id"], thread_id=row["thread_id"])
        return [str(address_of(row)) for row in rows]


def unblock(store: Store, name: str, *, why: str, who: str, now: datetime) -> tuple[list[str], list[str]]:
    """Let an account publish again. Returns what was held as overdue, and what can be retried now."""
    with store.write() as connection:
        known = set(connection.execute(select(account.c.name)).scalars())
        if name not in known:
            raise UsageError(
                f"there is no account {name!r} in the queue", f"known: {', '.join(sorted(known)) or 'none yet'}"
            )
        blocks = connection.execute(
            select(account.c.id, account.c.blocked_at).where(account.c.name == name, account.c.blocked_at.is_not(None))
        ).all()
        if not blocks:
            raise UsageError(f"account {name} is not blocked", "`amplifier account list` shows every account")
        free = {"blocked_at": None, "blocked_why": None, "wait_until": None, "wait_why": None}
        ids, overdue = [found for found, _ in blocks], []
        connection.execute(update(account).where(account.c.id.in_(ids)).values(free))
        for found, since in blocks:
            journal.record(connection, now, who, "account unblocked", account_id=found, why=why)
            alert.tell(connection, now, alert.Kind.RECOVERY, f"unblocked by {who}: {why}", account_id=found)
            mine = account.c.id == found
            overdue += hold_missed(connection, since, who, now, mine, because="its account was blocked")
        blocked = connection.execute(
            with_context().where(
                account.c.id.in_(ids), post.c.state == State.HELD.value, post.c.why == Why.BLOCKED.value
            )
        ).mappings()
        return [str(held.address) for held in overdue], [str(address_of(row)) for row in blocked]


def _move(connection: Connection, row: RowMapping, to: State, who: str, now: datetime, **values: Any) -> None:
    """The move that a person was shown to be possible, or none."""
    if not moves.move(connection, row, State(row["state"]), to, who, now, tell=False, **values):
        address = address_of(row)
        raise TryLater(f"{address} changed meanwhile, and was left", f"`amplifier queue show {address}` tells how")


def _doubtful(connection: Connection, address: Address) -> RowMapping:
    (row, *more) = find(connection, address)
    if more:
        raise UsageError(f"{address} is a thread", "name one post, like " + str(address_of(row)))
    if row["state"] != State.UNKNOWN.value and row["why"] not in PERHAPS_SENT:
        raise UsageError(f"{address} is {row['state']}", "resolve takes posts that are unknown, or held: perhaps sent")
    return row


def _refuse_in_doubt(row: RowMapping) -> None:
    address = address_of(row)
    if row["state"] in {State.WAITING.value, State.QUEUED.value} and restored.perhaps_out(row):
        raise UsageError(
            f"{address} may be out already: the database is a copy of {row['look_from']:%Y-%m-%d %H:%M} UTC",
            "amplifier run --drain looks for it first; amplifier withdraw also deletes what is out",
        )
    if row["state"] in {State.SENDING.value, State.UNKNOWN.value}:
        raise UsageError(
            f"{address} is {row['state']}: it may be out already", "wait until it is settled, then look again"
        )
    if row["why"] in PERHAPS_SENT:
        raise UsageError(
            f"{address} is held: {row['why']}",
            f"look on the network, then: amplifier queue resolve {address} --sent URL, or --not-sent",
        )
