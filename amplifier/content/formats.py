r"""How dates, times, durations and ids are written in a file of staff: one pattern each, and what it means. Pure.

The patterns are also the ones in the JSON Schema, so they hold to what Python's and JavaScript's regular expressions
have in common (`[0-9]`, never `\d`), and they accept exactly what is accepted here, leap days included.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_DAY = (
    r"(?:20[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|20(?:[02468][048]|[13579][26])-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"

DATE = f"^{_DAY}$"
"""A day of this century: `2026-12-01`."""
TIME = f"^{_TIME}$"
"""A wall time: `09:30`."""
MOMENT = f"^{_DAY}[ T]{_TIME}$"
"""A day and a wall time, without an offset: `2026-12-10 09:00`."""
DURATION = "^(?=[0-9])(?:[0-9]{1,4}h)?(?:[0-9]{1,5}m)?(?:[0-9]{1,6}s)?$"
"""Hours, minutes, seconds: `2h`, `90m`, `1h30m`, `0s`."""
POSITIVE = "^(?=[0-9])(?=.*[1-9])(?:[0-9]{1,4}h)?(?:[0-9]{1,5}m)?(?:[0-9]{1,6}s)?$"
"""A duration longer than nothing."""
AGE = "^(?:[1-9][0-9]{0,4}m|[1-9][0-9]{0,3}h|[1-9][0-9]{0,2}d)$"
"""The age of a post: `15m`, `6h`, `3d`."""
CLAIM = "^[A-Za-z][A-Za-z0-9_-]*$"
"""A claim's id: `C04`."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is of the pattern; a `$` alone would let a line break pass."""
    return re.fullmatch(pattern, text) is not None


def to_date(text: str) -> date:
    """Read what fits `DATE`."""
    return date.fromisoformat(text)


def to_time(text: str) -> time:
    """Read what fits `TIME`."""
    return time.fromisoformat(text)


def to_moment(text: str) -> datetime:
    """Read what fits `MOMENT`; the result is naive, a wall time in whatever zone the schedule names."""
    return datetime.fromisoformat(text)


def to_age(text: str) -> timedelta:
    """Read what fits `AGE`."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    return int(text[:-1]) * units[text[-1]]


def age_text(age: timedelta) -> str:
    """Write an age of whole minutes in the greatest unit that tells it: `15m`, `24h`, `3d`."""
    minutes = age // timedelta(minutes=1)
    if minutes % 60:
        return f"{minutes}m"
    hours = minutes // 60
    return f"{hours}h" if hours % 24 or hours == 24 else f"{hours // 24}d"


def to_duration(text: str) -> timedelta:
    """Read what fits `DURATION`."""
    numbers = {unit: int(number) for number, unit in re.findall(r"([0-9]+)([hms])", text)}
    return timedelta(hours=numbers.get("h", 0), minutes=numbers.get("m", 0), seconds=numbers.get("s", 0))
