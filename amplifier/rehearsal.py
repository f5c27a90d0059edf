"""The whole pipeline on a virtual clock and the simulated network: weeks in seconds, nothing leaves the machine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.app import App
from amplifier.engagement.collect import collect
from amplifier.networks.troubled import ProcessKilled
from amplifier.publishing.outlook import outlook
from amplifier.publishing.run import run
from amplifier.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.networks.troubled import Trouble
    from amplifier.publishing.beat import Done
    from amplifier.settings import Settings
    from amplifier.workspace import Workspace

RUNNER = "rehearsal"
STUCK = timedelta(days=2)
"""Of virtual time in which nothing moves although something is due: then the rehearsal ends."""
MINUTE = timedelta(minutes=1)


@dataclass
class VirtualClock:
    """Time that passes only when something sleeps; `passes` is told how many seconds."""

    at: datetime
    passes: Callable[[float], None] = field(default=lambda _: None, compare=False)

    def now(self) -> datetime:
        """The virtual instant."""
        return self.at

    def ticks(self) -> float:
        """The same in seconds, for leases."""
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.passes(seconds)
        self.at += timedelta(seconds=seconds)

    def reach(self, instant: datetime) -> None:
        """Let time pass until an instant, if it is ahead."""
        if instant > self.at:
            self.sleep((instant - self.at).total_seconds())


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal did: posts settled and readings taken, from when to when."""

    done: tuple[Done, ...]
    readings: int
    began: datetime
    ended: datetime


def open_rehearsal(
    workspace: Workspace, settings: Settings, clock: VirtualClock, seed: str, trouble: Trouble | None = None
) -> App:
    """An app whose every account is simulated, on the scratch workspace's own database; `trouble` lets it fail."""
    store = open_store(None, workspace.database, synchronous="OFF")  # a scratch copy: nothing to lose
    simulate = trouble.network if trouble else None
    return App(workspace, settings, store, clock.now, clock.ticks, seed, rehearsing=True, simulate=simulate)


def rehearse(
    app: App, clock: VirtualClock, *, after: timedelta, report: Callable[[Done], None] = lambda _: None
) -> Rehearsed:
    """Publish all that is queued, slot by slot, taking every reading that falls due, until `after` the last post.

    A worker that is killed is followed by another one, as cron or systemd would see to.
    """
    publisher = replace(app.publisher(RUNNER), now=clock.now, ticks=clock.ticks)
    began = moved = clock.now()
    done: list[Done] = []
    readings = 0
    end: datetime | None = None
    post_due: datetime | None = began

    def tell(did: Done) -> None:
        done.append(did)
        report(did)

    while True:
        known = len(done)
        if post_due is not None and post_due <= clock.now():
            with suppress(ProcessKilled):
                run(publisher, drain=True, sleep=clock.sleep, report=tell, nap=None)
        collected = collect(app.store, app.network, now=clock.now, worker=RUNNER, budget=app.reading_budget)
        readings += collected.readings
        post_due = outlook(app.store, clock.now(), app.modes()).next_at
        if post_due is None and end is None:
            end = clock.now() + after
        wake = min((at for at in (post_due, collected.next_due) if at), default=None)
        moved = clock.now() if len(done) > known or collected.readings else moved
        if wake is None or (end is not None and wake > end) or (wake <= clock.now() and clock.now() - moved > STUCK):
            return Rehearsed(tuple(done), readings, began, clock.now())
        clock.reach(wake if wake > clock.now() else clock.now() + MINUTE)
