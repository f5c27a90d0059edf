"""Threads meet the queue: what approving would add, move, replace or cancel, when, and at what price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from amplifier.model import Address, Finding, Level, Mode, State, Why, content_hash
from amplifier.networks.prices import prices_of
from amplifier.planning.answers import Target, answer
from amplifier.planning.notices import queued_live, said_before
from amplifier.planning.price import Price, price
from amplifier.planning.schedule import Slot, Start, assign, fingerprint, quiet_on
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Campaign, Thread, ThreadEntry


class Action(StrEnum):
    """What approving does to one thread."""

    ADD = "add"
    KEEP = "keep"  # queued already with this content and time
    MOVE = "move"  # the same content at another time
    REPLACE = "replace"  # another content for one that has not begun
    REVIVE = "bring back"  # an approval had cancelled it, and it is in the file again
    BEGUN = "begun"  # out, at least in part: never changed
    LEFT = "left"  # cancelled by a person, or held: approving does not overrule that
    CANCEL = "cancel"  # gone from the file


SENDS = frozenset({Action.ADD, Action.KEEP, Action.MOVE, Action.REPLACE, Action.REVIVE})


@dataclass(frozen=True, slots=True)
class Step:
    """One thread: what would happen to it, and when it starts."""

    action: Action
    address: Address
    thread: Thread | None
    hash: str
    start: datetime | None
    """The instant it starts, or started; None for one that will not."""
    slot: Slot | None = None
    """Where a start was given anew: how it came about."""
    was: datetime | None = None
    """The start it has in the queue, where it is moved."""
    row: int | None = None
    """Its thread row in the queue."""
    earlier: int | None = None
    """The row that held this very content before, where it is replaced back."""
    url: str | None = None
    note: str = ""
    answers: Target | None = None
    """The published post that its first post replies to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an approval made now would do, step by step in file order."""

    campaign: Campaign
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    prices: tuple[Price, ...]
    """Per network: what is yet to be sent."""
    at_once: bool
    quiet: str
    """The quiet period that `--now` would break, if any."""

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that approving would write."""
        return tuple(step for step in self.steps if step.action not in {Action.KEEP, Action.BEGUN, Action.LEFT})

    def same_as(self, other: Plan) -> bool:
        """Whether both would do the same: what was shown is what is done."""
        return self._essence == other._essence

    @property
    def _essence(self) -> list[tuple[Action, Address, str, datetime | None]]:
        # with --now, and of an answer, a start is the moment of the yes
        return [(s.action, s.address, s.hash, None if self.at_once or s.answers else s.start) for s in self.steps]


def plan(
    connection: Connection,
    source: Campaign,
    threads: Sequence[Thread],
    *,
    modes: Mapping[str, Mode],
    now: datetime,
    at_once: bool = False,
) -> Plan:
    """Compare composed threads with the queue. `modes` is the mode of each account for an approval made now."""
    queued = _queued(connection, source.name)
    steps: list[Step] = []
    findings: list[Finding] = []
    for name in source.accounts:
        own = [thread for thread in threads if thread.account == name]
        drafts: list[Step] = []
        for item in own:
            target, told = answer(connection, item, modes[name])
            draft = replace(_draft(source, item, modes[name], queued, now, target, at_once=at_once), answers=target)
            drafts.append(draft)
            findings += told if draft.action in SENDS else ()
        taken = _taken(connection, name, modes[name], source.name) + [
            (draft.start, source.schedule.thread_gap)
            for draft in drafts
            if draft.start and draft.action != Action.LEFT and not draft.answers
        ]
        dated, found = _date(source, drafts, name, taken, now, at_once=at_once)
        steps += dated
        findings += found
    order = {entry.id: place for place, entry in enumerate(source.threads)}
    steps.sort(key=lambda step: order[step.address.thread])
    steps += _gone(source.name, steps, queued, modes)
    findings += queued_live(source, queued, modes)
    fresh = [
        (step.address, step.thread) for step in steps if step.action in {Action.ADD, Action.REPLACE} and step.thread
    ]
    findings += said_before(connection, fresh)
    quiet = quiet_on(source.schedule, now) if at_once else None
    return Plan(source, tuple(steps), tuple(findings), _prices(steps), at_once, _period(quiet) if quiet else "")


# ---------------------------------------------------------------- the queue as it is


def _queued(connection: Connection, name: str) -> list[RowMapping]:
    """The campaign's threads in the queue, the current ones and those an approval had replaced."""
    out = post.c.state.in_([State.SENDING.value, State.UNKNOWN.value, State.SENT.value])
    perhaps = post.c.why.in_([Why.PERHAPS.value, Why.SEVERAL.value])
    by_approval = post.c.why.in_([Why.GONE.value, Why.REPLACED.value])

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    return list(
        connection.execute(
            select(
                thread.c.id,
                thread.c.name,
                thread.c.hash,
                thread.c.n,
                thread.c.mode,
                thread.c.current,
                thread.c.fingerprint,
                thread.c.planned_at,
                account.c.name.label("account"),
                count(out | perhaps).label("begun"),
                count(post.c.state == State.CANCELLED.value).label("cancelled"),
                count((post.c.state == State.CANCELLED.value) & by_approval).label("by_approval"),
                count(post.c.state.in_([State.HELD.value, State.FAILED.value])).label("held"),
                func.max(case((post.c.k == 1, post.c.url))).label("url"),
                func.max(case((post.c.k == 1, post.c.why))).label("why"),
            )
            .join(campaign, campaign.c.id == thread.c.campaign_id)
            .join(account, account.c.id == thread.c.account_id)
            .join(post, post.c.thread_id == thread.c.id)
            .where(campaign.c.name == name)
            .group_by(thread.c.id, account.c.name)
            .order_by(thread.c.id)
        ).mappings()
    )


def _taken(connection: Connection, name: str, mode: Mode, but: str) -> list[tuple[datetime, timedelta]]:
    """The starts of the account's threads of other campaigns, with their gaps."""
    alive = select(post.c.id).where(post.c.thread_id == thread.c.id, post.c.state != State.CANCELLED.value).exists()
    rows = connection.execute(
        select(thread.c.planned_at, thread.c.thread_gap)
        .join(account, account.c.id == thread.c.account_id)
        .join(campaign, campaign.c.id == thread.c.campaign_id)
        .where(
            account.c.name == name,
            account.c.mode == mode.value,
            campaign.c.name != but,
            thread.c.current == 1,
            alive,
            thread.c.reply_to.is_(None),
        )
    )
    return [(planned_at, timedelta(seconds=gap)) for planned_at, gap in rows]


# ---------------------------------------------------------------- step by step


def fingerprint_of(source: Campaign, entry: ThreadEntry) -> str:
    """What decides a thread's start. An answer takes no slot: it is due as soon as it is approved."""
    return "answer" if entry.reply_to else fingerprint(source.schedule, entry.at)


def _draft(
    source: Campaign, item: Thread, mode: Mode, queued: Sequence[RowMapping], now: datetime, target: Target | None, *,
    at_once: bool,
) -> Step:  # fmt: skip
    """The step without a new start: where `start` is None one is needed."""
    seal = content_hash(item.network, item.account, mode, item.texts, target.remote_id if target else None)
    address = Address(source.name, item.id, item.account, 0, mode)
    known = [row for row in queued if (row["name"], row["account"], row["mode"]) == (item.id, item.account, mode.value)]
    row = next((row for row in known if row["current"]), None)
    print_now = fingerprint_of(source, item.entry)
    if row is None:
        return Step(Action.ADD, address, item, seal, None)
    moved = at_once or row["fingerprint"] != print_now
    if row["begun"]:
        differs = "; the file differs from what is out" if row["hash"] != seal else ""
        return Step(
            Action.BEGUN, address, item, row["hash"], row["planned_at"], row=row["id"], url=row["url"],
            note=f"has begun and is not changed{differs}",
        )  # fmt: skip
    stays = None if moved else row["planned_at"]
    if row["hash"] != seal:
        earlier = next((old for old in known if old["hash"] == seal and not old["current"]), None)
        usable = stays and stays > now and row["cancelled"] < row["n"] and not row["held"]
        return Step(
            Action.REPLACE, address, item, seal, stays if usable else None, was=row["planned_at"], row=row["id"],
            earlier=earlier["id"] if earlier else None,
        )  # fmt: skip
    if row["cancelled"] == row["n"]:
        if row["by_approval"] == row["n"]:
            return Step(Action.REVIVE, address, item, seal, None, row=row["id"])
        note = f"was cancelled by a person; `amplifier queue retry {replace(address, k=1)}` brings it back"
        return Step(Action.LEFT, address, item, seal, row["planned_at"], row=row["id"], note=note)
    if row["held"] and not moved:
        note = f"is held: {row['why']}; `amplifier queue show {address}` tells why"
        return Step(Action.LEFT, address, item, seal, row["planned_at"], row=row["id"], note=note)
    if moved:
        return Step(Action.MOVE, address, item, seal, None, was=row["planned_at"], row=row["id"])
    return Step(Action.KEEP, address, item, seal, row["planned_at"], row=row["id"])


def _date(
    source: Campaign, drafts: Sequence[Step], name: str, taken: Sequence[tuple[datetime, timedelta]], now: datetime, *,
    at_once: bool,
) -> tuple[list[Step], list[Finding]]:  # fmt: skip
    """Give a start to the steps that need one."""
    undated = [draft.thread.entry for draft in drafts if draft.start is None and draft.thread]

    def dated(entries: Sequence[ThreadEntry], *, at_once: bool) -> list[Start]:
        times = [(entry.id, entry.at) for entry in entries]
        return assign(source.schedule, times, account=name, campaign=source.name, now=now, taken=taken, at_once=at_once)

    # an answer to a wrong post cannot wait: no slot, no gap, no quiet period
    answers = dated([entry for entry in undated if entry.reply_to], at_once=True)
    others = dated([entry for entry in undated if not entry.reply_to], at_once=at_once)
    starts = {start.thread: start for start in (*answers, *others)}
    steps, findings = [], []
    for draft in drafts:
        start = starts.get(draft.address.thread)
        if start is None or draft.start is not None or draft.thread is None:
            steps.append(draft)
            continue
        action = Action.KEEP if draft.action is Action.MOVE and draft.was == start.slot.at else draft.action
        steps.append(replace(draft, action=action, start=start.slot.at, slot=start.slot))
        place = draft.thread.entry.place
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


def _period(quiet: Any) -> str:
    return f"{quiet.first} to {quiet.last}" + (f" ({quiet.why})" if quiet.why else "")
