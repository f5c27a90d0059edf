"""When things happen: due to the request, the first beat after a restart, and what an outage leaves behind."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from amplifier.app import App
from amplifier.clock import system_now, system_ticks
from amplifier.daemon import Daemon
from amplifier.model import Mode
from amplifier.networks.port import Answer, Identity, Kind, Measured, Receipt, Sighting
from amplifier.publishing.run import run as drain
from amplifier.settings import load_settings
from amplifier.store import beats
from amplifier.workspace import Workspace
from benchmarks.engines import Engine, engines
from benchmarks.measure import Disk, in_turn, note, ratio, row, seconds
from benchmarks.rows import fill, queue, sealed
from benchmarks.scheduler import Scheduler, done, holding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from amplifier.networks.port import Intent
    from amplifier.store.engine import Store

ROUNDS = 3
WAKES = 30
QUEUED = 100_000
OVERDUE = 300
DOWN = timedelta(seconds=60)
SIMULATED = Mode.SIMULATED


class Recorder:
    """A network that takes everything at once and remembers when it was asked for what."""

    private_within = None

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.asked: list[tuple[str, datetime]] = []
        self.enough = threading.Event()
        self.wanted = 0

    def publish(self, intent: Intent) -> Answer:
        self.asked.append((intent.text, self.now()))
        if len(self.asked) >= self.wanted:
            self.enough.set()
        return Answer(Kind.ACCEPTED, Receipt(str(len(self.asked)), None))

    def find(self, _intent: Intent) -> Sighting:
        return Sighting(readable=True)

    def metrics(self, _remote_ids: Sequence[str]) -> Measured:
        return Measured()

    def timeline_metrics(self, _oldest: str, _newest: str, _author: str | None = None) -> Measured:
        return Measured()

    def whoami(self) -> Identity:
        return Identity("1", "bench")

    def delete(self, _remote_id: str) -> Answer:
        return Answer(Kind.REFUSED)


def run() -> None:
    """Print the rows of each engine."""
    with engines() as found:
        for engine in found:
            print(f"\n  {engine.name}")
            for rows in (_wake, _restart, _overdue):
                rows(engine)
                engine.close()


def _app(engine: Engine, store: Store, recorder: Recorder) -> App:
    """An open workspace whose every account is the recorder's."""
    now = store.now if store.postgresql else system_now
    workspace = Workspace(engine.folder)
    settings = load_settings(engine.folder, {})
    return App(workspace, settings, store, now, system_ticks, rehearsing=True, simulate=lambda *_: recorder)


def _wake(engine: Engine) -> None:
    """The daemon as it runs; beside it, a little later each time, APScheduler alone and a thread that only sleeps."""
    store, recorder, apart = engine.fresh(), Recorder(system_now), timedelta(milliseconds=100)
    fill(store, QUEUED, mode=SIMULATED, at=system_now() + timedelta(days=1))
    scheduler = Scheduler(engine.folder / "wake-jobs.db", misfire_grace_time=None)
    due = [system_now() + timedelta(seconds=5) + 3 * apart * n for n in range(WAKES)]
    threads = [sealed(n, at, posts=1, mode=SIMULATED) for n, at in enumerate(due)]
    queue(store, threads, mode=SIMULATED, campaign="soon")
    done.clear()
    for n, at in enumerate(due):
        scheduler.add(n, at + apart)
    slept: list[float] = []
    sleeper = threading.Thread(target=_sleep, args=([at + 2 * apart for at in due], slept))
    recorder.wanted = WAKES
    daemon = Daemon(_app(engine, store, recorder), lambda _: None)
    runner = threading.Thread(target=daemon.run)
    sleeper.start()
    runner.start()
    scheduler.run(WAKES, 60)
    recorder.enough.wait(30)
    daemon.stop()
    sleeper.join()
    runner.join()
    starts = {one.texts[0]: one.start for one in threads}
    late = [(at - starts[text]).total_seconds() * 1e3 for text, at in recorder.asked]
    jobs = [(at - due[n] - apart).total_seconds() * 1e3 for n, at in done]
    middle, early = statistics.median(late), sum(span < 0 for span in late)
    what = f"due to the request, {QUEUED:,} queued (median of {len(late)})"
    row(what, f"{middle:.2f} ms", "<= 2 ms", met=middle <= 2 and len(late) == WAKES)
    row("  early", f"{early}", "0, ever", met=not early)
    row(f"  APScheduler, {WAKES} jobs queued", f"{statistics.median(jobs):.2f} ms")
    row("  a thread that sleeps until then and does nothing", f"{statistics.median(slept):.2f} ms")
    disk = Disk(engine.folder)
    durable = statistics.median(disk.write() for _ in range(WAKES)) * 1e3
    disk.close()
    row("  one fdatasync, which the intent waits for before the request", f"{durable:.2f} ms")


def _sleep(until: list[datetime], slept: list[float]) -> None:
    for at in until:
        time.sleep(max((at - system_now()).total_seconds(), 0))
        slept.append((system_now() - at).total_seconds() * 1e3)


def _restart(engine: Engine) -> None:
    """A daemon made anew, to the end of its first beat, with nothing due."""
    later = system_now() + timedelta(days=1)
    stores = {name: engine.fresh() for name in ("1k", "100k", "overdue")}
    fill(stores["1k"], 1_000, mode=SIMULATED, at=later)
    fill(stores["100k"], QUEUED, mode=SIMULATED, at=later)
    fill(stores["overdue"], QUEUED, mode=SIMULATED, at=system_now() - timedelta(days=2))
    works = {name: partial(_first_beat, engine, store) for name, store in stores.items()}
    jobs: dict[str, Callable[[], float]] = {}
    if engine.name == "SQLite":
        scheduler = holding(engine.folder / "restart-jobs.db", QUEUED)
        jobs["jobs"] = lambda: seconds(scheduler.store.get_all_jobs)
    found = in_turn(ROUNDS, {**works, **jobs})
    grown = ratio(found["100k"], found["1k"])
    row(f"restart, first beat with {QUEUED:,} queued, over 1,000", f"{grown:.2f} x", "independent", met=grown <= 1.5)
    row(f"  with {QUEUED:,} overdue (the beat sends the first)", f"{ratio(found['overdue'], found['1k']):.2f} x")
    if jobs:
        row("  APScheduler, reading its jobs at the start", f"{ratio(found['jobs'], found['100k']):.0f} x slower")
        scheduler.close()


def _first_beat(engine: Engine, store: Store) -> float:
    """Seconds from the making of a daemon to the request, or to the end of a beat that finds nothing due."""
    beats.touch(store, beats.PUBLISH, "bench/daemon", system_now() - DOWN, [SIMULATED])
    recorder = Recorder(system_now)
    app = _app(engine, store, recorder)

    def work() -> None:
        daemon = Daemon(app, lambda _: daemon.stop())
        daemon.publish()

    return seconds(work)


def _overdue(engine: Engine) -> None:
    """What was due in the minute in which nothing ran: sent in order, whole."""
    store, recorder = engine.fresh(), Recorder(system_now)
    begun = system_now() - DOWN
    step = DOWN / OVERDUE
    threads = [sealed(n, begun + step * n, posts=1, mode=SIMULATED) for n in range(OVERDUE)]
    queue(store, threads, mode=SIMULATED)
    beats.touch(store, beats.PUBLISH, "bench/daemon", begun, [SIMULATED])
    drain(_app(engine, store, recorder).publisher("daemon"), drain=True, sleep=lambda _: None)
    order = [one.texts[0] for one in threads]
    lost, disorder = OVERDUE - len(recorder.asked), _disorder([order.index(text) for text, _ in recorder.asked])
    row(f"{OVERDUE} posts overdue after {DOWN.seconds} s down: lost", f"{lost}", "0", met=not lost)
    row("  out of order", f"{disorder}", "0", met=not disorder)
    if engine.name != "SQLite":
        return
    for name, defaults in (("its default", {}), ("no misfire limit", {"misfire_grace_time": None})):
        done.clear()
        scheduler = Scheduler(engine.folder / f"overdue-{len(defaults)}.db", **defaults)
        for number in range(OVERDUE):
            scheduler.add(number, begun + step * number)
        ran, dropped = scheduler.run(OVERDUE)
        wrong = _disorder([number for number, _ in done])
        row(f"  APScheduler, {name}: dropped, out of order", f"{dropped}, {wrong} of {ran}")
    note("a post is out of order when one that was due later went before it")


def _disorder(numbers: list[int]) -> int:
    """How many come after a larger one."""
    highest, wrong = -1, 0
    for number in numbers:
        wrong += number < highest
        highest = max(highest, number)
    return wrong
