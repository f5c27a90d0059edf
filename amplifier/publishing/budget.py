"""The caps inside the claim: what an account has used, whether its next thread may begin, and the wait if not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, func, literal_column, or_, select, union_all, update

from amplifier.model import Mode, State, Why
from amplifier.networks.look import LOOK_BACK
from amplifier.networks.prices import micros, prices_of
from amplifier.publishing import alert
from amplifier.publishing.caps import FITS, Caps, Ruling, Used, day_of, month_of, next_month, rule
from amplifier.store import journal
from amplifier.store.tables import account, post
from amplifier.store.types import Instant, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, RowMapping

AHEAD = timedelta(days=1)
"""By no more than this are two clocks apart that are right."""

# Statements are built once, and the conditions of partial indexes are literals (see publishing/queue.py).
_COST = func.coalesce(post.c.cost, bindparam("dearest"))  # unknown: queued before costs were kept
_OURS = post.c.account_id == bindparam("account")


def _since(period: str) -> ColumnElement[bool]:
    """Out since a period began: by the network's clock, or claimed in it by ours, which may be a little ahead.

    What is written far ahead of now was written by a wrong clock, and would else count in every period until then.
    """
    began, soon = bindparam(period, type_=Instant()), bindparam("soon", type_=Instant())
    return or_(post.c.sent_at.between(began, soon), post.c.claimed_at.between(began, soon))


_SENT = select(
    func.coalesce(func.sum(case((_since("month"), _COST), else_=0)), 0),
    func.coalesce(func.sum(case((_since("day"), 1), else_=0)), 0),
).where(_OURS, post.c.state == literal_column("'sent'"), post.c.sent_at >= bindparam("around", type_=Instant()))
_STOPPED = and_(
    post.c.state.in_([literal_column("'held'"), literal_column("'failed'")]),
    or_(
        and_(post.c.k > 1, post.c.why != Why.EARLIER.value),
        post.c.why.in_([Why.PERHAPS.value, Why.SEVERAL.value]),
    ),
)
_BEGUN = union_all(
    select(post.c.thread_id).where(_OURS, post.c.state == literal_column("'queued'"), post.c.k > literal_column("1")),
    select(post.c.thread_id).where(_OURS, post.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")])),
    select(post.c.thread_id).where(_OURS, _STOPPED),
)
_UNSETTLED = post.c.state.not_in([State.SENT.value, State.CANCELLED.value])
_OPEN = select(func.coalesce(func.sum(_COST), 0), func.count()).where(
    post.c.thread_id.in_(_BEGUN), post.c.thread_id != bindparam("but"), _UNSETTLED
)
_THREAD = select(func.count(), func.coalesce(func.sum(_COST), 0)).where(
    post.c.thread_id == bindparam("thread"), _UNSETTLED
)
_ACCOUNT = (
    select(account.c.open_thread_id, account.c.budget_until)
    .where(account.c.id == bindparam("account"))
    .with_for_update(key_share=True)
)
_WAITING = select(
    account.c.id.label("account_id"), account.c.name.label("account"), account.c.budget_until, account.c.budget_caps,
    literal_column("1").label("k"),
).where(account.c.budget_caps.is_not(None))  # fmt: skip
_NO_WAIT = {"budget_until": None, "budget_why": None, "budget_caps": None}


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's budget in one mode, as `status` tells it."""

    account: str
    mode: Mode
    caps: Caps
    used: Used
    until: datetime | None
    """No thread begins before; None where the account does not wait."""
    why: str


def standing(connection: Connection, caps: Callable[[str], Caps], now: datetime) -> list[Standing]:
    """Every account of the queue in every mode, by name: with or without caps, what it has used."""
    rows = connection.execute(select(account).order_by(account.c.name, account.c.mode)).mappings().all()
    found = []
    for row in rows:
        own = caps(row["name"])
        until = row["budget_until"]
        waits = until is not None and now < until <= next_month(now) and row["budget_caps"] == str(own)
        found.append(
            Standing(
                row["name"],
                Mode(row["mode"]),
                own,
                used(connection, row["id"], row["network"], now),
                until if waits else None,
                row["budget_why"] if waits else "",
            )
        )
    return found


def used(connection: Connection, account_id: int, network: str, now: datetime, but: int = 0) -> Used:
    """What an account has sent in this month and day, and what its begun threads still promise.

    `but` is a thread whose own posts are not promised: the one that is asked for. A post of unknown cost counts as
    the dearest.
    """
    given = {"account": account_id, "dearest": dearest(network), "but": but}
    month = month_of(now)
    periods = {"day": day_of(now), "month": month, "around": month - LOOK_BACK, "soon": now + AHEAD}
    month_cost, day_posts = connection.execute(_SENT, given | periods).one()
    open_cost, open_posts = connection.execute(_OPEN, given).one()
    return Used(int(month_cost), int(day_posts), int(open_cost), int(open_posts))


def dearest(network: str) -> int:
    """The most that one post can cost there, in millionths of a dollar."""
    prices = prices_of(network)
    return micros(max(prices.create, prices.create_with_url))


# ---------------------------------------------------------------- the wait that we impose


def waits_until(row: RowMapping) -> datetime | None:
    """Until when a post, read by `queue.with_context`, waits by our doing: a rate limit, or a used up budget.

    Only a first post waits for a budget: a begun thread goes on.
    """
    budget = row["budget_until"] if row["k"] == 1 and row["budget_caps"] is not None else None
    return max(filter(None, (row["wait_until"], budget)), default=None)


def has_to_wait(connection: Connection, row: RowMapping, caps: Callable[[str], Caps], now: datetime, who: str) -> bool:
    """Whether a post, read by `queue.with_context`, is not to be claimed before its account's budget is new.

    A wait that was decided by other caps, before a thread gave its promises back, or by a clock that was wrong, is
    lifted here: no period ends after this month.
    """
    if row["budget_until"] is None or row["budget_until"] <= now or row["budget_caps"] is None:
        return False
    why = "it was decided by a clock that was ahead" if row["budget_until"] > next_month(now) else ""
    if row["budget_caps"] != str(caps(row["account"])):
        why = "other caps are set"
    if why:
        lift(connection, row["account_id"], why, who, now)
        return False
    return bool(row["k"] == 1)


def review(connection: Connection, caps: Callable[[str], Caps], now: datetime, who: str) -> None:
    """Lift the waits that other caps or a wrong clock had decided, also where nothing is due yet."""
    for row in connection.execute(_WAITING).mappings().all():
        has_to_wait(connection, row, caps, now, who)


def lift(connection: Connection, account_id: int, why: str, who: str, now: datetime) -> None:
    """Let the next claim decide anew; nothing where the account does not wait."""
    waiting = account.c.id == account_id, account.c.budget_caps.is_not(None)
    if connection.execute(update(account).where(*waiting).values(budget_caps=None)).rowcount:
        journal.record(connection, now, who, "account budget lifted", account_id=account_id, why=why)


def may_begin(connection: Connection, row: RowMapping, caps: Caps, now: datetime, who: str) -> Ruling:
    """Whether a thread, whose first post is about to be claimed, fits; if it has to wait, its account waits.

    In the claim's transaction and with the account locked, so that no other process can begin beside it.
    """
    network = row["network"]
    here = connection.execute(_ACCOUNT, {"account": row["account_id"]}).one()
    if here.open_thread_id not in {None, row["thread_id"]}:
        return FITS  # another worker was first, and the claim is about to find that out
    posts, cost = connection.execute(_THREAD, {"thread": row["thread_id"], "dearest": dearest(network)}).one()
    spent = used(connection, row["account_id"], network, now, but=row["thread_id"])
    ruling = rule(caps, spent, posts, int(cost), now)
    ours = update(account).where(account.c.id == row["account_id"])
    if ruling.fits and here.budget_until is not None:
        connection.execute(ours.values(_NO_WAIT))
    elif ruling.until is not None:
        values = {"budget_until": ruling.until, "budget_why": ruling.why, "budget_caps": str(caps)}
        connection.execute(ours.values(values))
        journal.record(
            connection, now, who, "account budget", account_id=row["account_id"], thread_id=row["thread_id"],
            why=ruling.why, data=values,
        )  # fmt: skip
        if here.budget_until != ruling.until:  # once a period, whatever is decided anew in it
            told = f"{ruling.why}; no thread of the account begins before {ruling.until:%Y-%m-%d %H:%M} UTC"
            alert.tell(
                connection, now, alert.Kind.BUDGET, told, account_id=row["account_id"], until=instant_text(ruling.until)
            )
    return ruling
