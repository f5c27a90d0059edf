"""Starts that are no longer at the wall time that was approved, because the rules of their zone have changed.

Slots are rows in UTC, computed from wall time. When a country changes its clocks, and the machine learns of it, a
queued instant is another time of day there: approving anew moves it back to the wall time that people agreed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from amplifier.model import Address, Mode, State
from amplifier.planning.schedule import Slot, wall_to_utc
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

UNSENT = (State.QUEUED.value, State.HELD.value)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A thread that has not begun, and whose start would be another instant by today's rules."""

    address: Address
    zone: str
    was: datetime
    slot: Slot


def shifted(at: datetime, wall: str | None, zone: str) -> Slot | None:
    """The start that a wall time has by today's rules, if `at` is another time of day there now; else None.

    `wall` is what was stored when `at` was approved; None where there was none, as with `--now`. An instant is read
    back, rather than the wall time forward, so that both hours of a clock that is put back count as that time.
    """
    if wall is None:
        return None
    agreed = datetime.fromisoformat(wall)
    if _wall(at, zone) == agreed:
        return None
    instant, note = wall_to_utc(agreed, zone)
    return Slot(instant, _wall(instant, zone), note)


def told(slot: Slot, was: datetime, zone: str) -> str:
    """What changed, for a person."""
    return f"the rules of {zone} have changed: {slot.wall:%H:%M} there is now {slot.at:%H:%M} UTC, not {was:%H:%M}"


def all_shifted(connection: Connection, now: datetime) -> list[Shifted]:
    """The threads ahead whose start a change of rules has moved, in the order of their starts."""
    rows = connection.execute(
        select(
            campaign.c.name.label("campaign"), campaign.c.timezone, thread.c.name.label("thread"),
            account.c.name.label("account"), thread.c.mode, thread.c.planned_at, thread.c.wall,
        )
        .select_from(thread)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .join(account, account.c.id == thread.c.account_id)
        .join(post, (post.c.thread_id == thread.c.id) & (post.c.k == 1))
        .where(
            thread.c.current == 1, thread.c.wall.is_not(None), thread.c.planned_at > now, post.c.state.in_(UNSENT)
        )
        .order_by(thread.c.planned_at, thread.c.id)
    ).all()  # fmt: skip
    found = []
    for row in rows:
        slot = shifted(row.planned_at, row.wall, row.timezone)
        if slot:
            address = Address(row.campaign, row.thread, row.account, 0, Mode(row.mode))
            found.append(Shifted(address, row.timezone, row.planned_at, slot))
    return found


def _wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
