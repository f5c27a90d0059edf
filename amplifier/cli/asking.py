"""`sql`: one question to the database, and its answer as a person or a program wants it."""

from __future__ import annotations

import json
import math
import sys
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import as_json_option, common, console, counted, locate, say
from amplifier.clock import system_ticks
from amplifier.content import formats
from amplifier.engagement.ask import Limit, ask
from amplifier.engagement.method import MODES
from amplifier.engagement.query import PAGE
from amplifier.engagement.questions import Question, named, questions
from amplifier.engagement.report import PREFERENCE
from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.publishing import witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console

    from amplifier.engagement.ask import Answer

ABSENT = "–"
"""NULL at a terminal."""
LEAST = 12
"""Columns of the terminal that a text keeps, however many stand beside it."""
GAP = 2
OPEN = {"age_mark": "24h"}
"""What a question takes where a value is left open; else everything."""


def _values(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, sign, _ in pairs if not sign or not name]:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE")
    return {name.strip().removeprefix(":"): value for name, _, value in pairs}


@click.command()
@click.argument("statement", metavar="SELECT…", required=False)
@click.option("--question", "name", metavar="NAME", help="One of the ten questions instead; without a NAME that exists"
    " they are listed.")  # fmt: skip
@click.option("--set", "values", multiple=True, callback=_values, metavar="NAME=VALUE",
    help="The value of :NAME in the question; may be given several times.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0, 86400, min_open=True), default=30.0, show_default=True,
    help="How long the database may work on it.")  # fmt: skip
@as_json_option
@common
def sql(statement: str | None, name: str | None, values: dict[str, str], seconds: float, as_json: bool) -> None:
    """Ask the database one question in SQL; it cannot change anything.

    A single - reads the question from stdin. At a terminal the answer is a table; in a pipe or a file it has a line a
    row and a tab between columns, with nothing cut.

    Exit: 2 the question is wrong or would write, 75 it took too long, 78 there is no database.
    """
    if math.isnan(seconds):
        raise click.BadParameter("nan is no number of seconds", param_hint="--seconds")
    asked, values = _asked(statement, name, values)
    workspace, settings = locate()
    witness.refuse_gone(settings.database_url, workspace.database, workspace.private)
    limit = Limit(seconds, system_ticks)
    put = partial(ask, settings.database_url, workspace.database, limit=limit)
    if name is not None:
        values = _chosen(values, put)
    with put(asked, values) as (columns, rows):
        if as_json:
            _json(columns, rows)
        elif sys.stdout.isatty():
            say(counted(_screen(columns, rows, console()), "row"))
        else:
            _lines(columns, rows)


def _asked(statement: str | None, name: str | None, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    if (statement is None) == (name is None):
        known = "\n  ".join(f"{one.name:12} {one.title}" for one in questions())
        raise UsageError(
            "one question is needed", f'amplifier sql "SELECT …", or --question NAME with one of\n  {known}'
        )
    if name is not None:
        found: Question = named(name)
        return found.sql, dict.fromkeys(found.names, "") | values
    asked = sys.stdin.read() if statement == "-" else statement or ""
    try:
        asked.encode()
    except UnicodeEncodeError:
        raise UsageError("the question is not all text", "it has bytes that are not UTF-8: write it anew") from None
    return asked, values


def _chosen(values: dict[str, str], put: Callable[..., AbstractContextManager[Answer]]) -> dict[str, str]:
    """The values of a question as they are asked, and told to whoever asks: live posts unless there are none."""
    mode = values["mode"]
    if not mode:
        with put("SELECT DISTINCT mode FROM campaign_summary", {}) as (_, rows):
            there = {row[0] for row in rows}
        mode = next((one for one in PREFERENCE if one in there), Mode.LIVE.value)
    elif mode not in PREFERENCE:
        raise UsageError(f"there is no mode {mode!r}", f"modes: {', '.join(PREFERENCE)}")
    age = values.get("age_mark", "")
    if age and not age.isdecimal():
        if not formats.fits(formats.AGE, age):
            raise UsageError(f"age_mark {age!r} is no age", "write 15m, 24h or 7d, or its seconds")
        age = str(int(formats.to_age(age).total_seconds()))
    others = {name: value or OPEN.get(name, "all") for name, value in values.items() if name != "mode"}
    told = ", ".join(f"{name} {value}" for name, value in others.items())
    say(f"{Mode(mode).banner}: {MODES[mode]}", f"{told}; another by --set NAME=VALUE")
    return values | {"mode": mode} | ({"age_mark": age} if "age_mark" in values else {})


def _json(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """An array, an object a line."""
    if twice := [column for column in columns if columns.count(column) > 1]:
        raise UsageError(f"two columns are called {twice[0]!r}", "give one another name: … AS other_name")
    sign = "["
    for row in rows:
        told = json.dumps(dict(zip(columns, map(_finite, row), strict=True)), ensure_ascii=False, default=_text)
        sys.stdout.write(f"{sign}\n{told}")
        sign = ","
    sys.stdout.write("[]\n" if sign == "[" else "\n]\n")


def _finite(value: Any) -> Any:
    """JSON has no number for what is endless: it is told as a text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _lines(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    r"""A line a row, a tab between columns; NULL is empty, and in texts \t, \n, \r and \\ are written out."""
    for row in chain([tuple(columns)], rows):
        sys.stdout.write("\t".join("" if value is None else _text(value).translate(_WRITTEN) for value in row) + "\n")


_WRITTEN = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, (bytes, memoryview)) else str(value)


def _screen(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], screen: Console) -> int:
    """A table as wide as the terminal, its widths from the first page; below each other where they do not fit."""
    first, columns = list(islice(rows, PAGE)), [*map(_shown, columns)]
    widths = _widths(columns, first, screen.width)
    count = 0
    if widths is not None:
        _line(screen, columns, widths, first[0] if first else (), style="bold")
    for count, row in enumerate(chain(first, rows), 1):
        if widths is not None:
            _line(screen, [_cell(value) for value in row], widths, row)
        else:
            _card(screen, columns, row, count)
    return count


def _widths(columns: Sequence[str], rows: Sequence[tuple[Any, ...]], room: int) -> list[int] | None:
    """What each column gets: numbers and short texts what they need, long texts share the rest; None: too little."""
    from rich.cells import cell_len  # noqa: PLC0415 - as in `common`

    wanted = [
        max([cell_len(column), *(cell_len(_cell(row[index])) for row in rows)]) for index, column in enumerate(columns)
    ]
    cut = [any(isinstance(row[index], str) for row in rows) for index in range(len(columns))]
    least = [min(width, LEAST) if may else width for width, may in zip(wanted, cut, strict=True)]
    left = room - GAP * (len(columns) - 1) - sum(least)
    if left < 0:
        return None
    given = least
    for index in sorted(range(len(columns)), key=lambda index: wanted[index]):
        waiting = sum(1 for other in range(len(columns)) if wanted[other] > given[other])
        more = min(wanted[index] - given[index], left // max(waiting, 1))
        given[index] += more
        left -= more
    return given


def _line(screen: Console, cells: Sequence[str], widths: Sequence[int], row: Sequence[Any], style: str = "") -> None:
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = []
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        fits = cell if cell_len(cell) <= width else set_cell_size(cell, width - 1) + "…"
        blank = " " * (width - cell_len(fits))
        number = index < len(row) and isinstance(row[index], (int, float))
        shown.append(blank + fits if number else fits + blank)
    screen.print(Text((" " * GAP).join(shown).rstrip(), style=style), soft_wrap=True)


def _card(screen: Console, columns: Sequence[str], row: Sequence[Any], number: int) -> None:
    from rich.text import Text  # noqa: PLC0415

    screen.print(Text(f"row {number}", style="bold"))
    width = max(map(len, columns))
    for column, value in zip(columns, row, strict=True):
        screen.print(Text(f"  {column:{width}}  {_cell(value)}"), soft_wrap=True)


def _cell(value: Any) -> str:
    if value is None:
        return ABSENT
    return f"{value:.6g}" if isinstance(value, float) else _shown(_text(value))


def _shown(text: str) -> str:
    """In one line, and nothing in it that a terminal would obey: signs that cannot be seen are written out."""
    plain = " ".join(text.split())
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in plain)
