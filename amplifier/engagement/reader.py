"""Read one lane: the cheapest requests that tell of its due posts, each answer written at once, within the budget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from amplifier.engagement import lanes, ledger
from amplifier.engagement.lanes import read_on
from amplifier.engagement.ledger import Bill, Gap, Recorded
from amplifier.engagement.rations import affordable
from amplifier.engagement.ways import MOST, Lookup, Timeline, cheapest
from amplifier.errors import AmplifierError
from amplifier.networks.prices import micros, prices_of, usd_of
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from amplifier.engagement.lanes import Lane, Published
    from amplifier.networks.port import Measured, Network
    from amplifier.store.engine import Store


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


@dataclass
class Reader:
    """Reads one lane, up to the first answer that stops it. With `everything`, no reading counts for a mark."""

    store: Store
    networks: Callable[[str, str], Network]
    lane: Lane
    now: Callable[[], datetime]
    budget: Decimal | None
    """US dollars a month (UTC)."""
    everything: bool
    stopping: Callable[[], bool]
    recorded: Recorded = field(default_factory=Recorded, init=False)
    passed_by: PassedBy | None = field(default=None, init=False)

    def read(self) -> Unreadable | None:
        """Ask for all of the lane; what stood in the way, if anything did."""
        if self.lane.wait_until and self.lane.wait_until > self.now():
            return self._unreadable("the network asked for silence", self.lane.wait_until)
        try:
            network = self.networks(self.lane.account, self.lane.mode)
            return self._read(network)
        except AmplifierError as exc:
            return self._unreadable(exc.message)

    def _read(self, network: Network) -> Unreadable | None:
        """First what timelines tell; then, by their ids, all other posts, and those that a timeline did not show.

        Where the budget does not allow all posts, the most pressing ones are read, and the rest is passed by.
        """
        left = {post.remote_id: post for post in self.lane.posts}
        ways = self._ways(network, self.lane.posts)
        first = [key for way in ways if isinstance(way, Lookup) for key in way.wanted]
        tried: set[str] = set()
        while ways:
            way = ways.pop(0)
            if self.stopping():
                return None
            if isinstance(way, Lookup):
                continue
            room = self._room()
            if room is not None and way.cost > room:  # posts of others, or another collector, cost money too
                ways = self._ways(network, [post for key, post in left.items() if key not in tried])
                continue
            tried |= {*way.wanted}
            told = self._timeline(network, way, [left[key] for key in way.wanted])
            left = {key: post for key, post in left.items() if key not in told}
        order = {key: left[key] for key in dict.fromkeys((*first, *left)) if key in left}
        return self._look_up(network, order)

    def _look_up(self, network: Network, left: dict[str, Published]) -> Unreadable | None:
        """Ask for what is left by its ids, as far as the budget goes."""
        while left:
            if self.stopping():
                return None
            posts = self._within_budget(tuple(left.values()))
            if not posts:
                self._pass_by(tuple(left.values()))
                return None
            batch = next(_batches(posts, network, self.now()))
            asked = {post.remote_id for post in batch}
            more = {key: post for key, post in left.items() if key not in asked}
            trouble = self._lookup(network, batch, tuple(more.values()))
            if trouble:
                return trouble
            left = more
        return None

    def _ways(self, network: Network, posts: Sequence[Published]) -> list[Timeline | Lookup]:
        """The cheapest requests for as many posts as the budget allows, for younger posts and for older ones apart: a
        request asks for one set of counts."""
        now, room = self.now(), self._room()
        known = lanes.own(self.store, self.lane)
        today = {key for key, read_at in known if read_at and lanes.day_of(read_at) == lanes.day_of(now)}

        def ways(some: Sequence[Published]) -> list[Timeline | Lookup]:
            found: list[Timeline | Lookup] = []
            for group in _by_age(some, network, now):
                due = [post.remote_id for post in group]
                found += cheapest(due, [key for key, _ in known], today, prices_of(self.lane.network))
            return found

        if room is not None:
            posts = affordable(posts, room, lambda some: sum(way.cost for way in ways(some)), now)
        return ways(posts)

    def _timeline(self, network: Network, way: Timeline, posts: Sequence[Published]) -> set[str]:
        """Ask the own timeline; the ids that it told of. Whatever it does not tell is asked about by its id."""
        measured = network.timeline_metrics(way.oldest, way.newest, self.lane.remote_id)
        wanted = set(way.wanted)
        own = replace(measured, metrics={key: told for key, told in measured.metrics.items() if key in wanted})
        others = len(measured.metrics) - len(own.metrics)
        if measured.metrics:
            bill = Bill(self.lane.account_id, micros(prices_of(self.lane.network).own_read), others)
            self._record(posts, own, self.now(), settled=False, bill=bill)
        return set(own.metrics)

    def _lookup(self, network: Network, posts: tuple[Published, ...], more: tuple[Published, ...]) -> Unreadable | None:
        """One request by ids, and what to make of its answer."""
        measured = network.metrics([post.remote_id for post in posts])
        taken = self.now()
        # an answer that tells of some posts was read: asking about the others again brings nothing
        readable = bool(measured.metrics or measured.gone) or not measured.detail
        settled = readable and measured.until is None
        bill = Bill(self.lane.account_id, micros(prices_of(self.lane.network).read))
        recorded = self._record(posts, measured, taken, settled=settled, bill=bill)
        if settled or not (recorded.untold or more):
            return None
        if not self.everything:
            _postpone(self.store, posts, more, measured.until, taken)
        return self._unreadable(measured.detail or "the network asked for silence", measured.until)

    def _record(
        self, posts: Sequence[Published], measured: Measured, taken: datetime, *, settled: bool, bill: Bill
    ) -> Recorded:
        recorded = ledger.record(
            self.store, posts, measured, taken, everything=self.everything, settled=settled, bill=bill
        )
        self.recorded += recorded if settled else replace(recorded, untold=0)
        return recorded

    def _within_budget(self, posts: tuple[Published, ...]) -> tuple[Published, ...]:
        """Those of them that may be asked for by their ids."""
        each, now, room = micros(prices_of(self.lane.network).read), self.now(), self._room()
        if room is None:
            return posts
        return affordable(posts, room, lambda some: each * sum(not read_on(post, now) for post in some), now)

    def _room(self) -> int | None:
        """What the budget still allows in this month, in millionths of a US dollar; None: there is no limit."""
        if self.budget is None:
            return None
        return max(micros(self.budget) - lanes.spent(self.store, self.lane.account_id, self.now()), 0)

    def _pass_by(self, posts: tuple[Published, ...]) -> None:
        """Give up what the budget does not allow."""
        if not self.everything:
            ledger.pass_by(self.store, posts, self.now(), Gap.BUDGET)
        self.passed_by = PassedBy(self.lane.account, self.lane.mode, len(posts), micros(self.budget or 0))

    def _unreadable(self, detail: str, until: datetime | None = None) -> Unreadable:
        return Unreadable(self.lane.account, self.lane.mode, detail, until)


def _by_age(posts: Sequence[Published], network: Network, now: datetime) -> list[list[Published]]:
    """The posts of which private counts are told, and the older ones; each group in its order."""
    within = network.private_within
    young = [post for post in posts if within is None or now - post.sent_at < within]
    old = [post for post in posts if within is not None and now - post.sent_at >= within]
    return [group for group in (young, old) if group]


def _batches(posts: Sequence[Published], network: Network, now: datetime) -> Iterator[tuple[Published, ...]]:
    for group in _by_age(posts, network, now):
        for first in range(0, len(group), MOST):
            yield tuple(group[first : first + MOST])


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
