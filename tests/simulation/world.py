"""One seed: networks, workers and people around the real queue. Everything happens in one thread.

While one process waits for a network, sleeps, or stands between two transactions, the world goes on: that is a
nested step. Chance is one seeded generator, so a seed lives the same life again.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from amplifier.publishing import witness
from amplifier.publishing.caps import Caps
from tests.simulation import weather
from tests.simulation.campaigns import Staff
from tests.simulation.clock import Clock
from tests.simulation.judge import Judge
from tests.simulation.mischief import Mischief
from tests.simulation.network import Account, Killed
from tests.simulation.people import Operator
from tests.simulation.safe import Safe
from tests.simulation.snapshot import Snapshot
from tests.simulation.truth import Rules, Truth
from tests.simulation.workers import Worker
from tests.support.queue import LEASE, SETTLE, Bench

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.model import Mode
    from amplifier.networks.port import Network
    from tests.simulation.runner import Runner
    from tests.simulation.store import Watched

YEAR = datetime(2026, 12, 1, tzinfo=UTC)
RESTORED = 0.15
"""How many worlds see an old copy of their database again."""
TIGHT = Caps(Decimal("1.00"), 12)
DEEPEST = 2
"""Nested steps within nested steps."""
ACCOUNTS = ("main", "second", "third")
KEPT = ("post", "thread", "account", "approval", "attempt", "event", "alert", "pause")
KINDS = (["daemon"], ["once"], ["daemon", "once"], ["daemon", "drain"], ["once", "drain", "once"],
         ["daemon", "daemon", "once", "drain"], ["daemon", "daemon", "daemon", "once", "drain"])  # fmt: skip


@dataclass
class World:
    """`steps` is how many things happen before everything gets well; `reader` reads the tables for the judge."""

    seed: int
    store: Watched
    reader: Any
    steps: int = 100
    rules: Rules = field(default_factory=Rules)
    files: Runner | None = None
    """Where the database is one file, that can be copied and put back."""
    rng: random.Random = field(init=False)
    clock: Clock = field(init=False)
    bench: Bench = field(init=False)
    weather: weather.Weather = field(init=False)
    began_as: str = ""
    """The name of the weather that the seed drew."""
    long: bool = False
    truth: Truth = field(init=False)
    judge: Judge = field(init=False)
    networks: dict[str, Account] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    caps: dict[str, Caps] = field(default_factory=dict)
    forced: str | None = None
    """What becomes of the next request, whatever the weather."""
    safe: Safe | None = None
    """Who copies the database, and puts an old copy back."""
    told_to_leave: bool = False
    pause_file: bool = False
    once_lock: bool = False
    depth: int = 0
    left: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    busy_seconds: float = 0.0
    """Time that passed while something was in the queue."""

    def __post_init__(self) -> None:
        rng = self.rng = random.Random(self.seed)
        self.clock = Clock(YEAR + timedelta(minutes=rng.randrange(366 * 24 * 60)))
        self.bench = Bench(self.store)
        self.truth = Truth(self.rules)
        self.judge = Judge(self, Snapshot(self.reader))
        self.weather = weather.draw(rng)
        self.began_as = self.weather.name
        self.long = rng.random() < 0.2
        self.staff, self.people, self.mischief = Staff(self), Operator(self), Mischief(self)
        if self.files is not None and rng.random() < RESTORED:
            self.safe = Safe(self, self.files)
        for name in ACCOUNTS[: rng.choice([1, 2, 2, 3])]:
            self.networks[name] = Account(self, name)
            if rng.random() < 0.15:
                self.caps[name] = rng.choice([Caps(daily_posts=8), Caps(monthly_usd=Decimal("0.30")), TIGHT])
        self.workers = [Worker(self, kind, number) for number, kind in enumerate(rng.choice(KINDS), 1)]
        self.left = self.steps
        self.store.between = self.between

    # ------------------------------------------------------------ living

    def live(self) -> None:
        """Live through the steps, then let everything be well, and see that each post comes to its end."""
        self.say(f"seed {self.seed}: {self.weather.name}{', long' * self.long}, {len(self.workers)} workers")
        self._first_days()
        while self.left > 0:
            self.step()
        self._copy_or_restore()
        self._all_well()
        self.judge.at_the_end()
        self._sum_up()

    def step(self) -> None:
        """One thing happens, and the promises are judged."""
        self.left -= 1
        what: Callable[[], None] = self.rng.choices(
            [self._work, self._time_passes, self.people.mend, self.people.meddle, self.people.stop_or_go_on,
             self.staff.edit, self._new_campaign, self._mischief, self._restart,
             self._copy_or_restore],
            [56, 12, 12, 3, 3, 3, 2, 3 * self.weather.mischief, 1, 6 if self.safe else 0],
        )[0]  # fmt: skip
        began, busy = self.clock.true, self.judge.now.busy
        self._try(what)
        self._lived(began, busy=busy)

    def _try(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Killed:
            self.say("  killed")
        self.judge.check()

    def meanwhile(self, steps: int) -> None:
        """Others go on while somebody waits."""
        if self.depth >= DEEPEST or self.store.writing:
            return
        self.depth += 1
        try:
            for _ in range(min(self.rng.randint(1, steps), max(self.left, 0))):
                self.step()
        finally:
            self.depth -= 1

    def overtake(self) -> None:
        """Others take over what somebody holds who hangs: its lease ends, they look twice, they send it once more."""
        if self.depth >= DEEPEST or self.store.writing:
            return
        self.depth += 1
        self.count("overtaken")
        waits = [LEASE, SETTLE, 2 * SETTLE]
        for wait in waits[: self.rng.choice([1, 2, 3, 3, 3])]:
            self.clock.move(wait.total_seconds() + 0.001)
            if wait == waits[-1]:
                self.forced = self.rng.choice(["dies after", "dies after", "dies before", None])
            others = [worker for worker in self.workers if not worker.busy]
            self._try((self.rng.choice(others) if others else Worker(self, "daemon", 8)).act)
        self.forced = None
        self.told_to_leave = self.rng.random() < 0.3
        self.depth -= 1

    def _first_days(self) -> None:
        """Posts that were there before the queue, some with words that will be said again; then the first yes."""
        for _ in range(2):
            self._try(self.staff.new_campaign)
        for _ in range(self.rng.randint(1, 4)):
            self.mischief.post_by_hand(since=timedelta(days=self.rng.randint(1, 30)))
        self.judge.check()

    def _all_well(self) -> None:
        """A sound network, a right clock, no pause, people who mend: nothing may be left that only time can mend."""
        self.weather, self.pause_file = weather.SOUND, False
        self.clock.set(timedelta(0))
        self.depth = DEEPEST
        for network in self.networks.values():
            network.lost_token = network.down_until = None
        if self.rng.random() < 0.5:
            self.caps = {}
        for scope, name in list(self.judge.history.told.stopped):
            self.people.go_on(scope, name)
        daemon = Worker(self, "daemon", 9)
        for rounds in range(500):
            self.judge.check()
            for account in [found for found in self.judge.now.accounts.values() if found.blocked_at]:
                self.people.unblock(account.name)
            if rounds % 8 == 0 and rounds < 200:
                self.people.mend()
            self.judge.check()
            if not self.judge.now.busy:
                return
            began = self.clock.true
            daemon.act()
            self.judge.check()
            upcoming = self.judge.now.next_instant(self.clock.now())
            self._pass((upcoming - self.clock.now()).total_seconds() + 0.001 if upcoming else 301)
            self._lived(began, busy=self.judge.now.busy)
            daemon.idle(self.clock.now())

    # ------------------------------------------------------------ what may happen

    def _work(self) -> None:
        """A process looks for work; mostly at the time when there is some."""
        if not self.judge.now.due(self.clock.now()) and self.rng.random() < 0.8:
            self._time_passes()
        self._act()

    def _act(self) -> None:
        free = [worker for worker in self.workers if not worker.busy]
        if free:
            for worker in self.workers:
                worker.touch()
            self.rng.choice(free).act()

    def _restart(self) -> None:
        worker = self.rng.choice(self.workers)
        if not worker.busy:
            worker.dies()
            self.say(f"{worker.name} is killed while idle")

    def _mischief(self) -> None:
        self.mischief.something()

    def _copy_or_restore(self) -> None:
        if self.safe is not None and self.depth == 0:  # nothing else has the file open
            self.safe.copy_or_restore()

    def _new_campaign(self) -> None:
        self.staff.new_campaign()

    def _time_passes(self) -> None:
        """Mostly until something is due; while nothing is, a daemon beats all the while."""
        rng = self.rng
        upcoming = self.judge.now.next_instant(self.clock.now())
        if upcoming is None and not self.judge.now.busy and self.left > 5:
            self.staff.new_campaign()
        elif upcoming is not None and rng.random() < 0.85:
            self._pass(max((upcoming - self.clock.now()).total_seconds(), 0) + rng.choice([0.001, 0.001, 1, 14]))
            for worker in self.workers:
                worker.idle(self.clock.now())
        else:
            self._pass(rng.choice([1, 20, 91, 301, 1200]))
        self.say(f"{self.clock.now():%m-%d %H:%M:%S}")

    def _pass(self, seconds: float) -> None:
        self.clock.move(max(seconds, 0.001))

    def _lived(self, since: datetime, *, busy: bool) -> None:
        """Only time with something in the queue counts."""
        if busy and self.depth in {0, DEEPEST} and (self.depth == 0 or self.weather is weather.SOUND):
            self.busy_seconds += (self.clock.true - since).total_seconds()

    # ------------------------------------------------------------ what the code under test is given

    def network(self, account: str, mode: Mode) -> Network:
        """Asked for between a claim and its request: somebody may stall here until it is too late."""
        if self.rng.random() < 4 * self.weather.comes_between:
            self.overtake()
        return self.networks[account]

    def now(self) -> datetime:
        return self.clock.now()

    def stopped(self) -> bool:
        """Whether the PAUSE file is there, each time somebody looks."""
        self._come_between()
        return self.pause_file

    def stopping(self) -> bool:
        """Whether this process was told to end."""
        return self.left <= 0 and self.weather.name != "sound"

    def notice_restore(self) -> None:
        """What each command does first that decides by what is out."""
        if self.safe is not None:
            witness.notice(self.store, self.safe.folder, settle=SETTLE, who="command", now=self.clock.now())

    def caps_of(self, account: str) -> Caps:
        return self.caps.get(account, Caps())

    def leaving(self) -> bool:
        """Whether a signal came before the request."""
        leaves, self.told_to_leave = self.told_to_leave, False
        return self.weather.name != "sound" and (leaves or self.rng.random() < 0.002)

    def sleep(self, seconds: float) -> None:
        """A run sleeps, and the others do not."""
        until = self.clock.true + timedelta(seconds=seconds)
        if self.depth < DEEPEST:
            self.depth += 1
            try:
                while self.clock.true < until and self.left > 0 and self.rng.random() < 0.8:
                    self.step()
            finally:
                self.depth -= 1
        self.clock.move(max((until - self.clock.true).total_seconds(), 0))

    def between(self, where: str) -> None:
        """Before, within and after a transaction: the process may die, or others may come in between."""
        if self.rng.random() < self.weather.dies:
            self.totals[f"crash: {where}"] += 1
            raise Killed
        if not self.store.writing:
            self._come_between()

    def _come_between(self) -> None:
        if self.rng.random() < self.weather.comes_between:
            self.totals["interleaved"] += 1
            self.meanwhile(6)

    # ------------------------------------------------------------ what is remembered

    def say(self, what: str) -> None:
        self.story.append(what)

    def count(self, what: str) -> None:
        self.totals[what] += 1

    def digest(self) -> str:
        """One line for the whole life: its story, and every row that it left."""
        left = [self.judge.now.reader.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in KEPT]
        told = "\n".join([*self.story, *(repr(row) for rows in left for row in rows)])
        return hashlib.sha256(told.encode()).hexdigest()

    def _sum_up(self) -> None:
        rows = self.judge.now.rows.values()
        self.totals["seeds"] += 1
        self.totals["simulated seconds"] += round(self.busy_seconds)
        self.totals["posts queued"] += len(self.judge.now.rows)
        self.totals["posts sent"] += sum(row.state == "sent" for row in rows)
        self.totals["requests"] += self.judge.calls
        self.totals["crash: in a request"] += self.totals["publish: dies before"] + self.totals["publish: dies after"]
        for row in rows:
            if row.state in {"held", "failed", "cancelled"}:
                self.totals[f"ended: {row.state}, {row.why}"] += 1
