"""Everything that `status` and monitoring must know, read in one consistent view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select

from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import approvals, budget, restored
from amplifier.publishing.delivery import IN_VAIN
from amplifier.publishing.mend import Mend, mend
from amplifier.publishing.queue import IN_DOUBT, address_of, heads, with_context
from amplifier.publishing.trying import trying
from amplifier.store import beats
from amplifier.store.tables import account, alert, beat, event, pause, post

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.publishing.approvals import Waiting
    from amplifier.publishing.budget import Standing
    from amplifier.publishing.caps import Caps
    from amplifier.publishing.restored import Restore
    from amplifier.publishing.trying import Trying
    from amplifier.store.engine import Store

SILENCE = timedelta(minutes=30)
"""Something is due for longer than this and no runner was seen for as long: then nothing runs."""
WEEK = timedelta(days=7)
OPEN = (State.QUEUED, State.WAITING, State.SENDING, State.UNKNOWN)
_UNSEEN = post.c.state.in_([literal_column("'held'"), literal_column("'failed'")])


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one mode: what it has, what is next, and what stops it."""

    name: str
    mode: Mode
    posts: dict[State, int]
    deleted: int
    """How many of those that were sent a person had deleted on the network."""
    next_at: datetime | None
    """When its next queued post may be tried."""
    next_post: Address | None
    """Which that is; None while it is paused or blocked."""
    blocked_at: datetime | None
    blocked_why: str | None
    wait_until: datetime | None
    """The network asked for silence until then; None when that is over."""
    look_from: datetime | None
    """The database was restored: what was sent since then is being looked for; None when it was not."""
    budget: Standing | None

    @property
    def goes(self) -> bool:
        """Whether its next post only waits for its time: nothing stops the account."""
        return self.next_post is not None and not self.wait_until and not (self.budget and self.budget.until)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A thread that needs a person, by its first post that does; `behind` are posts that only wait for it."""

    address: Address
    n: int
    state: State
    why: Why | None
    detail: str
    since: datetime
    """When it came to be held or failed."""
    out: int
    """How many posts of its thread are out."""
    behind: int

    @property
    def mend(self) -> Mend:
        """What mends it."""
        return mend(self.address, self.state, self.why)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A post in flight, or one whose fate is being looked up."""

    address: Address
    state: State
    worker: str | None
    until: datetime
    """Its lease's end, or its next look: after that a runner has to deal with it."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages to people that nobody has taken yet."""

    undelivered: int
    oldest: datetime | None
    tried: int
    """Those among them that the alert command did not take."""
    in_vain: bool
    """One of those has been tried for `delivery.IN_VAIN`: nobody is being told of anything."""
    detail: str | None
    """What went wrong with the oldest."""
    given_up: int
    """Given up in the last week: nobody took them for a day."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is to know of the queue at one moment."""

    at: datetime
    accounts: tuple[Account, ...]
    stopped: tuple[Stopped, ...]
    """Not acknowledged; the longest stopped first."""
    doubts: tuple[Doubt, ...]
    paused: tuple[dict[str, Any], ...]
    beats: tuple[dict[str, Any], ...]
    messages: Messages
    pause_file: bool
    live_off: int
    """Live posts with a future that no runner touches, since live is off here."""
    silent: datetime | None
    """Since when something is due and nothing runs; None when all is well."""
    unsigned: tuple[Waiting, ...] = ()
    """Threads that wait for another person's approval: nothing is wrong with them."""
    trying: tuple[Trying, ...] = ()
    restore: Restore | None = None
    """The database is an older copy: a person does again what was decided after it was made."""

    @property
    def blocked(self) -> tuple[Account, ...]:
        """Accounts that the network refuses."""
        return tuple(found for found in self.accounts if found.blocked_at)

    @property
    def halted(self) -> bool:
        """Whether everything is paused."""
        return self.pause_file or any(row["scope"] == "all" for row in self.paused)

    @property
    def next_at(self) -> datetime | None:
        """When the next queued post may be tried."""
        return min((found.next_at for found in self.accounts if found.next_post and found.next_at), default=None)

    @property
    def exit_code(self) -> int:
        """5 an account is blocked; 1 a person is needed: held or failed, nothing runs, or nobody can be told;
        78 live posts but live is off; 75 paused; 0 well.
        """
        if self.blocked:
            return 5
        if self.stopped or self.silent or self.messages.in_vain:
            return 1
        if self.live_off:
            return 78
        return 75 if self.paused or self.pause_file else 0


def overview(
    store: Store, *, now: datetime, modes: Collection[Mode], caps: Callable[[str], Caps], pause_file: bool
) -> Overview:
    """Read it all. `modes` are those that a runner serves here."""
    with store.read() as connection:
        accounts = _accounts(connection, now, modes, caps)
        paused = tuple(dict(row) for row in connection.execute(PAUSED).mappings())
        last = tuple(dict(row) for row in connection.execute(select(beat).order_by(beat.c.at.desc())).mappings())
        halted = pause_file or any(row["scope"] == "all" for row in paused)
        doubts = _doubts(connection)
        return Overview(
            at=now,
            accounts=accounts,
            stopped=_stopped(connection),
            doubts=doubts,
            paused=paused,
            beats=last,
            messages=_messages(connection, now),
            pause_file=pause_file,
            live_off=0 if Mode.LIVE in modes else _open(accounts, Mode.LIVE),
            silent=None if halted else _silent(_due(accounts, doubts, modes), last, now),
            unsigned=tuple(approvals.waiting(connection)),
            trying=trying(connection),
            restore=restored.recent(connection, now),
        )


_OUT = post.alias()
_TROUBLED = (
    with_context()
    .add_columns(
        select(func.count())
        .where(_OUT.c.thread_id == post.c.thread_id, _OUT.c.state == literal_column("'sent'"))
        .correlate(post)
        .scalar_subquery()
        .label("out"),
        select(func.max(event.c.at))
        .where(event.c.post_id == post.c.id, event.c.to_state == post.c.state)
        .correlate(post)
        .scalar_subquery()
        .label("since"),
    )
    .where(_UNSEEN, post.c.acked_at.is_(None))
    .order_by(post.c.thread_id, post.c.k)
)
PAUSED = (
    select(pause.c.scope, pause.c.name, pause.c.since, pause.c.who, pause.c.why)
    .where(pause.c.since.is_not(None))
    .order_by(pause.c.scope, pause.c.name)
)


def _accounts(
    connection: Connection, now: datetime, modes: Collection[Mode], caps: Callable[[str], Caps]
) -> tuple[Account, ...]:
    counted: dict[int, dict[State, int]] = {}
    first: dict[int, datetime] = {}
    deleted: dict[int, int] = {}
    sums = select(
        post.c.account_id,
        post.c.state,
        func.count().label("posts"),
        func.count(post.c.deleted_at).label("deleted"),
        func.min(post.c.due_at).label("first"),
    )
    for row in connection.execute(sums.group_by(post.c.account_id, post.c.state)):
        counted.setdefault(row.account_id, {})[State(row.state)] = row.posts
        deleted[row.account_id] = deleted.get(row.account_id, 0) + row.deleted
        if row.state == State.QUEUED.value:
            first[row.account_id] = row.first
    ahead: dict[int, RowMapping] = {}
    for head in sorted(heads(connection, modes), key=lambda head: head["due_at"]):
        ahead.setdefault(head["account_id"], head)
    budgets = {(found.account, found.mode): found for found in budget.standing(connection, caps, now)}
    rows = connection.execute(select(account).order_by(account.c.name, account.c.mode)).mappings()
    return tuple(
        Account(
            name=row["name"],
            mode=Mode(row["mode"]),
            posts=counted[row["id"]],
            deleted=deleted[row["id"]],
            next_at=ahead[row["id"]]["due_at"] if row["id"] in ahead else first.get(row["id"]),
            next_post=address_of(ahead[row["id"]]) if row["id"] in ahead else None,
            blocked_at=row["blocked_at"],
            blocked_why=row["blocked_why"],
            wait_until=row["wait_until"] if row["wait_until"] and row["wait_until"] > now else None,
            look_from=row["look_from"] if row["restored_at"] else None,
            budget=budgets.get((row["name"], Mode(row["mode"]))),
        )
        for row in rows
        if row["id"] in counted
    )


def _open(accounts: Collection[Account], mode: Mode) -> int:
    return sum(found.posts.get(state, 0) for found in accounts if found.mode is mode for state in OPEN)


def _stopped(connection: Connection) -> tuple[Stopped, ...]:
    """One entry a thread: the post that a person mends first."""
    threads: dict[int, list[RowMapping]] = {}
    for row in connection.execute(_TROUBLED).mappings():
        threads.setdefault(row["thread_id"], []).append(row)
    entries = []
    for found in threads.values():
        row = next((row for row in found if row["why"] != Why.EARLIER.value), found[0])
        entries.append(
            Stopped(
                address=address_of(row),
                n=row["n"],
                state=State(row["state"]),
                why=Why(row["why"]) if row["why"] else None,
                detail=row["detail"] or "",
                since=row["since"] or row["due_at"],
                out=row["out"],
                behind=len(found) - 1,
            )
        )
    return tuple(sorted(entries, key=lambda entry: (entry.since, entry.address)))


def _doubts(connection: Connection) -> tuple[Doubt, ...]:
    rows = connection.execute(with_context().where(IN_DOUBT).order_by(post.c.id)).mappings()
    return tuple(
        Doubt(address_of(row), State(row["state"]), row["worker"], row["lease_until"] or row["due_at"]) for row in rows
    )


def _messages(connection: Connection, now: datetime) -> Messages:
    waiting = alert.c.next_at.is_not(None)
    rows = connection.execute(
        select(alert.c.at, alert.c.tries, alert.c.detail).where(waiting).order_by(alert.c.id)
    ).all()
    tried = [row for row in rows if row.detail]
    given_up = select(func.count()).where(
        alert.c.next_at.is_(None), alert.c.delivered_at.is_(None), alert.c.tries > 0, alert.c.at > now - WEEK
    )
    return Messages(
        undelivered=len(rows),
        oldest=rows[0].at if rows else None,
        tried=len(tried),
        in_vain=any(row.at < now - IN_VAIN for row in tried),
        detail=tried[0].detail if tried else None,
        given_up=connection.execute(given_up).scalar_one(),
    )


def _due(
    accounts: Collection[Account], doubts: Collection[Doubt], modes: Collection[Mode]
) -> Iterator[tuple[Mode, datetime]]:
    """The mode and time of each next thing that a runner does. A post in doubt stops its account until a runner has
    looked for it, and the looks go on under a pause of its account or campaign.
    """
    for found in accounts:
        if found.goes and found.next_at:
            yield found.mode, found.next_at
    for doubt in doubts:
        if doubt.address.mode in modes:
            yield doubt.address.mode, doubt.until


def _silent(due: Iterable[tuple[Mode, datetime]], last: Collection[dict[str, Any]], now: datetime) -> datetime | None:
    """Since when something that could be done has been due while no runner served its mode."""
    seen: dict[str, datetime] = {}
    for row in last:
        if row["kind"] == beats.PUBLISH:
            seen[row["mode"]] = max(seen.get(row["mode"], beats.NEVER), row["at"])
    since = [at for mode, at in due if now - max(at, seen.get(mode, beats.NEVER)) > SILENCE]
    return min(since, default=None)
