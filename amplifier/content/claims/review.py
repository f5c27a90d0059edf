"""What a person is to be asked about the claims that the posts make, and what an answer changes. Pure.

What a named person has answered is not asked again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from amplifier.content.claims.anchor import same
from amplifier.content.claims.model import Basis, Kind, Source, Status, Wording
from amplifier.errors import UsageError
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage, Traced

TOGETHER = frozenset({Kind.ATTRIBUTION, Kind.NUMBER, Kind.QUANTITY, Kind.QUOTATION})
"""Who says it and what they are said to say: asked in one question when they stand in one sentence."""
URGENT = (Status.CONTRADICTED, Status.DISPUTED)
"""These are asked about first, in this order."""
Traces: TypeAlias = "Mapping[tuple[str, str, int], Sequence[Traced]]"
"""What was traced in each post, by thread, account and `k`."""


@dataclass(frozen=True, slots=True)
class Question:
    """Claims of one sentence that are asked about together, and the posts that make them."""

    passage: Passage
    claims: tuple[Claim, ...]
    posts: tuple[str, ...]

    @property
    def rank(self) -> int:
        """Its place among the questions: contradicted, disputed, the rest."""
        standings = {claim.standing for claim in self.claims}
        return next((n for n, status in enumerate(URGENT) if status in standings), len(URGENT))


@dataclass(frozen=True, slots=True)
class Own:
    """A sentence of the organisation's own that nobody has approved, what it rests on, and the posts it stands in."""

    text: str
    claims: tuple[Claim, ...]
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says about a claim; what is empty here stays as it is in the ledger."""

    status: Status
    by: str
    day: str
    source: Source = field(default_factory=Source)
    because: str = ""


def questions(ledger: Ledger, traces: Traces | None) -> tuple[list[Question], list[Question]]:
    """Return what to ask about single sentences, the worst first, and the names that nobody has a doubt about.

    Without traces every claim of the ledger is asked about.
    """
    posts = _posts_by_claim(traces)
    asked: list[Question] = []
    names: list[Question] = []
    for passage in ledger.passages:
        claims = [
            claim
            for claim in passage.claims
            if (traces is None or claim.id in posts) and not passage.drop and not claim.signed
        ]
        for group in _groups(claims):
            question = Question(passage, group, tuple(dict.fromkeys(p for claim in group for p in posts[claim.id])))
            (names if _plain_name(group[0]) else asked).append(question)
    return sorted(asked, key=lambda question: question.rank), names


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
    """Return a question as the ledger is now; None when there is nothing left to ask."""
    ids = {claim.id for claim in question.claims}
    for passage in ledger.passages:
        claims = tuple(claim for claim in passage.claims if claim.id in ids and not claim.signed)
        if claims and not passage.drop:
            return replace(question, passage=passage, claims=claims)
    return None


def answer(question: Question, verdict: Answer, say: str = "") -> Callable[[Ledger | None], Ledger]:
    """Return the change that writes an answer to a question's claims; `say` are words to use instead, if given."""
    ids = {claim.id for claim in question.claims}

    def change(passage: Passage) -> Passage:
        claims = tuple(_judged(claim, verdict) if claim.id in ids else claim for claim in passage.claims)
        return replace(passage, claims=claims, say=say or passage.say)

    return _on_passage(question.passage, change)


def drop(passage: Passage) -> Callable[[Ledger | None], Ledger]:
    """Return the change that takes a sentence, and the words to use instead of it, away from templates."""
    return _on_passage(passage, lambda found: replace(found, drop=True, say=""))


def approve(own: Own, by: str) -> Callable[[Ledger | None], Ledger]:
    """Return the change that approves a sentence as it stands, as a new wording where it is none yet."""

    def change(ledger: Ledger | None) -> Ledger:
        if ledger is None:
            raise _changed(own.text)
        wordings = list(ledger.wordings)
        found = [n for n, wording in enumerate(wordings) if same(wording.text) == same(own.text)]
        if found:
            wordings[found[0]] = replace(wordings[found[0]], approved_by=by)
        else:
            wordings.append(Wording(own.text, Place(ledger.path), tuple(claim.id for claim in own.claims), by))
        return replace(ledger, wordings=tuple(wordings))

    return change


def _judged(claim: Claim, verdict: Answer) -> Claim:
    given, before = verdict.source, claim.source
    return replace(
        claim,
        status=verdict.status,
        source=Source(
            given.title or before.title,
            given.publisher or before.publisher,
            given.date or before.date,
            given.link or before.link,
        ),
        checked_by=verdict.by,
        checked_on=verdict.day,
        because=verdict.because or claim.because,
    )


def _on_passage(asked: Passage, change: Callable[[Passage], Passage]) -> Callable[[Ledger | None], Ledger]:
    """Change the passage that a person was asked about, if the file still says of it what the person saw."""

    def apply(ledger: Ledger | None) -> Ledger:
        passages = list(ledger.passages) if ledger else []
        found = next((n for n, passage in enumerate(passages) if _said(passage) == _said(asked)), None)
        if ledger is None or found is None:
            raise _changed(asked.text)
        passages[found] = change(passages[found])
        return replace(ledger, passages=tuple(passages))

    return apply


def _said(passage: Passage) -> Passage:
    """A passage without where it stands."""
    nowhere = Place("")
    claims = tuple(replace(claim, place=nowhere) for claim in passage.claims)
    return replace(passage, place=nowhere, claims=claims)


def _changed(text: str) -> UsageError:
    return UsageError(
        f"the ledger has been changed meanwhile, about “{text}”; this answer is not written",
        "what was answered before is; type the command again",
    )


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


def _groups(claims: Sequence[Claim]) -> list[tuple[Claim, ...]]:
    """Who says it together with what is said, if both are there; every other claim for itself."""
    together = [claim for claim in claims if claim.kind in TOGETHER]
    if not any(claim.kind is Kind.ATTRIBUTION for claim in together):
        together = []
    groups: list[tuple[Claim, ...]] = []
    for claim in claims:
        if claim not in together:
            groups.append((claim,))
        elif claim is together[0]:
            groups.append(tuple(together))
    return groups


def _plain_name(claim: Claim) -> bool:
    return claim.kind is Kind.NAME and claim.standing is Status.UNVERIFIED and not claim.note


def _line(text: str) -> str:
    return " ".join(text.split())
