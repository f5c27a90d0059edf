"""The queue under test: threads sealed and queued, a clock that only moves when told, a network that obeys a script."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from amplifier.model import Address, Mode, content_hash
from amplifier.networks.look import LOOK_BACK, canonical
from amplifier.networks.port import Answer, Identity, Kind, Measured, Receipt, Sighting
from amplifier.publishing import enqueue
from amplifier.publishing.beat import Publisher, beat
from amplifier.publishing.enqueue import Seal, Sealed
from amplifier.publishing.run import run
from amplifier.store import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import RowMapping

    from amplifier.networks.port import Context, Intent
    from amplifier.publishing.beat import Done
    from amplifier.publishing.run import Ran
    from amplifier.settings import AccountSettings
    from amplifier.store.engine import Store

START = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
"""A Tuesday morning in Seoul."""
SETTLE = timedelta(seconds=90)
LEASE = timedelta(seconds=300)
HTTP_TIMEOUT = 20.0


class Clock:
    """An instant that moves only when told."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def ticks(self) -> float:
        return (self.at - START).total_seconds()

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True)
class Remote:
    """A post as the network keeps it."""

    id: str
    text: str
    parent: str | None
    at: datetime

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.id, f"https://x.example/status/{self.id}", self.at)


class Timeline:
    """One account of a network. `script` says how the next publishes end; without one they are accepted."""

    private_within = None

    def __init__(
        self,
        name: str = "main",
        settings: AccountSettings | None = None,
        context: Context | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.clock = clock or Clock()
        self.posts: list[Remote] = []
        self.script: deque[Answer | Callable[[Intent], Answer]] = deque()
        self.sightings: deque[Sighting] = deque()
        self.identity: Identity | Exception = Identity(f"id-of-{name}", name)
        self.asked = 0
        self.published: list[Intent] = []
        self.looked: list[Intent] = []
        self.lag = timedelta(0)

    def publish(self, intent: Intent) -> Answer:
        self.published.append(intent)
        step = self.script.popleft() if self.script else self.accept
        return step if isinstance(step, Answer) else step(intent)

    def accept(self, intent: Intent) -> Answer:
        return Answer(Kind.ACCEPTED, self.keep(intent).receipt)

    def lose(self, intent: Intent) -> Answer:
        """Accepted, and the answer never arrives."""
        self.keep(intent)
        return Answer(Kind.UNCLEAR, detail="the connection was reset")

    def keep(self, intent: Intent) -> Remote:
        number = 1000 + sum(1 for _ in self.posts)
        self.posts.append(Remote(f"{self.name}-{number}", intent.text, intent.parent, self.clock.now()))
        return self.posts[-1]

    def find(self, intent: Intent) -> Sighting:
        self.looked.append(intent)
        if self.sightings:
            return self.sightings.popleft()
        ids = [post.id for post in self.posts]
        after = ids.index(intent.anchor) + 1 if intent.anchor in ids else 0
        since = intent.claimed_at - LOOK_BACK
        same = [
            post
            for post in self.posts
            if canonical(post.text) == canonical(intent.text) and post.at + self.lag <= self.clock.now()
        ]
        ours = [
            post
            for post in same
            if post in self.posts[after:] and post.parent == intent.parent and (intent.anchor or post.at >= since)
        ]
        return Sighting(
            readable=True,
            receipts=tuple(post.receipt for post in ours),
            others=tuple(post.receipt for post in same if post not in ours),
        )

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        return Measured()

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        return Measured()

    def whoami(self) -> Identity:
        self.asked += 1
        if isinstance(self.identity, Exception):
            raise self.identity
        return self.identity

    def delete(self, remote_id: str) -> Answer:
        return Answer(Kind.REFUSED, detail="nothing is deleted here")


DROPPED = Answer(Kind.UNCLEAR, detail="timed out")
UNREADABLE = Sighting(readable=False, detail="503")
NOTHING = Sighting(readable=True)


@dataclass
class Bench:
    """A store with a clock and a network per account and mode."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    timelines: dict[tuple[str, Mode], Timeline] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    pause_file: bool = False
    places: int = 0
    verified: set[str] = field(default_factory=set)

    def thread(
        self,
        name: str = "story",
        posts: int | Sequence[str] = 3,
        *,
        campaign: str = "dmz-escape",
        account: str = "main",
        mode: Mode = Mode.LIVE,
        at: datetime | None = None,
        gap: float = 20,
        late: float = 5400,
        resume_within: float = 21600,
        reply_to: str | None = None,
        costs: Sequence[int] = (),
    ) -> int:
        """Seal and queue a thread; its id. Each next one stands one place further down in its file."""
        self.places += 1
        sealed = self.sealed(
            name, posts, campaign=campaign, account=account, mode=mode, at=at, gap=gap, late=late,
            resume_within=resume_within, reply_to=reply_to, costs=costs,
        )  # fmt: skip
        seal = Seal("Kim", self.clock.now())
        with self.store.write() as connection:
            campaign_id = enqueue.ensure_campaign(connection, campaign, "Asia/Seoul", self.clock.now())
            account_id = enqueue.ensure_account(connection, account, mode, "x")
            return enqueue.add(connection, campaign_id, account_id, sealed, seal)

    def sealed(
        self,
        name: str = "story",
        posts: int | Sequence[str] = 3,
        *,
        campaign: str = "dmz-escape",
        account: str = "main",
        mode: Mode = Mode.LIVE,
        at: datetime | None = None,
        gap: float = 20,
        late: float = 5400,
        resume_within: float = 21600,
        reply_to: str | None = None,
        hook: int | None = None,
        costs: Sequence[int] = (),
    ) -> Sealed:
        """A thread as it was approved."""
        texts = [f"Post {k} of {name}, {campaign}." for k in range(1, posts + 1)] if isinstance(posts, int) else posts
        return Sealed(
            name=name, network="x", mode=mode, hash=content_hash("x", account, mode, texts, reply_to),
            texts=tuple(texts), origin="threads/a.md", fingerprint="f", place=self.places,
            start=at or self.clock.now(), post_gap=gap, thread_gap=7200, late=late, resume_within=resume_within,
            hook=hook, reply_to=reply_to, costs=tuple(costs),
        )  # fmt: skip

    def timeline(self, account: str = "main", mode: Mode = Mode.LIVE) -> Timeline:
        return self.timelines.setdefault((account, Mode(mode)), Timeline(account, clock=self.clock))

    def publisher(self, worker: str = "host/once/1", **changes: Any) -> Publisher:
        made = Publisher(
            store=self.store, network=self.timeline, handle=self.handles.get, now=self.clock.now,
            ticks=self.clock.ticks, modes=frozenset(Mode), lease=LEASE, settle=SETTLE, http_timeout=HTTP_TIMEOUT,
            worker=worker, stopped=lambda: self.pause_file, verified=self.verified,
        )  # fmt: skip
        return replace(made, **changes)

    def beat(self, alive: datetime | None = None, **changes: Any) -> Done | None:
        """One beat of a runner that never slept, unless `alive` says otherwise."""
        publisher = self.publisher(**changes)
        return beat(publisher, dict.fromkeys(publisher.modes, alive or self.clock.now()))

    def beats(self, limit: int = 200) -> list[Done]:
        """Beat until there is nothing to do now."""
        done: list[Done] = []
        while (did := self.beat()) is not None:
            done.append(did)
            assert len(done) < limit, "this does not end"
        return done

    def run(self, *, drain: bool = True, **changes: Any) -> Ran:
        stopping = changes.pop("stopping", lambda: False)
        return run(self.publisher(**changes), drain=drain, sleep=self.clock.sleep, stopping=stopping, nap=None)

    # ------------------------------------------------------------ what is in the rows

    def post(self, thread: str, k: int, mode: Mode = Mode.LIVE) -> RowMapping:
        with self.store.read() as connection:
            return (
                connection.execute(
                    select(tables.post)
                    .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
                    .where(tables.thread.c.name == thread, tables.post.c.k == k, tables.post.c.mode == mode.value)
                )
                .mappings()
                .one()
            )

    def states(self, thread: str = "story", mode: Mode = Mode.LIVE) -> str:
        """`sent queued waiting`, and behind a colon why."""
        with self.store.read() as connection:
            rows = connection.execute(
                select(tables.post.c.state, tables.post.c.why)
                .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
                .where(tables.thread.c.name == thread, tables.post.c.mode == mode.value)
                .order_by(tables.post.c.k)
            )
            return ", ".join(f"{state}: {why}" if why else state for state, why in rows)

    def account(self, name: str = "main", mode: Mode = Mode.LIVE) -> RowMapping:
        with self.store.read() as connection:
            wanted = (tables.account.c.name == name, tables.account.c.mode == mode.value)
            return connection.execute(select(tables.account).where(*wanted)).mappings().one()

    def change(self, thread: str, k: int, **values: Any) -> None:
        """Write to a row behind the queue's back."""
        with self.store.write() as connection:
            connection.execute(
                update(tables.post).where(tables.post.c.id == self.post(thread, k)["id"]).values(**values)
            )

    def events(self, kind: str | None = None) -> list[RowMapping]:
        with self.store.read() as connection:
            found = connection.execute(select(tables.event).order_by(tables.event.c.id)).mappings().all()
        return [event for event in found if kind in {None, event["kind"]}]

    def count(self, table: str) -> int:
        with self.store.read() as connection:
            return len(connection.execute(select(getattr(tables, table))).all())

    @property
    def sent(self) -> list[str]:
        """What stands on the live timeline of `main`, in order."""
        return [post.text for post in self.timeline().posts]


def at(address: str) -> Address:
    """An address of `main` in the usual campaign: `story/2`, or `story` for the whole thread."""
    thread, _, k = address.partition("/")
    return Address("dmz-escape", thread, "main", int(k or 0))
