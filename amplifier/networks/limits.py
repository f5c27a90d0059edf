"""What each network allows in one post. Pure data; counted by `content.text.length`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Count = Literal["weighted", "graphemes", "mastodon"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a post may be, and in which unit the network counts."""

    network: str
    length: int
    count: Count


LIMITS = {
    "x": Limits("x", 280, "weighted"),
    "bluesky": Limits("bluesky", 300, "graphemes"),
    "mastodon": Limits("mastodon", 500, "mastodon"),
}


def limits_of(network: str) -> Limits:
    """The limits of a network; rehearsals (`simulated`) and unknown ones follow X's, the strictest here."""
    return LIMITS.get(network, LIMITS["x"])
