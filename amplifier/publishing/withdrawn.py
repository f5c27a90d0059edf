"""What a person has withdrawn stays withdrawn: the marks that the claim, the plan and a retry look at.

A mark is a fact in `meta`, under the address of a thread (from which post on), and of a campaign as a whole: an edited
text is a new row, and a mark on rows would not hold it. A campaign's mark stands for all of its threads, so taking it
back leaves those withdrawn that were withdrawn on their own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, literal, select

from amplifier.errors import UsageError
from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import moves
from amplifier.store import meta
from amplifier.store.tables import account, campaign, post, thread
from amplifier.store.tables import meta as facts
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection, RowMapping

PREFIX = "withdrawn:"


@dataclass(frozen=True, slots=True)
class Mark:
    """Who withdrew it, when and why; `first` is the first post of the thread that it is about."""

    who: str
    at: datetime
    because: str
    first: int = 1
    alone: bool = True
    """False in a database of before: a campaign's withdrawal then marked each of its threads, too."""

    def __str__(self) -> str:
        return f"was withdrawn by {self.who} on {self.at:%Y-%m-%d}: {self.because}"


def key(campaign_name: str, mode: Mode | str | None = None, thread_name: str = "", account_name: str = "") -> str:
    """The key of a campaign's mark, in one mode or in all, or of a thread's."""
    inside = f"/{thread_name}/{account_name}" if thread_name else ""
    return f"{PREFIX}{campaign_name}{inside}" + (f"@{Mode(mode).value}" if mode else "")


def key_of(address: Address) -> str:
    """The key of the mark of an address's thread."""
    return key(address.campaign, address.mode, address.thread, address.account)


def of_thread() -> ColumnElement[str]:
    """The mark that holds for a post's thread, as a column of a query that joins post, thread, campaign and account.

    Of several the campaign's own, as in `mark_of`: its key is the shortest.
    """
    whole = literal(PREFIX) + campaign.c.name
    mode = literal("@") + post.c.mode
    keys = (whole, whole + mode, whole + "/" + thread.c.name + "/" + account.c.name + mode)
    found = select(facts.c.value).where(facts.c.key.in_(keys)).order_by(func.length(facts.c.key)).limit(1)
    return found.correlate_except(facts).scalar_subquery().label("mark")


def put(connection: Connection, name: str, mark: Mark) -> None:
    """Mark; where a mark is already, the one that withdraws more stays."""
    before = read(meta.get(connection, name).get(name))
    if before is None or mark.first < before.first:
        value = {"who": mark.who, "at": instant_text(mark.at), "because": mark.because, "first": mark.first}
        meta.put(connection, name, json.dumps(value | {"alone": True}, ensure_ascii=False))


def read(value: str | None) -> Mark | None:
    """The mark in a value of `meta`."""
    if value is None:
        return None
    told: dict[str, Any] = json.loads(value)
    at = datetime.fromisoformat(told["at"])
    return Mark(told["who"], at, told["because"], told["first"], told.get("alone", False))


def marks(connection: Connection, campaign_name: str) -> dict[str, Mark]:
    """All marks of a campaign and its threads, by key."""
    values = meta.get(connection, key(campaign_name), *(key(campaign_name, mode) for mode in Mode))
    values |= meta.below(connection, f"{PREFIX}{campaign_name}/")
    return {name: mark for name, value in values.items() if (mark := read(value))}


def mark_of(found: Mapping[str, Mark], address: Address) -> Mark | None:
    """The mark that holds for an address, of those of its campaign: the campaign's own before its thread's."""
    return next((found[name] for name in _keys_above(address) if name in found), None)


def _keys_above(address: Address) -> tuple[str, str, str]:
    return key(address.campaign), key(address.campaign, address.mode), key_of(address)


def came_with(mark: Mark, whole: Mark) -> bool:
    """Whether a campaign's withdrawal made this mark of a thread, in a database of before: both say the same."""
    return not mark.alone and (mark.who, mark.at, mark.because) == (whole.who, whole.at, whole.because)


def undo(found: Mapping[str, Mark], address: Address) -> str:
    """The command that takes back the mark that `mark_of` gives."""
    name = next(name for name in _keys_above(address) if name in found)
    target = str(replace(address, k=0)) if "/" in name else name.removeprefix(PREFIX)
    return f"amplifier withdraw {target} --undo --because …"


def refuse(connection: Connection, address: Address) -> None:
    """Raise `UsageError` where the address is withdrawn."""
    found = marks(connection, address.campaign)
    mark = mark_of(found, address)
    if mark and address.k >= mark.first:
        raise UsageError(f"{address} {mark}", f"{undo(found, address)} allows it again")


def stops(row: RowMapping) -> bool:
    """Whether a queued post, read with its mark, must not go out any more."""
    mark = read(row["mark"])
    return mark is not None and row["k"] >= mark.first


def drop(connection: Connection, row: RowMapping, who: str, now: datetime) -> None:
    """Cancel a post that came back to the queue after its withdrawal: it was in doubt then, and is not out."""
    detail = str(read(row["mark"]))
    moves.move(connection, row, State.QUEUED, State.CANCELLED, who, now, why=Why.BY_PERSON, detail=detail)
