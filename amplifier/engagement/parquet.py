"""Write rows as Parquet, by DuckDB, which reads them from a pipe while they are made: memory stays flat.

What goes through the pipe are the very lines of the JSON export, so texts are exact, and NULL is no empty text.
DuckDB is an extra (`amplifier[parquet]`); nothing is asked of the internet.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from amplifier.engagement.kinds import kind_of
from amplifier.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MEMORY = "1GB"
"""What DuckDB may take; it needs about a fifth of that."""
CHUNK = 1 << 20
"""Bytes handed to the pipe at a time."""
SETTINGS = {
    "memory_limit": MEMORY,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def require_duckdb() -> Any:
    """The library. Raises `ConfigurationError` where it is not installed, saying what to install."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError("Parquet needs DuckDB: pip install 'amplifier[parquet]'") from None
    return duckdb


def write_parquet(view: str, columns: Sequence[str], lines: Iterable[str], path: Path) -> int:
    """Write the JSON lines of a view's rows to a Parquet file; return how many there were.

    Raises `OSError` when DuckDB cannot write the file, and whatever making the lines raises; then what is at `path`
    is not to be used.
    """
    duckdb = require_duckdb()
    types = ", ".join(f"'{column}': '{kind_of(view, column)}'" for column in columns)
    read_end, write_end = os.pipe()
    source = f"read_json('/dev/fd/{read_end}', format = 'newline_delimited', columns = {{{types}}})"
    goal = str(path).replace("'", "''")

    def copy() -> None:
        try:
            with duckdb.connect(config=SETTINGS) as connection:
                connection.execute(f"COPY (SELECT * FROM {source}) TO '{goal}' (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.Error as exc:
            raise OSError(" ".join(str(exc).split())) from exc
        finally:
            os.close(read_end)  # who writes to the pipe must not wait for a reader that is gone

    count = 0
    with ThreadPoolExecutor(1, "parquet") as pool:
        copied = pool.submit(copy)
        # a pipe that breaks: DuckDB has failed, and says why below
        with suppress(BrokenPipeError), os.fdopen(write_end, "w", CHUNK, encoding="utf-8", newline="") as pipe:
            for line in lines:
                pipe.write(line + "\n")
                count += 1
        copied.result()
    return count
