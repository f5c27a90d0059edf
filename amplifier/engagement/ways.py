"""Which requests read the due posts of one account for the least money: by their ids, or on its own timeline. Pure.

X charges a read by the post: five times as much by its id as on the own timeline, and nothing for a post that was read
earlier on the same UTC day. But a timeline shows, and charges, every own post between its two ends, also those that
nobody wants to read now. So runs of due posts are read on the timeline, a post that costs nothing more lengthens a run,
and what costs nothing in any way is asked about by its id: that also tells what is gone, where a timeline just does not
show it. What it did not show has to be asked about again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.networks.prices import micros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from amplifier.networks.prices import Prices

MOST = 100
"""Posts in one request: what X takes, and the port promises."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask about these ids: `Network.metrics`."""

    wanted: tuple[str, ...]
    cost: int
    """Millionths of a US dollar, as far as can be foreseen."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Ask for the own posts between these two, both among them: `Network.timeline_metrics`."""

    oldest: str
    newest: str
    wanted: tuple[str, ...]
    """The due ones among them, oldest first."""
    cost: int
    """Millionths of a US dollar; own posts that we do not know of come on top."""


def cheapest(
    due: Collection[str], own: Iterable[str], read_today: AbstractSet[str], prices: Prices, most: int = MOST
) -> list[Timeline | Lookup]:
    """The requests that read all `due` posts, at the least forecast cost: timelines from the oldest on, then lookups.

    `own`: every post of the account that is out, as far as we know, the due ones or not. `read_today`: those that were
    read on this UTC day, by whatever request. What costs the same is looked up; then fewer requests are better.

    Networks that charge number an account's posts upwards: the number at the end of an id is the post's place on the
    timeline (X's ids are such numbers; `simulated-main-7` ends in one). Posts without one are looked up.
    """
    read, own_read = micros(prices.read), micros(prices.own_read)
    asked = set(due)
    placed = sorted((key for key in {*own, *asked} if _place(key) is not None), key=lambda key: (_place(key), key))
    wanted = [at for at, key in enumerate(placed) if key in asked]
    paid = [0]  # of the posts up to each place, how many have to be paid for
    for key in placed:
        paid.append(paid[-1] + (key not in read_today))

    # the best way to read the first so many due posts: cost, requests for timelines, due posts on them; and where the
    # last timeline begins (None: the last post is looked up)
    best: list[tuple[tuple[int, int, int], int | None]] = [((0, 0, 0), None)]
    for last, at in enumerate(wanted):
        cost, timelines, covered = best[last][0]
        least, begin = (cost + read * (paid[at + 1] - paid[at]), timelines, covered), None
        for first in range(last, -1, -1):
            if at - wanted[first] >= most:
                break
            cost, timelines, covered = best[first][0]
            way = (cost + own_read * (paid[at + 1] - paid[wanted[first]]), timelines + 1, covered + last - first + 1)
            if way < least:
                least, begin = way, first
        best.append((least, begin))

    spans: list[Timeline] = []
    single: list[str] = []
    count = len(wanted)
    while count:
        _, start = best[count]
        if start is None:
            count -= 1
            single.append(placed[wanted[count]])
        else:
            inside = tuple(placed[at] for at in wanted[start:count])
            cost = own_read * (paid[wanted[count - 1] + 1] - paid[wanted[start]])
            spans.append(Timeline(inside[0], inside[-1], inside, cost))
            count = start
    single = single[::-1] + sorted(key for key in asked if _place(key) is None)
    return [*reversed(spans), *_lookups(single, read_today, read, most)]


def _lookups(ids: Sequence[str], read_today: AbstractSet[str], read: int, most: int) -> list[Lookup]:
    batches = [tuple(ids[first : first + most]) for first in range(0, len(ids), most)]
    return [Lookup(batch, read * sum(key not in read_today for key in batch)) for batch in batches]


def _place(remote_id: str) -> int | None:
    found = re.search(r"[0-9]+$", remote_id)
    return int(found[0]) if found else None
