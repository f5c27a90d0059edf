"""Where to begin: the campaigns, and what each of them waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from amplifier.errors import AmplifierError
from amplifier.model import State
from amplifier.publishing import remarks
from amplifier.store.tables import campaign, post, thread
from amplifier.studio.approving import plan_of
from amplifier.studio.claims import steps_of
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    """When its next queued post is due, by the campaign's clocks."""
    wrong: str = ""
    """Why nobody can tell what an approval would do."""


def show(desk: Desk, asked: Asked) -> Response:
    """The campaigns; with one alone, that one."""
    sheets = list(desk.sheets().values())
    if len(sheets) == 1:
        return go(f"/campaigns/{quote(sheets[0].name, safe='')}")
    due = _due(desk)
    return desk.show(asked, "campaigns.html.j2", standings=[_standing(desk, sheet, asked, due) for sheet in sheets])


def _due(desk: Desk) -> dict[str, datetime]:
    """When the next queued post of each campaign is due."""
    query = (
        select(campaign.c.name, func.min(post.c.due_at))
        .join(thread, thread.c.campaign_id == campaign.c.id)
        .join(post, post.c.thread_id == thread.c.id)
        .where(post.c.state == State.QUEUED.value)
        .group_by(campaign.c.name)
    )
    with desk.app.store.read() as connection:
        return {name: at for name, at in connection.execute(query).all() if at}


def _standing(desk: Desk, sheet: Sheet, asked: Asked, due: Mapping[str, datetime]) -> Standing:
    draft = sheet.draft
    if draft is None:
        return Standing(sheet)
    questions, requests = len(steps_of(draft)), len(remarks.open_requests(desk.app.store, draft.campaign.name))
    start = due.get(draft.campaign.name)
    start = start.astimezone(ZoneInfo(draft.campaign.schedule.timezone)) if start else None
    try:
        found = plan_of(desk, draft, asked.person.name, desk.app.now())
    except AmplifierError as exc:  # such as no free slot
        return Standing(sheet, questions, requests, start=start, wrong=exc.message)
    waits = sum(bool(step.missing) for step in found.steps if step not in found.changes)
    return Standing(sheet, questions, requests, len(found.changes), waits, start)
