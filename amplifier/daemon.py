"""The heart-beat: APScheduler wakes a publishing and a collecting beat, and nothing else. Its jobs are in memory.

No post is ever an APScheduler job, and it never sees a wall-clock rule: the rows are the queue, and each beat asks
them when to wake next.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from amplifier.engagement.collect import collect
from amplifier.errors import AmplifierError
from amplifier.publishing.outlook import outlook
from amplifier.publishing.run import WAKE, work
from amplifier.store import beats

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.app import App
    from amplifier.publishing.beat import Done

COLLECT_EVERY = timedelta(minutes=1)
"""The longest time between two looks for due readings; a look that finds none is one indexed read."""

log = logging.getLogger(__name__)


class Daemon:
    """Publishes and collects until `stop`; a beat that fails is logged and tried again at the next wake."""

    def __init__(self, app: App, report: Callable[[Done], None]) -> None:
        self.app = app
        self.report = report
        self.stopping = Event()
        self.publisher = app.publisher("daemon")
        self.alive = beats.last(app.store, beats.PUBLISH)
        self.scheduler = BackgroundScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
        )

    def run(self) -> None:
        """Beat until `stop` is called, from a signal handler or another thread."""
        self.scheduler.add_job(self.publish, id=beats.PUBLISH)
        self.scheduler.add_job(self.collect, id=beats.COLLECT)
        self.scheduler.start()
        self.stopping.wait()
        self.scheduler.shutdown(wait=True)  # the request on the wire is finished and settled

    def stop(self) -> None:
        """End after the beats that are under way."""
        self.stopping.set()

    def publish(self) -> None:
        """Do all that is due now, then ask the rows when to wake."""
        wake = self.app.now() + WAKE
        try:
            self.alive = work(self.publisher, self.alive, stopping=self.stopping.is_set, report=self.report)
            wake = min(wake, self._next() or wake)
        except AmplifierError as exc:
            log.warning("publishing beat: %s", exc)
        except Exception:
            log.exception("publishing beat")
        self._again(self.publish, beats.PUBLISH, wake)

    def _next(self) -> datetime | None:
        ahead = outlook(self.app.store, self.app.now(), self.publisher.modes)
        return None if ahead.paused or self.publisher.stopped() else ahead.next_at

    def collect(self) -> None:
        """Take the readings that are due."""
        wake = self.app.now() + COLLECT_EVERY
        try:
            found = collect(self.app.store, self.app.network, now=self.app.now, worker=self.publisher.runner)
            wake = min(wake, found.next_due or wake)
            if found.unreadable:
                log.warning("%s", found)
        except AmplifierError as exc:
            log.warning("collecting beat: %s", exc)
        except Exception:
            log.exception("collecting beat")
        self._again(self.collect, beats.COLLECT, max(wake, self.app.now() + timedelta(seconds=1)))

    def _again(self, job: Callable[[], None], name: str, at: datetime) -> None:
        if self.stopping.is_set():
            return
        # a wait, not an instant: rows live by the app's clock, which may be a server's, the scheduler by this machine's
        wait = max(at - self.app.now(), timedelta())
        self.scheduler.add_job(job, DateTrigger(datetime.now(UTC) + wait), id=name, replace_existing=True)
