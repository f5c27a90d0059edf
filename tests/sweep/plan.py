"""What happens in round N: which threads, which fault, where it is killed. Pure: the same number, the same round."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.fakes import x_faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.x_faults import Fault

HTTP_TIMEOUT = 1.0
"""Seconds for one request: a third of the lease."""
LEASE = 3 * HTTP_TIMEOUT
SETTLE = 0.8
"""Longer than any delay in accepting or showing a post that is dealt out here: exactly once rests on that."""
LAG = 0.2
LATE = 0.1
"""Seconds after the client's time-out at which a late post is accepted."""

FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "none": (x_faults.passed(),),
    "time-out": (x_faults.hang(2 * HTTP_TIMEOUT), x_faults.trickle(3 * HTTP_TIMEOUT, store=False)),
    "reset": (x_faults.reset(), x_faults.drop()),
    "truncated 201": (x_faults.truncated(), x_faults.broken_json()),
    "503": (
        x_faults.server_error(),
        x_faults.server_error(html=True),
        x_faults.server_error(store=True),
        x_faults.server_error(html=True, store=True),
    ),
    "429": (x_faults.rate_limited(), x_faults.rate_limited(headers={"x-rate-limit-reset": "+2"})),
    "lost answer": (
        x_faults.hang(2 * HTTP_TIMEOUT, store=True),
        x_faults.reset(store=True),
        x_faults.drop(store=True),
        x_faults.trickle(3 * HTTP_TIMEOUT),
        x_faults.late(HTTP_TIMEOUT + LATE),
    ),
    "empty 201": (x_faults.empty(), x_faults.empty(200)),
}
"""Each of the eight, with its variants."""
UNREADABLE = (x_faults.server_error(on=x_faults.TIMELINE), x_faults.drop(x_faults.TIMELINE))
"""What may happen to a look."""
SHAPES = (
    (("main", 1),),
    (("main", 3),),
    (("main", 2), ("main", 2)),
    (("main", 1), ("main", 3)),
    (("main", 2), ("other", 2)),
    (("main", 3), ("other", 1), ("main", 2)),
)
"""Threads in the order of their approval: whose, and of how many posts."""
MOST = max(sum(count for _, count in shape) for shape in SHAPES)
STEP = 101
"""From one line to the next: a prime, so that neighbours in the file are not neighbours in a sweep."""
OFTEN = 12
"""The same line is not distinguished more often than this."""
Kind = Literal["line", "commit", "request"]
KINDS: tuple[Kind, ...] = ("line", "line", "line", "commit", "request")


@dataclass(frozen=True)
class Crash:
    """Where a process is killed.

    `line`: at the `n`-th time that it comes to the source line `where`. `commit`: right before or after its `n`-th
    COMMIT. `request`: when the server has heard, done or answered its `n`-th request.
    """

    kind: Kind
    n: int
    where: str

    def __str__(self) -> str:
        return f"{self.kind} {self.where} #{self.n}"


@dataclass(frozen=True)
class Round:
    """One round. `crashes` hit one process each, in this order; `down` says whether it stays down past its lease."""

    number: int
    threads: tuple[tuple[str, int], ...]
    fault: str
    variant: Fault
    fault_at: int
    """Which creation of a post it hits, counted from 1."""
    look: Fault | None
    lag: float
    crashes: tuple[Crash, ...]
    down: tuple[bool, ...]

    @property
    def posts(self) -> int:
        return sum(count for _, count in self.threads)

    def __str__(self) -> str:
        threads = " ".join(f"{account}:{count}" for account, count in self.threads)
        variant = f"{self.variant.how}{' stored' if self.variant.store else ''} {self.variant.status or ''}".strip()
        look = f", look {self.look.how} {self.look.status or ''}".rstrip() if self.look else ""
        crashes = ", ".join(map(str, self.crashes))
        return (
            f"round {self.number}: threads {threads}; {self.fault} ({variant}) at post {self.fault_at}{look}; "
            f"lag {self.lag:g} s; killed at {crashes}"
        )


def planned(number: int, lines: Mapping[str, int]) -> Round:
    """Round `number`; `lines` are the source lines that a run comes to which meets everything, and how often."""
    rng = random.Random(number)
    fault = tuple(FAULTS)[number % len(FAULTS)]
    variant = rng.choice(FAULTS[fault])
    threads = rng.choice(SHAPES)
    posts = sum(count for _, count in threads)
    kinds = [rng.choice(KINDS) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    crashes = tuple(_crash(rng, kind, number + 7 * place, posts, lines) for place, kind in enumerate(kinds))
    return Round(
        number,
        threads,
        fault,
        variant,
        rng.randint(1, posts),
        rng.choice(UNREADABLE) if rng.random() < 0.1 else None,
        LAG if rng.random() < 0.5 else 0.0,
        crashes,
        # a late post must not come after a wait that only the rows know of
        tuple(variant.how != "late" and rng.random() < 0.6 for _ in crashes),
    )


def _crash(rng: random.Random, kind: Kind, turn: int, posts: int, lines: Mapping[str, int]) -> Crash:
    if kind == "commit":
        return Crash("commit", rng.randint(1, 2 * posts + 1), rng.choice(("before", "after")))
    if kind == "request":
        return Crash("request", rng.randint(1, posts + 1), rng.choice(("heard", "done", "answered")))
    where = sorted(lines)[turn * STEP % len(lines)]  # every line has its turn
    often = min(lines[where], OFTEN) * posts // MOST
    return Crash("line", rng.randint(1, max(often, 1)), where)
