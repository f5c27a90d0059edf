"""`plan` and `approve`: what would be queued, when and at what price; and a person's yes to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from amplifier.cli.cards import findings_as_json, show_findings, show_threads
from amplifier.cli.common import (
    as_json_option,
    at_terminal,
    banner,
    by_option,
    common,
    counted,
    print_json,
    reason,
    say,
    table,
    who,
    with_app,
)
from amplifier.content.draft import load_draft
from amplifier.content.formats import age_text
from amplifier.engagement.costs import reading_costs
from amplifier.errors import NeedsYes
from amplifier.planning.approve import approve as seal_and_queue
from amplifier.planning.approve import blocking, overridden, refuse
from amplifier.planning.forecast import with_budgets
from amplifier.planning.plan import SENDS, Action, Plan
from amplifier.planning.plan import plan as make_plan
from amplifier.planning.reading_cap import reading_cap
from amplifier.publishing.enqueue import Seal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from amplifier.app import App
    from amplifier.content.draft import Draft
    from amplifier.model import Finding
    from amplifier.planning.plan import Step

DONE = {
    Action.ADD: "queued",
    Action.KEEP: "kept",
    Action.MOVE: "moved",
    Action.REPLACE: "replaced",
    Action.REVIVE: "brought back",
    Action.AGREE: "approved and queued",
    Action.WAIT: "waiting",
    Action.HOLD: "held",
    Action.BEGUN: "begun and left",
    Action.LEFT: "left to a person",
    Action.CANCEL: "cancelled",
}

now_option = click.option("--now", "at_once", is_flag=True, help="Every thread not begun is due now, in file order.")


def open_draft(file: Path, *, decides: bool = False) -> tuple[App, Draft]:
    """The campaign beside the queue."""
    app = with_app(file, decides=decides)
    return app, load_draft(file, app.workspace.root, app.platform)


def show_plan(app: App, draft: Draft, found: Plan) -> None:
    """Slots in the campaign's zone and in UTC, what changes, and what it costs."""
    zone = ZoneInfo(draft.campaign.schedule.timezone)
    modes = {step.address.mode for step in found.steps}
    click.echo(f"{draft.campaign.name} · {banner(modes)} · {app.store.shown}")
    rows = [
        {
            "what": step.action.value,
            "thread": f"{step.address.thread}/{step.address.account}",
            "posts": len(step.thread.posts) if step.thread else None,
            "at": f"{step.start.astimezone(zone):%a %Y-%m-%d %H:%M}" if step.start else None,
            "utc": step.start,
            "was": step.was if step.action in {Action.MOVE, Action.AGREE} and step.was != step.start else None,
            "note": "; ".join(filter(None, (_answer(step), step.note, step.url))) or None,
        }
        for step in found.steps
    ]
    columns = [
        name for name in ("what", "thread", "posts", "at", "utc", "was", "note") if any(row[name] for row in rows)
    ]
    table(rows, columns, wraps=("note",), titles={"at": f"at ({zone.key})", "utc": "UTC"})
    for price in found.prices:
        for line in price.lines():
            click.echo(line)
    for reading in found.reading:
        for line in reading.lines():
            click.echo(line)
    for cap in found.reading_caps:
        click.echo(cap.line())
    if found.readings_were is not None:
        click.echo(f"readings: {_ages(found.readings_were)} -> {_ages(found.campaign.readings)}")
    for budget in found.budgets:
        for line in budget.lines():
            click.echo(line)
    show_findings([*draft.findings, *found.findings], err=True)


def _ages(readings: Sequence[timedelta]) -> str:
    return ", ".join(map(age_text, readings)) or "none"


def _beside_caps(app: App, connection: Connection, found: Plan, now: datetime) -> Plan:
    """The plan with what the caps of its accounts mean for its posts, and for the readings of these."""
    known = {(one.account, one.mode): one for one in reading_costs(app.store, now)}
    modes = {step.address.account: step.address.mode for step in found.steps if step.action in SENDS}
    caps = []
    for price in found.reading:
        for name in dict.fromkeys(account for account, _ in price.months):
            monthly = app.reading_budget(name)
            if monthly is None or not price.most:
                continue
            own = known.get((name, modes[name].value))
            reads = {month: number for (account, month), number in price.months.items() if account == name}
            caps.append(
                reading_cap(
                    name, monthly, reads, price.prices, month=f"{now.astimezone(UTC):%Y-%m}",
                    spent=own.spent if own else 0, others=own.months if own else None,
                )
            )  # fmt: skip
    return replace(with_budgets(connection, found, app.caps, now), reading_caps=tuple(caps))


def _answer(step: Step) -> str:
    """What a reply replies to, and when."""
    if step.answers is None:
        return ""
    where = f" ({step.answers.url})" if step.answers.url else ""
    return f"replies to {step.answers.address}{where}" + (", as soon as it is approved" if step.slot else "")


def plan_as_json(draft: Draft, found: Plan) -> dict[str, Any]:
    """The same as data."""
    return {
        "campaign": found.campaign.name,
        "steps": [
            {
                "action": step.action.value,
                "thread": step.address.thread,
                "account": step.address.account,
                "mode": step.address.mode.value,
                "posts": len(step.thread.posts) if step.thread else None,
                "start": step.start,
                "was": step.was,
                "note": step.note,
                "approvals_missing": step.missing,
                "url": step.url,
                "hash": step.hash,
                "reply_to": str(step.answers.address) if step.answers else None,
                "hook": step.thread.hook if step.thread else None,
            }
            for step in found.steps
        ],
        "price_usd": sum(price.total for price in found.prices),
        "prices": [line for price in found.prices for line in price.lines()],
        "reading_usd": {
            "least": sum(reading.least for reading in found.reading),
            "most": sum(reading.most for reading in found.reading),
            "followers": sum(reading.followers for reading in found.reading),
        },
        "reading_budgets": [cap.as_json() for cap in found.reading_caps],
        "readings": list(map(age_text, found.campaign.readings)),
        "readings_were": None if found.readings_were is None else list(map(age_text, found.readings_were)),
        "budgets": [budget.as_json() for budget in found.budgets],
        "findings": findings_as_json([*draft.findings, *found.findings]),
    }


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@now_option
@as_json_option
@common
def plan(file: Path, at_once: bool, as_json: bool) -> None:
    """Show what approving FILE would queue, when, and at what price.

    Times are in the campaign's zone and in UTC. What is out already, or was moved or cancelled, is said.
    """
    app, draft = open_draft(file)
    with app.store.read() as connection:
        found = make_plan(
            connection, draft.campaign, draft.threads, modes=app.modes_of(draft.campaign.accounts), now=app.now(),
            at_once=at_once,
        )  # fmt: skip
        found = _beside_caps(app, connection, found, app.now())
    if as_json:
        print_json(plan_as_json(draft, found))
        return
    show_plan(app, draft, found)
    if found.quiet:
        say(f"now is a quiet period: {found.quiet}; approve --now asks for --because")
    say("mend what is listed, then plan again" if blocking(found) else f"next: amplifier approve {file}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@now_option
@click.option("--because", metavar="REASON", help="Recorded with the approval; needed inside a quiet period.")
@by_option
@click.option(
    "--override-claims", "override", is_flag=True, help="Let errors about claims pass: with --because and --by."
)
@click.option("--yes", is_flag=True, help="Answer the question with yes; never a blocking finding.")
@as_json_option
@common
def approve(
    file: Path, at_once: bool, because: str | None, by: str | None, override: bool, yes: bool, as_json: bool
) -> None:
    """Seal the threads of FILE and queue them.

    Shows threads, findings, times, price and mode, then asks. A thread that has begun is never changed, cancelled or
    queued again. Where the file asks for several approvals, each is given under another name; names are not checked.
    """
    because = None if because is None else reason("--because", because)
    by = None if by is None else who(by)
    if override and not (because and by):
        raise NeedsYes(
            "letting errors about claims pass needs a reason and a name, and both are recorded",
            f'type: amplifier approve {file} --override-claims --because "…" --by NAME',
        )
    app, draft = open_draft(file, decides=True)
    now, modes, by = app.now(), app.modes_of(draft.campaign.accounts), who(by)
    with app.store.read() as connection:
        shown = make_plan(connection, draft.campaign, draft.threads, modes=modes, now=now, at_once=at_once, by=by)
        shown = _beside_caps(app, connection, shown, now)
    if not as_json:
        if not yes:
            show_threads(draft.threads, dict(modes), draft.traces, ledger=draft.ledger is not None)
        show_plan(app, draft, shown)
    refuse(shown, because, override=override)
    passed = [found for thread in draft.threads for found in overridden(thread)] if override else []
    if not yes:
        _ask(shown, file, len(passed), at_terminal() and not as_json)
    if at_once:
        now = app.now()  # "now" is when the person says yes, however long the reading took
    seal = Seal(by, app.now(), because, override)
    done = seal_and_queue(
        app.store, draft.campaign, draft.threads, modes=modes, now=now, seal=seal, shown=shown, at_once=at_once
    )
    if as_json:
        done = replace(done, budgets=shown.budgets, reading_caps=shown.reading_caps)
        print_json(plan_as_json(draft, done) | {"overridden": findings_as_json(passed)})
        return
    say(f"approved by {seal.by}: {_summary(done)}", *_passed(passed, seal), f"next: {_next(app, done, file)}")


def _ask(shown: Plan, file: Path, passed: int, can_ask: bool) -> None:
    if not can_ask:
        raise NeedsYes("nothing was approved: there is nobody to ask", f"type: amplifier approve {file} --yes")
    modes = banner({step.address.mode for step in shown.steps})
    against = f", against {counted(passed, 'error')} about claims," if passed else ""
    if not click.confirm(f"{modes}: approve these words{against} for these times?", err=True):
        raise NeedsYes("nothing was approved")


def _passed(findings: Sequence[Finding], seal: Seal) -> list[str]:
    """What an override let pass, a line each."""
    return [
        f"overridden by {seal.by} ({seal.because}): " + (f"post {found.post}: " if found.post else "") + found.message
        for found in findings
    ]


def _summary(done: Plan) -> str:
    """How many threads came to what; those that lack a name are told of as that, whatever was done to them."""
    short = [step for step in done.steps if step.missing and step.action in SENDS]
    counts = {action: sum(step.action is action and step not in short for step in done.steps) for action in Action}
    told = [f"{counted(count, 'thread')} {DONE[action]}" for action, count in counts.items() if count]
    if short:
        names = max(step.missing for step in short)
        more = "another name" if names == 1 else f"{names} more names"
        told.append(f"{counted(len(short), 'thread')} held: second approval, waiting for {more}")
    return ", ".join(told) or "no thread"


def _next(app: App, done: Plan, file: Path) -> str:
    if any(step.missing and step.action in SENDS for step in done.steps):
        return f"another person types: amplifier approve {file} --by NAME"
    starts = [step.start for step in done.steps if step.start and step.action not in {Action.BEGUN, Action.LEFT}]
    if starts and min(starts) > app.now():
        return "amplifier status; cron runs `amplifier run --once`, a server `amplifier run`"
    return "amplifier run --drain"
