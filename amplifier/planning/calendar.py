"""When threads start, day by day in a campaign's zone, with quiet days and clocks that change. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amplifier.planning.steps import LEAVES, Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amplifier.model import Address, Quiet
    from amplifier.planning.steps import Plan

WEEK = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One thread's start."""

    address: Address
    start: datetime
    """In UTC."""
    end: datetime
    """When its last post is due."""
    zone: str
    text: str
    """Its first post."""
    posts: int
    action: Action
    """What approving now would do to it."""
    fixed: bool
    """Whether the file gives it this time, instead of the next slot."""
    note: str = ""
    was: datetime | None = None
    """The start that the queue has, where it has one; in UTC."""
    missing: int = 0
    """How many more people have to approve it."""

    @property
    def asks(self) -> bool:
        """Whether it is yet to be approved, at this time and with these words."""
        return self.action not in LEAVES or bool(self.missing)

    @property
    def begun(self) -> bool:
        return self.action is Action.BEGUN

    @property
    def left(self) -> bool:
        """Whether a person has cancelled it, or it is held: approving does not bring it back."""
        return self.action is Action.LEFT

    @property
    def old_words(self) -> bool:
        """Whether it goes out with other words, unless it is approved anew."""
        return self.action is Action.REPLACE

    @property
    def wall(self) -> datetime:
        """Its start by the clocks of its zone."""
        return self.start.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    date: date
    entries: tuple[Entry, ...]
    quiet: str | None
    """Why nothing starts on it; empty where no reason is given; None: something may."""
    shift: timedelta | None
    """By how much the clocks are put forward on it; None: not at all."""


def entries(found: Plan) -> list[Entry]:
    """The starts of a plan, the first one first; what an approval would cancel has none."""
    source = found.campaign
    fixed = {entry.id for entry in source.threads if entry.at}
    told = [
        Entry(
            step.address,
            step.start,
            step.start + source.schedule.post_gap * (len(step.thread.posts) - 1),
            source.schedule.timezone,
            step.thread.posts[0].text,
            len(step.thread.posts),
            step.action,
            step.address.thread in fixed,
            step.note,
            step.was,
            step.missing,
        )
        for step in found.steps
        if step.start and step.thread and step.action is not Action.CANCEL
    ]
    return sorted(told, key=lambda entry: (entry.start, entry.address))


def weeks(month: date, zone: str, told: Iterable[Entry], quiet: Sequence[Quiet]) -> list[list[Day]]:
    """The weeks, Monday first, that have a day of this month, by the clocks of `zone`."""
    first = month.replace(day=1)
    begin = first - timedelta(days=first.weekday())
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    by_day: defaultdict[date, list[Entry]] = defaultdict(list)
    for entry in told:
        by_day[entry.start.astimezone(ZoneInfo(zone)).date()].append(entry)
    days = [begin + timedelta(days=n) for n in range((last - begin).days // WEEK * WEEK + WEEK)]
    made = [Day(day, tuple(by_day[day]), _quiet(day, quiet), clock_change(day, zone)) for day in days]
    return [made[n : n + WEEK] for n in range(0, len(made), WEEK)]


def clock_change(day: date, zone: str) -> timedelta | None:
    """By how much the clocks of a zone are put forward (or, negative, back) on a day; None: not at all."""
    tz = ZoneInfo(zone)
    begins, ends = (datetime.combine(one, time(), tz).utcoffset() for one in (day, day + timedelta(days=1)))
    return None if begins is None or ends is None or begins == ends else ends - begins


def _quiet(day: date, quiet: Sequence[Quiet]) -> str | None:
    return next((one.why for one in quiet if one.first <= day <= one.last), None)
