from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.model import Address, Mode, Quiet
from amplifier.planning.calendar import Entry, clock_change, weeks
from amplifier.planning.ics import ics
from amplifier.planning.steps import Action


def entry(start: datetime, *, thread: str = "one", asks: bool = True) -> Entry:
    address = Address("fence", thread, "main", mode=Mode.DRY)
    return Entry(
        address, start, start + timedelta(minutes=1), "Asia/Seoul", "He ran;\nhe lived, 살았다.", 3,
        Action.ADD if asks else Action.KEEP, fixed=False,
    )  # fmt: skip


@given(st.dates(date(1990, 1, 1), date(2100, 12, 1)))
def test_a_month_is_whole_weeks_from_monday_with_all_its_days(day: date) -> None:
    found = weeks(day, "Asia/Seoul", [], [])
    days = [one.date for week in found for one in week]
    assert all(len(week) == 7 for week in found)
    assert days[0].weekday() == 0
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert sum(one.month == day.month and one.year == day.year for one in days) in {28, 29, 30, 31}
    assert days[6] >= day.replace(day=1)
    assert days[-7].month == day.month


def test_a_start_stands_on_its_day_by_the_clocks_of_the_zone() -> None:
    late = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)  # 5 o'clock on the next morning in Seoul
    assert not any(
        day.entries for week in weeks(date(2026, 12, 1), "Asia/Seoul", [entry(late)], []) for day in week[:4]
    )
    [day] = [day for week in weeks(date(2027, 1, 1), "Asia/Seoul", [entry(late)], []) for day in week if day.entries]
    assert day.date == date(2027, 1, 1)


def test_quiet_days_are_marked_with_their_reason() -> None:
    quiet = [
        Quiet(date(2026, 12, 24), date(2026, 12, 26), "holidays"),
        Quiet(date(2026, 12, 31), date(2026, 12, 31), ""),
    ]
    found = {
        day.date.day: day.quiet
        for week in weeks(date(2026, 12, 1), "UTC", [], quiet)
        for day in week
        if day.date.month == 12
    }
    assert [day for day, why in found.items() if why == "holidays"] == [24, 25, 26]
    assert [day for day, why in found.items() if why == ""] == [31]
    assert found[1] is None


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    (
        (date(2026, 3, 29), "Europe/Berlin", 1),
        (date(2026, 10, 25), "Europe/Berlin", -1),
        (date(2026, 3, 28), "Europe/Berlin", None),
        (date(2026, 3, 29), "Asia/Seoul", None),
        (date(2026, 10, 4), "Australia/Lord_Howe", 0.5),
    ),
)
def test_the_days_on_which_clocks_change(day: date, zone: str, hours: float | None) -> None:
    assert clock_change(day, zone) == (None if hours is None else timedelta(hours=hours))


def test_a_calendar_program_gets_utc_and_the_same_name_each_time() -> None:
    at = datetime(2026, 12, 10, 9, 0, tzinfo=UTC)
    told = ics([entry(at), entry(at, thread="two", asks=False)], datetime(2026, 12, 1, tzinfo=UTC)).decode()
    lines = told.replace("\r\n ", "").split("\r\n")
    assert "DTSTART:20261210T090000Z" in lines
    assert "UID:fence/one/main@dry@amplifier" in lines
    assert (lines.count("STATUS:TENTATIVE"), lines.count("STATUS:CONFIRMED")) == (1, 1)
    assert r"DESCRIPTION:He ran\;\nhe lived\, 살았다." in lines
    assert told == ics([entry(at), entry(at, thread="two", asks=False)], datetime(2026, 12, 1, tzinfo=UTC)).decode()
