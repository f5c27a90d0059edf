"""Hand each message to the alert command: once, under a lease, and again with back-off until it is taken.

A message is handed over again only when it is not known to have been taken; its `id` stays the same, so that a receiver
can tell a repeat. What was written while no alert command was set is set aside, and never floods out later.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, literal_column, select, update

from amplifier.publishing import handover
from amplifier.store import beats
from amplifier.store.tables import alert
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.publishing.handover import Command
    from amplifier.store.engine import Store

LEASE = timedelta(seconds=30)
"""How long a message is one process's: longer than the command has for it."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
KEPT = timedelta(hours=24)
"""How long a message is tried; also: how long ago a runner with an alert command counts as there."""
BEAT = "alert"
"""The kind of beat that a runner with an alert command leaves."""
BEAT_EVERY = timedelta(hours=1)

IN_VAIN = timedelta(minutes=15)
"""A message tried for longer than this means that nobody is being told."""

log = logging.getLogger(__name__)
_WAITING = alert.c.next_at.is_not(None)
"""The condition of the partial index."""
_DUE: Select[Any] = (
    select(alert).where(_WAITING, alert.c.next_at <= bindparam("now", type_=Instant())).order_by(alert.c.id).limit(1)
)
_ANY: Select[Any] = select(alert.c.id).where(_WAITING).limit(1)


def arrive(store: Store, runner: str, now: datetime) -> None:
    """A runner with an alert command says that it is there. What was written while none was is set aside."""
    seen = beats.last(store, BEAT)
    if now - seen > BEAT_EVERY:
        set_aside(store, now)
        beats.touch(store, BEAT, runner, now)


def set_aside(store: Store, now: datetime) -> int:
    """Set aside what nobody was there to take: no runner has had an alert command for a day. How many messages."""
    with store.read() as connection:
        if connection.execute(_ANY).scalar() is None:
            return 0
    if now - beats.last(store, BEAT) <= KEPT:
        return 0
    with store.write() as connection:
        return connection.execute(
            update(alert).where(_WAITING).values(next_at=None, detail="no alert command was set")
        ).rowcount


def deliver(
    store: Store, command: Command, *, now: Callable[[], datetime], stopping: Callable[[], bool]
) -> tuple[int, str]:
    """Hand over what is due, oldest first: how many were taken, and what went wrong with the one after them, if so.

    A round ends with the first message that is not taken: its receiver is in trouble, and the others can wait.
    """
    delivered = 0
    while not stopping():
        taken = take(store, now())
        if taken is None:
            break
        failed = handover.hand_over(command, taken.content, stopping)
        settle(store, taken, failed, now())
        if failed:
            log.warning("the alert command did not take a message: %s", failed)
            return delivered, failed
        delivered += 1
    return delivered, ""


def in_vain(store: Store, now: datetime) -> bool:
    """Whether a message has been tried for `IN_VAIN`, so that nobody can be told of anything."""
    tried = (_WAITING, alert.c.tries > literal_column("0"), alert.c.at < now - IN_VAIN)
    with store.read() as connection:
        return connection.execute(select(alert.c.id).where(*tried).limit(1)).scalar() is not None


def listing(store: Store, limit: int | None = None) -> list[dict[str, Any]]:
    """What was told, the newest first, each with its content read."""
    with store.read() as connection:
        rows = connection.execute(select(alert).order_by(alert.c.id.desc()).limit(limit)).mappings()
        return [{**row, "content": json.loads(row["content"])} for row in rows]


# ---------------------------------------------------------------- the rows


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is this process's until the lease ends."""

    alert_id: int
    at: datetime
    tries: int
    content: dict[str, Any]


def take(store: Store, now: datetime) -> Taken | None:
    """Take the oldest message that is due, or None. Two processes never take one at a time."""
    with store.read() as connection:
        row = connection.execute(_DUE, {"now": now}).mappings().first()
    if row is None:
        return None
    with store.write() as connection:
        mine = connection.execute(
            update(alert)
            .where(alert.c.id == row["id"], alert.c.next_at == row["next_at"])  # whoever takes one, moves that
            .values(next_at=now + LEASE, tries=row["tries"] + 1)
        ).rowcount
    content = {
        "id": stable_id(row["id"], row["at"]),
        "at": f"{row['at']:%Y-%m-%dT%H:%M:%SZ}",
        **json.loads(row["content"]),
    }
    return Taken(row["id"], row["at"], row["tries"] + 1, content) if mine else None


def settle(store: Store, taken: Taken, failed: str, now: datetime) -> None:
    """Write what came of a try: delivered, to be tried again, or given up a day after it was written."""
    pause = min(FIRST_RETRY * 2 ** min(taken.tries - 1, 10), LONGEST_RETRY)
    values: dict[str, Any] = {"next_at": None, "delivered_at": now, "detail": None}
    if failed:
        over = now + pause > taken.at + KEPT
        said = f"given up after {taken.tries} tries: {failed}" if over else failed
        values = {"next_at": None if over else now + pause, "detail": said}
    with store.write() as connection:
        connection.execute(
            update(alert).where(alert.c.id == taken.alert_id, alert.c.tries == taken.tries).values(values)
        )


def stable_id(alert_id: int, at: datetime) -> str:
    """The same for every try at one message, and another one after a restored database has used the number again."""
    return f"{at:%Y%m%dT%H%M%S%f}-{alert_id}"
