"""A plan beside the caps of its accounts: what is spent, what is ahead, what would wait and what never fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from amplifier.model import Address, Finding, Level, Mode, State
from amplifier.networks.prices import MILLION, prices_of, usd_of
from amplifier.planning.price import costs
from amplifier.planning.steps import SENDS
from amplifier.publishing.budget import dearest, used
from amplifier.publishing.caps import Caps, Used, counted, day_of, month_of, rule
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.planning.steps import Plan

NAMED = 5
"""Threads that one line names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A thread that has not begun: what it needs of the budget, and when it is to start."""

    address: Address
    start: datetime
    posts: int
    cost: int
    """Millionths of a US dollar."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One account's budget, were this plan approved and everything went as planned."""

    account: str
    mode: Mode
    caps: Caps
    used: Used
    ahead: tuple[Ahead, ...]
    """Its threads that have not begun, of this plan and of other campaigns, in the order of their starts."""
    waits: tuple[tuple[Ahead, datetime], ...]
    """Those that would have to wait, and until when."""
    never: tuple[tuple[Ahead, str], ...]
    """Those that these caps never allow, and why."""

    def lines(self) -> list[str]:
        """For people: what is spent and what is ahead, then what waits."""
        spent, out = self.used.month_cost + self.used.open_cost, self.used.day_posts + self.used.open_posts
        posts, cost = sum(item.posts for item in self.ahead), sum(item.cost for item in self.ahead)
        parts = (
            "" if self.caps.monthly_usd is None else f"{usd_of(spent)} of {usd_of(self.caps.month)} this month",
            "" if self.caps.daily_posts is None else f"{out} of {counted(self.caps.daily_posts)} today",
        )
        used_up = ", ".join(filter(None, parts))
        told = [f"budget of {self.account}: {used_up} (UTC); ahead are {counted(posts)} for {usd_of(cost)}"]
        for until in sorted({until for _, until in self.waits}):
            names = [str(item.address) for item, its in self.waits if its == until]
            threads = "1 thread waits" if len(names) == 1 else f"{len(names)} threads wait"
            told.append(f"{threads} for {until:%Y-%m-%d %H:%M} UTC: {_listed(names)}")
        if self.never:
            told.append(f"over its caps, would be held: {_listed([str(item.address) for item, _ in self.never])}")
        return told

    def as_json(self) -> dict[str, object]:
        """The same as data; amounts in US dollars."""
        return {
            "account": self.account,
            "mode": self.mode.value,
            "monthly_usd": self.caps.monthly_usd,
            "daily_posts": self.caps.daily_posts,
            "month_usd": _usd(self.used.month_cost),
            "day_posts": self.used.day_posts,
            "promised_usd": _usd(self.used.open_cost),
            "promised_posts": self.used.open_posts,
            "ahead_usd": _usd(sum(item.cost for item in self.ahead)),
            "ahead_posts": sum(item.posts for item in self.ahead),
            "waits": [{"thread": str(item.address), "start": item.start, "until": until} for item, until in self.waits],
            "never": [{"thread": str(item.address), "why": why} for item, why in self.never],
        }


def with_budgets(connection: Connection, found: Plan, caps: Callable[[str], Caps], now: datetime) -> Plan:
    """The plan with a forecast for every account that has caps, and a warning for each thread that never fits them."""
    forecasts = []
    findings: list[Finding] = []
    for (name, mode), planned in _by_account(found).items():
        if not caps(name):
            continue
        own = _of(connection, name, mode, caps(name), found.campaign.name, planned, now)
        forecasts.append(own)
        places = {thread.id: thread.entry.place for thread in (step.thread for step in found.steps) if thread}
        findings += [
            Finding(
                Level.WARNING, f"thread {item.address.thread} would be held: {why}", places[item.address.thread],
                f"shorten it, or raise the cap of {name} in the settings",
            )
            for item, why in own.never
            if item in planned
        ]  # fmt: skip
    return replace(found, budgets=tuple(forecasts), findings=(*found.findings, *findings))


def foresee(
    caps: Caps, spent: Used, ahead: Sequence[Ahead], now: datetime
) -> tuple[list[tuple[Ahead, datetime]], list[tuple[Ahead, str]]]:
    """Which threads would wait and until when, and which never fit and why. Pure.

    One thread after the other, in the order of `ahead`, as claims do it: where one waits, those behind it do too. What
    begun threads promise is taken to go out in this period.
    """
    months = {month_of(now): spent.month_cost + spent.open_cost}
    days = {day_of(now): spent.day_posts + spent.open_posts}
    waits, never, free = [], [], now
    for item in ahead:
        at = max(item.start, free)
        while True:
            month, day = month_of(at), day_of(at)
            ruling = rule(caps, Used(months.get(month, 0), days.get(day, 0)), item.posts, item.cost, at)
            if ruling.until is None:
                break
            at = free = ruling.until
        if ruling.never:
            never.append((item, ruling.why))
            continue
        if at > max(item.start, now):
            waits.append((item, at))
        months[month] = months.get(month, 0) + item.cost
        days[day] = days.get(day, 0) + item.posts
    return waits, never


def _by_account(found: Plan) -> dict[tuple[str, Mode], list[Ahead]]:
    """What the plan would send, account by account."""
    planned: dict[tuple[str, Mode], list[Ahead]] = {}
    for step in found.steps:
        if step.action in SENDS and step.thread and step.start:
            cost = sum(costs(step.thread.texts, prices_of(step.thread.network)))
            item = Ahead(step.address, step.start, len(step.thread.texts), cost)
            planned.setdefault((step.address.account, step.address.mode), []).append(item)
    return planned


def _of(
    connection: Connection, name: str, mode: Mode, caps: Caps, planning: str, planned: Sequence[Ahead], now: datetime
) -> Forecast:
    known = connection.execute(
        select(account.c.id, account.c.network).where(account.c.name == name, account.c.mode == mode.value)
    ).first()
    spent = used(connection, known.id, known.network, now) if known else Used()
    queued = _queued(connection, known.id, known.network, planning) if known else []
    ahead = tuple(sorted((*planned, *queued), key=lambda item: item.start))
    waits, never = foresee(caps, spent, ahead, now)
    return Forecast(name, mode, caps, spent, ahead, tuple(waits), tuple(never))


def _queued(connection: Connection, account_id: int, network: str, but: str) -> list[Ahead]:
    """The account's threads of other campaigns that wait for their start."""
    root = post.alias()
    rows = connection.execute(
        select(
            campaign.c.name.label("campaign"),
            thread.c.name,
            account.c.name.label("account"),
            account.c.mode,
            root.c.due_at,
            func.count().label("posts"),
            func.sum(func.coalesce(post.c.cost, dearest(network))).label("cost"),
        )
        .select_from(root)
        .join(thread, thread.c.id == root.c.thread_id)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .join(account, account.c.id == thread.c.account_id)
        .join(post, post.c.thread_id == thread.c.id)
        .where(
            root.c.account_id == account_id,
            root.c.state == State.QUEUED.value,
            root.c.k == 1,
            campaign.c.name != but,
            post.c.state != State.CANCELLED.value,
        )
        .group_by(thread.c.id, campaign.c.name, account.c.name, account.c.mode, root.c.due_at)
    )
    return [
        Ahead(Address(row.campaign, row.name, row.account, 0, Mode(row.mode)), row.due_at, row.posts, int(row.cost))
        for row in rows
    ]


def _usd(cost: int) -> Decimal:
    return Decimal(cost) / MILLION


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
