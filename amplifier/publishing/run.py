"""Beat until there is nothing more to wait for: what `run --once` and `run --drain` do.

The only place that sleeps, besides the daemon: gaps, retries and settle times are a `due_at` in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.model import State
from amplifier.publishing import witness
from amplifier.publishing.beat import Done, Publisher, beat
from amplifier.publishing.outlook import Holder, Outlook, Waiting, outlook
from amplifier.store import beats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from amplifier.model import Address, Mode

WAKE = timedelta(seconds=15)
"""The longest sleep: for what other processes queue, pause or resume meanwhile."""
PATIENCE = timedelta(minutes=15)
"""`--drain` leaves rather than wait longer than this."""
SHORTEST = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    done: tuple[Done, ...]
    outlook: Outlook
    waiting: bool
    """Something due could not be done now, and was left."""
    worker: str = ""

    @property
    def others(self) -> tuple[Holder, ...]:
        """Other workers that have an account in hand: what was left may be theirs."""
        return tuple(holder for holder in self.outlook.holders if holder.worker != self.worker)

    @property
    def exit_code(self) -> int:
        """5 an account is blocked, 1 something is held or failed, 78 live posts but not live, 75 waiting, 0 done."""
        if self.outlook.blocked:
            return 5
        if self.outlook.troubled:
            return 1
        if self.outlook.live_left:
            return 78
        return 75 if self.waiting or self.outlook.paused or self.outlook.partly_paused else 0


def run(
    publisher: Publisher,
    *,
    drain: bool,
    sleep: Callable[[float], None],
    stopping: Callable[[], bool] = lambda: False,
    report: Callable[[Done], None] = lambda _: None,
    lost: Callable[[Holder], None] = lambda _: None,
    nap: timedelta | None = WAKE,
) -> Ran:
    """Begin what is due, and stay until every begun thread is sent, held or stopped.

    With `drain` also wait out rate limits, up to `PATIENCE`. `nap` bounds one sleep (None: sleep through, for
    a virtual clock). `stopping` ends the run after the request on the wire is settled. `lost` is told once of each
    post that another worker was first to take, when this run waits for it.
    """
    done: list[Done] = []
    known: set[tuple[str, Address]] = set()

    def tell(did: Done) -> None:
        done.append(did)
        report(did)

    alive = last_seen(publisher)
    while True:
        alive = work(publisher, alive, stopping=stopping, report=tell)
        ahead = outlook(publisher.store, publisher.now(), publisher.modes)
        halted = ahead.paused or publisher.stopped()
        kinds = (Waiting.BEGUN, Waiting.LIMITED) if drain else (Waiting.BEGUN,)
        until = ahead.until(*kinds)
        if stopping() or halted or until is None or (drain and until - publisher.now() > PATIENCE):
            left = ahead.until(Waiting.BEGUN, Waiting.LIMITED) is not None
            return Ran(tuple(done), ahead, waiting=left or publisher.stopped(), worker=publisher.worker)
        for holder in ahead.holders:
            others = holder.at_it and holder.worker != publisher.worker
            if others and (holder.worker, holder.address) not in known:
                known.add((holder.worker, holder.address))
                lost(holder)
        wake = min(until, ahead.next_at or until)
        pause = max(wake - publisher.now(), SHORTEST)
        sleep((min(pause, nap) if nap else pause).total_seconds())


def last_seen(publisher: Publisher) -> Mapping[Mode, datetime]:
    """When any runner was last seen serving each mode that this one serves."""
    return beats.seen(publisher.store, beats.PUBLISH, publisher.modes)


def work(
    publisher: Publisher,
    alive: Mapping[Mode, datetime],
    *,
    stopping: Callable[[], bool],
    report: Callable[[Done], None],
) -> Mapping[Mode, datetime]:
    """Beat until there is nothing to do now. Takes and returns when a runner was last seen serving each mode.

    Under a PAUSE file nothing runs: no beat is recorded, and what it makes late is held when it is gone.
    """
    if publisher.stopped():
        return alive
    alive = {mode: max(seen, alive[mode]) for mode, seen in last_seen(publisher).items()}  # another may have run
    witness.notice(
        publisher.store, publisher.private, settle=publisher.settle, who=publisher.worker, now=publisher.now()
    )
    touched: datetime | None = None
    while not stopping():
        begun = publisher.now()
        did = beat(publisher, alive)
        witness.keep(publisher.store, publisher.private)
        if not publisher.stopped():
            # a beat lasts no longer than its lease: beyond that the machine slept
            alive = dict.fromkeys(publisher.modes, min(did.at if did else publisher.now(), begun + publisher.lease))
            if touched is None or begun - touched >= WAKE:
                # after the beat: whoever begins now must see an outage until what it made late is held
                touched = begun
                beats.touch(publisher.store, beats.PUBLISH, publisher.runner, begun, publisher.modes)
        if did is None:
            break
        report(did)
    return alive


def needs_a_person(done: Done) -> bool:
    """Whether somebody must be told."""
    return done.state in {State.HELD, State.FAILED}
