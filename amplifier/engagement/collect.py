"""Ask the networks what came of the posts that are due for a reading, and append the answers.

One request for up to 100 posts of one account, one transaction for its answer. An account that cannot be read
never stops the others, is asked once a run, and keeps its posts due. The outbox tells nothing, so posts of a
dry run are never due: a reading full of NULLs would only look like one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.engagement import ledger
from amplifier.engagement.ledger import Lane, Published, Recorded
from amplifier.engagement.readings import is_due, next_due
from amplifier.errors import AmplifierError
from amplifier.model import Mode
from amplifier.store import beats
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.networks.port import Network
    from amplifier.store.engine import Store

BATCH = 100
"""Posts asked about in one request: what X takes, and the port promises."""
RETRY = timedelta(minutes=5)
"""How soon an account that could not be read may be asked again; twice within the youngest mark's slack."""


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
class Collected:
    """What one run of the collector brought in, counted in posts."""

    readings: int
    gone: int
    untold: int
    """The network answered, but said nothing about these."""
    unreadable: tuple[Unreadable, ...]
    next_due: datetime | None
    """When it is worth running again; None when no reading is ahead."""

    def __str__(self) -> str:
        parts = [f"{self.readings} reading{'' if self.readings == 1 else 's'}"]
        parts += [f"{self.gone} gone"] if self.gone else []
        parts += [f"{self.untold} not told"] if self.untold else []
        return "; ".join([", ".join(parts), *map(str, self.unreadable)])


def collect(
    store: Store,
    networks: Callable[[str, str], Network],
    *,
    now: Callable[[], datetime],
    worker: str,
    everything: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> Collected:
    """Take every reading that is due and note the beat of `worker`.

    `networks` gives the network of an account name and a mode; it may raise an `AmplifierError` for one that
    cannot be used, which is reported like an unreadable answer. With `everything`, each published post is read
    at once, whatever its age, without an age mark; the marks that are due stay due. `stopping` ends it between two
    requests.
    """
    lanes = ledger.published(store) if everything else _due(store, now())
    total, unreadable = Recorded(), []
    for lane in lanes:
        recorded, trouble = _read(store, networks, lane, now, everything=everything, stopping=stopping)
        total += recorded
        unreadable += [trouble] if trouble else []
    ended = now()
    collected = Collected(total.readings, total.gone, total.untold, tuple(unreadable), _next(store, ended))
    beats.touch(store, beats.COLLECT, worker, ended, note=str(collected))
    return collected


def _due(store: Store, now: datetime) -> list[Lane]:
    """The lanes to ask; posts that are due only because they are new, or dry, are moved on without asking."""
    lanes: list[Lane] = []
    moves: list[tuple[Published, datetime | None]] = []
    for lane in ledger.due(store, now):
        dry = lane.mode == Mode.DRY.value
        ready = []
        for post in lane.posts:
            if dry:
                moves.append((post, None))
            elif is_due(now - post.sent_at, post.last_mark):
                ready.append(post)
            else:
                moves.append((post, next_due(post.sent_at, now, post.last_mark)))
        if ready:
            lanes.append(Lane(lane.account, lane.mode, lane.wait_until, tuple(ready)))
    if moves:
        ledger.move(store, moves)
    return lanes


def _read(
    store: Store,
    networks: Callable[[str, str], Network],
    lane: Lane,
    now: Callable[[], datetime],
    *,
    everything: bool,
    stopping: Callable[[], bool],
) -> tuple[Recorded, Unreadable | None]:
    """Read one lane, up to the first answer that stops it."""
    total = Recorded()
    if lane.wait_until and lane.wait_until > now():
        return total, Unreadable(lane.account, lane.mode, "the network asked for silence", lane.wait_until)
    try:
        network = networks(lane.account, lane.mode)
        for first in range(0, len(lane.posts), BATCH):
            if stopping():
                break
            posts, more = lane.posts[first : first + BATCH], lane.posts[first + BATCH :]
            measured = network.metrics([post.remote_id for post in posts])
            taken = now()
            # an answer that tells of some posts was read: asking about the others again brings nothing
            readable = bool(measured.metrics or measured.gone) or not measured.detail
            settled = readable and measured.until is None
            recorded = ledger.record(store, posts, measured, taken, everything=everything, settled=settled)
            total += recorded if settled else Recorded(recorded.readings, recorded.gone)
            if settled or not (recorded.untold or more):
                continue
            if not everything:
                _postpone(store, posts, more, measured.until, taken)
            detail = measured.detail or "the network asked for silence"
            return total, Unreadable(lane.account, lane.mode, detail, measured.until)
    except AmplifierError as exc:
        return total, Unreadable(lane.account, lane.mode, exc.message)
    return total, None


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
    first = ledger.next_due_at(store)
    if first is None or first > now:
        return first
    return min(ledger.next_due_at(store, now) or now + RETRY, now + RETRY)
