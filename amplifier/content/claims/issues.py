"""What stands against a traced sentence, in words that a person can act on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.anchor import same
from amplifier.content.claims.model import GATES, Basis, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage, Traced

LONGEST = 160
"""Characters of a sentence or of evidence in a message."""
IN_LIST = 40
"""Characters of a sentence or of a claim's words that stand in a row with others."""
MARKS = '“”„«»「」"'
TURNS = regex.compile(
    r"(?i)\b(?:not|no|never|nobody|none|nothing|neither|nor|without|if|unless|denie[sd]|deny|claim(?:s|ed)|alleged(?:ly)?"
    r"|accused|untrue|false|fewer|less|only|disputed|nicht|kein\w*|niemand|nie|wenn|pas|jamais|personne|si|nunca|nadie)\b"
    r"|n't\b|않|못했|아니"
)
"""Words of the rest of a sentence that may turn what a part of it says."""
MEASURED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.AGE, Kind.DATE})


class Sort(StrEnum):
    """What is the matter, the worst first; the value says it of one thing or of several, in place of the brackets."""

    CONTRADICTED = "says {}: contradicted"
    DISPUTED = "says {}: disputed"
    NOTHING = "says {}: not what the article says"
    UNSIGNED = "says in your own words {}: not approved"
    DROPPED = "uses {}: dropped by a person"
    UNCLAIMED = "says {}: not in the ledger yet"
    UNCHECKED = "says {}: not signed"
    UNSAID = "uses the words to say instead of {}: not signed"
    LEFT_OUT = "leaves out {}"


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
    """The next step for several, where that is another."""
    name: bool = False
    """Whether it is about a name that is merely unchecked: too many to warn about."""


class Judge:
    """Knows a ledger and judges sentences by it. `file` is the campaign file as it is typed."""

    def __init__(self, ledger: Ledger | None, file: str) -> None:
        self._review = f"amplifier claims review {file}"
        self._scan = f"amplifier claims scan {file}"
        self._look = f"open the sources, then: {self._review}"
        self._fill = f"type: {self._scan}, then: {self._review}"
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
            yield from self._turned(traced)

    def summed(self, issues: Sequence[Issue]) -> tuple[str, str]:
        """Return message and hint of several issues as one, the worst first; the hint ends with the commands."""
        if len(issues) == 1:
            return issues[0].message, issues[0].hint
        items: dict[Sort, dict[str, None]] = {sort: {} for sort in Sort}
        for issue in issues:
            items[issue.sort][issue.item] = None
        message = "; ".join(sort.format(", ".join(found)) for sort, found in items.items() if found)
        if len({issue.hint for issue in issues}) == 1:
            return message, issues[0].hint
        steps = dict.fromkeys(issue.step or issue.hint for issue in issues)
        if self._fill in steps:
            steps.pop(self._look, None)  # its command is in the other
        return message, ", and ".join(sorted(steps, key=lambda step: step in {self._look, self._fill}))

    def _basis(self, traced: Traced) -> Iterator[Issue]:
        quoted, item = f"“{short(traced.text)}”", f"“{short(traced.text, IN_LIST)}”"
        if traced.basis is Basis.NOTHING:
            yield Issue(Sort.NOTHING, item, f"{quoted} {self._unlike(traced)}", *self._own())
        elif traced.basis is Basis.UNSIGNED:
            place = self._wordings[traced.near].place
            hint = f"{self._review} asks for your name; or put it into approved_by: at {place}"
            yield Issue(Sort.UNSIGNED, item, Sort.UNSIGNED.format(quoted), hint, self._look)
        elif traced.basis is Basis.ARTICLE and same(traced.near) in self._dropped:
            place = self._dropped[same(traced.near)].place
            message = f"uses a sentence that a person has dropped: {quoted}"
            yield Issue(Sort.DROPPED, item, message, f"leave it out, or see {place}")

    def _unlike(self, traced: Traced) -> str:
        """How a sentence that rests on nothing differs from what it is most like."""
        if not traced.near:
            return "is not what the article says"
        near = f"“{short(traced.near)}”"
        wording = self._wordings.get(traced.near)
        if wording and wording.approved_by:
            return f"is not what was approved: you changed an approved sentence ({near})"
        return f"is not what the article says; it only resembles {near}"

    def _own(self) -> tuple[str, str]:
        """The next steps for sentences of our own: by a person's answer first, then by hand."""
        if not self._path:
            return f"use the article's own words; or, to stand for yours, type: {self._scan}, then: {self._review}", ""
        asks = f"{self._review} asks for your name and writes the sentence under wordings: in {self._path}"
        return f"use the article's own words; or stand for yours: {asks}", self._look

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
        return Issue(Sort.DISPUTED, _named(claim), message, hint, self._look)

    def _unverified(self, claim: Claim) -> Issue:
        item = _named(claim)
        message = Sort.UNCHECKED.format(item)
        if claim.void:
            message += ", since its sentence has changed"
        return Issue(Sort.UNCHECKED, item, message, self._look, name=claim.kind is Kind.NAME)

    def _reworded(self, traced: Traced) -> Iterator[Issue]:
        """The words to use instead are as good as the person who has checked what they stand for."""
        for claim in traced.reworded:
            if not claim.signed:
                item = _named(claim)
                yield Issue(Sort.UNSAID, item, Sort.UNSAID.format(item), self._look)

    def _unclaimed(self, traced: Traced) -> Iterator[Issue]:
        for mention in traced.untraced:
            item = f"“{short(mention.words, IN_LIST)}”"
            name = mention.kind is Kind.NAME
            yield Issue(Sort.UNCLAIMED, item, Sort.UNCLAIMED.format(item), self._fill, name=name)

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
                yield Issue(Sort.LEFT_OUT, words, message, "say where the figure comes from")

    def _turned(self, traced: Traced) -> Iterator[Issue]:
        """A part of a sentence whose rest denies it, doubts it or sets a condition."""
        whole, part = same(traced.near), same(traced.text).strip(' .!?…"')
        start = whole.find(part)
        if start < 0 or not part:
            return
        found = TURNS.search(whole[:start]) or TURNS.search(whole[start + len(part) :])
        if found:
            message = f"gives “{short(traced.text)}” without “{found[0].strip()}”, which stands in the same sentence"
            hint = f"read the whole sentence, and use it whole if this turns its meaning: “{short(traced.near)}”"
            yield Issue(Sort.LEFT_OUT, f"“{found[0].strip()}”", message, hint)

    def _instead(self, passage: Passage) -> str:
        if passage.drop:
            return f"its sentence was dropped at {passage.place}: leave it out"
        if passage.say:
            return f"say instead: “{passage.say}”"
        return f"write it anew and put that into say: at {passage.place} ({self._review} asks for it)"


def short(text: str, longest: int = LONGEST) -> str:
    """Return a text on one line, cut behind a word where it is long."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def stands(claim: Claim, *, settled: bool) -> str:
    """Return how a claim stands where a sentence makes it; `settled`: by words to use instead."""
    if claim.status in GATES and settled:
        return f"{claim.status.value}, reworded"
    if claim.excused:
        return f"{claim.status.value}, excused"
    if claim.status in GATES:
        return claim.status.value
    return claim.status.value if claim.signed else "not signed"


def _named(claim: Claim) -> str:
    return f"{claim.id} “{short(claim.quote.strip(MARKS), IN_LIST)}”"


def _quoted(claim: Claim) -> str:
    """The claim's words in quotation marks, once."""
    return f"“{short(claim.quote.strip(MARKS))}”"


def _evidence(claim: Claim) -> str:
    evidence = claim.note or str(claim.source)
    return f": {short(evidence).rstrip('.')}" if evidence else ""
