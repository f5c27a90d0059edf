"""One state change of one post, in the caller's transaction: the row, its event, its followers, its account.

Every road to a state goes through here, so that followers and the account's open thread cannot be forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal_column, or_, select, update

from amplifier.model import State, Why
from amplifier.publishing import budget
from amplifier.publishing.alert import tell_move
from amplifier.store import journal
from amplifier.store.tables import account, campaign, pause, post, thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

FUTURE = tuple(state.value for state in (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN))
"""States with an automatic future: while a thread has one, it keeps its account."""
NO_DOUBT: Mapping[str, Any] = {"unknown_at": None, "looks": 0, "look_failed_at": None}


def running_accounts() -> ColumnElement[bool]:
    """The account is not paused."""
    stopped = pause.c.scope == literal_column("'account'"), pause.c.name == account.c.name
    return ~exists().where(*stopped, pause.c.since.is_not(None))


def running_campaigns() -> ColumnElement[bool]:
    """The campaign is not paused."""
    stopped = pause.c.scope == literal_column("'campaign'"), pause.c.name == campaign.c.name
    return ~exists().where(*stopped, pause.c.since.is_not(None))


# Statements are built once: building one costs more than running it.
_IN_OPEN_THREAD = post.c.thread_id == account.c.open_thread_id
_HAS_FUTURE = exists().where(_IN_OPEN_THREAD, post.c.state.in_(FUTURE))
_IN_DOUBT = exists().where(_IN_OPEN_THREAD, post.c.state.in_([State.SENDING.value, State.UNKNOWN.value]))
_STOPPED = exists().where(
    thread.c.id == account.c.open_thread_id, campaign.c.id == thread.c.campaign_id, ~running_campaigns()
)
_RELEASE = (
    update(account)
    .where(account.c.open_thread_id.is_not(None), or_(~_HAS_FUTURE, and_(_STOPPED, ~_IN_DOUBT)))
    .values(open_thread_id=None)
)
# literals, not bound values: an engine uses a partial index only when it can see that the condition is its own
_BEGUN = (
    select(func.min(post.c.thread_id))
    .join(campaign, campaign.c.id == post.c.campaign_id)
    .where(
        post.c.account_id == account.c.id,
        post.c.state == literal_column("'queued'"),
        post.c.k > literal_column("1"),
        running_campaigns(),
    )
    .correlate(account)
    .scalar_subquery()
)
_REOPEN = update(account).where(account.c.open_thread_id.is_(None), _BEGUN.is_not(None)).values(open_thread_id=_BEGUN)
_LATER = (
    select(post.c.id, post.c.thread_id, post.c.k, post.c.state, post.c.why, post.c.planned_at, thread.c.post_gap)
    .join(thread, thread.c.id == post.c.thread_id)
    .where(post.c.thread_id == bindparam("thread"), post.c.k > bindparam("this"))
    .order_by(post.c.k)
)
_ZONE = select(campaign.c.timezone).where(campaign.c.id == bindparam("campaign"))
# what is set are the columns that come with the values
_CHANGE = update(post).where(post.c.id == bindparam("this"), post.c.state == bindparam("was"))
_CHANGE_ONE = update(post).where(post.c.id == bindparam("this"))
_CHANGE_THESE = update(post).where(post.c.id.in_(bindparam("these", expanding=True)))
_RELEASE_THREAD = _RELEASE.where(account.c.open_thread_id == bindparam("thread"))
_REOPEN_ACCOUNT = _REOPEN.where(account.c.id == bindparam("account"))


def move(
    connection: Connection,
    row: RowMapping,
    was: State,
    to: State,
    who: str,
    now: datetime,
    *,
    guard: ColumnElement[bool] | None = None,
    why: Why | None = None,
    detail: str = "",
    tell: bool = True,
    **values: Any,
) -> bool:
    """Change one post from `was` if it still is that and `guard` holds; False, and nothing written, if not.

    `row` is the post as read before: its id, thread, campaign, k. `values` are further columns.
    `tell` is False where a person did this, or where one message tells of many moves.
    """
    changed = {
        "state": to.value,
        "why": why.value if why else None,
        "detail": detail or None,
        "lease_until": None,
        "worker": None,
        "acked_at": None,
    } | values
    still = _CHANGE if guard is None else _CHANGE.where(guard)
    if not connection.execute(still, {"this": row["id"], "was": was.value, **changed}).rowcount:
        return False
    said = "; ".join(filter(None, (why.value if why else "", detail))) or None
    journal.record(
        connection,
        now,
        who,
        "state",
        post_id=row["id"],
        thread_id=row["thread_id"],
        from_state=was.value,
        to_state=to.value,
        why=said,
        data=values,
    )
    if tell:
        tell_move(connection, row, to, why, detail, now)
    _followers(connection, row, was, to, values, who, now)
    if was is State.HELD or (to is State.CANCELLED and row["k"] > 1):  # what a begun thread had promised may be free
        budget.lift(connection, row["account_id"], "a thread changed", who, now)
    freed = connection.execute(_RELEASE_THREAD, {"thread": row["thread_id"]}).rowcount
    if freed or was is not State.SENDING:  # a claim had opened this thread: where it stays open, none is to be opened
        connection.execute(_REOPEN_ACCOUNT, {"account": row["account_id"]})
    return True


def sent_values(
    connection: Connection, row: RowMapping, remote_id: str, url: str | None, at: datetime
) -> dict[str, Any]:
    """The columns that every road to `sent` writes; `at` is when it went out."""
    zone = row.get("timezone") or connection.execute(_ZONE, {"campaign": row["campaign_id"]}).scalar_one()
    local = at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    return {
        "remote_id": remote_id,
        "url": url,
        "sent_at": at,
        "sent_at_local": local,
        "reading_due_at": at,
        "tries": 0,
        **NO_DOUBT,
    }


def release(connection: Connection, which: ColumnElement[bool]) -> None:
    """Give accounts back whose open thread has no future of its own any more, or is stopped with its campaign.

    `which` narrows the accounts. A thread with a post in doubt keeps its account in any case.
    """
    connection.execute(_RELEASE.where(which))


def reopen(connection: Connection, which: ColumnElement[bool]) -> None:
    """Give an account that is free to the begun thread that waits for it: a begun thread goes before a new one.

    It waits where it was paused, held and retried, or resolved while another thread had the account.
    """
    connection.execute(_REOPEN.where(which))


def _followers(
    connection: Connection, row: RowMapping, was: State, to: State, values: Mapping[str, Any], who: str, now: datetime
) -> None:
    match to:
        case State.SENT:
            _promote(connection, row, values["remote_id"], values["sent_at"], who, now)
        case State.HELD | State.FAILED:
            _stop(connection, row, State.HELD, who, now)
        case State.CANCELLED:
            _stop(connection, row, State.CANCELLED, who, now)
        case State.QUEUED | State.WAITING if was in {State.HELD, State.FAILED, State.CANCELLED}:
            bring_back(connection, row, who, now)
        case _:
            pass


def bring_back(connection: Connection, row: RowMapping, who: str, now: datetime) -> None:
    """Followers that were stopped only by this post wait for it again, up to one stopped for its own reason."""
    _brought_back(connection, _later(connection, row), who, now)


def _later(connection: Connection, row: RowMapping) -> Sequence[RowMapping]:
    return connection.execute(_LATER, {"thread": row["thread_id"], "this": row["k"]}).mappings().all()


def _brought_back(connection: Connection, later: Sequence[RowMapping], who: str, now: datetime) -> Sequence[RowMapping]:
    ours = []
    for follower in later:
        if follower["state"] in {State.WAITING.value, State.QUEUED.value}:
            continue
        if follower["why"] != Why.EARLIER.value:
            break
        ours.append(follower)
    _change(connection, ours, {"state": State.WAITING.value, "why": None, "detail": None, "acked_at": None}, who, now)
    return ours


def _promote(
    connection: Connection, row: RowMapping, remote_id: str, sent_at: datetime, who: str, now: datetime
) -> None:
    """The next post is due a gap after this one went out, and replies to exactly this remote id."""
    later = _later(connection, row)
    back = _brought_back(connection, later, who, now)
    if not later or later[0]["k"] != row["k"] + 1:
        return
    follower = later[0]
    if follower["state"] == State.WAITING.value or follower in back:
        due_at = max(follower["planned_at"], sent_at + timedelta(seconds=follower["post_gap"]))
        values = {"state": State.QUEUED.value, "due_at": due_at, "parent_remote_id": remote_id}
        _change(connection, [follower], values, who, now, was=State.WAITING)


def _stop(connection: Connection, row: RowMapping, to: State, who: str, now: datetime) -> None:
    """Take the later posts along to `to`: those with a future, and to `cancelled` those we had held."""
    stoppable: ColumnElement[bool] = post.c.state.in_([State.WAITING.value, State.QUEUED.value])
    if to is State.CANCELLED:
        held_by_us = and_(post.c.state == State.HELD.value, post.c.why == Why.EARLIER.value)
        stoppable = or_(stoppable, held_by_us)
    followers = connection.execute(
        select(post).where(post.c.thread_id == row["thread_id"], post.c.k > row["k"], stoppable)
    ).mappings()
    values = {"state": to.value, "why": Why.EARLIER.value, "detail": None, "acked_at": None}
    _change(connection, list(followers), values, who, now)


def _change(
    connection: Connection,
    rows: Sequence[RowMapping],
    values: dict[str, Any],
    who: str,
    now: datetime,
    was: State | None = None,
) -> None:
    """Followers and their events; `was` is the state that they have, where it is no longer the one that was read."""
    if not rows:
        return
    if len(rows) == 1:
        connection.execute(_CHANGE_ONE, {"this": rows[0]["id"], **values})
    else:
        connection.execute(_CHANGE_THESE, {"these": [row["id"] for row in rows], **values})
    data = {key: value for key, value in values.items() if key not in {"state", "why", "detail", "acked_at"}}
    journal.record_all(
        connection,
        [
            journal.entry(
                now,
                who,
                "state",
                data,
                post_id=row["id"],
                thread_id=row["thread_id"],
                from_state=was.value if was else row["state"],
                to_state=values["state"],
                why=values.get("why"),
            )
            for row in rows
        ],
    )
