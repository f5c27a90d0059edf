"""Hold what a stop made late, so that nothing floods out afterwards. What we made wait is never late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select, true

from amplifier.model import Why
from amplifier.publishing.alert import tell_missed
from amplifier.publishing.budget import waits_until
from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.queue import QUEUED, Held, hold, is_paused, lock, with_context
from amplifier.publishing.restored import missed_since
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Mode
    from amplifier.store.engine import Store

OUTAGE = timedelta(seconds=30)
"""Between two beats of a runner that runs lies less than this."""


def hold_outage(store: Store, alive: Mapping[Mode, datetime], who: str, now: datetime) -> list[Held]:
    """Hold what was missed while nothing ran: `alive` is when a runner was last seen serving each mode.

    A runner with live off does not serve live posts, so it does not make them look punctual. What is paused or
    blocked is left to the end of that stop.
    """
    asleep = {mode: seen for mode, seen in alive.items() if now - seen > OUTAGE}
    if not asleep:
        return []
    going = (account.c.blocked_at.is_(None), running_accounts(), running_campaigns())
    with store.write() as connection:
        lock(connection)
        if is_paused(connection):
            return []
        found = [
            missed
            for mode, seen in asleep.items()
            for missed in find_missed(connection, seen, now, account.c.mode == mode.value, *going)
        ]
        held = [missed.hold(connection, who, now, "nothing ran") for missed in sorted(found, key=Missed.order)]
        tell_missed(connection, held, min(asleep.values()), now)
    return held


@dataclass(frozen=True, slots=True)
class Missed:
    """A queued post that a stop made later than its campaign allows."""

    row: RowMapping
    """As read by `queue.with_context`."""
    span: timedelta
    """For how long it was missed: what we made wait is not counted."""

    def order(self) -> tuple[datetime, int, int]:
        """For sorting: the order of sending."""
        return self.row["due_at"], self.row["place"], self.row["id"]

    @property
    def begun(self) -> bool:
        """Whether its thread is half out."""
        return bool(self.row["k"] > 1)

    @property
    def limit(self) -> timedelta:
        """What its campaign allows: `late` for a first post, `resume_within` for a later one."""
        return timedelta(seconds=self.row["resume_within"] if self.begun else self.row["late"])

    def hold(self, connection: Connection, who: str, now: datetime, because: str) -> Held:
        """Hold it for a person. The caller tells of it."""
        due, why = self.row["due_at"], Why.INTERRUPTED if self.begun else Why.LATE
        detail = f"due {due:%Y-%m-%d %H:%M} UTC, and {because} for {spell(self.span)} (limit {spell(self.limit)})"
        return hold(connection, self.row, why, detail, who, now, tell=False)


def hold_missed(
    connection: Connection, since: datetime, who: str, now: datetime, *lanes: ColumnElement[bool], because: str
) -> list[Held]:
    """Hold what `find_missed` finds, in the order of sending. The caller tells of it."""
    return [missed.hold(connection, who, now, because) for missed in find_missed(connection, since, now, *lanes)]


def find_missed(connection: Connection, since: datetime, now: datetime, *lanes: ColumnElement[bool]) -> list[Missed]:
    """Queued posts that a stop since `since` made late: a root by more than `late`, a later post by
    `resume_within`. `lanes` are conditions on account and campaign; in the order of sending.
    """
    first_due = (
        select(post.c.due_at)
        .where(QUEUED, post.c.account_id == account.c.id, post.c.campaign_id == campaign.c.id)
        .order_by(post.c.due_at)
        .limit(1)
        .correlate(account, campaign)
        .scalar_subquery()
    )
    heads = connection.execute(
        select(account.c.id, campaign.c.id, first_due).select_from(account).join(campaign, true()).where(*lanes)
    ).all()
    overdue: list[RowMapping] = []
    for account_id, campaign_id, due_at in heads:
        if due_at is None or due_at >= now:
            continue
        lane = (QUEUED, post.c.account_id == account_id, post.c.campaign_id == campaign_id)
        allowed = _allowed(connection, now, *lane)
        if now - since > allowed:  # else none of them can be late, however many they are
            late = with_context().where(*lane, post.c.due_at < now - allowed)
            overdue += connection.execute(late).mappings()
    found = (Missed(row, now - _missed_from(row, since)) for row in overdue)
    return sorted((missed for missed in found if missed.span > missed.limit), key=Missed.order)


def _allowed(connection: Connection, now: datetime, *lane: ColumnElement[bool]) -> timedelta:
    """The least that a campaign allows any of the lane's posts that are due."""
    limits = select(func.min(thread.c.late), func.min(thread.c.resume_within)).select_from(post).join(thread)
    return timedelta(seconds=min(connection.execute(limits.where(*lane, post.c.due_at < now)).one()))


def _missed_from(row: RowMapping, since: datetime) -> datetime:
    """From when on a post was missed: not before it was due, and not while we made it wait."""
    due: datetime = row["due_at"]
    return max(due, missed_since(row, since), waits_until(row) or since)


def spell(span: timedelta) -> str:
    """A span as a person says it."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
