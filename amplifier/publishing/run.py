"""Beat until there is nothing more to wait for: what `run --once` and `run --drain` do.

The only place that sleeps, besides the daemon: gaps, retries and settle times are a `due_at` in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.model import State
from amplifier.publishing.beat import Done, Publisher, beat
from amplifier.publishing.outlook import Outlook, Waiting, outlook
from amplifier.store import beats

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


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
    nap: timedelta | None = WAKE,
) -> Ran:
    """Begin what is due, and stay until every begun thread is sent, held or stopped.

    With `drain` also wait out rate limits, up to `PATIENCE`. `nap` bounds one sleep (None: sleep through, for
    a virtual clock). `stopping` ends the run after the request on the wire is settled.
    """
    done: list[Done] = []

    def tell(did: Done) -> None:
        done.append(did)
        report(did)

    alive = beats.last(publisher.store, beats.PUBLISH)
    while True:
        alive = work(publisher, alive, stopping=stopping, report=tell)
        ahead = outlook(publisher.store, publisher.now(), publisher.modes)
        halted = ahead.paused or publisher.stopped()
        kinds = (Waiting.BEGUN, Waiting.LIMITED) if drain else (Waiting.BEGUN,)
        until = ahead.until(*kinds)
        if stopping() or halted or until is None or (drain and until - publisher.now() > PATIENCE):
            left = ahead.until(Waiting.BEGUN, Waiting.LIMITED) is not None
            return Ran(tuple(done), ahead, waiting=left or publisher.stopped())
        wake = min(until, ahead.next_at or until)
        pause = max(wake - publisher.now(), SHORTEST)
        sleep((min(pause, nap) if nap else pause).total_seconds())


def work(
    publisher: Publisher, alive: datetime, *, stopping: Callable[[], bool], report: Callable[[Done], None]
) -> datetime:
    """Beat until there is nothing to do now. Takes and returns when a runner was last seen running.

    Under a PAUSE file nothing runs: no beat is recorded, and what it makes late is held when it is gone.
    """
    if publisher.stopped():
        return alive
    beats.touch(publisher.store, beats.PUBLISH, publisher.runner, publisher.now())
    while not stopping():
        begun = publisher.now()
        did = beat(publisher, alive)
        if did is None:
            break
        alive = begun  # not its end: the machine may have slept meanwhile
        report(did)
    return alive if publisher.stopped() else publisher.now()


def needs_a_person(done: Done) -> bool:
    """Whether somebody must be told."""
    return done.state in {State.HELD, State.FAILED}
