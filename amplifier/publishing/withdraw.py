"""Withdraw a campaign, a thread or a post: cancel what is not out, mark it, and delete what is out, post by post.

The person in a story may ask for it. Cancelling comes first and needs no second yes. Each deletion is an intent, one
request, and an event with the answer; replies go before what they answer, so that nobody sees an answer to nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from amplifier.errors import AmplifierError, UsageError
from amplifier.model import SLUG, Address, Mode, State, Why
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import moves, restored, withdrawn
from amplifier.publishing.manual import PERHAPS_SENT, UNSENT
from amplifier.publishing.queue import address_of, lock, with_context
from amplifier.store import journal, meta
from amplifier.store.tables import account, attempt, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.networks.port import Network
    from amplifier.store.engine import Store

IN_DOUBT = (State.SENDING.value, State.UNKNOWN.value)
PASSES = 2
"""Over what is to be cancelled: a post that was settled meanwhile may have promoted the next one."""
ENDS_ACCOUNT = frozenset({Kind.LIMITED, Kind.BLOCKED, Kind.NOT_SENT})
"""Answers that every further request of the account would get too."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is withdrawn: a campaign (in one mode, or in all), a thread, or a post with those that follow it."""

    campaign: str
    mode: Mode | None = None
    address: Address | None = None

    def __str__(self) -> str:
        return str(self.address) if self.address else self.campaign + (f"@{self.mode.value}" if self.mode else "")

    @classmethod
    def parse(cls, text: str) -> Target | None:
        """Read `dmz-escape`, `dmz-escape/story/main` or `dmz-escape/story/main/2`, each perhaps with `@mode`."""
        address = Address.parse(text)
        if address:
            return cls(address.campaign, address.mode, address)
        found = re.fullmatch(rf"({SLUG})(?:@(live|dry|simulated))?", text.strip())
        return cls(found[1], Mode(found[2]) if found[2] else None) if found else None

    def covers(self, post_at: Address) -> bool:
        """Whether the post at this address is withdrawn with it."""
        if self.address is None:
            return self.campaign == post_at.campaign and self.mode in {None, post_at.mode}
        return replace(self.address, k=0) == replace(post_at, k=0) and self.address.k <= post_at.k

    @property
    def key(self) -> str:
        """The key of its mark."""
        return withdrawn.key_of(self.address) if self.address else withdrawn.key(self.campaign, self.mode)


@dataclass(frozen=True, slots=True)
class Out:
    """A post that is out and not deleted."""

    post_id: int
    address: Address
    network: str
    remote_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What cancelling left: the addresses cancelled now, what may be out, and what is out."""

    cancelled: tuple[str, ...]
    settling: tuple[str, ...]
    """`sending`, `unknown`, or to be looked for after a restore: it may be out, and a run settles it within minutes."""
    perhaps: tuple[str, ...]
    """`held: perhaps sent`: a person has to look."""
    out: tuple[Out, ...]
    """In the order of deletion, without the threads that have a post in `settling`."""
    later: tuple[Out, ...]
    """Out, in threads that have one: deleted when it is settled."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of one deletion; `answer` None: not asked, since the account's network had answered before."""

    out: Out
    answer: Answer | None

    @property
    def gone(self) -> bool:
        """Whether the post is not on the network any more."""
        return self.answer is not None and self.answer.kind is Kind.ACCEPTED


# ---------------------------------------------------------------- cancel


def cancel(store: Store, target: Target, *, because: str, who: str, now: datetime) -> Cancelled:
    """Cancel everything unsent of it, and mark it so that no approval brings it back. In one transaction.

    Raises `UsageError` for what is not in the queue.
    """
    with store.write() as connection:
        lock(connection)
        rows = _rows(connection, target)
        if not rows:
            raise UsageError(f"there is nothing of {target} in the queue", _instead(connection, target))
        withdrawn.put(connection, target.key, withdrawn.Mark(who, now, because, _first(target)))
        unsent = {row["id"] for row in rows if _is_unsent(row)}
        for _ in range(PASSES):
            for row in rows:
                if _is_unsent(row):  # some are taken along by the one before them
                    was, detail = State(row["state"]), f"withdrawn: {because}"
                    moves.move(
                        connection, row, was, State.CANCELLED, who, now, why=Why.BY_PERSON, detail=detail, tell=False
                    )
            rows = _rows(connection, target)
        gone = [row for row in rows if row["id"] in unsent and row["state"] == State.CANCELLED.value]
        names = tuple(str(address_of(row)) for row in gone)
        journal.record(
            connection, now, who, "withdraw", campaign_id=rows[0]["campaign_id"], why=because,
            data={"address": str(target), "cancelled": names},
        )  # fmt: skip
        return _sorted(rows, names)


def _rows(connection: Connection, target: Target) -> list[RowMapping]:
    """The posts that it is about, thread by thread; an edited thread's older contents too."""
    where = [campaign.c.name == target.campaign]
    if target.mode:
        where.append(post.c.mode == target.mode.value)
    if target.address:
        where += [thread.c.name == target.address.thread, account.c.name == target.address.account]
        where.append(post.c.k >= _first(target))
    found = connection.execute(with_context().where(*where).order_by(post.c.thread_id, post.c.k)).mappings()
    return list(found)


def _instead(connection: Connection, target: Target) -> str:
    """What there is in another mode: the mode is what is forgotten most easily."""
    others = (
        replace(target, mode=mode, address=target.address and replace(target.address, mode=mode)) for mode in Mode
    )
    there = [str(other) for other in others if _rows(connection, other)]
    return f"there is {', '.join(there)}" if there else "`amplifier queue list` shows every address"


def _first(target: Target) -> int:
    return max(target.address.k, 1) if target.address else 1


def _is_unsent(row: RowMapping) -> bool:
    return row["state"] in UNSENT and row["why"] not in PERHAPS_SENT and not _is_lost(row)


def _is_lost(row: RowMapping) -> bool:
    """Whether a restored database does not know that it is out: the next runs look, and its mark keeps it unsent."""
    return row["state"] in {State.WAITING.value, State.QUEUED.value} and restored.perhaps_out(row)


def _sorted(rows: list[RowMapping], cancelled: tuple[str, ...]) -> Cancelled:
    def named(*, states: tuple[str, ...] = (), whys: tuple[str, ...] = ()) -> tuple[str, ...]:
        return tuple(str(address_of(row)) for row in rows if row["state"] in states or row["why"] in whys)

    busy = {row["thread_id"] for row in rows if row["state"] in IN_DOUBT or _is_lost(row)}
    sent = [row for row in rows if row["state"] == State.SENT.value and row["deleted_at"] is None]
    sent.sort(key=lambda row: (row["mode"], row["account"], row["thread_id"], -row["k"]))
    return Cancelled(
        cancelled=cancelled,
        settling=tuple(str(address_of(row)) for row in rows if row["state"] in IN_DOUBT or _is_lost(row)),
        perhaps=named(whys=PERHAPS_SENT),
        out=tuple(_out(row) for row in sent if row["thread_id"] not in busy),
        later=tuple(_out(row) for row in sent if row["thread_id"] in busy),
    )


def _out(row: RowMapping) -> Out:
    return Out(row["id"], address_of(row), row["network"], row["remote_id"], row["url"])


def allow(store: Store, target: Target, *, because: str, who: str, now: datetime) -> tuple[str, ...]:
    """Take the mark back: the campaign file may bring it into the queue again. Nothing is queued by this.

    Gives what of it stays withdrawn, since that was withdrawn on its own. Raises `UsageError` where it is not
    withdrawn itself, or where its campaign is as a whole.
    """
    with store.write() as connection:
        lock(connection)
        marks = withdrawn.marks(connection, target.campaign)
        whole = [withdrawn.key(target.campaign), withdrawn.key(target.campaign, target.mode)]
        above = next((name for name in whole if name in marks and name != target.key), None)
        if above and (target.mode or target.address):
            name = above.removeprefix(withdrawn.PREFIX)
            raise UsageError(f"{name} is withdrawn as a whole", f"amplifier withdraw {name} --undo --because …")
        if target.key not in marks:
            parts = ", ".join(_parts(target, marks))
            named = f"withdrawn on its own is {parts}: name that" if parts else ""
            raise UsageError(f"{target} is not withdrawn", named or "`amplifier queue list` shows every address")
        came_with = [name for name, mark in marks.items() if withdrawn.came_with(mark, marks[target.key])]
        own = {target.key} | set(() if target.address else came_with)
        meta.drop(connection, *own)
        found = connection.execute(select(campaign.c.id).where(campaign.c.name == target.campaign)).scalar()
        data = {"address": str(target)}
        journal.record(connection, now, who, "withdraw undone", campaign_id=found, why=because, data=data)
        return _parts(target, [name for name in marks if name not in own])


def _parts(target: Target, keys: Iterable[str]) -> tuple[str, ...]:
    """What is marked inside a campaign that is named: a thread, or one mode of it; nothing inside a thread."""
    tail = f"@{target.mode.value}" if target.mode else ""
    inside = (Target.parse(key.removeprefix(withdrawn.PREFIX)) for key in sorted(keys) if key.endswith(tail))
    return () if target.address else tuple(str(part) for part in inside if part)


# ---------------------------------------------------------------- delete


def delete(
    store: Store,
    outs: tuple[Out, ...],
    *,
    network: Callable[[str, Mode], Network],
    because: str,
    who: str,
    lease: timedelta,
    now: Callable[[], datetime],
) -> Iterator[Deleted]:
    """Delete post by post, in the order given; what became of each, as it becomes so.

    After an answer that the whole account would get again (no connection, a limit, a block) its other posts are left.
    Deleting what is gone already is no error, so all of it may be done again.
    """
    ended: set[tuple[str, Mode]] = set()
    for out in outs:
        who_speaks = (out.address.account, out.address.mode)
        if who_speaks in ended:
            yield Deleted(out, None)
            continue
        epoch = _intend(store, out, because, who, lease, now())
        if epoch is None:  # another person was quicker
            continue
        answer = _ask(network, out)
        _write(store, out, epoch, answer, who, now())
        if answer.kind in ENDS_ACCOUNT:
            ended.add(who_speaks)
        yield Deleted(out, answer)


def _intend(store: Store, out: Out, because: str, who: str, lease: timedelta, now: datetime) -> int | None:
    """Commit that this post is to be deleted, before the call; the epoch under which its answer is written."""
    with store.write() as connection:
        epoch: int | None = connection.execute(
            update(post)
            .where(post.c.id == out.post_id, post.c.remote_id == out.remote_id, post.c.deleted_at.is_(None))
            .values(epoch=post.c.epoch + 1)
            .returning(post.c.epoch)
        ).scalar()
        if epoch is None:
            return None
        until = now + lease
        connection.execute(
            insert(attempt).values(
                post_id=out.post_id, epoch=epoch, kind="delete", worker=who, at=now, lease_until=until
            )
        )
        data = {"epoch": epoch, "remote_id": out.remote_id}
        journal.record(connection, now, who, "deleting", post_id=out.post_id, why=because, data=data)
        return epoch


def _ask(network: Callable[[str, Mode], Network], out: Out) -> Answer:
    try:
        return network(out.address.account, out.address.mode).delete(out.remote_id)
    except AmplifierError as exc:  # settings that name no network: the other accounts go on
        return Answer(Kind.BLOCKED, detail=exc.message)


def _write(store: Store, out: Out, epoch: int, answer: Answer, who: str, now: datetime) -> None:
    """The answer as an event, and where the post is gone, that it is; under whatever epoch: gone is gone."""
    with store.write() as connection:
        gone = answer.kind is Kind.ACCEPTED
        if gone:
            values = {"deleted_at": now, "reading_due_at": None}
            connection.execute(update(post).where(post.c.id == out.post_id).values(values))
        data = {"epoch": epoch, "remote_id": out.remote_id, "until": answer.until}
        said = answer.kind.value + (f": {answer.detail}" if answer.detail else "")
        kind = "deleted" if gone else "not deleted"
        journal.record(connection, now, who, kind, post_id=out.post_id, why=said, data=data)
