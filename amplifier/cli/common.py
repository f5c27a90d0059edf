"""What the commands share: where the workspace is, the log, names, and how things are printed."""

from __future__ import annotations

import getpass
import json
import logging
import re
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from amplifier.cli import COMMANDS
from amplifier.content.files import FORBIDDEN
from amplifier.errors import UsageError
from amplifier.networks.redact import Redact
from amplifier.settings import Settings, load_settings, named_workspace
from amplifier.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from rich.console import Console

    from amplifier.app import App
    from amplifier.model import Mode

P = ParamSpec("P")
R = TypeVar("R")

_COMMAND = re.compile(rf"\bamplifier (?=(?:{'|'.join(COMMANDS)})\b)")
"""A command of ours in a sentence."""
WIDE = 200
"""Columns of a table that is not read at a terminal: nothing in it is cut."""
LEAST = 12
"""Columns that a cut column keeps, however narrow the terminal."""


def common(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `-C/--workspace` and `-v`, as the group has them."""

    def remember(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
        def store(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
            shared = ctx.find_root().ensure_object(dict)
            if value:
                shared[key] = value

        return store

    command = click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=remember("verbose"), help="Say more on stderr."
    )(command)
    return click.option(
        "-C", "--workspace", metavar="DIR", expose_value=False, callback=remember("workspace"),
        help="The workspace folder.",
    )(command)  # fmt: skip


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")
by_option = click.option("--by", metavar="NAME", help="The name to record; self-declared. Default: your login name.")


def who(given: str | None) -> str:
    """The recorded name: the one given, else the login name."""
    if given is not None:
        name = " ".join(given.split())
        if not name.isprintable() or not any(map(str.isalnum, name)):
            raise UsageError(f"--by {given!r} is no name", "write the name of the person who answers for this")
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def reason(option: str, given: str) -> str:
    """A reason that is recorded; an empty one, as an unset variable of a script gives, is none."""
    if not given.strip():
        raise UsageError(f"{option} is empty", "say why: it is recorded")
    return given.strip()


def locate(named: Path | None = None) -> tuple[Workspace, Settings]:
    """The workspace of this command and its settings, with the log set up as they say."""
    shared = click.get_current_context().find_root().ensure_object(dict)
    explicit = shared.get("workspace")
    workspace = find_workspace(Path(explicit) if explicit else None, named, Path.cwd(), named_workspace())
    settings = load_settings(workspace.root)
    shared["secrets"] = settings.secrets
    set_log(settings.log_level, shared.get("verbose", 0), settings.secrets)
    return workspace, settings


def set_log(level: str, verbose: int, secrets: Collection[str] = ()) -> None:
    """Log to stderr; never a header, a token, one of these secrets or an unsent text, whatever the level."""
    chosen = {0: level, 1: "INFO"}.get(verbose, "DEBUG")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Redact(secrets))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen)


def with_app(named: Path | None = None, *, decides: bool = False, made: bool = False) -> App:
    """Open the workspace for a command that needs the queue; closed when the command ends.

    `decides`: by what is out. Then an older copy is noticed first; a copy that is only looked at stays one. `made`: the
    database has to be there, as nothing is to be seen in a new one; an empty one would hide a wrong folder.
    """
    from amplifier.app import open_app  # noqa: PLC0415 - sqlmodel is not for commands that only read files
    from amplifier.publishing import witness  # noqa: PLC0415
    from amplifier.store.engine import existing  # noqa: PLC0415

    workspace, settings = locate(named)
    if made:
        witness.refuse_gone(settings.database_url, workspace.database, workspace.private)
        existing(settings.database_url, workspace.database)
    app = open_app(workspace, settings)
    click.get_current_context().call_on_close(app.close)
    if decides:
        app.notice_restore()
    return app


def spare(app: App, path: Path) -> Path:
    """The path of a file to write, unless Amplifier lives by it. Raises `UsageError` then."""
    own = app.store.path and app.store.path.resolve()
    found = path.resolve()
    if app.workspace.lives_by(path) or (own and found.parent == own.parent and found.name.startswith(own.name)):
        raise UsageError(f"{path} is a file that Amplifier works with", "name another file to write to")
    return path


def banner(modes: Collection[Mode]) -> str:
    """What every screen says about the mode."""
    return " + ".join(sorted({mode.banner for mode in modes})) or "nothing queued"


def iso(value: datetime) -> str:
    """An instant as data shows it."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def print_json(value: Any) -> None:
    """Data to stdout, as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return float(value) if isinstance(value, Decimal) else str(value)


def console() -> Console:
    """A rich console on stdout; wide and plain when it is not a terminal, so that nothing is cut."""
    from rich.console import Console  # noqa: PLC0415

    terminal = sys.stdout is not None and sys.stdout.isatty()
    plain = click.get_current_context().find_root().color is False
    return Console(
        width=None if terminal else WIDE,
        highlight=False,
        soft_wrap=not terminal,
        color_system=None if plain else "auto",
    )


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    wraps: Collection[str] = (),
    cut: str | None = None,
    titles: Mapping[str, str] | None = None,
) -> None:
    """Print rows under their column names, or the `titles` of those; an absent value is a dash.

    At a narrow terminal the columns in `wraps` take more lines and `cut` loses its end; the others stay whole.
    """
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    screen = console()
    grid = Table(box=None, pad_edge=False, header_style="bold")
    cells = [{column: _cell(row.get(column)) for column in columns} for row in rows]
    heads = {name: name.replace("_", " ") for name in columns} | dict(titles or {})
    widths = {name: max(cell_len(text) for text in (heads[name], *(row[name] for row in cells))) for name in columns}
    for column in columns:
        grid.add_column(heads[column], overflow="fold", no_wrap=column not in wraps)
    if cut is not None and cut in columns and screen.is_terminal:
        room = max(LEAST, screen.width - sum(width + 2 for name, width in widths.items() if name != cut))
        for row in cells:
            if cell_len(row[cut]) > room:
                row[cut] = set_cell_size(row[cut], room - 1) + "…"
    for row in cells:
        grid.add_row(*(escape(text) for text in row.values()))
    screen.print(grid)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def counted(number: int, what: str) -> str:
    """How many of a thing: `1 post`, `2 posts`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def say(*lines: str) -> None:
    """Talk goes to stderr; data has stdout to itself."""
    for line in lines:
        click.echo(plain(typed(line)), err=True)


def plain(talk: str) -> str:
    """Talk in which nothing is left that a terminal would obey: it may quote files and networks of others."""
    return FORBIDDEN.sub(lambda sign: sign[0].encode("unicode_escape").decode(), talk)


def typed(talk: str) -> str:
    """Talk whose commands can be typed as they stand: where this one was told its workspace, they are told it, too."""
    context = click.get_current_context(silent=True)
    given = context.find_root().ensure_object(dict).get("workspace") if context else None
    if not given:
        return talk
    named = f"amplifier -C {quote(given)} "
    return _COMMAND.sub(lambda _: named, talk)


def at_terminal() -> bool:
    """Whether a person can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
