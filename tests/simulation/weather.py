"""How bad the world of one seed is: what networks answer, how often processes die, how late a timeline is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

PUBLISH = (
    "fine", "slow", "hangs", "lost", "truncated", "taken late", "dropped", "5xx", "dies before", "dies after",
    "limited", "not sent", "refused", "duplicate", "another's id",
)  # fmt: skip
"""What may become of a request to publish; `slow` and `hangs` end well, the one soon, the other past the lease."""
FIND = ("seen", "slow", "unreadable", "limited", "dies")
WHOAMI = ("told", "blocked", "limited", "unreachable", "dies")


@dataclass(frozen=True)
class Weather:
    """Weights of what happens, in the order of the tuples above."""

    name: str
    publish: tuple[int, ...]
    find: tuple[int, ...]
    whoami: tuple[int, ...]
    dies: float
    """How likely a process dies before, within or after a transaction."""
    comes_between: float
    """How likely others act between two transactions of a process."""
    lag: float
    """The longest delay in showing a post, as a part of the settle time."""
    strict: bool
    """Whether the network refuses a text that the account has out."""
    mischief: float
    """How much people do on the network by hand, and how often tokens and whole networks fail."""


#                             fine slo hng lst trn lat drp 5xx dbf daf lim not ref dup oth
CALM = Weather(
    "calm",                 ( 900,  8,  2,  4,  4,  4,  4,  4,  3,  3,  8,  8,  2,  1,  1),
    (90, 4, 3, 2, 1), (94, 1, 1, 3, 1), dies=0.0005, comes_between=0.002, lag=0.3, strict=False,
    mischief=1.0,
)  # fmt: skip
USUAL = Weather(
    "usual",                ( 520, 50, 14, 25, 20, 25, 40, 30, 20, 20, 40, 40, 10,  8,  4),
    (75, 8, 10, 4, 3), (85, 4, 3, 5, 3), dies=0.004, comes_between=0.012, lag=0.97, strict=False,
    mischief=1.0,
)  # fmt: skip
STRICT = Weather(
    "strict",               ( 560, 40, 14, 40, 30, 30, 40, 30, 20, 20, 30, 30, 10, 20,  4),
    (80, 8, 6, 3, 3), (85, 4, 3, 5, 3), dies=0.003, comes_between=0.008, lag=0.97, strict=True,
    mischief=2.0,
)  # fmt: skip
STORM = Weather(
    "storm",                ( 120, 40, 40, 90, 70, 80,120, 90, 45, 45, 70, 70, 20, 10,  6),
    (50, 15, 25, 5, 5), (60, 10, 10, 15, 5), dies=0.012, comes_between=0.03, lag=0.97, strict=False,
    mischief=1.5,
)  # fmt: skip
SOUND = Weather("sound", (1,), (1,), (1,), dies=0, comes_between=0, lag=0, strict=False, mischief=0)
"""At the end of every seed, so that each post can come to its end."""


def draw(rng: Random) -> Weather:
    """The weather of a seed."""
    return rng.choices([CALM, USUAL, STRICT, STORM], [35, 35, 18, 12])[0]
