"""What a person has withdrawn is not queued again by an approval, whatever its words are now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.planning.steps import SAME_WORDS, SENDS, Action
from amplifier.publishing import withdrawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import RowMapping

    from amplifier.planning.steps import Step

GOES_ON = SAME_WORDS | {Action.LEFT}
"""What a thread may still do whose end only was withdrawn: the posts before it are queued as they were."""
TOLD = SENDS | {Action.LEFT}
"""What would be sent, and what is left for another reason: this one has another way back."""
OUT = "what is out of it comes down with `amplifier withdraw`"
GONE = "it was deleted, and nothing of it is out any more"


def unless_withdrawn(step: Step, marks: Mapping[str, withdrawn.Mark], queued: Sequence[RowMapping]) -> Step:
    """The step, or one that leaves the thread as it is and says who has withdrawn it.

    `marks` and `queued`, as `queued_threads` reads it, are those of the campaign.
    """
    mark = withdrawn.mark_of(marks, step.address)
    if mark and step.action is Action.BEGUN:
        return replace(step, note=f"{mark}; {OUT if _is_out(step, queued) else GONE}")
    if mark is None or step.action not in TOLD or (mark.first > 1 and step.action in GOES_ON):
        return step
    return replace(step, action=Action.LEFT, note=f"{mark}; `{withdrawn.undo(marks, step.address)}` allows it again")


def _is_out(step: Step, queued: Sequence[RowMapping]) -> bool:
    """Whether a post of the thread is, or may be, on the network."""
    at = step.address
    own = (row for row in queued if (row["name"], row["account"], row["mode"]) == (at.thread, at.account, at.mode))
    return any(row["begun"] > row["deleted"] for row in own)
