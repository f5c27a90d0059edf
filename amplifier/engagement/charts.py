"""Small charts out of letters: bars and sparklines. Pure.

What was not told is a dash, never a gap that looks like zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_TOLD = "–"
LEVELS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"


def count(value: int | None) -> str:
    """A number for people; None is a dash, and only 0 is 0."""
    return NOT_TOLD if value is None else f"{value:,}"


def sparkline(values: Sequence[int | None]) -> str:
    """One sign a value, its height from 0 to the greatest; a dash where the value is not known."""
    top = max((value for value in values if value is not None), default=0)
    steps = len(LEVELS) - 1
    return "".join(NOT_TOLD if v is None else LEVELS[round(v / top * steps) if top else 0] for v in values)


def bar(share: float | None, width: int = 10) -> str:
    """A bar of this width for a share of 1, to an eighth of a sign; more than 1 fills it, None is a dash."""
    if share is None:
        return NOT_TOLD.ljust(width)
    eighths = round(min(max(share, 0), 1) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)
