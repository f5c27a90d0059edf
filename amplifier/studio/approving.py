"""A person's yes to words, times and price as they stand on the page; or a note on what to change first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from amplifier.errors import NeedsYes, TryLater
from amplifier.planning.approve import approve, blocking
from amplifier.planning.forecast import with_budgets
from amplifier.planning.plan import plan
from amplifier.publishing.enqueue import Seal
from amplifier.store import journal
from amplifier.store.tables import event
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starlette.responses import Response

    from amplifier.content.draft import Draft
    from amplifier.model import Finding
    from amplifier.planning.steps import Plan
    from amplifier.studio.desk import Asked, Desk

ASKED = "changes asked"
"""The kind of the event that a person's note is."""


def show(desk: Desk, asked: Asked) -> Response:
    """What approving would do, and the button that is bound to just that."""
    name = asked.names["campaign"]
    draft = desk.draft(name)
    found = _plan(desk, draft, asked.person.name, desk.app.now())
    return desk.show(
        asked,
        "approve.html.j2",
        campaign=name,
        draft=draft,
        plan=found,
        zone=ZoneInfo(draft.campaign.schedule.timezone),
        stops=blocking(found),
        passable=not blocking(found, override=True),
        seal=bound(found),
        notes=notes(desk, draft.campaign.name),
        plan_modes=sorted({step.address.mode for step in found.steps}),
    )


def seal(desk: Desk, asked: Asked) -> Response:
    """Approve what the person was shown. Raises what stands against it, and `TryLater` where it is no longer that."""
    draft, now = desk.draft(asked.names["campaign"]), desk.app.now()
    because = asked.field("because") or None
    override = asked.field("override") == "yes"
    if override and not because:
        raise NeedsYes("to approve anyway needs a reason, and it is recorded", "write why")
    shown = _plan(desk, draft, asked.person.name, now)
    if asked.field("seal") != bound(shown):
        raise TryLater("words, times or queue have changed since the page was shown", "look at it again, then approve")
    modes = desk.app.modes_of(draft.campaign.accounts)
    desk.app.notice_restore()
    given = Seal(asked.person.name, now, because, override)
    approve(desk.app.store, draft.campaign, draft.threads, modes=modes, now=now, seal=given, shown=shown)
    return go(f"/campaigns/{asked.names['campaign']}/approve")


def ask_for_changes(desk: Desk, asked: Asked) -> Response:
    """Keep a note in the log: what has to be changed before this person says yes."""
    draft, note = desk.draft(asked.names["campaign"]), asked.field("note")
    if not note:
        raise NeedsYes("a request needs words", "write what to change")
    with desk.app.store.write() as connection:
        about = {"campaign": draft.campaign.name}
        journal.record(connection, desk.app.now(), asked.person.name, ASKED, why=note, data=about)
    return go(f"/campaigns/{asked.names['campaign']}/approve")


def notes(desk: Desk, campaign: str) -> Sequence[tuple[datetime, str, str]]:
    """When, who and what was asked to change, the newest first."""
    query = select(event.c.at, event.c.who, event.c.why, event.c.data).where(event.c.kind == ASKED)
    with desk.app.store.read() as connection:
        found = connection.execute(query.order_by(event.c.id.desc()).limit(200)).all()
    return [(row.at, row.who, row.why) for row in found if f'"{campaign}"' in (row.data or "")][:20]


def bound(found: Plan) -> str:
    """What a yes is bound to: what would be done to which thread, with which content and at which time."""
    told = [(step.action.value, str(step.address), step.hash, str(step.start), step.missing) for step in found.steps]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _plan(desk: Desk, draft: Draft, by: str, now: datetime) -> Plan:
    modes = desk.app.modes_of(draft.campaign.accounts)
    with desk.app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes=modes, now=now, by=by)
        return with_budgets(connection, found, desk.app.caps, now)


def findings(draft: Draft, found: Plan) -> list[Finding]:
    """Everything that is to be said about it."""
    return [*draft.findings, *found.findings]
