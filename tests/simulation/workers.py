"""The processes that publish: a daemon that stays, a cron job that comes and goes, a person who drains the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amplifier.errors import AmplifierError
from amplifier.model import Mode
from amplifier.publishing.run import last_seen, needs_a_person, run, work
from amplifier.store import beats

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from amplifier.publishing.beat import Done, Publisher
    from tests.simulation.world import World


@dataclass
class Worker:
    """One process, or one that cron starts again and again. `alive` is what a daemon remembers of its last beat."""

    world: World
    kind: str
    number: int
    alive: Mapping[Mode, datetime] | None = None
    verified: set[str] = field(default_factory=set)
    busy: bool = False
    """It is waiting further up in this very step."""

    @property
    def name(self) -> str:
        return f"host{self.number}/{self.kind}/{self.number}"

    def act(self) -> None:
        """Do what is due now, as this kind of process does it."""
        if self.busy:
            return
        self.busy = True
        try:
            if self.kind == "daemon":
                self._beat()
            else:
                self._run()
        except AmplifierError as exc:  # a daemon logs it and goes on; cron mails it
            self.world.say(f"{self.name}: {exc.message}")
        except BaseException:
            self.dies()
            raise
        finally:
            self.busy = False

    def dies(self) -> None:
        """What only this process knew is gone."""
        self.alive = None
        self.verified = set()

    def publisher(self) -> Publisher:
        world = self.world
        return world.bench.publisher(
            self.name, network=world.network, now=world.now, ticks=world.clock.ticks, stopped=world.stopped,
            verified=self.verified, modes=frozenset({Mode.LIVE}), leaving=world.leaving, caps=world.caps_of,
            private=world.safe.folder if world.safe else None,
        )  # fmt: skip

    def _beat(self) -> None:
        world, publisher = self.world, self.publisher()
        if self.alive is None:  # as a daemon does when it starts
            self.alive = last_seen(publisher)
        self.alive = work(publisher, self.alive, stopping=world.stopping, report=self._report)

    def _run(self) -> None:
        world = self.world
        self.dies()  # a new process each time
        if self.kind == "once" and world.once_lock:
            return
        locked, world.once_lock = world.once_lock, world.once_lock or self.kind == "once"
        try:
            run(
                self.publisher(), drain=self.kind == "drain", sleep=world.sleep, stopping=world.stopping,
                report=self._report, nap=None,
            )  # fmt: skip
        finally:
            world.once_lock = locked

    def _report(self, done: Done) -> None:
        world = self.world
        world.say(f"  {self.name}: {done}")
        world.count(f"post: {done.state}")
        if needs_a_person(done):
            world.messages.append(str(done.address))

    def idle(self, now: datetime) -> None:
        """It has beaten all the while, and there was nothing to do."""
        if self.kind == "daemon" and self.alive is not None and not self.busy:
            self.alive = {Mode.LIVE: now}

    def touch(self) -> None:
        """Record the beats of an idle daemon where other processes see them."""
        if self.kind == "daemon" and self.alive is not None:
            publisher = self.publisher()
            beats.touch(publisher.store, beats.PUBLISH, publisher.runner, self.alive[Mode.LIVE], publisher.modes)
