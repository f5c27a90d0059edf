"""The heart-beat: APScheduler wakes a publishing and a collecting beat, and nothing else. Its jobs are in memory.

No post is ever an APScheduler job, and it never sees a wall-clock rule: the rows are the queue, and each beat asks
them when to wake next.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import TYPE_CHECKING

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from amplifier.clock import system_now
from amplifier.engagement.collect import collect
from amplifier.errors import AmplifierError
from amplifier.publishing.copies import EVERY, Copies
from amplifier.publishing.outlook import outlook
from amplifier.publishing.run import WAKE, last_seen, work
from amplifier.publishing.trouble import Trouble
from amplifier.settings import ServiceManager
from amplifier.store import beats
from amplifier.systemd import ALIVE, READY, STOPPING, notify

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.app import App
    from amplifier.publishing.beat import Done

COLLECT_EVERY = timedelta(minutes=1)
"""The longest time between two looks for due readings; a look that finds none is one indexed read."""
BACKUP = "backup"
SET_BACK = 3.0
"""Seconds by which the wall clock falls behind at once when somebody sets it; what is corrected bit by bit is less."""

log = logging.getLogger(__name__)


class Daemon:
    """Publishes and collects until `stop`; a beat that fails is logged and tried again at the next wake.

    `here` is this machine's wall clock, by which the scheduler waits.
    """

    def __init__(
        self,
        app: App,
        report: Callable[[Done], None],
        manager: ServiceManager | None = None,
        here: Callable[[], datetime] = system_now,
    ) -> None:
        self.app = app
        self.here = here
        self.report = report
        self.manager = manager or ServiceManager()
        self.messenger = app.messenger("daemon")
        self.trouble = Trouble(app.store, self.messenger, now=app.now, here=here, ticks=app.ticks)
        self.progress = app.ticks()
        self.stopping = Event()
        self.waking = Lock()
        self.copies = Copies(app.store, app.workspace.backups, app.settings.backup_keep, app.now)
        self.publisher = replace(app.publisher("daemon"), leaving=self.stopping.is_set)
        self.alive = last_seen(self.publisher)
        self.scheduler = BackgroundScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
        )

    def run(self) -> None:
        """Beat until `stop` is called, from a signal handler or another thread."""
        self.messenger.open()
        self.scheduler.add_job(self.publish, id=beats.PUBLISH)
        self.scheduler.add_job(self.collect, id=beats.COLLECT)
        self.scheduler.add_job(self.backup, id=BACKUP)
        self.scheduler.start()
        notify(self.manager.socket, READY)
        self._watch()
        notify(self.manager.socket, STOPPING)
        with self.waking:  # shutdown waits for the jobs under the lock that a job needs to plan its next run
            pass
        self.scheduler.shutdown(wait=True)  # the request on the wire is finished and settled
        self.messenger.close(self.stopping.is_set)

    def stop(self) -> None:
        """End after the beats that are under way."""
        self.stopping.set()

    def _watch(self) -> None:
        """Until the stop: tell systemd that beats go on, twice as often as it asks or more. A hung beat is not told of.

        A beat has as long as its lease, since a worker may do nothing after that. A wall clock that was set back is met
        here, since the scheduler would wait by it.
        """
        longest = (self.publisher.lease + WAKE).total_seconds()
        watchdog, wake = self.manager.watchdog, WAKE.total_seconds()
        ahead = self._ahead()
        while not self.stopping.wait(min(watchdog / 2, wake) if watchdog else wake):
            if watchdog and self.app.ticks() - self.progress <= longest:
                notify(self.manager.socket, ALIVE)
            before, ahead = ahead, self._ahead()
            if ahead < before - SET_BACK:
                self._wake()

    def _ahead(self) -> float:
        """How far the wall clock is ahead of the seconds that pass: always the same, until somebody sets it."""
        return self.here().timestamp() - self.app.ticks()

    def _wake(self) -> None:
        """Let every job run now: by a wall clock that was set back by an hour they would wait for an hour more."""
        log.warning("this machine's clock was set back: what waited for it goes on now")
        for job in self.scheduler.get_jobs():
            with suppress(JobLookupError):  # it has begun meanwhile
                self.scheduler.modify_job(job.id, next_run_time=self.here())

    def _between(self) -> bool:
        """Between two beats: note that they go on, and whether to stop."""
        self.progress = self.app.ticks()
        return self.stopping.is_set()

    def publish(self) -> None:
        """Do all that is due now, then ask the rows when to wake."""
        wait = WAKE
        self._between()
        try:
            self.alive = work(self.publisher, self.alive, stopping=self._between, report=self.report)
            ahead = self._next()
            wait = min(wait, ahead - self.app.now()) if ahead else wait
            self.trouble.over()
            self.messenger.beat()
        except AmplifierError as exc:
            log.warning("publishing beat: %s", exc)
            self.trouble.goes_on(exc.message, exc.hint)
        except Exception as exc:
            log.exception("publishing beat")
            self.trouble.goes_on(f"a beat ends with {type(exc).__name__}", "amplifier doctor, and read the log")
        self._between()
        self._again(self.publish, beats.PUBLISH, wait)

    def _next(self) -> datetime | None:
        if self.publisher.stopped():  # a PAUSE file counts also when the database cannot be read
            return None
        ahead = outlook(self.app.store, self.app.now(), self.publisher.modes)
        return None if ahead.paused else ahead.next_at

    def collect(self) -> None:
        """Take the readings that are due."""
        wait = COLLECT_EVERY
        try:
            found = collect(
                self.app.store,
                self.app.network,
                now=self.app.now,
                worker=self.publisher.runner,
                budget=self.app.reading_budget,
                stopping=self.stopping.is_set,
            )
            wait = min(wait, found.next_due - self.app.now()) if found.next_due else wait
            if found.unreadable:
                log.warning("%s", found)
        except AmplifierError as exc:
            log.warning("collecting beat: %s", exc)
        except Exception:
            log.exception("collecting beat")
        self._again(self.collect, beats.COLLECT, max(wait, timedelta(seconds=1)))

    def backup(self) -> None:
        """Copy the database, if a copy is due; a stop does not wait for it."""
        wait: timedelta | None = EVERY
        try:
            wait = self.copies.keep_up(self.stopping.is_set)
        except Exception:
            log.exception("backup")
        if wait is not None:
            self._again(self.backup, BACKUP, wait)

    def _again(self, job: Callable[[], None], name: str, wait: timedelta) -> None:
        with self.waking:
            if self.stopping.is_set():
                return
            # a wait, not an instant: rows live by the app's clock, maybe a server's, the scheduler by this machine's
            at = self.here() + max(wait, timedelta())
            self.scheduler.add_job(job, DateTrigger(at), id=name, replace_existing=True)
