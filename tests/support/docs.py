"""A reader of the documentation who types what the pages show, in a workspace of his own, and compares what comes back.

What a page marks, behind the language of a fenced block:

- `console`: each line after `$` is typed. The lines under it are the whole answer (`...` stands for any text or any
  lines); under a command without an answer anything may come. `exit=3` names another exit code than 0, and
  `at=2026-11-30T12:00` shows a plan as it is at that instant (UTC); `asked` types, at a terminal, what stands behind
  each question that ends in `):`, and `online` answers as X would, on this machine.
- `file=PATH`: the block is written to PATH in the workspace. `same=PATH`: it is this file of the repository.
- `yaml` without either: a part of a campaign, read by the real loader in the place of the sample's own.
- `sql` is asked of the demo's ledger, and gives the table behind it; `python` is run, and prints the `text` behind it.
- `duckdb` is asked in DuckDB, in the workspace's folder, of the Parquet files that the page had exported before.
- `sh` and others are not typed; their commands, options and settings must exist all the same.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import duckdb

from amplifier.cli import COMMANDS, main
from amplifier.cli.approving import show_plan
from amplifier.cli.demo import READINGS
from amplifier.content.draft import load_draft
from amplifier.model import Why
from amplifier.planning.approve import approve
from amplifier.planning.plan import plan
from amplifier.publishing.enqueue import Seal
from amplifier.rehearsal import VirtualClock, open_rehearsal, rehearse
from amplifier.settings import AccountSettings, Settings, load_settings
from amplifier.workspace import Workspace, init_workspace
from tests.fakes.x_server import XServer
from tests.fakes.x_state import Account
from tests.support.house import House
from tests.support.terminal import interview

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REPOSITORY = Path(__file__).parent.parent.parent
FENCE = re.compile(r"^```(\w+)?([^\n]*)\n(.*?)^```$(?:\n\n((?:^\|[^\n]*\n)+))?", re.MULTILINE | re.DOTALL)
AT_X = Account("our_voices")
"""Whose token the pages show."""
DEMO_DAY = datetime(2026, 11, 30, 12, tzinfo=UTC)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
ASKED = re.compile(r"^(.*\):) ?(.*)$", re.MULTILINE)
ASSIGNED = re.compile(r"[A-Z_]+=\S*")
# behind -u stands a user or a unit
CALL = re.compile(r"(?:^|[\s/(])(?<!-u )amplifier((?:[ ]+[^\s|;&>)]+)*)")
COMMON = {"-C", "--workspace", "-v", "-vv", "--verbose", "-h", "--help", "--version"}


@dataclass(frozen=True)
class Block:
    """One fenced block: `options` are the words behind its language, `table` is what stands right behind it."""

    place: str
    language: str
    options: dict[str, str]
    text: str
    table: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order; the place is the line of the first line inside."""
    source = page.read_text("utf-8")
    found = []
    for match in FENCE.finditer(source):
        options = dict(word.partition("=")[::2] for word in (match[2] or "").split())
        line = source.count("\n", 0, match.start()) + 2
        found.append(Block(f"{page.name}:{line}", match[1] or "", options, match[3], match[4] or ""))
    return found


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub(lambda match: match[4] or "", page.read_text("utf-8"))


# ---------------------------------------------------------------- what a page names


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Where `amplifier` is called, and the words behind it: in spans, in blocks, after `$` in sessions."""
    for block in blocks(page):
        for line in block.text.split("\n"):
            typed = line.startswith("$ ") or block.language not in {"console", "text"}
            for match in CALL.finditer(line.removeprefix("$ ")) if typed else ():
                yield f"{block.place}: {line}", match[1].split()
    for span in SPAN.findall(prose(page)):
        words = span.split()
        if words and words[0] in COMMANDS and span not in set(Why):
            yield f"{page.name}: {span}", words
        for match in CALL.finditer(span):
            yield f"{page.name}: {span}", match[1].split()


def wrong_call(words: list[str]) -> str | None:
    """What is wrong with a call of `amplifier`; None when command and options exist."""
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in {"-C", "--workspace"} else words[1:]
    if not words:
        return None
    context = click.Context(main, info_name="amplifier")
    command, rest = main.get_command(context, words[0]), words[1:]
    if command is None:
        return f"there is no command {words[0]}"
    if isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        group, command, rest = command, command.get_command(context, rest[0].rstrip(".,:")), rest[1:]
        if command is None:
            return f"there is no command {group.name} {words[1]}"
    known = COMMON | {option for parameter in command.params for option in parameter.opts}
    unknown = [word for word in (word.rstrip(".,:") for word in rest) if word.startswith("-") and word not in known]
    return f"{words[0]} has no option {', '.join(unknown)}" if unknown else None


def every_option() -> set[str]:
    """The options of all commands."""
    context = click.Context(main, info_name="amplifier")
    found = set(COMMON)
    commands = [main.get_command(context, name) for name in COMMANDS]
    while commands:
        command = commands.pop()
        if isinstance(command, click.Group):
            commands += [command.get_command(context, name) for name in command.list_commands(context)]
        elif command:
            found |= {option for parameter in command.params for option in parameter.opts}
    return found


def is_setting(name: str) -> bool:
    """Whether a variable is read; an account may have any name."""
    plain = name.removeprefix("AMPLIFIER_").lower()
    if not plain.startswith("accounts__"):
        return plain in Settings.model_fields.keys() - {"accounts"}
    parts = plain.split("__")
    return len(parts) == 3 and parts[2] in AccountSettings.model_fields


def anchors(page: Path) -> set[str]:
    """The headings of a page as the address of a place in it."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


# ---------------------------------------------------------------- what a page shows


@dataclass
class Reader:
    """Someone in a fresh workspace, `~/my-workspace`, who types a page from its first line to its last.

    `rehearsed`: the demo has run in that workspace, on `DEMO_DAY`.
    """

    home: Path
    rehearsed: bool = False
    folder: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.folder = init_workspace(self.home / "my-workspace").root
        self.environment = {"HOME": str(self.home), "LOGNAME": "you"}
        sample = self.folder / "campaigns/dmz-escape.yaml"
        if self.rehearsed:
            self._rehearse(sample)
        # nobody waits 20 s between two posts of a test
        sample.write_text(sample.read_text("utf-8").replace("post_gap: 20s", "post_gap: 0s "), "utf-8")

    def follow(self, page: Path) -> int:
        """Do what the page says; how many things were tried."""
        typed = 0
        behind = [*blocks(page)[1:], None]
        for block, following in zip(blocks(page), behind, strict=True):
            if "file" in block.options:
                path = self.folder / block.options["file"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, "utf-8")
            elif block.language == "console":
                typed += self._session(block)
            elif block.language in {"sql", "duckdb"}:
                answer = self._ask(block.text) if block.language == "sql" else self._ask_duckdb(block.text)
                assert table(block.table) == answer, f"{block.place}\nis: {answer}"
                typed += 1
            elif block.language == "python" and following:
                assert following.text == self._python(block.text), f"{block.place}\nis: {self._python(block.text)}"
                typed += 1
        return typed

    def _rehearse(self, sample: Path) -> None:
        """What `demo` does, with a fixed beginning."""
        clock = VirtualClock(DEMO_DAY)
        app = open_rehearsal(Workspace(self.folder), load_settings(self.folder, {}), clock, "demo")
        draft = load_draft(sample, self.folder, app.platform)
        modes, seal = app.modes_of(draft.campaign.accounts), Seal("demo", clock.now())
        approve(app.store, draft.campaign, draft.threads, modes=modes, now=clock.now(), seal=seal)
        rehearse(app, clock, after=READINGS)
        app.close()

    def _ask(self, query: str) -> list[list[str]]:
        """A query's columns and rows, as a page writes them."""
        with closing(sqlite3.connect(self.folder / "amplifier.db")) as connection:
            cursor = connection.execute(query)
            return _written(cursor.description, cursor)

    def _ask_duckdb(self, query: str) -> list[list[str]]:
        """The same in DuckDB; what is a time is one of the reader's zone, so a page's query says which it means."""
        with chdir(self.folder), duckdb.connect() as connection:
            cursor = connection.execute(query)
            return _written(cursor.description, cursor.fetchall())

    def _python(self, program: str) -> str:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def _session(self, block: Block) -> int:
        steps = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
        for step in steps:
            line, _, shown = step.partition("\n")
            last = step is steps[-1]
            if "asked" in block.options and last:
                code, answer = self._asked(line, shown)
            else:
                code, answer = self._type(line, block)
            answer = answer.replace(str(self.home), "~").replace(AT_X.handle, AT_X.name)
            wanted = int(block.options.get("exit", "0")) if last else 0
            assert code == wanted, f"{block.place}: $ {line}\nexit {code}, not {wanted}\n{answer}"
            assert not shown.strip() or fits(shown, answer), f"{block.place}: $ {line}\nshown:\n{shown}\nis:\n{answer}"
        return len(steps)

    def _type(self, line: str, block: Block) -> tuple[int, str]:
        words = shlex.split(line)
        extra: dict[str, str] = {}
        while ASSIGNED.fullmatch(words[0]):
            name, _, value = words.pop(0).partition("=")
            extra[name] = value
        words = [str(self.home / word[2:]) if word.startswith("~/") else word for word in words]
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            return 0, ""
        with chdir(self.folder):
            if words[0] != "amplifier":
                environment = {"PATH": os.environ["PATH"], **self.environment}
                done = subprocess.run(
                    ["bash", "-c", line], env=environment, capture_output=True, text=True, check=False
                )
                return done.returncode, done.stdout + done.stderr
            if "at" in block.options:
                return 0, self._plan_at(words[-1], datetime.fromisoformat(block.options["at"]).replace(tzinfo=UTC))
            if "online" in block.options:
                with XServer() as x:
                    secrets = {**x.account(AT_X.name).secrets, "base_url": x.url, "handle": AT_X.handle}
                    named = {f"AMPLIFIER_ACCOUNTS__MAIN__{key.upper()}": value for key, value in secrets.items()}
                    return self._amplifier(words[1:], extra | named)
            return self._amplifier(words[1:], extra)

    def _amplifier(self, words: list[str], extra: dict[str, str]) -> tuple[int, str]:
        if words[0] in {"run", "collect"}:
            settings = load_settings(self.folder, extra)
            assert not settings.live, "no page goes live in a test"
            assert words[0] == "collect" or len(words) > 1, "a daemon does not end"
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            result = House(self.folder, {**self.environment, **extra}).cli(*words, code=None)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return result.exit_code, result.output

    def _asked(self, line: str, shown: str) -> tuple[int, str]:
        """A command that asks, at a terminal: what the page types behind each question is typed."""
        answers = [(question, f"{typed}\n") for question, typed in ASKED.findall(shown)]
        house = House(self.folder, self.environment)
        words = [str(self.folder / word) if word.endswith(".yaml") else word for word in shlex.split(line)[1:]]
        told, code = interview(house, *words, answers=answers, columns=120)
        return code, told.replace(f"{self.folder}/", "")

    def _plan_at(self, file: str, now: datetime) -> str:
        """What `plan` shows in the dry run at an instant; `system_now` has no place in a test."""
        workspace, settings = Workspace(self.folder), load_settings(self.folder, {})
        app = open_rehearsal(workspace, settings, VirtualClock(now), "")
        app.rehearsing = False
        said = io.StringIO()
        try:
            draft = load_draft(self.folder / file, self.folder, app.platform)
            modes = app.modes_of(draft.campaign.accounts)
            with app.store.read() as connection:
                found = plan(connection, draft.campaign, draft.threads, modes=modes, now=now)
            with click.Context(main), redirect_stdout(said), redirect_stderr(said):
                show_plan(app, draft, found)
        finally:
            app.close()
        return said.getvalue()


def _written(description: Iterable[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    cells = [["NULL" if value is None else str(value) for value in row] for row in rows]
    return [[column[0] for column in description], *cells]


def fits(shown: str, answer: str) -> bool:
    """Whether an answer is what a page shows; blanks at the ends of lines are nobody's business."""
    lines = [line.rstrip() for line in shown.rstrip().split("\n")]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n" for line in lines
    )
    plain = "".join(f"{line.rstrip()}\n" for line in answer.rstrip().split("\n"))
    return re.fullmatch(pattern, plain) is not None


def table(written: str) -> list[list[str]]:
    """The cells of a Markdown table, its heading first."""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in written.strip().split("\n")]
    return [row for row in rows if not set("".join(row)) <= set("|-")]


def with_part(campaign: str, part: str) -> str:
    """A campaign's text with its keys replaced by those of `part`, which stand at the left margin."""
    for key in re.findall(r"^(\w+):", part, re.MULTILINE):
        campaign = re.sub(rf"^{key}:.*\n(?:[ #].*\n)*", "", campaign, flags=re.MULTILINE)
    return campaign + part
