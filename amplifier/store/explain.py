"""What a database error means for a person: what happened, whether anything is lost, and what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from amplifier.errors import AmplifierError, ConfigurationError, TryLater

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

BY_ITSELF = "nothing was lost; a run goes on by itself, any other command is typed again"
RESTORE = "stop every run, and restore the newest backup"
PRIMARY = 0xFF
"""The part of SQLite's extended result codes that names the kind of error."""
PASSING = ("53", "57P", "40", "55P")
"""Classes of PostgreSQL's SQLSTATE that time mends: resources, shutting down, rolled back, locked."""
COMING_AND_GOING = ("starting up", "shutting down", "recovery mode", "too many clients", "connection slots")
"""The same while connecting, where there is no SQLSTATE."""


def explain(exc: DBAPIError, shown: str) -> AmplifierError:
    """An error of the database `shown`, in words."""
    if isinstance(exc.orig, sqlite3.Error):
        return explain_sqlite(exc.orig, shown)
    return _postgresql(exc, shown)


def explain_sqlite(exc: sqlite3.Error, shown: str) -> AmplifierError:
    """An error of the SQLite file `shown`, by its result code."""
    reason = _first_line(exc)
    match getattr(exc, "sqlite_errorcode", 0) & PRIMARY:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return TryLater(f"{shown} is locked by another program", BY_ITSELF)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return ConfigurationError(f"{shown} is damaged: {reason}", RESTORE)
        case sqlite3.SQLITE_FULL:
            return TryLater(f"the disk with {shown} is full", f"free some space; {BY_ITSELF}")
        case sqlite3.SQLITE_IOERR:
            return TryLater(
                f"{shown} cannot be read or written: {reason}",
                f"the disk is full, over a quota, or failing: free some space, and read the system's log; {BY_ITSELF}",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ConfigurationError(
                f"{shown} cannot be written: {reason}", "check who may write the file and its folder"
            )
        case _:
            return _ours(reason, shown)


def _postgresql(exc: DBAPIError, shown: str) -> AmplifierError:
    reason = _first_line(exc.orig or exc)
    state = getattr(exc.orig, "sqlstate", None) or ""
    if exc.connection_invalidated:
        # whether a commit under way was made nobody can know: a post's lease expires, and it is looked for
        return TryLater(f"the connection to {shown} was lost: {reason}", BY_ITSELF)
    if state == "53100":
        return TryLater(f"the disk with {shown} is full", f"free some space on the server; {BY_ITSELF}")
    if state == "25006":
        return TryLater(f"{shown} takes no writes: {reason}", f"is this a standby server? {BY_ITSELF}")
    if state.startswith(PASSING) or any(word in reason for word in COMING_AND_GOING):
        return TryLater(f"{shown} cannot do this now: {reason}", BY_ITSELF)
    if state in {"XX001", "XX002"}:
        return ConfigurationError(f"{shown} is damaged: {reason}", RESTORE)
    if isinstance(exc, OperationalError):
        return ConfigurationError(f"{shown} cannot be reached: {reason}", "check AMPLIFIER_DATABASE_URL and the server")
    return _ours(reason, shown)


def _ours(reason: str, shown: str) -> AmplifierError:
    return AmplifierError(f"the database {shown} refused: {reason}", "this should not happen; please report it")


def _first_line(exc: BaseException) -> str:
    return next(iter(str(exc).strip().splitlines()), type(exc).__name__)
