"""A person's yes to words, times and price as they stand on the page; or a note on what to change first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amplifier.content.edit import changed_words
from amplifier.errors import NeedsYes, TryLater
from amplifier.model import Level, Mode
from amplifier.planning.approve import approve, blocking
from amplifier.planning.forecast import with_budgets
from amplifier.planning.plan import SENDS, Action, plan
from amplifier.publishing import remarks
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.remarks import Remark
from amplifier.studio.claims import way
from amplifier.studio.desk import at, go
from amplifier.studio.threads import approved

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from amplifier.content.draft import Draft
    from amplifier.model import Finding
    from amplifier.planning.steps import Plan
    from amplifier.studio.desk import Asked, Desk


def show(desk: Desk, asked: Asked) -> Response:
    """What approving would do, and the button that is bound to just that."""
    name = asked.names["campaign"]
    draft = desk.draft(name)
    found = plan_of(desk, draft, asked.person.name, desk.app.now())
    return desk.show(
        asked,
        "approve.html.j2",
        campaign=name,
        draft=draft,
        plan=found,
        zone=ZoneInfo(draft.campaign.schedule.timezone),
        stops=blocking(found),
        passable=not blocking(found, override=True),
        seal=bound(draft, found),
        approved=approved(desk, draft),
        changed_words=changed_words,
        notes=(notes := remarks.open_requests(desk.app.store, draft.campaign.name)),
        before=[one for one in remarks.asked(desk.app.store, draft.campaign.name) if one not in notes],
        waits=any(step.missing for step in found.steps if step.action is Action.WAIT),
        paid=any(step.address.mode is Mode.LIVE for step in found.steps),
        plan_modes=sorted({step.address.mode for step in found.steps}),
        warned=sum(finding.level is Level.WARNING for finding in _findings(found)),
        way=way(asked, draft),
    )


def seal(desk: Desk, asked: Asked) -> Response:
    """Approve what the person was shown. Raises what stands against it, and `TryLater` where it is no longer that."""
    draft, now = desk.draft(asked.names["campaign"], anew=True), desk.app.now()
    because = asked.field("because") or None
    override = asked.field("override") == "yes"
    if override and not because:
        raise NeedsYes("to approve anyway needs a reason, and it is recorded", "write why")
    shown = plan_of(desk, draft, asked.person.name, now)
    if asked.field("seal") != bound(draft, shown):
        raise TryLater("words, times or queue have changed since the page was shown", "look at it again, then approve")
    modes = desk.app.modes_of(draft.campaign.accounts)
    desk.app.notice_restore()
    given = Seal(asked.person.name, now, because, override)
    done = approve(desk.app.store, draft.campaign, draft.threads, modes=modes, now=now, seal=given, shown=shown)
    waits = [step for step in done.changes if step.missing]
    starts = [step.start for step in done.changes if step.start and step.action in SENDS and not step.missing]
    if starts:
        zone = draft.campaign.schedule.timezone
        start = f"{min(starts).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
        told = "done_approve_some" if waits else "done_approve"
        desk.tell(asked, told, "nav_live", "/live", count=len(starts), start=start)
    elif waits:
        desk.tell(asked, "done_yes", count=max(step.missing for step in waits))
    else:
        desk.tell(asked, "done_seal", count=len(done.changes))
    return go(at(asked, "/approve"))


def ask_for_changes(desk: Desk, asked: Asked) -> Response:
    """Keep a note in the log: what has to be changed before this person says yes."""
    draft, note = desk.draft(asked.names["campaign"]), asked.field("note")
    if not note:
        raise NeedsYes("a request needs words", "write what to change")
    remarks.remark(
        desk.app.store, Remark.ASKED, asked.person.name, desk.app.now(), why=note, campaign=draft.campaign.name
    )
    desk.tell(asked, "done_ask")
    return go(at(asked, "/approve"))


def bound(draft: Draft, found: Plan) -> str:
    """What a yes is bound to: what would be done to which thread, with which content and at which time, by which rules
    of the campaign, against which findings, and at what price.
    """
    source = draft.campaign
    told = (
        [(step.action.value, str(step.address), step.hash, str(step.start), step.missing) for step in found.steps],
        (source.schedule, source.approvals, source.readings),
        [(one.level.value, one.message, one.post) for one in blocking(found)],
        [line for price in found.prices for line in price.lines()],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _findings(found: Plan) -> set[Finding]:
    """All that is said of what is yet to be approved."""
    return {*found.findings, *(one for step in found.changes if step.thread for one in step.thread.findings)}


def plan_of(desk: Desk, draft: Draft, by: str, now: datetime) -> Plan:
    """What this person's yes would do now."""
    modes = desk.app.modes_of(draft.campaign.accounts)
    with desk.app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes=modes, now=now, by=by)
        return with_budgets(connection, found, desk.app.caps, now)
