"""What the queue holds of a campaign, as far as planning needs it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from amplifier.model import READINGS, Mode, State, Why
from amplifier.publishing import restored
from amplifier.store.tables import account, campaign, event, post, thread
from amplifier.store.types import spans

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, RowMapping

_BY_PERSON = (post.c.state == State.CANCELLED.value, post.c.why == Why.BY_PERSON.value)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How a person took a thread, or the end of one, out of the queue."""

    who: str
    at: datetime
    because: str | None
    withdrawn: bool
    """Whether it was withdrawn: then the word that it may come back is `withdraw --undo`, whatever the words are."""

    def __str__(self) -> str:
        because = f": {self.because}" if self.because else ""
        return f"was cancelled by {self.who} on {self.at:%Y-%m-%d}{because}"


def readings_in(connection: Connection, name: str) -> tuple[timedelta, ...] | None:
    """The ages at which the campaign's posts are read so far; None: it is new."""
    row = connection.execute(select(campaign.c.readings).where(campaign.c.name == name)).first()
    return None if row is None else READINGS if row.readings is None else spans(row.readings)


def queued_threads(connection: Connection, name: str) -> list[RowMapping]:
    """The campaign's threads in the queue, the current ones and those an approval had replaced."""
    out = post.c.state.in_([State.SENDING.value, State.UNKNOWN.value, State.SENT.value])
    perhaps = post.c.why.in_([Why.PERHAPS.value, Why.SEVERAL.value])

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    def of_first(column: Any) -> Any:
        return func.max(case((post.c.k == 1, column)))

    return list(
        connection.execute(
            select(
                thread.c.id,
                thread.c.name,
                thread.c.hash,
                thread.c.n,
                thread.c.mode,
                thread.c.current,
                thread.c.fingerprint,
                thread.c.planned_at,
                thread.c.wall,
                thread.c.approvals,
                account.c.name.label("account"),
                account.c.look_from,
                account.c.restored_at,
                of_first(post.c.state).label("first_state"),
                of_first(post.c.created_at).label("created_at"),
                of_first(post.c.checked_at).label("checked_at"),
                count(out | perhaps).label("begun"),
                count(post.c.state == State.CANCELLED.value).label("cancelled"),
                count(post.c.state.in_([State.HELD.value, State.FAILED.value])).label("held"),
                count(post.c.deleted_at.is_not(None)).label("deleted"),
                of_first(post.c.url).label("url"),
                of_first(post.c.why).label("why"),
                func.min(case((and_(*_BY_PERSON), post.c.k))).label("cut"),
            )
            .join(campaign, campaign.c.id == thread.c.campaign_id)
            .join(account, account.c.id == thread.c.account_id)
            .join(post, post.c.thread_id == thread.c.id)
            .where(campaign.c.name == name)
            .group_by(thread.c.id, account.c.id)
            .order_by(thread.c.id)
        ).mappings()
    )


def perhaps_out(row: RowMapping) -> str:
    """Why a thread, read by `queued_threads`, may be out although the queue does not know it; empty where it is not."""
    if row["first_state"] != State.QUEUED.value or not restored.perhaps_out(row):
        return ""
    return (
        f"may be out already: the database is a copy of {row['look_from']:%Y-%m-%d %H:%M} UTC; "
        "`amplifier run --drain` looks for it, then approve again"
    )


def cancelled_in(connection: Connection, name: str) -> dict[int, Cancelled]:
    """How the first post that a person cancelled of each of the campaign's threads was, by the id of its row."""
    of_campaign = event.alias()
    withdrawal = (
        select(of_campaign.c.id)
        .where(
            of_campaign.c.campaign_id == post.c.campaign_id,
            of_campaign.c.kind == "withdraw",
            of_campaign.c.who == event.c.who,
            of_campaign.c.at == event.c.at,
        )
        .exists()
    )
    rows = connection.execute(
        select(post.c.thread_id, event.c.who, event.c.at, post.c.detail, withdrawal.label("withdrawn"))
        .join(event, event.c.post_id == post.c.id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .where(campaign.c.name == name, *_BY_PERSON, event.c.to_state == State.CANCELLED.value)
        .order_by(post.c.k.desc(), event.c.id)
    )
    return {row.thread_id: Cancelled(row.who, row.at, row.detail, row.withdrawn) for row in rows}


def starts_taken(connection: Connection, name: str, mode: Mode, but: str) -> list[tuple[datetime, timedelta]]:
    """The starts of the account's threads of campaigns other than `but`, with their gaps."""
    alive = select(post.c.id).where(post.c.thread_id == thread.c.id, post.c.state != State.CANCELLED.value).exists()
    rows = connection.execute(
        select(thread.c.planned_at, thread.c.thread_gap)
        .join(account, account.c.id == thread.c.account_id)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .where(
            account.c.name == name,
            account.c.mode == mode.value,
            campaign.c.name != but,
            thread.c.current == 1,
            alive,
            thread.c.reply_to.is_(None),
        )
    )
    return [(planned_at, timedelta(seconds=gap)) for planned_at, gap in rows]
