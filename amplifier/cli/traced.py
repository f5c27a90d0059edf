"""What the sentences of a post rest on, as one line below its card and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.content.claims.model import GATES, Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.claims.model import Claim, Traced

LONGEST = 40
"""Characters of a sentence on a line with others."""
OURS = {Basis.VOICE: "voice", Basis.UNSIGNED: "not approved", Basis.NOTHING: "rests on nothing"}
"""The sentences that are named; of the others their claims are."""


def line(traced: Sequence[Traced]) -> str:
    """The claims of a post by how they stand, then its sentences that rest on none; empty where it has neither."""
    by_standing: dict[str, dict[str, None]] = {}
    for sentence in traced:
        for claim in sentence.claims:
            by_standing.setdefault(standing(claim, sentence), {})[claim.id] = None
    said = dict.fromkeys(claim.id for one in traced for claim in one.reworded if claim not in one.claims)
    if said:
        by_standing["in other words"] = said
    parts = [f"{', '.join(ids)} {words}" for words, ids in by_standing.items()]
    for basis, words in OURS.items():
        found = dict.fromkeys(f"“{short(one.text)}”" for one in traced if one.basis is basis)
        if found:
            parts.append(f"{words}: {' '.join(found)}")
    return " · ".join(parts)


def standing(claim: Claim, sentence: Traced) -> str:
    """How a claim stands where the sentence makes it."""
    if claim.status in GATES and sentence.settled:
        return f"{claim.status.value}, answered"
    if claim.excused:
        return f"{claim.status.value}, excused"
    return claim.standing.value


def short(text: str) -> str:
    """A sentence on one line, cut where it is long."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def as_json(traced: Sequence[Traced]) -> list[dict[str, Any]]:
    """The sentences of a post as data."""
    return [
        {
            "text": one.text,
            "start": one.start,
            "end": one.end,
            "basis": one.basis.value,
            "near": one.near,
            "claims": [
                {"id": claim.id, "quote": claim.quote, "standing": standing(claim, one)} for claim in one.claims
            ],
            "untraced": [mention.words for mention in one.untraced],
        }
        for one in traced
    ]
