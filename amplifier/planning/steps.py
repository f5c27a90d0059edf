"""The words of a plan: what approving does to each thread, and all of it together. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from amplifier.model import Address, Campaign, Finding, Thread
    from amplifier.planning.answers import Target
    from amplifier.planning.forecast import Forecast
    from amplifier.planning.price import Price
    from amplifier.planning.reading_cap import ReadingCap
    from amplifier.planning.reading_price import ReadingPrice
    from amplifier.planning.schedule import Slot


class Action(StrEnum):
    """What approving does to one thread."""

    ADD = "add"
    KEEP = "keep"  # queued already with this content and time
    MOVE = "move"  # the same content at another time
    REPLACE = "replace"  # another content for one that has not begun
    REVIVE = "bring back"  # an approval had cancelled it, and it is in the file again
    AGREE = "agree"  # another person's yes to what waits for one
    WAIT = "wait"  # it waits for another person's yes, and this is not one
    HOLD = "hold"  # queued, but the file asks for more people now
    BEGUN = "begun"  # out, at least in part: never changed
    LEFT = "left"  # cancelled by a person, or held: approving does not overrule that
    CANCEL = "cancel"  # gone from the file


LEAVES = frozenset({Action.KEEP, Action.WAIT, Action.BEGUN, Action.LEFT})
"""What changes nothing."""
SAME_WORDS = frozenset({Action.KEEP, Action.MOVE, Action.AGREE, Action.WAIT, Action.HOLD})
"""What leaves the content as it is in the queue."""
SENDS = SAME_WORDS | {Action.ADD, Action.REPLACE, Action.REVIVE}
"""What is yet to be sent."""


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
    wall: str | None = None
    """The wall time, in the schedule's zone, that `start` was computed from; None where there was none."""
    missing: int = 0
    """How many more people have to approve it after this approval."""


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
    reading: tuple[ReadingPrice, ...] = ()
    """Per network: what reading it will cost."""
    reading_caps: tuple[ReadingCap, ...] = ()
    """What the caps on readings of its accounts mean for it."""
    readings_were: tuple[timedelta, ...] | None = None
    """The ages at which the campaign's posts are read so far, where approving changes them."""
    budgets: tuple[Forecast, ...] = ()
    """What the caps of its accounts mean for it (`planning.forecast.with_budgets`)."""

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that approving would write."""
        return tuple(step for step in self.steps if step.action not in LEAVES)

    def same_as(self, other: Plan) -> bool:
        """Whether both would do the same: what was shown is what is done."""
        return self._essence == other._essence

    @property
    def _essence(self) -> list[tuple[Action, Address, str, datetime | None]]:
        # with --now, and of an answer, a start is the moment of the yes
        return [(s.action, s.address, s.hash, None if self.at_once or s.answers else s.start) for s in self.steps]
