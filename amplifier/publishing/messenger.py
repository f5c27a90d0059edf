"""Beside the beats, in a thread of its own: messages to people, the sound of the heart, the figures.

Nothing here holds up a beat, and nothing that goes wrong here stops one.
"""

from __future__ import annotations

import logging
from collections import deque
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from amplifier.errors import AmplifierError
from amplifier.publishing import delivery, handover, heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from amplifier.publishing.handover import Command
    from amplifier.store.engine import Store

SOUND_EVERY = 60.0
"""Seconds between two fetches of the heartbeat's address."""
WAKE = 15.0
"""The longest sleep, in seconds: for retries, and for what other processes have written."""
PATIENCE = 15.0
"""How long a run that is done waits for its last messages, in seconds: one try, and some air."""
HURRIED = 2.0
"""The same for a run that was told to stop."""
SLICE = 0.1
"""Seconds between two looks whether a stop was asked for."""

log = logging.getLogger(__name__)


class Messenger:
    """Delivers, sounds and writes figures until it is closed; `ticks` is a clock in seconds.

    Without `command` messages are set aside, without `sound` no address is fetched; `figures` follows each beat.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        ticks: Callable[[], float],
        runner: str,
        command: Command | None = None,
        sound: str | None = None,
        figures: Callable[[], None] | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.ticks = ticks
        self.runner = runner
        self.command = command
        self.sound = sound
        self.figures = figures
        self._direct: deque[Mapping[str, Any]] = deque()
        self._beaten = False
        self._sounded: float | None = None
        self._woken, self._closing, self._hurry = Event(), Event(), Event()
        self._thread = Thread(target=self._work, name="messenger", daemon=True)

    def open(self) -> None:
        """Begin. What nobody was there to take is set aside first, so that the first beat's own messages are not."""
        self._safely(self._arrive)
        self._thread.start()
        self._woken.set()

    def beat(self) -> None:
        """A healthy beat has ended."""
        self._beaten = True
        self._woken.set()

    def direct(self, content: Mapping[str, Any]) -> None:
        """Hand over a message that cannot be written, since the database is out of reach."""
        self._direct.append(content)
        self._woken.set()

    def close(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Do what is left, for `PATIENCE` or, once `hurried`, for `HURRIED`; the next run delivers what remains."""
        self._closing.set()
        self._woken.set()
        waited = 0.0
        while self._thread.is_alive() and waited < (HURRIED if hurried() else PATIENCE):
            self._thread.join(SLICE)
            waited += SLICE
        self._hurry.set()
        self._thread.join(HURRIED)

    def _work(self) -> None:
        while True:
            self._woken.wait(WAKE)
            self._woken.clear()
            # both before the round: what was told before it is in this one, and a beat during it is for the next
            closing, beaten, self._beaten = self._closing.is_set(), self._beaten, False
            self._safely(self._hand_over_directly)
            self._safely(self._deliver)
            if beaten:
                self._safely(self._write_figures)
                self._safely(self._sound)
            if closing:
                return

    def _safely(self, job: Callable[[], None]) -> None:
        try:
            job()
        except AmplifierError as exc:
            log.warning("messages to people: %s", exc)
        except Exception:
            log.exception("messages to people")

    def _arrive(self) -> None:
        if self.command:
            delivery.arrive(self.store, self.runner, self.now())
        else:
            delivery.set_aside(self.store, self.now())

    def _hand_over_directly(self) -> None:
        while self._direct and not self._hurry.is_set():
            if self.command:
                failed = handover.hand_over(self.command, self._direct[0], self._hurry.is_set)
                if failed:
                    log.warning("the alert command did not take a message: %s", failed)
                    return
            self._direct.popleft()

    def _deliver(self) -> None:
        self._arrive()
        if self.command:
            delivery.deliver(self.store, self.command, now=self.now, stopping=self._hurry.is_set)

    def _write_figures(self) -> None:
        if self.figures:
            self.figures()

    def _sound(self) -> None:
        """Once a minute at most, and not while nobody can be told of anything."""
        again = self._sounded is None or self.ticks() - self._sounded >= SOUND_EVERY
        if not (self.sound and again) or (self.command and delivery.in_vain(self.store, self.now())):
            return
        self._sounded = self.ticks()
        failed = heartbeat.fetch(self.sound, self._hurry.is_set)
        if failed:
            log.warning("the heartbeat address was not fetched: %s", failed)
