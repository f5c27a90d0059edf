"""The calendar: when threads start, a month at a time; and a thread's start moved, which is a change to approve."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from starlette.responses import Response

from amplifier.content.save import with_time
from amplifier.errors import AmplifierError, TryLater, UsageError
from amplifier.model import Address, Mode, State
from amplifier.planning.calendar import Entry, entries, weeks
from amplifier.planning.ics import ics
from amplifier.planning.plan import plan
from amplifier.planning.schedule import wall_to_utc
from amplifier.publishing.remarks import Remark, remark
from amplifier.store.tables import account, campaign, post, thread
from amplifier.studio.desk import go
from amplifier.whole import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amplifier.content.draft import Draft
    from amplifier.model import Quiet
    from amplifier.studio.desk import Asked, Desk, Sheet

FIRST, LAST = date(1000, 1, 8), date(2999, 12, 1)
MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")


def show(desk: Desk, asked: Asked) -> Response:
    """A month of all campaigns, by the clocks of the zone that is asked for, else of the first one's; the month is that
    of the next start.
    """
    sheets = desk.sheets()
    told, quiet, zones, wrong = _everything(desk, sheets)
    zone = next(iter(zones.values()), "UTC")
    if asked.query.get("zone") in set(zones.values()):
        zone = asked.query["zone"]
    now = desk.app.now()
    week = _week(asked.query.get("week"))
    month = (
        week
        or _month(asked.query.get("month"))
        or next(
            (entry.start.astimezone(ZoneInfo(zone)).date() for entry in told if entry.start >= now),
            now.astimezone(ZoneInfo(zone)).date(),
        )
    )
    shown = weeks(month, zone, told, quiet)
    if week:
        shown = [one for one in shown if one[0].date <= week <= one[-1].date]
    step = timedelta(days=7) if week else timedelta(days=31)
    before = month - timedelta(days=7) if week else (month.replace(day=1) - timedelta(days=1)).replace(day=1)
    after = month + step if week else (month.replace(day=1) + step).replace(day=1)
    return desk.show(
        asked,
        "calendar.html.j2",
        month=month,
        week=week,
        before=before,
        after=after,
        weeks=shown,
        zone=zone,
        clocks=ZoneInfo(zone),
        zones=zones,
        files={sheet.draft.campaign.name: name for name, sheet in sheets.items() if sheet.draft},
        wrong=wrong,
        still=_still(desk, told),
        ghosts=_ghosts(told, ZoneInfo(zone)),
        today=now.astimezone(ZoneInfo(zone)).date(),
    )


def _ghosts(told: Sequence[Entry], zone: ZoneInfo) -> dict[date, list[Entry]]:
    """The starts that the queue keeps until a move is approved, by their days."""
    found: dict[date, list[Entry]] = {}
    for entry in told:
        if entry.was and entry.was != entry.start:
            found.setdefault(entry.was.astimezone(zone).date(), []).append(entry)
    return found


def _still(desk: Desk, told: Sequence[Entry]) -> list[tuple[Address, datetime]]:
    """Threads that begin although no entry tells it: what stands in a file stops nothing that was approved."""
    known = {entry.address for entry in told}
    query = (
        select(campaign.c.name, thread.c.name, account.c.name, post.c.mode, post.c.due_at)
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
        .where(post.c.k == 1, post.c.state == State.QUEUED.value)
        .order_by(post.c.due_at)
    )
    with desk.app.store.read() as connection:
        found = connection.execute(query).all()
    queued = ((Address(row[0], row[1], row[2], 0, Mode(row[3])), row[4]) for row in found)
    return [(address, due) for address, due in queued if address not in known]


def download(desk: Desk, _asked: Asked) -> Response:
    """The same for a calendar program."""
    told = _everything(desk, desk.sheets())[0]
    headers = {"content-disposition": 'attachment; filename="amplifier.ics"'}
    return Response(ics(told, desk.app.now()), media_type="text/calendar", headers=headers)


def move(desk: Desk, asked: Asked) -> Response:
    """Give a thread a time of its own in its file, or take it away: then it takes the next slot.

    `at` is a wall time in `zone`, which is the page's: it is written by the clocks of the campaign.
    """
    file, name, at = asked.names["campaign"], asked.field("thread"), asked.field("at")
    with desk.writing() as kept:
        draft = desk.draft(file)
        schedule = draft.campaign.schedule
        _as_shown(desk, draft, name, asked.field("was"))
        wall = _wall(at, asked.field("zone") or schedule.timezone, schedule.timezone, desk.app.now()) if at else None
        written = f"{wall:%Y-%m-%d %H:%M}" if wall else None
        kept.keep(draft.campaign.path)
        write_text(draft.campaign.path, with_time(draft.campaign.path, name, written))
        desk.draft(file, anew=True)
    why = f"{name}: {f'{written} {schedule.timezone}' if written else 'the next free slot'}"
    about = {"campaign": draft.campaign.name, "thread": name}
    remark(desk.app.store, Remark.TIME, asked.person.name, desk.app.now(), why=why, **about)
    page = f"/campaigns/{quote(file, safe='')}/approve"
    told = "done_move" if written else "done_next"
    desk.tell(asked, told, "tab_approve", page, thread=name, start=written, zone=schedule.timezone)
    shown = {"week": at[:10] if asked.field("week") else "", "month": at[:7], "zone": asked.field("zone")}
    return go(f"/calendar?{urlencode({key: value for key, value in shown.items() if value})}")


def _wall(at: str, zone: str, own: str, now: datetime) -> datetime:
    """The time that a person chose on the clocks of `zone`, by the clocks `own` of the campaign.

    Raises `UsageError` for what is no time, is past, or comes twice there, where a file could not tell which is meant.
    """
    instant = _instant(at, zone)
    if instant <= now:
        raise UsageError(f"{at.replace('T', ' ')} is past", "choose a time that is still to come")
    wall = instant.astimezone(ZoneInfo(own)).replace(tzinfo=None)
    if wall_to_utc(wall, own)[0] != instant:
        raise UsageError(f"{wall:%Y-%m-%d %H:%M} comes twice in {own}: the clocks go back", "choose an hour later")
    return wall


def _as_shown(desk: Desk, draft: Draft, name: str, was: str) -> None:
    """Raise what stands against a move: it has begun, or is no longer where the person saw it."""
    own = [entry for entry in _entries(desk, draft) if entry.address.thread == name]
    if own and all(entry.left for entry in own):
        raise UsageError(f"{name} was cancelled, or is held", "Live has it, with the button that queues it again")
    if any(entry.begun for entry in own):
        raise UsageError(f"{name} has begun", "what is left of it goes out by itself; Live can stop it")
    if own and was not in {entry.start.isoformat() for entry in own}:
        raise TryLater(f"{name} has been moved meanwhile", "look at where it is now; nothing was written")


def _instant(at: str, zone: str) -> datetime:
    """The instant of a wall time that a person chose. Raises `UsageError` for what is none."""
    try:
        wall = datetime.fromisoformat(at)
        if wall.tzinfo is None and FIRST <= wall.date() <= LAST and zone in available_timezones():
            return wall_to_utc(wall.replace(second=0, microsecond=0), zone)[0]
    except ValueError:
        pass
    raise UsageError(f"{at!r} is no time", "write 2026-12-10 09:00")


def _everything(desk: Desk, sheets: Mapping[str, Sheet]) -> tuple[list[Entry], list[Quiet], dict[str, str], list[str]]:
    """All starts, all quiet periods, each campaign's zone, and the files that have none for their mistakes."""
    told: list[Entry] = []
    quiet: list[Quiet] = []
    zones: dict[str, str] = {}
    wrong: list[str] = []
    names = Counter(sheet.draft.campaign.name for sheet in sheets.values() if sheet.draft)
    for name, sheet in sheets.items():
        draft = sheet.draft
        if draft is None or names[draft.campaign.name] > 1:  # nobody knows which of two files a start is written into
            wrong.append(name)
            continue
        source = draft.campaign
        try:
            told += _entries(desk, draft)
        except AmplifierError:  # such as no free slot: the page of the campaign says it
            wrong.append(name)
        quiet += source.schedule.quiet
        zones[source.name] = source.schedule.timezone
    return sorted(told, key=lambda entry: (entry.start, entry.address)), quiet, zones, wrong


def _entries(desk: Desk, draft: Draft) -> list[Entry]:
    modes = desk.app.modes_of(draft.campaign.accounts)
    with desk.app.store.read() as connection:
        return entries(plan(connection, draft.campaign, draft.threads, modes=modes, now=desk.app.now()))


def _week(text: str | None) -> date | None:
    """The day that a week is named by; None for what is none, or too far off."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def _month(text: str | None) -> date | None:
    found = MONTH.fullmatch(text or "")
    return date(int(found[1]), int(found[2]), 1) if found else None
