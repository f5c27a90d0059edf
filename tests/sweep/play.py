"""Plays one round: queue, publish with a fault, kill, start again until nothing is due, and judge."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from amplifier.model import Address, Mode
from amplifier.publishing import manual
from amplifier.store import tables
from amplifier.store.engine import open_store
from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.memory import in_memory
from tests.support.queue import Bench, Clock
from tests.sweep.child import REPORT, SAID
from tests.sweep.judge import Verdict, described, judge, rows_of, unsettled
from tests.sweep.plan import HTTP_TIMEOUT, LEASE, SETTLE, SHAPES, Crash, Round

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from amplifier.store.engine import Store
    from tests.fakes.x_server import Asked, Moment
    from tests.sweep.judge import Row
    from tests.sweep.launcher import Launcher

RUNS = 12
"""Processes after which a round should have ended."""
PATIENCE = 120.0
"""Seconds after which one process should have ended."""
LONG = 6.0
"""Seconds: nothing is waited for longer; the rows are moved instead, as if that time had passed."""
CAMPAIGN = "sweep"
RESET = "x-rate-limit-reset"


@dataclass
class Told:
    """How a round went."""

    number: int
    killed: list[str] = field(default_factory=list)
    runs: int = 0
    met: bool = False
    """Whether its fault came to pass."""
    held: int = 0
    """Posts that a person was asked about."""
    posts: int = 0
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    story: str = ""


@contextmanager
def migrated() -> Iterator[Path]:
    """A migrated, empty database to copy."""
    with tempfile.TemporaryDirectory(prefix="sweep", dir=in_memory()) as folder:
        open_store(None, Path(folder) / "amplifier.db").close()
        yield Path(folder) / "amplifier.db"


def bare_workspace(folder: Path) -> None:
    """The least that a command takes for a workspace."""
    for name in ("campaigns", "templates"):
        (folder / name).mkdir()


def ask_a_person(store: Store, rows: Iterable[Row]) -> int:
    """Somebody has looked for what is perhaps sent, and it is not there; how many."""
    perhaps = [row for row in rows if row.perhaps]
    for row in perhaps:
        address = Address(CAMPAIGN, f"t{row.thread}", row.account, row.k, Mode.LIVE)
        manual.resolve_not_sent(store, address, why="looked", who="sweep", now=datetime.now(UTC))
    return len(perhaps)


def live(server: XServer) -> dict[str, str]:
    """The environment in which `main` and `other` publish on this server, with short waits."""
    return {
        **server.credentials("main"),
        **server.credentials("other"),
        "AMPLIFIER_LIVE": "1",
        "AMPLIFIER_LEASE_SECONDS": str(LEASE),
        "AMPLIFIER_HTTP_TIMEOUT_SECONDS": str(HTTP_TIMEOUT),
        "AMPLIFIER_SETTLE_SECONDS": str(SETTLE),
    }


def approve(store: Store, threads: Sequence[tuple[str, int]]) -> None:
    """Queue threads, due now. All posts but the first say the same in every thread: only parents tell them apart."""
    bench = Bench(store, Clock(datetime.now(UTC)))
    for number, (account, count) in enumerate(threads, 1):
        root = f"Thread {number}: soup & bread, https://example.org/{number}"
        texts = [root, *(f"Part {k} of what she said." for k in range(2, count + 1))]
        bench.thread(f"t{number}", texts, campaign=CAMPAIGN, account=account, gap=0)


def play(round_: Round, launcher: Launcher, empty: Path) -> Told:
    """Play it to its end; `empty` is a migrated database. What goes wrong is told, not raised."""
    begun = time.monotonic()
    with _game(round_, launcher, empty) as game:
        game.server.script(*[x_faults.passed()] * (round_.fault_at - 1), round_.variant)
        if round_.look:
            game.server.script(round_.look)
        try:
            game.play()
        except (AssertionError, OSError) as exc:
            game.told.verdict = Verdict(losses=(f"{type(exc).__name__}: {exc}",))
        if game.told.verdict.all:
            game.told.story = game.story()
        game.told.posts = len(game.server.posts)
        game.told.met = not game.server.scripted(x_faults.POST)
    game.told.seconds = time.monotonic() - begun
    return game.told


def profile(launcher: Launcher, empty: Path) -> dict[str, int]:
    """The source lines that a run comes to which recovers from a crash and meets every fault, and how often."""
    faults = (x_faults.drop(store=True), x_faults.server_error(), x_faults.rate_limited(headers={RESET: "+2"}))
    crash = Crash("request", 3, "done")
    measured = Round(0, SHAPES[-1], "none", x_faults.passed(), 1, None, 0.0, (crash,), (False,))
    with _game(measured, launcher, empty) as game:
        assert game.run(crash) == -signal.SIGKILL, game.story()
        game.server.script(*faults)
        assert game.run(None, count=True) == 0, game.story()
        lines: dict[str, int] = json.loads((game.folder / REPORT).read_text("utf-8"))["lines"]
        return lines


@contextmanager
def _game(round_: Round, launcher: Launcher, empty: Path) -> Iterator[_Game]:
    with (
        tempfile.TemporaryDirectory(prefix="sweep", dir=in_memory()) as folder,
        XServer(duplicates=False, lag=round_.lag) as server,
    ):
        game = _Game(round_, launcher, Path(folder), server)
        bare_workspace(game.folder)
        shutil.copy(empty, game.database)
        game.approve()
        try:
            yield game
        finally:
            launcher.kill()


@dataclass
class _Game:
    """A round that is being played."""

    round: Round
    launcher: Launcher
    folder: Path
    server: XServer
    told: Told = field(init=False)

    def __post_init__(self) -> None:
        self.told = Told(self.round.number)
        self.server.watch = self._watch
        self._crash: Crash | None = None
        self._heard = 0
        self._pending: set[int] = set()

    @property
    def database(self) -> Path:
        return self.folder / "amplifier.db"

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Its database, open for as long as no process is killed: the next one must find it as it was left."""
        with closing(open_store(None, self.database, synchronous="OFF")) as store:
            yield store

    def approve(self) -> None:
        with self.store() as store:
            approve(store, self.round.threads)

    def play(self) -> None:
        """Run, killed as planned, until everything is out or a person has said what is."""
        crashes = list(zip(self.round.crashes, self.round.down, strict=True))
        for _ in range(RUNS):
            crash, down = crashes.pop(0) if crashes else (None, False)
            code = self.run(crash)
            if code == -signal.SIGKILL and crash:
                if down:
                    self.skip(LEASE + 1)
                continue
            assert code in {0, 1, 75}, f"it ended with {code}"
            with self.store() as store:
                rows = rows_of(store)
                if unsettled(rows):
                    continue
                self.told.verdict = judge(rows, self.server.posts, in_a_row=not self.told.held)
                if self.told.verdict.all or not (asked := ask_a_person(store, rows)):
                    return
                self.told.held += asked
        message = f"{RUNS} runs, and something is still due"
        raise AssertionError(message)

    def run(self, crash: Crash | None, *, count: bool = False) -> int:
        """One `amplifier run --drain`; its exit code."""
        self._crash, self._heard = crash, 0
        self.launcher.start(self.folder, live(self.server), crash=crash, count=count)
        code = self._wait()
        self.told.runs += 1
        if code == -signal.SIGKILL and crash:
            self.told.killed.append(str(crash))
        return code

    def _wait(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            code = self.launcher.wait(1.5)
            if code is not None:
                return code
            wait = self.longest_wait()
            if wait > LONG:
                self.launcher.signal(signal.SIGTERM)
                code = self.launcher.wait(PATIENCE)
                assert code is not None, "SIGTERM did not end it"
                self.skip(wait)
                return 0 if code == -signal.SIGTERM else code  # it had not even begun to listen for signals
        message = f"a run did not end within {PATIENCE:g} s"
        raise AssertionError(message)

    def longest_wait(self) -> float:
        """Seconds until the queue, which is waiting, goes on; 0 when something can be done now."""
        account, post = tables.account.c, tables.post.c
        doubt = post.state.in_(["queued", "unknown"])
        with self.store() as store, store.read() as connection:
            rows = connection.execute(
                select(post.due_at, account.wait_until).join(tables.account, account.id == post.account_id).where(doubt)
            ).all()
            leased = connection.execute(select(post.id).where(post.state == "sending")).first()
        now = datetime.now(UTC)
        waits = [(max(due_at, wait_until or due_at) - now).total_seconds() for due_at, wait_until in rows]
        return 0.0 if leased else max(min(waits, default=0.0), 0.0)

    def skip(self, seconds: float) -> None:
        """As if this time had passed while nothing ran: every instant by which the queue decides lies further back."""
        # the server's clock stays: what it has heard must be accepted, and shown, by then all the same
        deadline = time.monotonic() + PATIENCE
        while self._pending and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(self.round.lag)
        back = timedelta(seconds=seconds)
        with self.store() as store, store.write() as connection:
            for table in (tables.account, tables.post, tables.beat):
                keys = list(table.primary_key.columns)
                for row in connection.execute(select(table)).mappings().all():
                    moved = {name: value - back for name, value in row.items() if isinstance(value, datetime)}
                    if moved:
                        connection.execute(update(table).where(*(key == row[key.name] for key in keys)).values(moved))

    def story(self) -> str:
        """All that is known of the round, for whoever has to find out."""
        with self.store() as store:
            rows = rows_of(store)
        said = (self.folder / SAID).read_text("utf-8", "replace")
        asked = "\n".join(f"    {asked.at:.3f} {asked.line} {asked.body or ''}" for asked in self.server.requests)
        return f"{described(rows, self.server.posts)}\n{asked}\n{said}"

    def _watch(self, moment: Moment, asked: Asked) -> None:
        self._heard += moment == "heard"
        (self._pending.add if moment == "heard" else self._pending.discard)(id(asked))
        crash = self._crash
        if crash and crash.kind == "request" and (crash.where, crash.n) == (moment, self._heard):
            self.launcher.signal(signal.SIGKILL)
