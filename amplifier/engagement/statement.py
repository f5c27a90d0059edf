"""What a statement in SQL is, before anybody runs it: whether it only asks, and the values that it leaves open. Pure.

It knows no grammar: texts, quoted names and comments are told from the rest, and the database judges that.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from amplifier.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

ASKING = ("SELECT", "WITH", "VALUES", "EXPLAIN")
"""What a question begins with."""
CHANGING = frozenset({
    "ALTER", "ANALYZE", "ATTACH", "BEGIN", "CALL", "CLUSTER", "COMMIT", "COPY", "CREATE", "DELETE", "DETACH", "DO",
    "DROP", "GRANT", "INSERT", "LOCK", "MERGE", "PRAGMA", "REFRESH", "REINDEX", "RELEASE", "REPLACE", "RESET", "REVOKE",
    "ROLLBACK", "SAVEPOINT", "SET", "TRUNCATE", "UPDATE", "VACUUM",
})  # fmt: skip
"""What a statement begins with that changes something, or reaches outside the database."""
ONLY_READS = "amplifier sql only reads"
_PIECE = re.compile(
    r"""(?xs)
    (?P<blank> \s+ | --[^\r\n]* | /\*.*?\*/ )
    | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<value> (?<![:\w]) : [A-Za-z_]\w* )
    | (?P<word> \w+ )
    | (?P<sign> :: | . )
    """
)


def question(sql: str) -> str:
    """The statement without its closing semicolon.

    Raises `UsageError` for one that asks nothing, or that would change something. What gets past this the database
    itself refuses: it is asked in a way that cannot write.
    """
    first = next((text.upper() for kind, text in _pieces(sql) if kind in {"word", "quoted"}), None)
    if any(kind == "blank" and "/*" in text[2:] for kind, text in _pieces(sql)):
        raise UsageError("a comment within a comment", "databases read it in different ways: end the first one before")
    if first is None:
        raise UsageError("there is no question", 'write one in quotes: amplifier sql "SELECT * FROM campaign_summary"')
    if first in CHANGING:
        raise UsageError(f"{ONLY_READS}, and {first} does not ask", f"begin with {' or '.join(ASKING[:2])}")
    if first not in ASKING:
        near = get_close_matches(first, ASKING, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"{first} begins no question", f"{hint}a question begins with {', '.join(ASKING)}")
    return sql.strip().removesuffix(";").rstrip()


def names(sql: str) -> tuple[str, ...]:
    """The names of the values that a statement leaves open, as `:mode`, each once, in their order."""
    return tuple(dict.fromkeys(text[1:] for kind, text in _pieces(sql) if kind == "value"))


def filled(sql: str, given: Collection[str]) -> None:
    """Raise `UsageError` unless just the values are given that the statement leaves open."""
    wanted = names(sql)
    missing = [name for name in wanted if name not in given]
    if missing:
        raise UsageError(f"the value of :{missing[0]} is not given", f"add --set {missing[0]}=VALUE")
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        known = f"it leaves open: {', '.join(wanted)}" if wanted else "it leaves no value open"
        raise UsageError(f"the question has no :{unknown[0]}", known)


def percent(sql: str) -> str:
    """The same statement with its open values in the form of PostgreSQL's driver: `%(mode)s`."""
    return "".join(f"%({text[1:]})s" if kind == "value" else text.replace("%", "%%") for kind, text in _pieces(sql))


def place(sql: str, offset: int) -> str:
    """Where the character at `offset`, counted from 0, stands: the line and column that a person counts."""
    before = sql[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"


def found_once(sql: str, token: str) -> int | None:
    """Where a piece of the statement stands; None if it stands nowhere, or not in one place only."""
    places = [match.start() for match in _PIECE.finditer(sql) if match.lastgroup != "blank" and match[0] == token]
    return places[0] if len(places) == 1 else None


def unknown_table(name: str, views: Collection[str]) -> UsageError:
    """There is no such table or view: what may have been meant."""
    if name in views:
        return UsageError(
            f"this database has no view {name} yet",
            "it was last opened by another version of Amplifier; amplifier status brings it up to date",
        )
    near = get_close_matches(name, views, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return UsageError(f"there is no table or view {name!r}", f"{hint}views: {', '.join(views)}")


def unknown_column(name: str, sql: str, views: Mapping[str, Collection[str]]) -> UsageError:
    """There is no such column: what may have been meant, of the views that the statement names."""
    words = {text.lower() for kind, text in _pieces(sql) if kind == "word"}
    asked = {view: columns for view, columns in views.items() if view in words}
    known = dict.fromkeys(column for columns in (asked or views).values() for column in columns)
    near = get_close_matches(name.rpartition(".")[2], known, n=1)
    hints = [f"did you mean {near[0]}?"] if near else []
    hints += [f"{view} has {', '.join(columns)}" for view, columns in asked.items()]
    return UsageError(f"there is no column {name!r}", "\n  ".join(hints) or "docs/data.md lists every column")


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    return ((match.lastgroup or "", match[0]) for match in _PIECE.finditer(sql))
