"""What the ledger lets templates see: the words to use instead of a sentence, and how its claims stand. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from amplifier.content.claims.anchor import holds
from amplifier.content.claims.model import GATES, Status
from amplifier.content.text.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amplifier.content.claims.model import Claim, Ledger, Passage
    from amplifier.model import Article, Paragraph

WORST = (Status.CONTRADICTED, Status.DISPUTED, Status.UNVERIFIED, Status.RHETORICAL, Status.VERIFIED)
"""From what must not go out to what may."""
NO_CLAIM = "none"
"""How a sentence stands that makes no claim."""


def one_line(text: str) -> str:
    """Return a text with its line breaks folded to single blanks."""
    return re.sub(r"\s*\n\s*", " ", text)


def as_said(article: Article, ledger: Ledger | None) -> dict[int, str | None]:
    """Return the words to use instead of a sentence, by its `Sentence.start`; None: it is not to be used.

    Sentences that are used as they are have no entry.
    """
    if ledger is None:
        return {}
    known = {sentence.start for sentence in article.sentences}
    return {
        passage.start: None if passage.drop else one_line(passage.say).strip()
        for passage in ledger.passages
        if passage.start in known and (passage.drop or passage.say)
    }


def said_paragraph(paragraph: Paragraph, source: str, said: Mapping[int, str | None]) -> str:
    """Return the text of a paragraph with each sentence as it is said, on one line; empty when none is left."""
    if not any(sentence.start in said for sentence in paragraph.sentences):
        return paragraph.text
    text, end = "", paragraph.start
    for sentence in paragraph.sentences:
        gap, end = source[end : sentence.start], sentence.end
        words = said.get(sentence.start, sentence.text)
        if words:
            text += (gap if text else "") + words
    return one_line(text).strip()


def settled(claim: Claim, passage: Passage) -> bool:
    """Whether the words to use instead answer a doubt about the claim.

    Of a contradicted claim the words must be gone from the say; of a disputed one the say is the careful wording.
    """
    if not passage.say:
        return False
    return claim.status is Status.DISPUTED or not stands_in(passage.say, claim.quote)


def stands_in(text: str, quote: str) -> bool:
    """Whether the words of a quote stand in a text; capitals, kinds of quotation marks and line breaks apart."""
    return holds(text.casefold(), quote.casefold())


def claim_values(ledger: Ledger | None) -> dict[str, dict[str, str]]:
    """Return what templates see of each claim, by id.

    `sentence` are the words that may be used: the say, or else the sentence; empty when there is a doubt that no say
    answers, or a person has dropped the sentence. `why` tells the reason then.
    """
    if ledger is None:
        return {}
    values = {}
    for passage in ledger.passages:
        words = one_line(passage.say or passage.text).strip()
        for claim in passage.claims:
            why = _why_not(claim, passage)
            values[claim.id] = {
                "quote": claim.quote,
                "kind": claim.kind.value,
                "standing": claim.standing.value,
                "sentence": "" if why else words,
                "why": why,
            }
    return values


def standings(article: Article, ledger: Ledger | None, language: str) -> dict[str, str]:
    """Return the worst standing among the claims of each sentence, by its text as templates see it.

    Settled and excused doubts do not count; a sentence without claims stands as `none`. A say of several sentences
    is listed whole and cut, since templates can cut it.
    """
    if ledger is None:
        return {}
    passages = {passage.start: passage for passage in ledger.passages if passage.start is not None}
    wrong = [claim for claim in ledger.claims if claim.standing is Status.CONTRADICTED]
    found: dict[str, str] = {}
    for sentence in article.sentences:
        passage = passages.get(sentence.start)
        text = one_line((passage and passage.say) or sentence.text).strip()
        claims = [] if passage is None else [claim for claim in passage.claims if _counts(claim, passage)]
        claims += [claim for claim in wrong if stands_in(text, claim.quote)]
        standing = _worst(claims)
        found[text] = standing
        if passage and passage.say:
            found |= {text[start:end]: standing for start, end in sentence_spans(text, language)}
    return found


def values_of_claims(article: Article, ledger: Ledger | None, language: str) -> dict[str, Any]:
    """Return what the tools of templates read about claims: `claims` and `standings`."""
    return {"claims": claim_values(ledger), "standings": standings(article, ledger, language)}


def _why_not(claim: Claim, passage: Passage) -> str:
    if passage.drop:
        return "a person has dropped its sentence"
    doubts = [other for other in passage.claims if other.status in GATES and not _answered(other, passage)]
    if not doubts:
        return ""
    doubt = claim if claim in doubts else doubts[0]
    evidence = doubt.note or str(doubt.source)
    about = f"{doubt.id} “{doubt.quote}” is {doubt.status.value}"
    return f"{about}: {evidence}" if evidence else about


def _answered(claim: Claim, passage: Passage) -> bool:
    return claim.excused or settled(claim, passage)


def _counts(claim: Claim, passage: Passage) -> bool:
    """Whether the claim is still made, and its doubt unanswered, where the sentence is used."""
    if claim.status in GATES:
        return not _answered(claim, passage)
    return not passage.say or stands_in(passage.say, claim.quote)


def _worst(claims: Iterable[Claim]) -> str:
    standing = {claim.standing for claim in claims}
    return next((status.value for status in WORST if status in standing), NO_CLAIM)
