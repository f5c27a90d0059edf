"""Ask the networks what came of the posts that are due for a reading, and append the answers.

One request for up to 100 posts of one account, one transaction for its answer. An account that cannot be read
never stops the others, is asked once a run, and keeps its posts due. The outbox tells nothing, so posts of a
dry run are never due: a reading full of NULLs would only look like one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.engagement import lanes, ledger
from amplifier.engagement.costs import needed
from amplifier.engagement.ledger import Recorded
from amplifier.engagement.reader import PassedBy, Reader, Unreadable
from amplifier.engagement.readings import is_due, next_due
from amplifier.errors import AmplifierError
from amplifier.model import Mode
from amplifier.networks.prices import micros, prices_of
from amplifier.store import beats

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from amplifier.engagement.lanes import Lane, Published
    from amplifier.networks.port import Network
    from amplifier.store.engine import Store

RETRY = timedelta(minutes=5)
"""How soon an account that could not be read may be asked again; twice within the youngest mark's slack."""


def no_budget(_account: str) -> Decimal | None:
    """The reading budget of a house that has none."""
    return None


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
        reader = Reader(store, networks, lane, now, budget(lane.account), everything=everything, stopping=stopping)
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


def _count_followers(
    store: Store,
    networks: Callable[[str, str], Network],
    now: Callable[[], datetime],
    budget: Callable[[str], Decimal | None],
    unreadable: set[tuple[str, str]],
) -> None:
    """Once a day (UTC) ask how many follow each account whose posts are being read.

    An account that does not answer is asked again by the next run: what is wrong with it, its posts' readings say.
    Readings come first: of a budget, only what they will not need in this month is spent here.
    """
    for account_id, name, mode, platform in lanes.uncounted(store, now()):
        cost, most = micros(prices_of(platform).account_read), budget(name)
        if (name, mode) in unreadable:
            continue
        if most is not None and cost:
            room = micros(most) - lanes.spent(store, account_id, now()) - cost
            if room < 0 or room < needed(store, account_id, platform, now()):
                continue
        try:
            followers = networks(name, mode).whoami().followers
        except AmplifierError:
            continue
        ledger.count_followers(store, account_id, followers, now(), cost)


def _next(store: Store, now: datetime) -> datetime | None:
    """The next due reading; what stayed due is worth another try after `RETRY`, not at once."""
    first = lanes.next_due_at(store)
    if first is None or first > now:
        return first
    return min(lanes.next_due_at(store, now) or now + RETRY, now + RETRY)
