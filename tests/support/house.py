"""A small workspace with a campaign of its own, and the commands run in it."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from amplifier.app import App
from amplifier.cli import main
from amplifier.content.draft import load_draft
from amplifier.planning.approve import approve
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.run import Ran, run
from amplifier.rehearsal import VirtualClock
from amplifier.settings import load_settings
from amplifier.store.engine import Store, open_store
from amplifier.workspace import Workspace

if TYPE_CHECKING:
    from click.testing import Result

    from amplifier.content.draft import Draft
    from amplifier.planning.plan import Plan

REPOSITORY = Path(__file__).parent.parent.parent
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""A Monday."""
ARTICLE = """The fence

Two sisters met at a fence in the rain. They had not seen each other for nine years. Neither said a word.

What came after

A guard looked away for a minute. The older one put a letter through the wire. It took her a year to answer it.
"""
TEXTS = {
    "one": "They met at a fence, after nine years. #Fence\n---\nNeither of them said a word.\n---\nThen it rained.",
    "two": "A guard looked away for one minute. #Fence\n---\nA minute is enough for a letter.",
    "three": "It took her a year to answer. #Fence\n---\nRead what she wrote:",
}


@functools.cache
def _migrated() -> Path:
    path = Path(tempfile.mkdtemp(prefix="amplifier-tests-")) / "amplifier.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    open_store(None, path).close()
    return path


@dataclass
class House:
    """A workspace on disk. `write` makes its campaign file; `cli` and `process` run commands in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def campaign(self) -> Path:
        return self.root / "campaigns" / "fence.yaml"

    @classmethod
    def build(cls, root: Path, **texts: str) -> House:
        """Make the folders, the article and hand-written threads: those given, else three."""
        for folder in ("campaigns/articles", "campaigns/threads", "templates"):
            (root / folder).mkdir(parents=True)
        (root / "campaigns/articles/fence.txt").write_text(ARTICLE, "utf-8")
        house = cls(root)
        shutil.copy(_migrated(), root / "amplifier.db")  # as its first command would leave it, and much quicker
        for name, text in (texts or TEXTS).items():
            house.text(name, text)
        house.write(*(texts or TEXTS))
        return house

    def text(self, name: str, text: str) -> None:
        """Write one hand-written thread."""
        (self.root / f"campaigns/threads/{name}.md").write_text(text, "utf-8")

    def write(self, *threads: str, accounts: str = "[main]", **schedule: str) -> None:
        """Write the campaign file: a name, `name @ 2026-12-10 09:00` for a thread with a time of its own, or
        `name -> fence/one/main/2` for one that answers a post.
        """
        values = {
            "timezone": "Asia/Seoul",
            "slots": '[{days: [tue, thu], at: "09:30"}]',
            "thread_gap": "2h",
            "post_gap": "20s",
            "jitter": "0s",
            **schedule,
        }
        lines = [
            "name: fence",
            "article: articles/fence.txt",
            "link: https://example.org/fence",
            "hashtags: [Fence]",
            f"accounts: {accounts}",
            "schedule:",
            *(f"  {key}: {value}" for key, value in values.items()),
            "threads:",
        ]
        for thread in threads:
            named, _, reply_to = thread.partition(" -> ")
            name, _, at = named.partition(" @ ")
            more = (f", at: {at}" if at else "") + (f", reply_to: {reply_to}" if reply_to else "")
            lines.append(f"  - {{id: {name}, text: threads/{name}.md{more}}}")
        self.campaign.write_text("\n".join(lines) + "\n", "utf-8")

    @property
    def told(self) -> dict[str, str]:
        """Where the workspace is, by the environment: with -C every command that talk names would have it, too."""
        return {"AMPLIFIER_WORKSPACE": str(self.root), **self.environment}

    def cli(self, *arguments: str, code: int | None = 0) -> Result:
        """Run a command in this process; assert its exit code unless it is None."""
        root_log = logging.getLogger()
        handlers, level = root_log.handlers[:], root_log.level
        try:
            result = CliRunner().invoke(main, arguments, env=self.told, prog_name="amplifier")
        finally:
            root_log.handlers[:] = handlers
            root_log.setLevel(level)
        if code is not None:
            assert result.exit_code == code, f"{arguments}: exit {result.exit_code}\n{result.output}"
        return result

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("AMPLIFIER_")}
        return subprocess.Popen(
            [sys.executable, "-m", "amplifier", *arguments],
            cwd=REPOSITORY,
            env={**bare, **self.told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, *arguments: str, code: int | None = 0, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command as a process of its own, to its end."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{arguments} did not end within {seconds} s\n{out}\n{err}") from None
        if code is not None:
            assert process.returncode == code, f"{arguments}: exit {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def store(self) -> Store:
        """Its database, open."""
        return open_store(None, self.root / "amplifier.db")


@dataclass
class Stage:
    """A house with a virtual clock: approve and run without waiting, on the real networks' dry and simulated kinds."""

    house: House
    app: App
    clock: VirtualClock

    @classmethod
    def open(cls, house: House, *, at: datetime = NOON, **environment: str) -> Stage:
        """Open the app on the house's own database."""
        clock = VirtualClock(at)
        environ = {f"AMPLIFIER_{key.upper()}": value for key, value in environment.items()}
        settings = load_settings(house.root, environ)
        store = open_store(None, house.root / "amplifier.db", synchronous="OFF")
        return cls(house, App(Workspace(house.root), settings, store, clock.now, clock.ticks), clock)

    def draft(self) -> Draft:
        return load_draft(self.house.campaign, self.house.root, self.app.platform)

    def approve(self, *, at_once: bool = False, because: str | None = None, by: str = "staff") -> Plan:
        """Approve the campaign as it is on disk now."""
        draft = self.draft()
        return approve(
            self.app.store,
            draft.campaign,
            draft.threads,
            modes=self.app.modes_of(draft.campaign.accounts),
            now=self.clock.now(),
            seal=Seal(by, self.clock.now(), because),
            at_once=at_once,
        )

    def run(self, *, drain: bool = True) -> Ran:
        """What `run --drain` (or `--once`) does, on the virtual clock."""
        return run(self.app.publisher("test"), drain=drain, sleep=self.clock.sleep, nap=None)

    def posts(self, **where: Any) -> list[dict[str, Any]]:
        """Rows of `post_log`, oldest first."""
        from amplifier.engagement.query import rows  # noqa: PLC0415

        return sorted(rows(self.app.store, "post_log", **where), key=lambda row: row["post_id"])

    def states(self, **where: Any) -> dict[str, str]:
        """The state of each post by `thread/k`, replaced rows left out."""
        return {
            f"{row['thread']}/{row['k']}": row["state"]
            for row in self.posts(**where)
            if not (row["why"] or "").startswith("replaced")
        }


def texts_of(name: str) -> list[str]:
    """The posts of one of `TEXTS` as they are written."""
    return re.split(r"\n---\n", TEXTS[name])
