"""Write rows as Parquet, by DuckDB, some ten thousand at a time, which are joined at the end: memory stays flat.

What DuckDB reads are the very lines of the JSON export, so texts are exact, and NULL is no empty text.
It is an extra (`amplifier[parquet]`); nothing is asked of the internet.
"""

from __future__ import annotations

from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from amplifier.engagement.extras import HOW
from amplifier.engagement.kinds import kind_of
from amplifier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK = 50_000
"""Rows that DuckDB reads at a time: it keeps what comes through one pipe until its end, and would fill the memory."""
SETTINGS = {
    "memory_limit": "1GB",
    "threads": "1",  # each holds many rows, and Python is the slow end
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
COPY = "COPY (SELECT * FROM {}) TO {} (FORMAT parquet, COMPRESSION zstd)"


def require_duckdb() -> Any:
    """The library. Raises `ConfigurationError` where it is not installed, saying what to install."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(f"Parquet needs DuckDB: {HOW}") from None
    return duckdb


def write_parquet(view: str, columns: Sequence[str], lines: Iterable[str], path: Path, *, chunk: int = CHUNK) -> int:
    """Write the JSON lines of a view's rows to a Parquet file; return how many there were.

    Raises `OSError` when DuckDB cannot write the file, and whatever making the lines raises; then what is at `path`
    is not to be used.
    """
    duckdb = require_duckdb()
    types = ", ".join(f"{_quoted(column)}: {_quoted(kind_of(view, column))}" for column in columns)
    left, total = iter(lines), 0
    parts: list[str] = []
    with TemporaryDirectory(prefix="amplifier-") as name:  # not beside the file: DuckDB takes [ and * for patterns
        folder = Path(name)
        try:
            with duckdb.connect(config={**SETTINGS, "temp_directory": str(folder / "spilled")}) as connection:
                for number in count():
                    written = _write(folder / "rows.json", islice(left, chunk))
                    if number and not written:
                        break
                    source = _quoted(folder / "rows.json")
                    rows = f"read_json({source}, format = 'newline_delimited', columns = {{{types}}})"
                    parts.append(_quoted(folder / f"{number}.parquet"))
                    connection.execute(COPY.format(rows, parts[-1]))
                    total += written
                connection.execute(COPY.format(f"read_parquet([{', '.join(parts)}])", _quoted(path)))
        except duckdb.Error as exc:
            raise OSError(" ".join(str(exc).split())) from exc
    return total


def _write(path: Path, lines: Iterator[str]) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines:
            file.write(line + "\n")
            written += 1
    return written


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
