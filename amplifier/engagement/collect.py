"""Ask the networks what came of the posts that are due for a reading, and append the answers.

One request for up to 100 posts of one account, one transaction for its answer. An account that cannot be read
never stops the others, is asked once a run, and keeps its posts due. The outbox tells nothing, so posts of a
dry run are never due: a reading full of NULLs would only look like one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.engagement import lanes, ledger
from amplifier.engagement.lanes import Lane, Published, read_on
from amplifier.engagement.ledger import Bill, Gap, Recorded
from amplifier.engagement.readings import is_due, next_due
from amplifier.errors import AmplifierError
from amplifier.model import Mode
from amplifier.networks.prices import micros, prices_of, usd_of
from amplifier.store import beats
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from amplifier.networks.port import Network
    from amplifier.store.engine import Store

BATCH = 100
"""Posts asked about in one request: what X takes, and the port promises."""
RETRY = timedelta(minutes=5)
"""How soon an account that could not be read may be asked again; twice within the youngest mark's slack."""


def no_budget(_account: str) -> Decimal | None:
    """The reading budget of a house that has none."""
    return None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An account whose metrics could not be read, and why."""

    account: str
    mode: str
    detail: str
    until: datetime | None = None
    """When the network will listen again, if it said so."""

    def __str__(self) -> str:
        until = f" (until {instant_text(self.until)})" if self.until else ""
        return f"{self.account}: {self.detail}{until}"


@dataclass(frozen=True, slots=True)
class PassedBy:
    """Posts of an account that were not read, since its reading budget of this month does not allow it."""

    account: str
    mode: str
    posts: int
    budget: int
    """Millionths of a US dollar."""

    def __str__(self) -> str:
        posts = f"{self.posts} post{'' if self.posts == 1 else 's'}"
        return f"{self.account}: {posts} not read, the reading budget of {usd_of(self.budget)} a month is used up"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one run of the collector brought in, counted in posts."""

    readings: int
    gone: int
    untold: int
    """The network answered, but said nothing about these."""
    unreadable: tuple[Unreadable, ...]
    next_due: datetime | None
    """When it is worth running again; None when no reading is ahead."""
    passed_by: tuple[PassedBy, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.readings} reading{'' if self.readings == 1 else 's'}"]
        parts += [f"{self.gone} gone"] if self.gone else []
        parts += [f"{self.untold} not told"] if self.untold else []
        return "; ".join([", ".join(parts), *map(str, self.passed_by), *map(str, self.unreadable)])


def collect(
    store: Store,
    networks: Callable[[str, str], Network],
    *,
    now: Callable[[], datetime],
    worker: str,
    everything: bool = False,
    budget: Callable[[str], Decimal | None] = no_budget,
    stopping: Callable[[], bool] = lambda: False,
) -> Collected:
    """Take every reading that is due and note the beat of `worker`.

    `networks` gives the network of an account name and a mode; it may raise an `AmplifierError` for one that
    cannot be used, which is reported like an unreadable answer. With `everything`, each published post is read
    at once, whatever its age, without an age mark; the marks that are due stay due. `budget` is what reading may
    cost an account in a month (UTC), in US dollars: what would go over it is not read, and its marks become gaps.
    `stopping` ends it between two requests.
    """
    found = lanes.published(store) if everything else _due(store, now())
    total, unreadable, passed = Recorded(), [], []
    for lane in found:
        reader = _Reader(store, networks, lane, now, budget(lane.account), everything=everything, stopping=stopping)
        trouble = reader.read()
        total += reader.recorded
        unreadable += [trouble] if trouble else []
        passed += [reader.passed_by] if reader.passed_by else []
    if not stopping():
        _count_followers(store, networks, now, budget, {(item.account, item.mode) for item in unreadable})
    ended = now()
    collected = Collected(
        total.readings, total.gone, total.untold, tuple(unreadable), _next(store, ended), tuple(passed)
    )
    beats.touch(store, beats.COLLECT, worker, ended, note=str(collected))
    return collected


def _due(store: Store, now: datetime) -> list[Lane]:
    """The lanes to ask; posts that are due only because they are new, or dry, are moved on without asking."""
    found: list[Lane] = []
    moves: list[tuple[Published, datetime | None]] = []
    for lane in lanes.due(store, now):
        dry = lane.mode == Mode.DRY.value
        ready = []
        for post in lane.posts:
            if dry:
                moves.append((post, None))
            elif is_due(now - post.sent_at, post.last_mark, post.marks):
                ready.append(post)
            else:
                moves.append((post, next_due(post.sent_at, now, post.last_mark, post.marks)))
        if ready:
            found.append(replace(lane, posts=tuple(ready)))
    if moves:
        ledger.move(store, moves)
    return found


@dataclass
class _Reader:
    """Reads one lane, up to the first answer that stops it."""

    store: Store
    networks: Callable[[str, str], Network]
    lane: Lane
    now: Callable[[], datetime]
    budget: Decimal | None
    everything: bool
    stopping: Callable[[], bool]
    recorded: Recorded = field(default_factory=Recorded, init=False)
    passed_by: PassedBy | None = field(default=None, init=False)

    def read(self) -> Unreadable | None:
        """Ask for all of the lane; what stood in the way, if anything did."""
        lane = self.lane
        if lane.wait_until and lane.wait_until > self.now():
            return self._unreadable("the network asked for silence", lane.wait_until)
        try:
            network = self.networks(lane.account, lane.mode)
            for first in range(0, len(lane.posts), BATCH):
                if self.stopping():
                    break
                trouble = self._ask(network, lane.posts[first : first + BATCH], lane.posts[first + BATCH :])
                if trouble or self.passed_by:
                    return trouble
        except AmplifierError as exc:
            return self._unreadable(exc.message)
        return None

    def _ask(self, network: Network, posts: tuple[Published, ...], more: tuple[Published, ...]) -> Unreadable | None:
        """One request, and what to make of its answer."""
        each = micros(prices_of(self.lane.network).read)
        if self._over(posts, more, each):
            return None
        measured = network.metrics([post.remote_id for post in posts])
        taken = self.now()
        # an answer that tells of some posts was read: asking about the others again brings nothing
        readable = bool(measured.metrics or measured.gone) or not measured.detail
        settled = readable and measured.until is None
        bill = Bill(self.lane.account_id, each)
        recorded = ledger.record(
            self.store, posts, measured, taken, everything=self.everything, settled=settled, bill=bill
        )
        self.recorded += recorded if settled else Recorded(recorded.readings, recorded.gone)
        if settled or not (recorded.untold or more):
            return None
        if not self.everything:
            _postpone(self.store, posts, more, measured.until, taken)
        return self._unreadable(measured.detail or "the network asked for silence", measured.until)

    def _over(self, posts: tuple[Published, ...], more: tuple[Published, ...], each: int) -> bool:
        """Whether the budget stops this request: then its posts, and all behind them, are passed by."""
        if self.budget is None:
            return False
        now, most = self.now(), micros(self.budget)
        asked = sum(not read_on(post, now) for post in posts) * each
        if not asked or lanes.spent(self.store, self.lane.account_id, now) + asked <= most:
            return False
        left = posts + more
        if not self.everything:
            ledger.pass_by(self.store, left, now, Gap.BUDGET)
        self.passed_by = PassedBy(self.lane.account, self.lane.mode, len(left), most)
        return True

    def _unreadable(self, detail: str, until: datetime | None = None) -> Unreadable:
        return Unreadable(self.lane.account, self.lane.mode, detail, until)


def _count_followers(
    store: Store,
    networks: Callable[[str, str], Network],
    now: Callable[[], datetime],
    budget: Callable[[str], Decimal | None],
    unreadable: set[tuple[str, str]],
) -> None:
    """Once a day (UTC) ask how many follow each account whose posts are being read.

    An account that does not answer is asked again by the next run: what is wrong with it, its posts' readings say.
    """
    for account_id, name, mode, platform in lanes.uncounted(store, now()):
        cost, most = micros(prices_of(platform).own_read), budget(name)
        if (name, mode) in unreadable:
            continue
        if most is not None and lanes.spent(store, account_id, now()) + cost > micros(most):
            continue
        try:
            followers = networks(name, mode).whoami().followers
        except AmplifierError:
            continue
        ledger.count_followers(store, account_id, followers, now(), cost)


def _postpone(
    store: Store,
    asked: tuple[Published, ...],
    more: tuple[Published, ...],
    until: datetime | None,
    taken: datetime,
) -> None:
    """Rate limited: all that is left of the lane waits as long. Else the posts asked about stay due, last in line.

    Posts that the answer did tell have moved already, and stay where they are.
    """
    ledger.move(store, [(post, until) for post in asked + more] if until else [(post, taken) for post in asked])


def _next(store: Store, now: datetime) -> datetime | None:
    """The next due reading; what stayed due is worth another try after `RETRY`, not at once."""
    first = lanes.next_due_at(store)
    if first is None or first > now:
        return first
    return min(lanes.next_due_at(store, now) or now + RETRY, now + RETRY)
