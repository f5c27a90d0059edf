"""What a person is to be asked about the claims that the posts make. Pure.

What a named person has answered is not asked again, unless the answer leaves `check` with something to complain of.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from amplifier.content.claims.anchor import same
from amplifier.content.claims.model import GATES, Basis, Kind, Status
from amplifier.content.claims.say import settled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage, Traced

URGENT = (Status.CONTRADICTED, Status.DISPUTED)
"""These are asked about first, in this order."""
Traces: TypeAlias = "Mapping[tuple[str, str, int], Sequence[Traced]]"
"""What was traced in each post, by thread, account and `k`."""


@dataclass(frozen=True, slots=True)
class Question:
    """Claims of one sentence that are asked about on one screen, the worst first, and the posts that make them."""

    passage: Passage
    claims: tuple[Claim, ...]
    posts: tuple[str, ...]

    @property
    def rank(self) -> int:
        """Its place among the questions: contradicted, disputed, the rest."""
        return min(_rank(claim) for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Own:
    """A sentence of the organisation's own that nobody has approved, what it rests on, and the posts it stands in."""

    text: str
    claims: tuple[Claim, ...]
    posts: tuple[str, ...]


def questions(
    ledger: Ledger, traces: Traces | None, again: Collection[str] = ()
) -> tuple[list[Question], list[Question]]:
    """Return what to ask, a sentence each and the worst first, and the names that nobody has a doubt about.

    Without traces every claim of the ledger is asked about. `again` are the ids of claims that are asked about
    whether they have been answered or not; then no others are.
    """
    posts = _posts_by_claim(traces)
    said = _said_again(ledger, traces)
    asked: list[Question] = []
    names: list[Question] = []
    for passage in ledger.passages:
        if again:
            claims = [claim for claim in passage.claims if claim.id in again]
        else:
            claims = [
                claim
                for claim in passage.claims
                if (traces is None or claim.id in posts)
                and not passage.drop
                and (_open(claim, passage) or claim.id in said)
            ]
        plain = [] if again else [claim for claim in claims if _plain_name(claim)]
        names += [Question(passage, (claim,), _posts_of((claim,), posts)) for claim in plain]
        rest = tuple(sorted((claim for claim in claims if claim not in plain), key=_rank))
        if rest:
            asked.append(Question(passage, rest, _posts_of(rest, posts)))
    return sorted(asked, key=lambda question: question.rank), names


def why_nothing(ledger: Ledger, traces: Traces | None) -> str:
    """Return why there is nothing to ask."""
    if not ledger.claims:
        return f"there are no claims in {ledger.path}"
    if traces is not None and not _posts_by_claim(traces):
        return f"no post makes a claim of {ledger.path}"
    return "every claim that the posts make has been answered"


def own_words(ledger: Ledger, traces: Traces | None) -> list[Own]:
    """Return the sentences of posts that need a person to stand for them: unsigned wordings, then those without one."""
    found: dict[str, Own] = {}
    unsigned = {same(wording.text): wording for wording in ledger.wordings if not wording.approved_by}
    known = {claim.id: claim for claim in ledger.claims}
    for basis in (Basis.UNSIGNED, Basis.NOTHING):
        for post, traced in _all(traces):
            if traced.basis is not basis:
                continue
            text = _line(traced.near if basis is Basis.UNSIGNED else traced.text)
            wording = unsigned.get(same(text))
            claims = tuple(known[name] for name in wording.claims) if wording else traced.claims
            before = found.get(same(text), Own(text, claims, ()))
            found[same(text)] = replace(before, posts=tuple(dict.fromkeys((*before.posts, post))))
    return list(found.values())


def refreshed(question: Question, ledger: Ledger) -> Question | None:
    """Return a question as the ledger is now; None when its sentence is no longer used, or no longer there."""
    ids = {claim.id for claim in question.claims}
    for passage in ledger.passages:
        claims = tuple(claim for claim in passage.claims if claim.id in ids)
        if claims and (question.passage.drop or not passage.drop):
            return replace(question, passage=passage, claims=claims)
    return None


def _posts_by_claim(traces: Traces | None) -> defaultdict[str, list[str]]:
    posts: defaultdict[str, list[str]] = defaultdict(list)
    for post, traced in _all(traces):
        for claim in (*traced.claims, *traced.reworded):
            posts[claim.id].append(post)
    return posts


def _all(traces: Traces | None) -> Iterable[tuple[str, Traced]]:
    for (thread, _, k), found in (traces or {}).items():
        for traced in found:
            yield f"{thread} {k}", traced


def _posts_of(claims: Iterable[Claim], posts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(post for claim in claims for post in posts.get(claim.id, ())))


def _open(claim: Claim, passage: Passage) -> bool:
    """Whether nobody has signed it, or there are neither words nor a reason that answer its doubt."""
    return not claim.signed or (claim.status in GATES and not claim.excused and not settled(claim, passage))


def _said_again(ledger: Ledger, traces: Traces | None) -> set[str]:
    """Ids of contradicted claims that the words to use instead say again in other words."""
    says = {claim.id: passage.say for passage in ledger.passages for claim in passage.claims}
    return {
        claim.id
        for _, traced in _all(traces)
        if traced.basis is Basis.SAY and not traced.settled
        for claim in traced.claims
        if claim.standing is Status.CONTRADICTED and same(says.get(claim.id, "")) == same(traced.near)
    }


def _rank(claim: Claim) -> int:
    return URGENT.index(claim.standing) if claim.standing in URGENT else len(URGENT)


def _plain_name(claim: Claim) -> bool:
    return claim.kind is Kind.NAME and claim.standing is Status.UNVERIFIED and not claim.note


def _line(text: str) -> str:
    return " ".join(text.split())
