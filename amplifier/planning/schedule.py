"""A schedule, its zone and a seed become the starts of threads. Pure.

Wall times are naive and in the schedule's zone; instants are aware and in UTC. Two rules about DST: a wall time
that a change skips moves to the first valid minute after it, one that happens twice means its first. Chance is a
hash of names, so that a preview, a plan and the queue show the same minute.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amplifier.errors import AmplifierError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.model import Quiet, Schedule

HORIZON = timedelta(days=400)
"""How far to look for the next free slot before saying that there is none."""
MINUTE = timedelta(minutes=1)


class NoFreeSlot(AmplifierError):  # noqa: N818 - it says what is missing
    """The campaign file leaves no time to start; it is mended in the file."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A start: the instant `at` in UTC and the same as `wall` in the schedule's zone.

    `note` says what a DST change did to it; `jitter` is how much of it is chance.
    """

    at: datetime
    wall: datetime
    note: str = ""
    jitter: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Start:
    """When one thread starts. `past` is a fixed time that is over; warnings are for the plan."""

    thread: str
    slot: Slot
    fixed: bool = False
    past: bool = False
    warnings: tuple[str, ...] = ()


def wall_to_utc(wall: datetime, zone: str) -> tuple[datetime, str]:
    """The instant of a naive wall time, and a note when a DST change had a say in it (else "")."""
    tz = ZoneInfo(zone)
    instant = _instant(wall, tz)
    if _wall(instant, tz) == wall:
        twice = wall.replace(tzinfo=tz, fold=1).astimezone(UTC) != instant
        return instant, f"{wall:%H:%M} happens twice on {wall:%Y-%m-%d} in {zone}: the first is taken" if twice else ""
    valid = wall.replace(second=0, microsecond=0)
    while _wall(instant := _instant(valid, tz), tz) != valid:
        valid += MINUTE
    moved = f"{valid:%H:%M}" if valid.date() == wall.date() else f"{valid:%Y-%m-%d %H:%M}"
    return instant, f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {zone}: moved to {moved}"


def quiet_on(schedule: Schedule, instant: datetime) -> Quiet | None:
    """The quiet period that an instant falls into, in the schedule's zone."""
    return _quiet(schedule, _wall(instant, ZoneInfo(schedule.timezone)).date())


def slots(schedule: Schedule, *, after: datetime, seed: str) -> Iterator[Slot]:
    """Every start that the slot rules offer at or after `after` and `start`, earliest first, no two at once.

    Ends when `HORIZON` passes without one. `seed` decides the jitter: the same seed and slot give the same minute.
    """
    before = None
    for offer in _offers(schedule, after, seed):
        slot = offer.slot(offer.drawn)
        if slot.at != before:
            yield slot
        before = slot.at


def assign(
    schedule: Schedule,
    entries: Sequence[tuple[str, datetime | None]],
    *,
    account: str,
    campaign: str,
    now: datetime,
    taken: Sequence[tuple[datetime, timedelta]] = (),
    at_once: bool = False,
) -> list[Start]:
    """Give each thread of one account its start; the answer is in the order of `entries`.

    `entries` are thread ids with their fixed wall time, or None for the next free slot. `taken` are the starts of the
    account's other threads (other campaigns, begun ones) with their own `thread_gap`: between two starts lies at least
    the larger of both gaps. Fixed times are reserved before any slot is given. With `at_once` every thread starts
    `now`, in order, without gap or jitter. Raises `NoFreeSlot`.
    """
    tz = ZoneInfo(schedule.timezone)
    if at_once:
        return [Start(thread, Slot(now, _wall(now, tz))) for thread, _ in entries]
    diary = _Diary(schedule.thread_gap, taken)
    fixed = {thread: _fixed(schedule, thread, at, now, diary) for thread, at in entries if at is not None}
    offers = _offers(schedule, now, f"{campaign}/{account}")
    since = _begin(schedule, now)
    starts = []
    for thread, at in entries:
        if at is None:
            slot = _next_free(offers, diary, since)
            if slot is None:
                raise _nothing_free(schedule, thread, since, now)
            diary.add(slot.at)
            since = slot.at
            starts.append(Start(thread, slot))
        else:
            starts.append(fixed[thread])
    return starts


def fingerprint(schedule: Schedule, at: datetime | None) -> str:
    """A short hash of what decides a thread's start: while it stays the same, a queued thread keeps its time.

    That is the zone and the fixed time, or the zone and the rules about slots. What acts after the start (`post_gap`,
    `late`, `resume_within`) is not in it.
    """
    rules: list[object] = [schedule.timezone]
    if at is not None:
        rules.append(at.isoformat())
    else:
        rules += [
            sorted((sorted(set(rule.days)), rule.at.isoformat()) for rule in schedule.slots),
            schedule.start.isoformat() if schedule.start else None,
            schedule.thread_gap.total_seconds(),
            schedule.jitter.total_seconds(),
            sorted((quiet.first.isoformat(), quiet.last.isoformat()) for quiet in schedule.quiet),
        ]
    return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:16]


# ---------------------------------------------------------------- inside


@dataclass(frozen=True, slots=True)
class _Offer:
    """One slot of one day with its room for jitter: `base + i * step` for i in 0..`last`; `drawn` is chance's i."""

    base: datetime
    tz: ZoneInfo
    note: str
    step: timedelta
    last: int
    drawn: int

    def slot(self, i: int) -> Slot:
        at = self.base + i * self.step
        return Slot(at, _wall(at, self.tz), self.note, i * self.step)


@dataclass(slots=True)
class _Diary:
    """The starts that one account already has, sorted, each with its gap."""

    gap: timedelta
    taken: Sequence[tuple[datetime, timedelta]]
    times: list[tuple[datetime, timedelta]] = field(init=False)
    widest: timedelta = field(init=False)

    def __post_init__(self) -> None:
        self.times = sorted(self.taken)
        self.widest = max([self.gap, *(gap for _, gap in self.times)])

    def add(self, at: datetime) -> None:
        insort(self.times, (at, self.gap))

    def free(self, at: datetime) -> bool:
        """Whether a thread may start at `at`: far enough from all others, and never at the same instant."""
        low = bisect_left(self.times, -self.widest, key=lambda entry: entry[0] - at)
        high = bisect_right(self.times, self.widest, key=lambda entry: entry[0] - at)
        return all(at != other and abs(at - other) >= max(self.gap, gap) for other, gap in self.times[low:high])


def _next_free(offers: Iterator[_Offer], diary: _Diary, since: datetime) -> Slot | None:
    """The first free start from `since`, where the thread before was put: threads keep the order of the file."""
    for offer in offers:
        if offer.base - since > HORIZON:
            return None
        # 09:30 and 11:30 with a gap of 2 h must both be usable: where chance brought two starts too close together,
        # another minute of the same slot is taken, the next later one first.
        for i in (*range(offer.drawn, offer.last + 1), *range(offer.drawn - 1, -1, -1)):
            at = offer.base + i * offer.step
            if at >= since and diary.free(at):
                return offer.slot(i)
    return None


def _fixed(schedule: Schedule, thread: str, wall: datetime, now: datetime, diary: _Diary) -> Start:
    at, note = wall_to_utc(wall, schedule.timezone)
    slot = Slot(at, _wall(at, ZoneInfo(schedule.timezone)), note)
    warnings = []
    if quiet := _quiet(schedule, slot.wall.date()):
        warnings.append(f"{wall:%Y-%m-%d %H:%M} lies in the quiet period {_period(quiet)}")
    if not diary.free(at):
        warnings.append(f"{wall:%Y-%m-%d %H:%M} is closer than thread_gap to another thread of this account")
    diary.add(at)
    return Start(thread, slot, fixed=True, past=at < now, warnings=tuple(warnings))


def _offers(schedule: Schedule, after: datetime, seed: str) -> Iterator[_Offer]:
    tz = ZoneInfo(schedule.timezone)
    begin = _begin(schedule, after)
    day = _wall(begin, tz).date()
    seen = day
    while day - seen <= HORIZON:
        for offer in _of_day(schedule, day, tz, seed):
            if offer.base + offer.drawn * offer.step >= begin:
                seen = day
                yield offer
        day += timedelta(days=1)


def _of_day(schedule: Schedule, day: date, tz: ZoneInfo, seed: str) -> list[_Offer]:
    """What the rules offer on one day, by the minute that chance draws. A change at midnight, or one that skips a
    whole day, moves a slot of the day before into this one."""
    if _quiet(schedule, day):
        return []
    notes: dict[datetime, str] = {}
    for nominal in (day - timedelta(days=1), day):
        if _quiet(schedule, nominal):
            continue
        for at in sorted({rule.at for rule in schedule.slots if nominal.weekday() in rule.days}):
            instant, note = wall_to_utc(datetime.combine(nominal, at), schedule.timezone)
            if _wall(instant, tz).date() == day:
                notes[instant] = notes.get(instant) or note
    offers = [_offer(base, note, schedule.jitter, tz, seed) for base, note in notes.items()]
    return sorted(offers, key=lambda offer: (offer.base + offer.drawn * offer.step, offer.base))


def _offer(base: datetime, note: str, jitter: timedelta, tz: ZoneInfo, seed: str) -> _Offer:
    step = MINUTE if jitter >= MINUTE else timedelta(seconds=1)
    wall = _wall(base, tz)
    midnight = wall_to_utc(datetime.combine(wall.date() + timedelta(days=1), time()), tz.key)[0]
    last = min(jitter // step, (midnight - base - timedelta(seconds=1)) // step)
    digest = hashlib.sha256(f"{seed}/{wall:%Y-%m-%dT%H:%M:%S}".encode()).digest()
    return _Offer(base, tz, note, step, last, int.from_bytes(digest[:8], "big") % (last + 1))


def _begin(schedule: Schedule, after: datetime) -> datetime:
    if schedule.start is None:
        return after
    return max(after, wall_to_utc(datetime.combine(schedule.start, time()), schedule.timezone)[0])


def _nothing_free(schedule: Schedule, thread: str, since: datetime, now: datetime) -> NoFreeSlot:
    where = f"no free slot for thread {thread} within {HORIZON.days} days after {since:%Y-%m-%d}"
    if not schedule.slots:
        return NoFreeSlot(f"no slot for thread {thread}: the schedule has none", "add slots, or give the thread an at")
    if next(_offers(schedule, now, ""), None) is None:
        return NoFreeSlot(f"{where}: quiet days cover every slot", "shorten quiet, or add days to slots")
    return NoFreeSlot(
        f"{where}: all are taken, or too close to other threads of the account", "shorten thread_gap, or add slots"
    )


def _quiet(schedule: Schedule, day: date) -> Quiet | None:
    return next((quiet for quiet in schedule.quiet if quiet.first <= day <= quiet.last), None)


def _period(quiet: Quiet) -> str:
    days = f"{quiet.first}" if quiet.first == quiet.last else f"{quiet.first} to {quiet.last}"
    return f"{days} ({quiet.why})" if quiet.why else days


def _instant(wall: datetime, tz: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=tz, fold=0).astimezone(UTC)


def _wall(instant: datetime, tz: ZoneInfo) -> datetime:
    return instant.astimezone(tz).replace(tzinfo=None, fold=0)
