"""What the sentences of a post rest on, as one line below its card and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.content.claims.issues import stands
from amplifier.content.claims.model import GATES, Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.claims.model import Claim, Traced

LONGEST = 40
"""Characters of a sentence on a line with others."""
OURS = {
    Basis.WORDING: "your own words, approved",
    Basis.VOICE: "your own words",
    Basis.UNSIGNED: "not approved",
    Basis.NOTHING: "rests on nothing",
}
"""The sentences that are named; of the others their claims are."""
UNCLAIMED = "from the article, nothing in it is in the ledger"


def line(traced: Sequence[Traced], *, ledger: bool = True) -> str:
    """The claims of a post by how they stand, then its sentences that rest on none.

    Where the article's own sentences make no claim of a `ledger`, that is said too: silence would look like approval.
    """
    by_standing: dict[str, dict[str, None]] = {}
    for sentence in traced:
        for claim in sentence.claims:
            if sentence.basis is Basis.WORDING and (claim.status not in GATES or sentence.settled):
                continue  # what was signed of the article's words says nothing of these
            by_standing.setdefault(standing(claim, sentence), {})[claim.id] = None
    told = {name for ids in by_standing.values() for name in ids}
    said = dict.fromkeys(claim.id for one in traced for claim in one.reworded if claim.id not in told)
    if said:
        by_standing["reworded"] = said
    parts = [f"{', '.join(ids)} {words}" for words, ids in by_standing.items()]
    if ledger and not parts and any(one.basis is Basis.ARTICLE for one in traced):
        parts.append(UNCLAIMED)
    for basis, words in OURS.items():
        found = dict.fromkeys(f"“{short(one.text)}”" for one in traced if one.basis is basis)
        if found:
            parts.append(f"{words}: {' '.join(found)}")
    return " · ".join(parts)


def standing(claim: Claim, sentence: Traced) -> str:
    """How a claim stands where the sentence makes it."""
    return stands(claim, settled=sentence.settled)


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
