"""What stands against a traced sentence, in words that a person can act on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from amplifier.content.claims.anchor import same
from amplifier.content.claims.model import Basis, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.content.claims.model import Claim, Ledger, Passage, Traced

LONGEST = 160
"""Characters of a sentence or of evidence in a message."""
MARKS = '“”„«»「」"'
MEASURED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.AGE, Kind.DATE})


class Sort(StrEnum):
    """What is the matter; the value says it of several at once."""

    CONTRADICTED = "contradicted"
    DISPUTED = "disputed"
    UNCHECKED = "nobody has checked"
    UNCLAIMED = "not in the ledger yet"
    NOTHING = "not what the article says"
    UNSIGNED = "wordings that nobody has approved"
    DROPPED = "dropped by a person"
    LEFT_OUT = "leaves out who says so"
    UNSAID = "in other words that nobody has signed"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing against one sentence of a post."""

    sort: Sort
    item: str
    """The words concerned, for a list of several."""
    message: str
    hint: str
    """The next step for this one."""
    step: str = ""
    """The next step for several of its sort, where that is another."""
    name: bool = False
    """Whether it is about a name that is merely unchecked: too many to warn about."""


class Judge:
    """Knows a ledger and judges sentences by it. `file` is the campaign file as it is typed."""

    def __init__(self, ledger: Ledger | None, file: str) -> None:
        self._review = f"amplifier claims review {file}"
        self._scan = f"amplifier claims scan {file}"
        self._path = ledger.path if ledger else ""
        passages = ledger.passages if ledger else ()
        self._passages = {claim.id: passage for passage in passages for claim in passage.claims}
        self._dropped = {same(passage.text): passage for passage in passages if passage.drop}
        self._wordings = {wording.text: wording for wording in (ledger.wordings if ledger else ())}

    def issues(self, traced: Traced) -> Iterator[Issue]:
        """Return all that stands against the sentence."""
        yield from self._basis(traced)
        for claim in traced.claims:
            if claim.standing is Status.CONTRADICTED and not traced.settled:
                yield self._contradicted(claim, traced)
            elif claim.standing is Status.DISPUTED and not traced.settled and not claim.excused:
                yield self._disputed(claim)
            elif claim.standing is Status.UNVERIFIED:
                yield self._unverified(claim)
        yield from self._reworded(traced)
        if traced.basis is Basis.ARTICLE:
            yield from self._unclaimed(traced)
            yield from self._left_out(traced)

    def _basis(self, traced: Traced) -> Iterator[Issue]:
        quoted = f"“{short(traced.text)}”"
        if traced.basis is Basis.NOTHING:
            like = f"; it only resembles “{short(traced.near)}”" if traced.near else ""
            message = f"{quoted} is not what the article says{like}"
            where = f"in {self._path}" if self._path else f"in the ledger that {self._scan} writes"
            hint = f"use the article's own words, or add it under wordings: {where}, with approved_by:"
            yield Issue(Sort.NOTHING, quoted, message, hint)
        elif traced.basis is Basis.UNSIGNED:
            place = self._wordings[traced.near].place
            message = f"{quoted} is a wording that nobody has approved"
            hint = "if it may stand, put a name into approved_by:"
            yield Issue(Sort.UNSIGNED, quoted, message, f"{hint} at {place}", f"{hint} under wordings: in {self._path}")
        elif traced.basis is Basis.ARTICLE and same(traced.near) in self._dropped:
            place = self._dropped[same(traced.near)].place
            message = f"uses a sentence that a person has dropped: {quoted}"
            yield Issue(Sort.DROPPED, quoted, message, f"leave it out, or see {place}")

    def _contradicted(self, claim: Claim, traced: Traced) -> Issue:
        passage = self._passages[claim.id]
        message = f"says {_quoted(claim)}, which is contradicted ({claim.id}{_evidence(claim)})"
        if traced.basis is Basis.SAY and same(traced.near) == same(passage.say):
            hint = f"the words to use instead still have it: mend say: at {passage.place}"
        else:
            hint = self._instead(passage)
        return Issue(Sort.CONTRADICTED, _named(claim), message, hint)

    def _disputed(self, claim: Claim) -> Issue:
        message = f"says {_quoted(claim)}, which is disputed ({claim.id}{_evidence(claim)})"
        hint = f"{self._instead(self._passages[claim.id])}; or give checked_by: and because: at {claim.place}"
        return Issue(Sort.DISPUTED, _named(claim), message, hint, f"decide: {self._review}")

    def _unverified(self, claim: Claim) -> Issue:
        if claim.void:
            why = "its sentence has changed since it was checked"
        elif claim.status is Status.UNVERIFIED:
            why = "nobody has checked it"
        else:
            why = f"nobody has signed that it is {claim.status.value}"
        message = f"says {_named(claim)}: {why}"
        hint = f"open the source, then: {self._review}"
        return Issue(Sort.UNCHECKED, _named(claim), message, hint, name=claim.kind is Kind.NAME)

    def _reworded(self, traced: Traced) -> Iterator[Issue]:
        """The words to use instead are as good as the person who has checked what they stand for."""
        for claim in traced.reworded:
            if not claim.signed:
                message = f"says in other words what nobody has signed: {_named(claim)}"
                yield Issue(Sort.UNSAID, _named(claim), message, f"open the source, then: {self._review}")

    def _unclaimed(self, traced: Traced) -> Iterator[Issue]:
        for mention in traced.untraced:
            words = f"“{short(mention.words)}”"
            hint = f"type: {self._scan}, then: {self._review}"
            name = mention.kind is Kind.NAME
            yield Issue(Sort.UNCLAIMED, words, f"says {words}, which is in no claim yet", hint, name=name)

    def _left_out(self, traced: Traced) -> Iterator[Issue]:
        """A figure of which the post leaves out who gave it."""
        measured = [claim for claim in traced.claims if claim.kind in MEASURED]
        passages = dict.fromkeys(self._passages[claim.id] for claim in measured)
        for passage in passages:
            gone = [
                claim
                for claim in passage.claims
                if claim.kind is Kind.ATTRIBUTION
                and claim.status is not Status.CONTRADICTED
                and claim not in traced.claims
            ]
            if gone and same(traced.near) == same(passage.text):
                words = _quoted(gone[0])
                message = f"gives “{short(traced.text)}” without {words}"
                yield Issue(Sort.LEFT_OUT, words, message, "say where a figure comes from")

    def _instead(self, passage: Passage) -> str:
        if passage.drop:
            return f"its sentence was dropped at {passage.place}: leave it out"
        if passage.say:
            return f"say instead: “{passage.say}”"
        return f"write it anew and put that into say: at {passage.place} ({self._review} asks for it)"


def short(text: str) -> str:
    """Return a text on one line, cut behind a word where it is long."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    return line[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _named(claim: Claim) -> str:
    return f"{claim.id} {_quoted(claim)}"


def _quoted(claim: Claim) -> str:
    """The claim's words in quotation marks, once."""
    return f"“{short(claim.quote.strip(MARKS))}”"


def _evidence(claim: Claim) -> str:
    evidence = claim.note or str(claim.source)
    return f": {short(evidence).rstrip('.')}" if evidence else ""
