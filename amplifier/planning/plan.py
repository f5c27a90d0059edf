"""Threads meet the queue: what approving would add, move, replace or cancel, when, and at what price."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amplifier.model import Address, Finding, Level, Mode
from amplifier.networks.prices import prices_of
from amplifier.planning.answers import answer
from amplifier.planning.drafting import Asked, draft, fingerprint_of
from amplifier.planning.echoes import echoes
from amplifier.planning.notices import queued_live
from amplifier.planning.price import Price, price
from amplifier.planning.queued import cancelled_in, perhaps_out, queued_threads, readings_in, starts_taken
from amplifier.planning.reading_price import ReadingPrice, reading_price
from amplifier.planning.schedule import Start, assign, quiet_on
from amplifier.planning.steps import SENDS, Action, Plan, Step
from amplifier.planning.withdrawals import unless_withdrawn
from amplifier.publishing import withdrawn
from amplifier.publishing.approvals import names_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Campaign, Thread, ThreadEntry

__all__ = ["SENDS", "Action", "Plan", "Step", "fingerprint_of", "plan"]


def plan(
    connection: Connection,
    source: Campaign,
    threads: Sequence[Thread],
    *,
    modes: Mapping[str, Mode],
    now: datetime,
    at_once: bool = False,
    by: str | None = None,
) -> Plan:
    """Compare composed threads with the queue. `modes` is the mode of each account for an approval made now.

    `by` is who gives that approval; None when nobody does yet.
    """
    queued = queued_threads(connection, source.name)
    several = source.approvals > 1 or any(row["approvals"] > 1 for row in queued)
    names = names_in(connection, source.name) if several else {}
    stopped = cancelled_in(connection, source.name) if any(row["cut"] for row in queued) else {}
    asked = Asked(source, queued, names, now, at_once, by, stopped)
    marks = withdrawn.marks(connection, source.name)
    steps: list[Step] = []
    findings: list[Finding] = []
    for name in source.accounts:
        own = [thread for thread in threads if thread.account == name]
        drafts: list[Step] = []
        for item in own:
            target, told = answer(connection, item, modes[name])
            step = replace(draft(asked, item, modes[name], target), answers=target)
            step = unless_withdrawn(step, marks, queued)
            drafts.append(step)
            findings += told if step.action in SENDS else ()
        taken = starts_taken(connection, name, modes[name], source.name) + [
            (step.start, source.schedule.thread_gap)
            for step in drafts
            if step.start and step.action != Action.LEFT and not step.answers
        ]
        dated, found = _date(source, drafts, name, taken, now, at_once=at_once)
        steps += dated
        findings += found
    order = {entry.id: place for place, entry in enumerate(source.threads)}
    steps.sort(key=lambda step: order[step.address.thread])
    steps += _gone(source.name, steps, queued, modes)
    findings += queued_live(source, queued, modes)
    findings += echoes(connection, steps, now)
    quiet = quiet_on(source.schedule, now) if at_once else None
    were = readings_in(connection, source.name)
    return Plan(
        source, tuple(steps), tuple(findings), _prices(steps), at_once, _period(quiet) if quiet else "",
        reading=_reading(source, steps), readings_were=None if were == source.readings else were,
    )  # fmt: skip


def _date(
    source: Campaign, drafts: Sequence[Step], name: str, taken: Sequence[tuple[datetime, timedelta]], now: datetime, *,
    at_once: bool,
) -> tuple[list[Step], list[Finding]]:  # fmt: skip
    """Give a start to the steps that need one."""
    undated = [
        step.thread.entry for step in drafts if step.start is None and step.thread and step.action != Action.LEFT
    ]

    def dated(entries: Sequence[ThreadEntry], *, at_once: bool) -> list[Start]:
        times = [(entry.id, entry.at) for entry in entries]
        return assign(source.schedule, times, account=name, campaign=source.name, now=now, taken=taken, at_once=at_once)

    # an answer to a wrong post cannot wait: no slot, no gap, no quiet period
    answers = dated([entry for entry in undated if entry.reply_to], at_once=True)
    others = dated([entry for entry in undated if not entry.reply_to], at_once=at_once)
    starts = {start.thread: start for start in (*answers, *others)}
    steps, findings = [], []
    for step in drafts:
        start = starts.get(step.address.thread)
        if start is None or step.start is not None or step.thread is None:
            steps.append(step)
            continue
        action = Action.KEEP if step.action is Action.MOVE and step.was == start.slot.at else step.action
        wall = None if at_once or step.answers else start.slot.wall.isoformat()
        steps.append(replace(step, action=action, start=start.slot.at, slot=start.slot, wall=wall))
        place = step.thread.entry.place
        findings += [Finding(Level.WARNING, warning, place) for warning in start.warnings]
        if start.slot.note:
            findings.append(Finding(Level.NOTE, f"thread {start.thread}: {start.slot.note}", place))
        if start.past:
            past = f"thread {start.thread}: its time {start.slot.wall:%Y-%m-%d %H:%M} is past"
            findings.append(Finding(Level.ERROR, past, place, "give it a later at, or approve with --now"))
    return steps, findings


def _gone(name: str, steps: Sequence[Step], queued: Sequence[RowMapping], modes: Mapping[str, Mode]) -> list[Step]:
    """Threads of the queue that the file no longer has, and dry runs of threads that go live now."""
    wanted = {(step.address.thread, step.address.account): step.address.mode for step in steps}
    live = Mode.LIVE if Mode.LIVE in modes.values() else Mode.DRY
    gone = []
    for row in queued:
        mode = wanted.get((row["name"], row["account"]))
        if row["mode"] == Mode.LIVE.value and modes.get(row["account"], live) is not Mode.LIVE:
            continue  # only a live approval may touch what is queued live
        superseded = mode is not None and mode is Mode.LIVE and row["mode"] != Mode.LIVE.value
        if not row["current"] or (mode is not None and not superseded) or row["cancelled"] == row["n"]:
            continue
        address = Address(name, row["name"], row["account"], 0, Mode(row["mode"]))
        if row["begun"] and superseded:
            continue  # what went out in a dry run never counts as out
        if row["begun"]:
            note = "is gone from the file, has begun, and is not changed"
            gone.append(
                Step(
                    Action.BEGUN,
                    address,
                    None,
                    row["hash"],
                    row["planned_at"],
                    row=row["id"],
                    url=row["url"],
                    note=note,
                )
            )
            continue
        if lost := perhaps_out(row):
            gone.append(Step(Action.LEFT, address, None, row["hash"], row["planned_at"], row=row["id"], note=lost))
            continue
        note = "goes live now: its dry run is cancelled" if superseded else "is gone from the file"
        gone.append(
            Step(Action.CANCEL, address, None, row["hash"], None, was=row["planned_at"], row=row["id"], note=note)
        )
    return gone


def _prices(steps: Sequence[Step]) -> tuple[Price, ...]:
    ahead = [step.thread for step in steps if step.action in SENDS and step.thread]
    networks = dict.fromkeys(thread.network for thread in ahead)
    return tuple(
        price([thread for thread in ahead if thread.network == network], prices_of(network)) for network in networks
    )


def _reading(source: Campaign, steps: Sequence[Step]) -> tuple[ReadingPrice, ...]:
    """What reading the posts that are yet to be sent will cost, per network."""
    times: dict[str, dict[str, list[datetime]]] = {}
    for step in steps:
        if step.action in SENDS and step.thread and step.start:
            mine = times.setdefault(step.thread.network, {}).setdefault(step.address.account, [])
            mine += [step.start + k * source.schedule.post_gap for k in range(len(step.thread.posts))]
    return tuple(reading_price(found, source.readings, prices_of(network)) for network, found in times.items())


def _period(quiet: Any) -> str:
    return f"{quiet.first} to {quiet.last}" + (f" ({quiet.why})" if quiet.why else "")
