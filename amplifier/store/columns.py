"""The columns that tables are made of, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Column, ForeignKey, Table, Text, text
from sqlmodel import Field, SQLModel

from amplifier.store.types import BigId, Instant

if TYPE_CHECKING:
    from amplifier.model import Mode, State

naming = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = naming


def one_of(column: str, values: type[Mode | State]) -> str:
    """The CHECK that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


def key(*, foreign: str | None = None, nullable: bool = False) -> Any:
    """A column for an id; without `foreign` it is the table's own key."""
    if foreign is None:
        return Field(default=None, sa_column=Column(BigId, primary_key=True))
    return Field(default=None, sa_column=Column(BigId, ForeignKey(foreign), nullable=nullable))


def instant(*, nullable: bool = True) -> Any:
    """A column for a moment (UTC)."""
    return Field(default=None, sa_column=Column(Instant, nullable=nullable))


def count() -> Any:
    """A column for a count; NULL where it is not told."""
    return Field(default=None, sa_column=Column(BigId, nullable=True))


def words(default: str | None = None) -> Any:
    """A column for a text of any length; without `default` it may be NULL."""
    if default is None:
        return Field(default=None, sa_column=Column(Text, nullable=True))
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def number(default: int = 0) -> Any:
    """A column for a number that is never NULL."""
    return Field(default=default, sa_column_kwargs={"server_default": text(str(default))})


def table(row: type[SQLModel]) -> Table:
    """The table of a row's class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]
