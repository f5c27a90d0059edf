"""Facts about the database itself, by key: whose copy it is, what it was restored from, what was withdrawn."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from amplifier.store.tables import meta as table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

IDENTITY = "identity"
"""A name that no other database has; a restored one gets a new one, since its history is another from then on."""
COPIED = "copied_at"
"""In a copy: the instant up to which it knows everything, as `types.instant_text` writes it."""


_GET = select(table.c.key, table.c.value).where(table.c.key.in_(bindparam("keys", expanding=True)))


def get(connection: Connection, *keys: str) -> dict[str, str]:
    """The values of those of the keys that are there."""
    rows = connection.execute(_GET, {"keys": keys})
    return {row.key: row.value for row in rows}


def below(connection: Connection, prefix: str) -> dict[str, str]:
    """The values of all keys that begin so."""
    rows = connection.execute(select(table.c.key, table.c.value).where(table.c.key.startswith(prefix, autoescape=True)))
    return {row.key: row.value for row in rows}


def put(connection: Connection, key: str, value: str) -> None:
    """Write one value, in place of the one before."""
    drop(connection, key)
    connection.execute(insert(table).values(key=key, value=value))


def drop(connection: Connection, *keys: str) -> int:
    """Forget these keys; how many were there."""
    return connection.execute(delete(table).where(table.c.key.in_(keys))).rowcount


def rename(connection: Connection) -> str:
    """Give the database a new identity."""
    identity = secrets.token_hex(16)
    put(connection, IDENTITY, identity)
    return identity
