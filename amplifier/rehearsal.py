"""The whole pipeline on a virtual clock and the simulated network: weeks in seconds, nothing leaves the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.app import App
from amplifier.engagement.collect import collect
from amplifier.publishing.outlook import outlook
from amplifier.publishing.run import run
from amplifier.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.publishing.beat import Done
    from amplifier.settings import Settings
    from amplifier.workspace import Workspace

RUNNER = "rehearsal"


@dataclass
class VirtualClock:
    """Time that passes only when something sleeps."""

    at: datetime

    def now(self) -> datetime:
        """The virtual instant."""
        return self.at

    def ticks(self) -> float:
        """The same in seconds, for leases."""
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)

    def reach(self, instant: datetime) -> None:
        """Let time pass until an instant, if it is ahead."""
        self.at = max(self.at, instant)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal did: posts settled and readings taken, from when to when."""

    done: tuple[Done, ...]
    readings: int
    began: datetime
    ended: datetime


def open_rehearsal(workspace: Workspace, settings: Settings, clock: VirtualClock, seed: str) -> App:
    """An app whose every account is simulated, on the scratch workspace's own database."""
    store = open_store(None, workspace.database, synchronous="OFF")  # a scratch copy: nothing to lose
    return App(workspace, settings, store, clock.now, clock.ticks, seed, rehearsing=True)


def rehearse(
    app: App, clock: VirtualClock, *, after: timedelta, report: Callable[[Done], None] = lambda _: None
) -> Rehearsed:
    """Publish all that is queued, slot by slot, taking every reading that falls due, until `after` the last post."""
    publisher = replace(app.publisher(RUNNER), now=clock.now, ticks=clock.ticks)
    began = clock.now()
    done: list[Done] = []
    readings = 0
    end: datetime | None = None
    post_due: datetime | None = began
    while True:
        if post_due is not None and post_due <= clock.now():
            done += run(publisher, drain=True, sleep=clock.sleep, report=report, nap=None).done
        collected = collect(app.store, app.network, now=clock.now, worker=RUNNER)
        readings += collected.readings
        post_due = outlook(app.store, clock.now(), app.modes()).next_at
        if post_due is None and end is None:
            end = clock.now() + after
        wake = min((at for at in (post_due, collected.next_due) if at), default=None)
        if wake is None or (end is not None and wake > end):
            return Rehearsed(tuple(done), readings, began, clock.now())
        clock.reach(wake)
