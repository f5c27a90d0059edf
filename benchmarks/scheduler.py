"""The obvious way, to compare with: APScheduler with a job for each post, kept in SQLite."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from pathlib import Path

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
done: list[tuple[int, datetime]] = []
"""Which post was sent, and when."""


def send(number: int) -> None:
    """What a job does."""
    done.append((number, datetime.now(UTC)))


class Scheduler:
    """A scheduler on its own database; `grace` as its documentation's `misfire_grace_time` (its default is 1 s)."""

    def __init__(self, path: Path, **defaults: Any) -> None:
        self.store = SQLAlchemyJobStore(url=f"sqlite:///{path}")
        self.scheduler = BackgroundScheduler(jobstores={"default": self.store}, job_defaults=defaults, timezone="UTC")
        self.scheduler.start(paused=True)

    def add(self, number: int, due: datetime) -> None:
        self.scheduler.add_job(send, "date", run_date=due, args=[number], id=str(number))

    def multiply(self, times: int) -> None:
        """Copy the first job in its table until there are so many: one by one it would take minutes."""
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO apscheduler_jobs (id, next_run_time, job_state) "
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1}) "
                "SELECT 'copy' || i, next_run_time + i, job_state FROM n, "
                "(SELECT * FROM apscheduler_jobs ORDER BY next_run_time LIMIT 1)"
            )

    def take(self, now: datetime) -> None:
        """Find what is due and remove one: a dispatch. Removing is its only write, before the job runs."""
        job = self.store.get_due_jobs(now)[0]
        self.store.remove_job(job.id)

    def run(self, until: int, patience: float = 30.0) -> tuple[int, int]:
        """Start, and wait until so many jobs were run or dropped: how many of each."""
        counts = {EVENT_JOB_EXECUTED: 0, EVENT_JOB_MISSED: 0}
        over = threading.Event()

        def count(event: Any) -> None:
            counts[event.code] += 1
            if sum(counts.values()) >= until:
                over.set()

        self.scheduler.add_listener(count, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
        self.scheduler.resume()
        over.wait(patience)
        return counts[EVENT_JOB_EXECUTED], counts[EVENT_JOB_MISSED]

    def close(self) -> None:
        self.scheduler.shutdown()


def holding(path: Path, count: int) -> Scheduler:
    """One that has so many jobs, the first of them due."""
    scheduler = Scheduler(path)
    scheduler.add(0, datetime(2026, 12, 1, tzinfo=UTC))
    scheduler.multiply(count)
    return scheduler
