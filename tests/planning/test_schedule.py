from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.model import Quiet, Schedule, SlotRule
from amplifier.planning.schedule import (
    HORIZON,
    NoFreeSlot,
    Slot,
    Start,
    assign,
    fingerprint,
    quiet_on,
    slots,
    wall_to_utc,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
DAILY = tuple(range(7))
ZERO = timedelta()
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def schedule(
    *rules: tuple[tuple[int, ...], str],
    timezone: str = "UTC",
    start: date | None = None,
    thread_gap: timedelta = ZERO,
    jitter: timedelta = ZERO,
    quiet: Sequence[tuple[date, date]] = (),
) -> Schedule:
    return Schedule(
        timezone=timezone,
        slots=tuple(SlotRule(days, time.fromisoformat(at)) for days, at in rules),
        start=start,
        thread_gap=thread_gap,
        post_gap=timedelta(seconds=20),
        jitter=jitter,
        quiet=tuple(Quiet(first, last, "holidays") for first, last in quiet),
        late=timedelta(minutes=90),
        resume_within=timedelta(hours=6),
    )


def first(rules: Schedule, count: int, after: datetime = NOW, seed: str = "campaign/main") -> list[Slot]:
    return list(islice(slots(rules, after=after, seed=seed), count))


def starts(
    rules: Schedule,
    *entries: str | tuple[str, datetime],
    now: datetime = NOW,
    taken: Sequence[tuple[datetime, timedelta]] = (),
    at_once: bool = False,
    campaign: str = "campaign",
    account: str = "main",
) -> list[Start]:
    pairs = [(entry, None) if isinstance(entry, str) else entry for entry in entries]
    return assign(rules, pairs, account=account, campaign=campaign, now=now, taken=taken, at_once=at_once)


def instants(answer: list[Start]) -> list[str]:
    return [f"{start.slot.at:%m-%d %H:%M}" for start in answer]


# ---------------------------------------------------------------- wall times and DST


@pytest.mark.parametrize(
    ("zone", "local", "utc", "note"),
    (
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00", "Europe/Berlin: moved to 03:00"),
        ("Europe/Berlin", "2026-03-29 02:30:45", "2026-03-29 01:00", "Europe/Berlin: moved to 03:00"),
        ("Europe/Berlin", "2026-03-29 01:59", "2026-03-29 00:59", ""),
        ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29 01:00", ""),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30", "in Europe/Berlin: the first is taken"),
        ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25 02:00", ""),
        ("America/New_York", "2026-03-08 02:00", "2026-03-08 07:00", "moved to 03:00"),
        ("America/New_York", "2026-11-01 01:00", "2026-11-01 05:00", "the first is taken"),
        ("Asia/Seoul", "2026-03-29 02:30", "2026-03-28 17:30", ""),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30", "moved to 02:30"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "the first is taken"),
        ("Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04 15:30", ""),
        ("Africa/Cairo", "2026-04-24 00:30", "2026-04-23 22:00", "moved to 01:00"),
        ("Pacific/Apia", "2011-12-30 09:30", "2011-12-30 10:00", "moved to 2011-12-31 00:00"),
        # summer time all year but in the month of fasting
        ("Africa/Casablanca", "2026-02-15 02:30", "2026-02-15 01:30", "the first is taken"),
        ("Africa/Casablanca", "2026-03-01 09:30", "2026-03-01 09:30", ""),
        ("Africa/Casablanca", "2026-03-22 02:30", "2026-03-22 02:00", "moved to 03:00"),
        ("Africa/Casablanca", "2026-03-23 09:30", "2026-03-23 08:30", ""),
    ),
)  # fmt: skip
def test_a_wall_time_becomes_the_instant_that_people_in_the_zone_expect(
    zone: str, local: str, utc: str, note: str
) -> None:
    at, said = wall_to_utc(wall(local), zone)
    assert at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert at.tzinfo is UTC
    assert said.endswith(note) if note else said == ""


near_changes = st.builds(
    lambda day, minutes: wall(day) + minutes * MINUTE,
    st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-04-24", "2026-10-04", "2026-10-25", "2011-12-29"]),
    st.integers(-60, 48 * 60),
)


@given(
    zone=st.sampled_from(ZONES),
    when=st.datetimes(wall("2009-01-01"), wall("2030-01-01")) | near_changes,
    later=st.timedeltas(ZERO, timedelta(hours=3)),
)
@settings(max_examples=150)
def test_wall_times_keep_their_order_and_read_back_unless_skipped(zone: str, when: datetime, later: timedelta) -> None:
    at, note = wall_to_utc(when, zone)
    back = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert back > when if "does not exist" in note else back == when
    assert wall_to_utc(when + later, zone)[0] >= at


@pytest.mark.parametrize(
    ("zone", "after", "at", "expected"),
    (
        ("Europe/Berlin", "2026-03-28", "09:30", ["03-28 08:30", "03-29 07:30", "03-30 07:30"]),
        ("America/New_York", "2026-10-31", "09:30", ["10-31 13:30", "11-01 14:30", "11-02 14:30"]),
        ("Asia/Seoul", "2026-03-28", "09:30", ["03-28 00:30", "03-29 00:30", "03-30 00:30"]),
        ("Australia/Lord_Howe", "2026-10-03", "09:30", ["10-02 23:00", "10-03 22:30", "10-04 22:30"]),
        ("Africa/Cairo", "2026-04-23", "00:15", ["04-22 22:15", "04-23 22:00", "04-24 21:15"]),
        ("Europe/Berlin", "2026-03-28", "02:30", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ("America/New_York", "2026-10-31", "01:30", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("America/New_York", "2026-03-07", "02:30", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        ("Africa/Casablanca", "2026-02-14", "09:30", ["02-14 08:30", "02-15 09:30", "02-16 09:30"]),
        ("Africa/Casablanca", "2026-03-21", "02:30", ["03-21 02:30", "03-22 02:00", "03-23 01:30"]),
        ("Australia/Lord_Howe", "2026-04-04", "01:45", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
    ),
)
def test_a_daily_slot_keeps_its_wall_time_across_a_dst_change(
    zone: str, after: str, at: str, expected: list[str]
) -> None:
    rules = schedule((DAILY, at), timezone=zone, start=date.fromisoformat(after))
    found = first(rules, 3, after=datetime(2026, 1, 1, tzinfo=UTC))
    assert [f"{slot.at:%m-%d %H:%M}" for slot in found] == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    (
        # the clock says two hours from 01:30 to 03:30: they are three
        ("America/New_York", "2026-11-01", ["11-01 04:30", "11-01 05:30", "11-01 08:30"]),
        # and here it is one
        ("America/New_York", "2026-03-08", ["03-08 05:30", "03-08 06:30", "03-08 07:30"]),
        ("Australia/Lord_Howe", "2026-04-05", ["04-04 13:30", "04-04 14:30", "04-04 17:00"]),
        ("Asia/Seoul", "2026-11-01", ["10-31 15:30", "10-31 16:30", "10-31 18:30"]),
    ),
)
def test_the_gap_between_threads_is_time_that_passes_not_time_of_day(zone: str, day: str, expected: list[str]) -> None:
    every_hour = [(DAILY, at) for at in ("00:30", "01:30", "03:30")]
    rules = schedule(*every_hour, timezone=zone, start=date.fromisoformat(day), thread_gap=HOUR)
    found = starts(rules, "a", "b", "c", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert instants(found) == expected


def test_a_gap_that_the_skipped_hour_makes_too_short_takes_the_next_slot() -> None:
    rules = schedule((DAILY, "01:30"), (DAILY, "03:30"), timezone="America/New_York", thread_gap=2 * HOUR)
    found = starts(rules, "a", "b", now=datetime(2026, 3, 8, 5, tzinfo=UTC))
    assert [f"{start.slot.wall:%d %H:%M}" for start in found] == ["08 01:30", "09 01:30"]


def test_a_skipped_slot_meets_the_one_it_moves_to_once_and_says_so() -> None:
    rules = schedule((DAILY, "02:15"), (DAILY, "02:45"), (DAILY, "03:00"), timezone="Europe/Berlin")
    found = first(rules, 3, after=datetime(2026, 3, 29, 0, tzinfo=UTC))
    assert [(f"{slot.wall:%d %H:%M}", bool(slot.note)) for slot in found] == [
        ("29 03:00", True),
        ("30 02:15", False),
        ("30 02:45", False),
    ]
    assert found[0].note.startswith("02:15 does not exist")


def test_a_slot_on_a_day_that_the_zone_skips_moves_to_the_next_day() -> None:
    rules = schedule(((FRI,), "09:30"), timezone="Pacific/Apia", start=date(2011, 12, 28))
    found = first(rules, 2, after=datetime(2011, 1, 1, tzinfo=UTC))
    assert [f"{slot.wall:%Y-%m-%d %H:%M}" for slot in found] == ["2011-12-31 00:00", "2012-01-06 09:30"]


def test_a_slot_never_moves_into_a_quiet_day_nor_out_of_one() -> None:
    for quiet in (date(2011, 12, 30), date(2011, 12, 31)):
        rules = schedule(((FRI,), "09:30"), timezone="Pacific/Apia", start=date(2011, 12, 28), quiet=[(quiet, quiet)])
        found = first(rules, 1, after=datetime(2011, 1, 1, tzinfo=UTC))
        assert f"{found[0].wall:%Y-%m-%d %H:%M}" == "2012-01-06 09:30"


# ---------------------------------------------------------------- slots


def test_slots_of_all_rules_come_in_order_without_repeats() -> None:
    rules = schedule(((TUE, THU), "09:30"), ((TUE, TUE), "18:00"), ((THU, SUN), "09:30"), ((TUE,), "08:00"))
    assert [f"{slot.at:%a %H:%M}" for slot in first(rules, 6)] == [
        "Tue 08:00",
        "Tue 09:30",
        "Tue 18:00",
        "Thu 09:30",
        "Sun 09:30",
        "Tue 08:00",
    ]


def test_slots_begin_at_the_next_one_from_now_and_now_itself_counts() -> None:
    rules = schedule((DAILY, "12:00"))
    assert first(rules, 1)[0].at == NOW
    assert first(rules, 1, after=NOW + timedelta(microseconds=1))[0].at == NOW + timedelta(days=1)


def test_a_past_start_is_no_error_and_a_future_one_is_waited_for_in_the_zone() -> None:
    past = schedule((DAILY, "12:00"), start=date(2020, 1, 1))
    assert first(past, 1)[0].at == NOW
    future = schedule((DAILY, "00:30"), start=date(2026, 7, 1), timezone="Asia/Seoul")
    assert first(future, 1)[0].at == datetime(2026, 6, 30, 15, 30, tzinfo=UTC)


def test_quiet_days_are_skipped_with_both_ends_in_the_zone() -> None:
    rules = schedule((DAILY, "01:00"), timezone="Asia/Seoul", quiet=[(date(2026, 6, 3), date(2026, 6, 4))])
    assert [f"{slot.wall:%d}" for slot in first(rules, 3)] == ["02", "05", "06"]
    assert quiet_on(rules, datetime(2026, 6, 2, 14, 59, tzinfo=UTC)) is None
    assert quiet_on(rules, datetime(2026, 6, 2, 15, 0, tzinfo=UTC)) == rules.quiet[0]
    assert quiet_on(rules, datetime(2026, 6, 4, 14, 59, tzinfo=UTC)) == rules.quiet[0]
    assert quiet_on(rules, datetime(2026, 6, 4, 15, 0, tzinfo=UTC)) is None


def test_slots_end_where_nothing_can_ever_come() -> None:
    for_ever = [(date(2026, 1, 1), date(9999, 12, 31))]
    assert first(schedule((DAILY, "12:00"), quiet=for_ever), 1) == []
    assert first(schedule(), 1) == []


def test_a_long_quiet_period_within_the_horizon_is_waited_out() -> None:
    rules = schedule((DAILY, "12:00"), quiet=[(NOW.date(), NOW.date() + HORIZON - timedelta(days=1))])
    assert first(rules, 1)[0].at == NOW + HORIZON
    rules = schedule((DAILY, "12:00"), quiet=[(NOW.date(), NOW.date() + HORIZON)])
    assert first(rules, 1) == []


rule_sets = st.lists(
    st.tuples(st.lists(st.integers(0, 6), min_size=1, max_size=3).map(tuple), st.times().map(lambda t: f"{t:%H:%M}")),
    min_size=1,
    max_size=4,
)


@given(
    rules=rule_sets,
    zone=st.sampled_from(ZONES),
    after=st.datetimes(wall("2011-01-01"), wall("2030-01-01"), timezones=st.just(UTC)),
    jitter=st.sampled_from([ZERO, timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=30)]),
)
@settings(max_examples=60)
def test_slots_are_in_order_in_the_future_on_allowed_days_and_within_the_jitter(
    rules: list[tuple[tuple[int, ...], str]], zone: str, after: datetime, jitter: timedelta
) -> None:
    quiet = (after.date() + timedelta(days=2), after.date() + timedelta(days=3))
    made = schedule(*rules, timezone=zone, jitter=jitter, quiet=[quiet])
    found = first(made, 12, after=after)
    assert len(found) == 12
    assert found[0].at >= after
    assert all(one.at < two.at for one, two in pairwise(found))
    plain = {
        slot.at: slot
        for slot in slots_until(schedule(*rules, timezone=zone, quiet=[quiet]), after - 2 * HOUR * 24, found[-1].at)
    }
    for slot in found:
        assert slot.wall == slot.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert ZERO <= slot.jitter <= jitter
        nominal = plain[slot.at - slot.jitter]
        assert nominal.wall.date() == slot.wall.date()
        assert nominal.note == slot.note
        assert quiet_on(made, slot.at) is None


def slots_until(rules: Schedule, after: datetime, end: datetime) -> list[Slot]:
    found = []
    for slot in slots(rules, after=after, seed=""):
        if slot.at > end:
            break
        found.append(slot)
    return found


# ---------------------------------------------------------------- jitter


def test_jitter_is_seeded_by_name_and_does_not_depend_on_when_one_looks() -> None:
    rules = schedule((DAILY, "09:30"), jitter=timedelta(minutes=10))
    days = first(rules, 60)
    assert days[5:] == first(rules, 55, after=NOW + timedelta(days=5))
    assert {slot.jitter for slot in days} == {i * MINUTE for i in range(11)}
    assert days != first(rules, 60, seed="campaign/other")


def test_jitter_of_less_than_a_minute_is_in_seconds() -> None:
    rules = schedule((DAILY, "09:30"), jitter=timedelta(seconds=2))
    assert {slot.jitter.total_seconds() for slot in first(rules, 40)} == {0, 1, 2}


def test_jitter_never_leaves_the_day() -> None:
    rules = schedule((DAILY, "23:57"), jitter=timedelta(minutes=10))
    assert {f"{slot.at:%H:%M}" for slot in first(rules, 40)} == {"23:57", "23:58", "23:59"}


def test_a_slot_of_today_that_only_chance_moved_past_now_is_still_to_come() -> None:
    rules = schedule((DAILY, "09:30"), jitter=timedelta(minutes=10))
    slot = next(slot for slot in first(rules, 20) if slot.jitter > ZERO)
    assert first(rules, 1, after=slot.at - timedelta(seconds=1))[0] == slot
    assert starts(rules, "a", now=slot.at - timedelta(seconds=1))[0].slot == slot


def test_slots_closer_than_the_jitter_still_come_in_order_and_one_at_a_time() -> None:
    rules = schedule(*((DAILY, f"09:{minute}") for minute in range(30, 36)), jitter=timedelta(minutes=10))
    found = first(rules, 100)
    assert all(one.at < two.at for one, two in pairwise(found))
    answer = starts(rules, *(f"t{i}" for i in range(100)))
    assert all(one.slot.at < two.slot.at for one, two in pairwise(answer))
    assert answer[-1].slot.at < found[-1].at


# ---------------------------------------------------------------- assigning


def test_threads_get_the_free_slots_in_file_order() -> None:
    rules = schedule(((TUE, THU), "09:30"))
    answer = starts(rules, "story", "facts", "act")
    assert [start.thread for start in answer] == ["story", "facts", "act"]
    assert instants(answer) == ["06-02 09:30", "06-04 09:30", "06-09 09:30"]
    assert not any(start.fixed or start.past or start.warnings for start in answer)


def test_without_jitter_collisions_the_plan_is_the_preview() -> None:
    rules = schedule(((TUE, THU), "09:30"), jitter=timedelta(minutes=10))
    assert [start.slot for start in starts(rules, "a", "b", "c")] == first(rules, 3, seed="campaign/main")


def test_two_accounts_and_two_campaigns_draw_their_own_jitter() -> None:
    rules = schedule((DAILY, "09:30"), jitter=timedelta(minutes=30))
    names = [str(i) for i in range(10)]
    drawn = [
        tuple(instants(starts(rules, *names, campaign=campaign, account=account)))
        for campaign, account in (("campaign", "main"), ("campaign", "second"), ("other", "main"))
    ]
    assert len(set(drawn)) == 3


def test_starts_keep_the_gap_before_and_after_a_taken_one_and_exactly_the_gap_is_enough() -> None:
    rules = schedule((DAILY, "09:00"), (DAILY, "11:00"), (DAILY, "13:00"), thread_gap=2 * HOUR)
    other = datetime(2026, 6, 2, 11, 0, tzinfo=UTC)
    assert instants(starts(rules, "a", "b", "c", taken=[(other, HOUR)])) == [
        "06-01 13:00",
        "06-02 09:00",
        "06-02 13:00",
    ]
    later = other + timedelta(seconds=1)
    assert instants(starts(rules, "a", "b", taken=[(later, HOUR)])) == ["06-01 13:00", "06-02 09:00"]
    assert instants(starts(rules, "a", "b", "c", taken=[(later, HOUR)]))[2] == "06-03 09:00"


def test_the_larger_of_both_gaps_counts() -> None:
    rules = schedule((DAILY, "13:00"), thread_gap=HOUR)
    other = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    assert instants(starts(rules, "a", taken=[(other, 4 * HOUR)])) == ["06-01 13:00"]
    assert instants(starts(rules, "a", taken=[(other, 4 * HOUR + MINUTE)])) == ["06-02 13:00"]


def test_with_no_gap_at_all_a_taken_instant_is_still_taken() -> None:
    rules = schedule((DAILY, "13:00"))
    assert instants(starts(rules, "a", taken=[(datetime(2026, 6, 1, 13, tzinfo=UTC), ZERO)])) == ["06-02 13:00"]


def test_slots_just_the_gap_apart_are_both_used_whatever_chance_draws() -> None:
    rules = schedule((DAILY, "09:30"), (DAILY, "11:30"), thread_gap=2 * HOUR, jitter=timedelta(minutes=10))
    answer = starts(rules, *(f"t{i}" for i in range(40)))
    assert answer[-1].slot.at - answer[0].slot.at < timedelta(days=21)
    assert all(two.slot.at - one.slot.at >= 2 * HOUR for one, two in pairwise(answer))
    assert all(ZERO <= start.slot.jitter <= timedelta(minutes=10) for start in answer)


def test_making_room_for_another_start_never_reaches_back_before_now() -> None:
    rules = schedule((DAILY, "09:30"), jitter=timedelta(minutes=10))
    slot = next(slot for slot in first(rules, 20) if slot.jitter >= timedelta(minutes=6))
    taken = [(slot.at + MINUTE, 4 * MINUTE)]
    assert starts(rules, "a", now=slot.at - 5 * MINUTE, taken=taken)[0].slot.at == slot.at - 3 * MINUTE
    assert starts(rules, "a", now=slot.at - MINUTE, taken=taken)[0].slot.at > slot.at + HOUR


def test_a_fixed_time_is_used_as_it_is_and_slots_keep_their_distance_from_it() -> None:
    rules = schedule((DAILY, "09:30"), timezone="Asia/Seoul", thread_gap=2 * HOUR, jitter=timedelta(minutes=10))
    answer = starts(rules, "a", "b", ("day", wall("2026-06-03 09:00")))
    assert answer[2].slot == Slot(datetime(2026, 6, 3, 0, 0, tzinfo=UTC), wall("2026-06-03 09:00"))
    assert answer[2].fixed
    assert [f"{start.slot.wall:%d}" for start in answer] == ["02", "04", "03"]


def test_a_fixed_time_that_is_over_is_reported_and_one_that_is_now_is_not() -> None:
    rules = schedule((DAILY, "09:30"))
    answer = starts(rules, ("now", NOW.replace(tzinfo=None)), ("past", NOW.replace(tzinfo=None) - MINUTE))
    assert [start.past for start in answer] == [False, True]


def test_a_fixed_time_in_a_quiet_period_or_too_close_to_another_thread_is_warned_about() -> None:
    quiet = [(date(2026, 12, 24), date(2026, 12, 26))]
    rules = schedule((DAILY, "09:30"), thread_gap=2 * HOUR, quiet=quiet)
    answer = starts(
        rules, ("one", wall("2026-12-26 09:00")), ("two", wall("2026-12-27 09:00")), ("three", wall("2026-12-27 10:00"))
    )  # fmt: skip
    assert answer[0].warnings == ("2026-12-26 09:00 lies in the quiet period 2026-12-24 to 2026-12-26 (holidays)",)
    assert answer[1].warnings == ()
    assert answer[2].warnings == ("2026-12-27 10:00 is closer than thread_gap to another thread of this account",)


def test_at_once_means_now_for_every_thread_whatever_the_rules_say() -> None:
    rules = schedule(
        timezone="Asia/Seoul", thread_gap=9 * HOUR, jitter=HOUR, quiet=[(date(2026, 1, 1), date(2027, 1, 1))]
    )
    answer = starts(rules, "a", ("day", wall("2020-01-01 00:00")), "b", at_once=True, taken=[(NOW, HOUR)])
    slot = Slot(NOW, wall("2026-06-01 21:00"))
    assert answer == [Start("a", slot), Start("day", slot), Start("b", slot)]


@pytest.mark.parametrize(
    ("rules", "said"),
    (
        (schedule(), "the schedule has none"),
        (schedule((DAILY, "09:00"), quiet=[(date(2026, 1, 1), date(2036, 1, 1))]), "quiet days cover every slot"),
        (schedule((DAILY, "09:00"), thread_gap=timedelta(days=500)), "too close to other threads"),
    ),
)
def test_no_free_slot_is_an_error_that_says_why_and_never_a_search_for_ever(rules: Schedule, said: str) -> None:
    with pytest.raises(NoFreeSlot, match=said) as caught:
        starts(rules, "first", "second")
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_many_threads_on_a_weekly_slot_reach_beyond_the_horizon() -> None:
    answer = starts(schedule(((TUE,), "09:30")), *(f"t{i}" for i in range(100)))
    assert answer[-1].slot.at == datetime(2026, 6, 2, 9, 30, tzinfo=UTC) + timedelta(weeks=99)


@given(
    rules=rule_sets,
    gap=st.sampled_from([ZERO, HOUR, timedelta(hours=25)]),
    jitter=st.sampled_from([ZERO, timedelta(minutes=45)]),
    taken=st.lists(
        st.tuples(
            st.integers(0, 20 * 24 * 60).map(lambda minutes: NOW + minutes * MINUTE),
            st.sampled_from([ZERO, 2 * HOUR, timedelta(hours=30)]),
        ),
        max_size=6,
    ),
    fixed=st.lists(st.integers(0, 10 * 24 * 60), max_size=2),
)
@settings(max_examples=80)
def test_given_slots_keep_every_gap_and_the_file_order_and_are_the_same_each_time(
    rules: list[tuple[tuple[int, ...], str]],
    gap: timedelta,
    jitter: timedelta,
    taken: list[tuple[datetime, timedelta]],
    fixed: list[int],
) -> None:
    made = schedule(*rules, thread_gap=gap, jitter=jitter)
    entries: list[str | tuple[str, datetime]] = [
        "a",
        *((f"f{i}", NOW.replace(tzinfo=None) + m * MINUTE) for i, m in enumerate(fixed)),
        "b",
        "c",
    ]
    answer = starts(made, *entries, taken=taken)
    assert answer == starts(made, *entries, taken=taken[::-1])
    given_slots = [start.slot.at for start in answer if not start.fixed]
    assert all(at >= NOW for at in given_slots)
    assert all(two - one >= max(gap, MINUTE / 60) for one, two in pairwise(given_slots))
    for at in given_slots:
        assert all(abs(at - other) >= max(gap, theirs) and at != other for other, theirs in taken)
        assert all(abs(at - start.slot.at) >= gap and at != start.slot.at for start in answer if start.fixed)


# ---------------------------------------------------------------- fingerprint


def test_the_fingerprint_changes_with_what_decides_the_start_and_nothing_else() -> None:
    base = schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"))
    same = schedule(((SAT,), "18:00"), ((THU, TUE), "09:30"))
    assert fingerprint(base, None) == fingerprint(same, None)
    changed = [
        schedule(((TUE, THU), "09:31"), ((SAT,), "18:00")),
        schedule(((TUE,), "09:30"), ((SAT,), "18:00")),
        schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"), timezone="Asia/Seoul"),
        schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"), start=date(2026, 7, 1)),
        schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"), thread_gap=HOUR),
        schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"), jitter=HOUR),
        schedule(((TUE, THU), "09:30"), ((SAT,), "18:00"), quiet=[(date(2026, 7, 1), date(2026, 7, 1))]),
    ]
    at = wall("2026-07-01 09:00")
    prints = [fingerprint(rules, None) for rules in (base, *changed)] + [fingerprint(base, at)]
    assert len(set(prints)) == len(prints)
    assert fingerprint(base, at) != fingerprint(base, at + MINUTE)
    assert fingerprint(changed[0], at) == fingerprint(base, at)
    assert fingerprint(changed[2], at) != fingerprint(base, at)


def test_a_fingerprint_is_kept_in_the_database_so_it_must_never_change_by_itself() -> None:
    rules = schedule(((TUE, THU), "09:30"), timezone="Asia/Seoul", thread_gap=2 * HOUR, jitter=timedelta(minutes=10))
    assert fingerprint(rules, None) == "e12e4ae76eba9753"
    assert fingerprint(rules, wall("2026-12-10 09:00")) == "4d53913b36015ab1"
