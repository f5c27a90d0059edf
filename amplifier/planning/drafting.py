"""One thread meets its row in the queue: what approving does to it, before a start is given where one is needed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from amplifier.model import Address, Why, content_hash
from amplifier.planning import zones
from amplifier.planning.queued import perhaps_out
from amplifier.planning.schedule import Slot, fingerprint
from amplifier.planning.steps import Action, Step
from amplifier.publishing.approvals import signature, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import RowMapping

    from amplifier.model import Campaign, Mode, Thread, ThreadEntry
    from amplifier.planning.answers import Target
    from amplifier.planning.queued import Cancelled


@dataclass(frozen=True, slots=True)
class Asked:
    """What an approval made now starts from. `by` is who gives it; None when nobody does yet."""

    source: Campaign
    queued: Sequence[RowMapping]
    names: Mapping[int, tuple[str, ...]]
    """Who has approved each row so far."""
    now: datetime
    at_once: bool = False
    by: str | None = None
    cancelled: Mapping[int, Cancelled] = field(default_factory=dict)
    """How a person cancelled a row, or the end of it."""


@dataclass(frozen=True, slots=True)
class _Time:
    """The start that a row keeps: the one it has, or where a change of the zone's rules puts it; None: a new one."""

    start: datetime | None
    wall: str | None
    slot: Slot | None = None
    note: str = ""


def fingerprint_of(source: Campaign, entry: ThreadEntry) -> str:
    """What decides a thread's start. An answer takes no slot: it is due as soon as it is approved."""
    return "answer" if entry.reply_to else fingerprint(source.schedule, entry.at)


def draft(asked: Asked, item: Thread, mode: Mode, target: Target | None) -> Step:
    """The step for a thread; where its `start` is None it needs a new one."""
    source, needed = asked.source, asked.source.approvals
    seal = content_hash(item.network, item.account, mode, item.texts, target.remote_id if target else None)
    address = Address(source.name, item.id, item.account, 0, mode)
    mine = (item.id, item.account, mode.value)
    known = [row for row in asked.queued if (row["name"], row["account"], row["mode"]) == mine]
    row = next((row for row in known if row["current"]), None)
    anew = Step(Action.ADD, address, item, seal, None, missing=needed - 1, note=_several(needed))
    if row is None:
        return anew
    moved = row["fingerprint"] != fingerprint_of(source, item.entry)
    base = Step(Action.KEEP, address, item, seal, row["planned_at"], row=row["id"], wall=row["wall"])
    if never := _never_changed(base, row, seal):
        return never
    left = _left(asked, row, address, same=row["hash"] == seal)
    if left:
        return replace(base, action=Action.LEFT, note=left)
    halfway = row["why"] == Why.SECOND.value
    if row["hash"] != seal:
        earlier = next((old["id"] for old in known if old["hash"] == seal and not old["current"]), None)
        usable = row["cancelled"] < row["n"] and (halfway or not row["held"])
        time = _time(asked, row, moved=moved or asked.at_once or not usable)
        step = replace(anew, action=Action.REPLACE, was=row["planned_at"], row=row["id"], earlier=earlier)
        return _at(step, time)
    if row["cancelled"] == row["n"]:
        return _revived(asked, anew, row)
    if row["held"] and not halfway and not (moved or asked.at_once):
        said = f"is held: {row['why']}; `amplifier queue show {address}` tells why"
        return replace(base, action=Action.LEFT, note=said)
    names = asked.names.get(row["id"], ())
    if halfway or (needed > 1 and len(names) < needed):
        return _halfway(asked, base, row, names, moved=moved)
    if moved or asked.at_once:
        return replace(base, action=Action.MOVE, start=None, was=row["planned_at"], wall=None)
    time = _time(asked, row, moved=False) if row["planned_at"] > asked.now else _Time(row["planned_at"], row["wall"])
    step = replace(base, was=row["planned_at"]) if time.slot or time.start is None else base
    if row["approvals"] != needed:
        step = replace(step, note=f"the file asks for {needed} approvals now, not {row['approvals']}")
    return _at(replace(step, action=Action.MOVE) if step.was else step, time)


def _never_changed(base: Step, row: RowMapping, seal: str) -> Step | None:
    """A thread that is out, or may be."""
    if row["begun"]:
        differs = "; the file differs from what is out" if row["hash"] != seal else ""
        said = f"has begun and is not changed{differs}"
        return replace(base, action=Action.BEGUN, hash=row["hash"], url=row["url"], note=said)
    lost = perhaps_out(row)
    return replace(base, action=Action.LEFT, hash=row["hash"], note=lost) if lost else None


def _halfway(asked: Asked, base: Step, row: RowMapping, names: tuple[str, ...], *, moved: bool) -> Step:
    """A thread that too few people had approved: for another name it goes on, for the same one it waits."""
    needed = asked.source.approvals
    given = len(names) >= needed  # the file asked for more before
    if given or (asked.by is not None and signature(asked.by) not in map(signature, names)):
        missing = 0 if given else needed - len(names) - 1
        by = ", ".join(names)
        said = f"approved by {by}; " + (f"{missing} more needed after this" if missing else "queued with this approval")
        step = replace(base, action=Action.AGREE, was=row["planned_at"], missing=missing, note=said)
        return _at(step, _time(asked, row, moved=moved or asked.at_once))
    waiting = replace(base, missing=needed - len(names), note=told(names, needed))
    held = row["why"] == Why.SECOND.value
    if moved:
        action = Action.MOVE if held else Action.HOLD
        return replace(waiting, action=action, start=None, was=row["planned_at"], wall=None)
    return replace(waiting, action=Action.WAIT if held else Action.HOLD)


def _revived(asked: Asked, anew: Step, row: RowMapping) -> Step:
    """What an approval had cancelled comes back with the file; an end that a person had cancelled does not."""
    step = replace(anew, action=Action.REVIVE, row=row["id"])
    if row["cut"] is None:
        return step
    end = replace(step.address, k=row["cut"])
    stays = f"without {end} and what follows: it {asked.cancelled[row['id']]}; `amplifier queue retry {end}` adds it"
    return replace(step, note="; ".join(filter(None, (step.note, stays))))


def _left(asked: Asked, row: RowMapping, address: Address, *, same: bool) -> str:
    """Who cancelled a thread, and how it comes back: an approval does not overrule a person. Empty for any other.

    A retry queues the words of before, not those of the file. What was withdrawn takes other words once it is allowed.
    """
    if row["cancelled"] < row["n"] or row["cut"] != 1:
        return ""
    by = asked.cancelled[row["id"]]
    if same:
        return f"{by}; `amplifier queue retry {replace(address, k=1)}` brings it back"
    way = "the file has changed since: give the thread another id in it, and approve what it says now"
    return "" if by.withdrawn else f"{by}; {way}"


def _several(needed: int) -> str:
    return f"needs {needed} approvals, each under another name" if needed > 1 else ""


def _time(asked: Asked, row: RowMapping, *, moved: bool) -> _Time:
    """The start that a row keeps while its schedule is the same and the time is ahead."""
    if moved or row["planned_at"] <= asked.now:
        return _Time(None, None)
    zone = asked.source.schedule.timezone
    slot = zones.shifted(row["planned_at"], row["wall"], zone)
    if slot is None:
        return _Time(row["planned_at"], row["wall"])
    if slot.at <= asked.now:
        return _Time(None, None, note=zones.told(slot, row["planned_at"], zone))
    return _Time(slot.at, slot.wall.isoformat(), slot, zones.told(slot, row["planned_at"], zone))


def _at(step: Step, time: _Time) -> Step:
    note = "; ".join(filter(None, (step.note, time.note)))
    return replace(step, start=time.start, slot=time.slot, wall=time.wall, note=note)
