"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, String
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine.interfaces import Dialect

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite calls that INTEGER, and only that makes it the row id."""

WIDTH = len("2026-12-01T00:30:00.000000Z")


def aware(value: datetime) -> datetime:
    """The instant itself. Raises `ValueError` for one without a zone."""
    if value.tzinfo is None:
        msg = f"an instant needs a zone: {value!r}"
        raise ValueError(msg)
    return value


def instant_text(value: datetime) -> str:
    """The fixed-width UTC text of an aware instant: it sorts as text the way it sorts in time."""
    return f"{aware(value).astimezone(UTC).isoformat(timespec='microseconds')[: WIDTH - 1]}Z"


def spans_text(values: Iterable[timedelta]) -> str:
    """Spans of time as their whole seconds, joined by commas."""
    return ",".join(str(int(value.total_seconds())) for value in values)


def spans(text: str) -> tuple[timedelta, ...]:
    """The inverse of `spans_text`."""
    return tuple(timedelta(seconds=int(part)) for part in text.split(",") if part)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: fixed-width text on SQLite, timestamptz on PostgreSQL."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the storage type of this engine."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(WIDTH))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive values; hand the engine what it stores."""
        if value is None:
            return None
        return aware(value).astimezone(UTC) if dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC value."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return datetime.fromisoformat(value)
