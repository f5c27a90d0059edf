"""Hold what a stop made late, so that nothing floods out afterwards. What we made wait is never late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select, true

from amplifier.model import Mode, Why
from amplifier.publishing.moves import running_accounts, running_campaigns
from amplifier.publishing.queue import QUEUED, Held, hold, lock, with_context
from amplifier.store.tables import account, campaign, post

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

OUTAGE = timedelta(seconds=30)
"""Between two beats of a runner that runs lies less than this."""


def hold_outage(store: Store, alive: datetime, modes: Collection[Mode], who: str, now: datetime) -> list[Held]:
    """Hold what was missed while nothing ran: `alive` is when a runner was last seen running.

    What is paused or blocked is left to the end of that stop.
    """
    if now - alive <= OUTAGE:
        return []
    going = (
        account.c.mode.in_([mode.value for mode in modes]),
        account.c.blocked_at.is_(None),
        running_accounts(),
        running_campaigns(),
    )
    with store.write() as connection:
        lock(connection)
        return hold_missed(connection, alive, who, now, *going, because="nothing ran")


def hold_missed(
    connection: Connection, since: datetime, who: str, now: datetime, *lanes: ColumnElement[bool], because: str
) -> list[Held]:
    """Hold queued posts that a stop since `since` made late: a root by more than `late`, a later post by
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
    overdue = [
        row
        for account_id, campaign_id, due_at in heads
        if due_at is not None and due_at < now
        for row in connection.execute(
            with_context().where(
                QUEUED, post.c.account_id == account_id, post.c.campaign_id == campaign_id, post.c.due_at < now
            )
        ).mappings()
    ]
    held = []
    for row in sorted(overdue, key=lambda row: (row["due_at"], row["place"], row["id"])):
        missed = now - max(row["due_at"], since, row["wait_until"] or since)
        limit = timedelta(seconds=row["late"] if row["k"] == 1 else row["resume_within"])
        if missed <= limit:
            continue
        detail = f"due {row['due_at']:%Y-%m-%d %H:%M} UTC, and {because} for {_spell(missed)} (limit {_spell(limit)})"
        held.append(hold(connection, row, Why.LATE if row["k"] == 1 else Why.INTERRUPTED, detail, who, now))
    return held


def _spell(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
