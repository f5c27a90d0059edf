"""Several processes at one database and the same threads: what one of them begins, no other does again."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

from amplifier.store.engine import open_store
from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.memory import in_memory
from tests.sweep.child import SAID
from tests.sweep.judge import Verdict, described, judge, rows_of, unsettled
from tests.sweep.plan import HTTP_TIMEOUT
from tests.sweep.play import approve, ask_a_person, bare_workspace, live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.store.engine import Store
    from tests.fakes.x_faults import Fault
    from tests.fakes.x_server import Asked, Moment
    from tests.sweep.launcher import Launcher

THREADS = (("main", 3), ("other", 2), ("main", 2), ("other", 3), ("main", 1))
FAULTS: tuple[Fault, ...] = (
    x_faults.passed(),
    x_faults.drop(store=True),
    x_faults.hang(2 * HTTP_TIMEOUT, store=True),
    x_faults.server_error(html=True),
    x_faults.rate_limited(headers={"x-rate-limit-reset": "+2"}),
    x_faults.reset(),
)
RUNS = 6
PATIENCE = 120.0


@dataclass
class Crowd:
    """Round `number`: all run at once, in odd rounds one is killed, then one runs alone until nothing is due.

    `empty` is a migrated, empty database: the URL of a PostgreSQL one, or an SQLite file to copy.
    """

    number: int
    launchers: Sequence[Launcher]
    empty: str | Path
    codes: list[int] = field(default_factory=list)

    def play(self) -> Verdict:
        """What is wrong at its end."""
        with tempfile.TemporaryDirectory(prefix="crowd", dir=in_memory()) as name, XServer(duplicates=False) as server:
            folder = Path(name)
            bare_workspace(folder)
            environment = live(server)
            url = None if isinstance(self.empty, Path) else self.empty
            if url:
                environment["AMPLIFIER_DATABASE_URL"] = url
            else:
                shutil.copy(self.empty, folder / "amplifier.db")

            def watch(moment: Moment, _asked: Asked) -> None:
                if self.number % 2 and moment == "done" and len(server.requests) == 4 + self.number % 9:
                    self.launchers[self.number % len(self.launchers)].signal(signal.SIGKILL)

            with closing(open_store(url, folder / "amplifier.db")) as store:
                approve(store, THREADS)
                server.script(*[x_faults.passed()] * (self.number % 7), FAULTS[self.number % len(FAULTS)])
                server.watch = watch
                self.codes += together(self.launchers, folder, environment)
                verdict = self._settled(store, server, folder, environment)
                odd = set(self.codes) - {0, 1, 75, -signal.SIGKILL}
                if not verdict.all and not odd:
                    return verdict
                said = (folder / SAID).read_text("utf-8", "replace")
                story = f"round {self.number}: exits {self.codes}\n{described(rows_of(store), server.posts)}\n{said}"
                return Verdict(verdict.duplicates, (*verdict.losses, story), verdict.disorder)

    def _settled(self, store: Store, server: XServer, folder: Path, environment: dict[str, str]) -> Verdict:
        held = 0
        for _ in range(RUNS):
            rows = rows_of(store)
            verdict = judge(rows, server.posts, in_a_row=not held)
            if not unsettled(rows):
                asked = ask_a_person(store, rows)
                if verdict.all or not asked:
                    return verdict
                held += asked
            self.codes += together(self.launchers[:1], folder, environment)
        return verdict


def crowds(empty: Sequence[str | Path], teams: Sequence[Sequence[Launcher]]) -> list[Verdict]:
    """A round on each of these databases, one at a time for every team; most of a round is waiting."""
    free: Queue[Sequence[Launcher]] = Queue()
    for team in teams:
        free.put(team)

    def one(number: int, database: str | Path) -> Verdict:
        team = free.get()
        try:
            return Crowd(number, team, database).play()
        finally:
            free.put(team)

    with ThreadPoolExecutor(len(teams)) as pool:
        return list(pool.map(one, range(len(empty)), empty))


def open_together(launchers: Sequence[Launcher], url: str | None) -> list[int]:
    """All open one empty database at the same moment; how each ended."""
    with tempfile.TemporaryDirectory(prefix="crowd", dir=in_memory()) as name:
        bare_workspace(Path(name))
        codes = together(launchers, Path(name), {"AMPLIFIER_DATABASE_URL": url} if url else {})
        assert not any(codes), (Path(name) / SAID).read_text("utf-8", "replace")
        return codes


def together(launchers: Sequence[Launcher], folder: Path, environment: dict[str, str]) -> list[int]:
    """Run `amplifier run --drain` in each, all at once; how each ended."""
    for launcher in launchers:
        launcher.start(folder, environment)
    deadline = time.monotonic() + PATIENCE
    codes = []
    for launcher in launchers:
        while (code := launcher.wait(1)) is None:
            assert time.monotonic() < deadline, f"a run did not end within {PATIENCE:g} s"
        codes.append(code)
    return codes
