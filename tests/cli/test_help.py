from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from amplifier import __version__
from amplifier.cli import COMMANDS, main
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parent.parent.parent
HEAVY = ("tweepy", "sqlmodel", "sqlalchemy", "apscheduler", "jinja2", "requests", "ruamel", "pydantic", "rich")
LISTINGS = (
    ("check", "FILE"), ("preview", "FILE"), ("plan", "FILE"), ("queue", "list"),
    ("queue", "show", "fence/one/main@dry"), ("account", "list"), ("status",), ("collect",), ("report",), ("doctor",),
)  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)


def loaded_by(*arguments: str) -> set[str]:
    """Which heavy libraries a command has loaded when it ends."""
    script = (
        "import sys\nfrom amplifier.cli import main\n"
        "try:\n    main(sys.argv[1:], prog_name='amplifier')\n"
        "finally:\n    print('LOADED', *(name for name in %r if name in sys.modules))"
    )
    done = run("-c", script % (HEAVY,), *arguments)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


ALL = dict(commands(main))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    built = House.build(tmp_path_factory.mktemp("help") / "w")
    stage = Stage.open(built)
    stage.approve(at_once=True)
    stage.run()
    stage.app.close()
    return built


def test_help_imports_click_alone() -> None:
    assert loaded_by("--help") == set()


def test_checking_and_previewing_open_no_database_and_no_network(house: House) -> None:
    for command in ("check", "preview"):
        loaded = loaded_by("-C", str(house.root), command, str(house.campaign))
        assert not loaded & {"sqlmodel", "sqlalchemy", "tweepy", "requests", "jinja2", "apscheduler"}


def test_the_module_is_the_same_command() -> None:
    done = run("-m", "amplifier", "--version")
    assert (done.returncode, done.stdout) == (0, f"amplifier, version {__version__}\n")
    script = Path(sys.executable).parent / "amplifier"
    if script.exists():
        told = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
        assert told.stdout == done.stdout


@pytest.mark.parametrize("name", tuple(COMMANDS))
def test_the_line_in_the_list_is_the_first_of_the_commands_own_help(name: str) -> None:
    told = ALL[(name,)].help or ""
    assert told.split("\n\n", maxsplit=1)[0].strip() == COMMANDS[name][1]


def test_every_command_is_in_the_list_of_the_issue() -> None:
    assert set(COMMANDS) == {
        "init", "new", "check", "preview", "plan", "approve", "queue", "account", "run", "pause", "resume", "status",
        "collect", "report", "export", "doctor", "schema", "demo", "completion", "claims", "correct", "alert",
        "withdraw", "backup", "rehearse", "import-metrics", "sql", "explore", "studio", "share-kit", "calendar",
    }  # fmt: skip
    assert set(ALL) >= {("queue", verb) for verb in ("list", "show", "cancel", "retry", "resolve", "ack")}
    assert set(ALL) >= {("account", "list"), ("account", "unblock")}


@pytest.mark.parametrize("path", tuple(ALL), ids=" ".join)
def test_every_command_has_help_for_itself_and_for_each_option(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"], prog_name="amplifier")
    assert told.exit_code == 0
    assert told.stdout.startswith(f"Usage: amplifier {' '.join(path)}")
    assert "..." not in told.stdout.partition("Commands:")[2], "a line of help is cut off"
    assert all(len(line) <= 100 for line in told.stdout.splitlines())
    for parameter in ALL[path].params:
        assert isinstance(parameter, click.Argument) or (isinstance(parameter, click.Option) and parameter.help)


@pytest.mark.parametrize("path", tuple(ALL), ids=" ".join)
def test_the_workspace_can_be_named_after_every_command(path: tuple[str, ...]) -> None:
    assert "-C, --workspace DIR" in CliRunner().invoke(main, [*path, "--help"]).stdout


def test_help_says_what_staff_must_know() -> None:
    def told(*path: str) -> str:
        return " ".join(CliRunner().invoke(main, [*path, "--help"]).stdout.split())

    assert "self-declared" in told("approve")
    assert "never a blocking finding" in told("approve")
    assert "Operator: publishes every approved post that is due" in told("run")
    assert "a reading of every published post at once" in told("collect").lower()


def test_the_workspace_may_be_named_before_or_after_the_command_and_the_last_wins(house: House) -> None:
    runner = CliRunner()
    root = str(house.root)
    for arguments in (
        ["-C", root, "queue", "list"],
        ["queue", "-C", root, "list"],
        ["queue", "list", "-C", root],
        ["-C", "/nowhere", "queue", "list", "--workspace", root],
    ):
        assert runner.invoke(main, arguments).exit_code == 0, arguments
    assert runner.invoke(main, ["-C", root, "queue", "list", "-C", "/nowhere"]).exit_code == 78


def test_a_command_that_talk_names_is_told_the_workspace_that_this_one_was(house: House) -> None:
    root = str(house.root)
    said = CliRunner().invoke(main, ["-C", root, "queue", "list"]).stderr
    assert f"next: amplifier -C {root} queue show fence/one/main/1@dry\n" in said
    said = CliRunner().invoke(main, ["sql", "-C", root]).stderr
    assert f'amplifier -C {root} sql "SELECT' in said
    assert "-C" not in house.cli("queue", "list").stderr


@pytest.mark.parametrize(
    ("typed", "meant"), (("quue", "queue"), ("aprove", "approve"), ("statsu", "status"), ("exprot", "export"))
)
def test_an_unknown_command_suggests_the_nearest(typed: str, meant: str) -> None:
    told = CliRunner().invoke(main, [typed])
    assert told.exit_code == 2
    assert f"No such command {typed!r}. Did you mean {meant!r}?" in told.stderr
    assert "Did you mean" not in CliRunner().invoke(main, ["xyzzy"]).stderr
    assert "Did you mean 'list'?" in CliRunner().invoke(main, ["queue", "lst"]).stderr


@pytest.mark.parametrize(
    ("shell", "sign"),
    (("bash", "complete -o nosort -F"), ("zsh", "#compdef amplifier"), ("fish", "complete --no-files")),
)
def test_each_shell_has_its_completion_script(shell: str, sign: str) -> None:
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0
    assert sign in told.stdout
    assert "_AMPLIFIER_COMPLETE" in told.stdout


def test_completion_completes_commands_subcommands_and_options() -> None:
    def offered(*before: str, incomplete: str = "") -> list[str]:
        found = ShellComplete(main, {}, "amplifier", "_AMPLIFIER_COMPLETE")
        return [item.value for item in found.get_completions(list(before), incomplete)]

    assert offered() == list(COMMANDS)
    assert offered(incomplete="re") == ["rehearse", "resume", "report"]
    assert offered("queue", incomplete="re") == ["resolve", "retry"]
    assert "--drain" in offered("run", incomplete="--")
    assert offered("quue") == list(COMMANDS)  # a slip of the pen is no traceback in the shell


def test_completing_a_name_imports_no_command() -> None:
    script = "import sys\nfrom amplifier.cli import main\nmain(prog_name='amplifier')"
    environment = {**os.environ, "_AMPLIFIER_COMPLETE": "bash_complete", "COMP_WORDS": "amplifier q", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "plain,queue\n"
    assert "sqlalchemy" not in done.stderr


@pytest.mark.parametrize("listing", LISTINGS, ids=" ".join)
def test_every_listing_has_json_with_data_on_stdout_and_talk_on_stderr(house: House, listing: tuple[str, ...]) -> None:
    arguments = [str(house.campaign) if part == "FILE" else part for part in listing]
    told = house.cli(*arguments, "--json")
    json.loads(told.stdout)
    words = house.cli(*arguments)
    assert "next: " in words.stderr or "next: " in words.stdout.lower() or listing[0] in {"doctor", "queue"}
    assert "next: " not in told.stdout


def test_instants_in_data_are_utc_with_a_z(house: House) -> None:
    def instants(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in {"at", "due_at", "sent_at", "start", "was", "lease_until", "next_at", "since"} and inner:
                    yield inner
                yield from instants(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from instants(inner)

    found = []
    for listing in (
        ("plan", str(house.campaign)),
        ("queue", "list"),
        ("queue", "show", "fence/one/main@dry"),
        ("status",),
    ):
        found += list(instants(json.loads(house.cli(*listing, "--json").stdout)))
    assert len(found) > 20
    assert [text for text in found if not (text.endswith("Z") and text[10] == "T")] == []


def test_every_screen_about_posts_says_its_mode(house: House) -> None:
    for listing in LISTINGS:
        if listing[0] in {"collect", "doctor"}:
            continue
        arguments = [str(house.campaign) if part == "FILE" else part for part in listing]
        assert "DRY RUN" in house.cli(*arguments).output, listing


def test_talk_says_nothing_that_a_terminal_would_obey(house: House) -> None:
    hostile = "\x1b]0;pwned\x07\u202e"
    said = house.cli("sql", "--question", hostile, code=2).stderr
    assert not set("\x1b\x07\u202e") & set(said)
    (house.root / f"campaigns/{hostile}.yaml").write_text("name: 1\n", "utf-8")
    said = house.cli("check", str(house.root / f"campaigns/{hostile}.yaml"), code=3).output
    assert "\\x1b" in said
    assert "\x1b" not in said
