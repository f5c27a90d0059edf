"""What is tried in vain: posts that are queued again because no connection was made. Nobody else would say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import literal_column

from amplifier.publishing.queue import QUEUED, address_of, with_context
from amplifier.store.tables import post

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from amplifier.model import Address


@dataclass(frozen=True, slots=True)
class Trying:
    """A queued post that was tried in vain: it goes on by itself, until it is held."""

    address: Address
    tries: int
    since: datetime
    detail: str
    held_at: datetime
    """From then on a try in vain holds it."""


_TRIED = with_context().where(QUEUED, post.c.tries > literal_column("0")).order_by(post.c.first_tried_at, post.c.id)


def trying(connection: Connection) -> tuple[Trying, ...]:
    """All of them, the one that is tried for the longest first."""
    return tuple(
        Trying(
            address=address_of(row),
            tries=row["tries"],
            since=row["first_tried_at"],
            detail=row["detail"] or "",
            held_at=row["first_tried_at"] + timedelta(seconds=row["late"] if row["k"] == 1 else row["resume_within"]),
        )
        for row in connection.execute(_TRIED).mappings()
    )
