"""Where to begin: the campaigns, and what each of them waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from amplifier.errors import AmplifierError
from amplifier.planning.steps import SENDS
from amplifier.publishing import remarks
from amplifier.studio.approving import plan_of
from amplifier.studio.claims import steps_of
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from amplifier.studio.desk import Asked, Desk, Sheet


@dataclass(frozen=True, slots=True)
class Standing:
    """How a campaign stands."""

    sheet: Sheet
    questions: int = 0
    """Claims that nobody has answered for."""
    requests: int = 0
    """Changes that somebody has asked for since the last approval."""
    changes: int = 0
    """Threads that an approval would change."""
    missing: int = 0
    """Threads that wait for another name."""
    start: datetime | None = None
    """When the next approved thread begins, by the campaign's clocks."""


def show(desk: Desk, asked: Asked) -> Response:
    """The campaigns; with one alone, that one."""
    sheets = list(desk.sheets().values())
    if len(sheets) == 1:
        return go(f"/campaigns/{quote(sheets[0].name, safe='')}")
    return desk.show(asked, "campaigns.html.j2", standings=[_standing(desk, sheet, asked) for sheet in sheets])


def _standing(desk: Desk, sheet: Sheet, asked: Asked) -> Standing:
    draft = sheet.draft
    if draft is None:
        return Standing(sheet)
    questions, requests = len(steps_of(draft)), len(remarks.open_requests(desk.app.store, draft.campaign.name))
    now = desk.app.now()
    try:
        found = plan_of(desk, draft, asked.person.name, now)
    except AmplifierError:  # such as no free slot: its own pages say it
        return Standing(sheet, questions, requests)
    kept = [step for step in found.steps if step.action in SENDS and step not in found.changes]
    starts = [step.start for step in kept if step.start and step.start >= now]
    zone = ZoneInfo(draft.campaign.schedule.timezone)
    return Standing(
        sheet,
        questions,
        requests,
        len(found.changes),
        sum(bool(step.missing) for step in kept),
        min(starts).astimezone(zone) if starts else None,
    )
