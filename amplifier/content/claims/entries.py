"""The entries of a ledger file as lines of YAML, the way a new file has them; keys without a value are to be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.content.claims.anchor import span_of
from amplifier.content.files import place_of
from amplifier.content.yaml_edit import pair, scalar

if TYPE_CHECKING:
    from amplifier.content.claims.model import Claim, Passage, Source, Wording
    from amplifier.model import Article


def position(article: Article, start: int | None, quote: str = "") -> str:
    """Return `line:column` of the sentence at `start`, or of a quote in it; empty when it is not in the article."""
    sentence = next((sentence for sentence in article.sentences if sentence.start == start), None)
    if sentence is None:
        return ""
    span = span_of(quote, sentence.text) if quote else (0, 0)
    place = place_of(article.source, sentence.start + (span[0] if span else 0), "")
    return f"{place.line}:{place.column}"


def passage_lines(passage: Passage, article: Article) -> list[str]:
    """Return the lines of an entry under `sentences:`, its dash in the first column."""
    pairs = [
        pair("text", scalar(passage.text)),
        pair("at", scalar(position(article, passage.start))),
        pair("say", scalar(passage.say)),
        *(["drop: true"] if passage.drop else []),
        "claims:",
        *("  " + line for claim in passage.claims for line in claim_lines(claim, passage.start, article)),
    ]
    return _entry(pairs)


def claim_lines(claim: Claim, start: int | None, article: Article) -> list[str]:
    """Return the lines of an entry under `claims:` of the sentence at `start`."""
    pairs = [
        pair("id", claim.id),
        pair("quote", scalar(claim.quote)),
        pair("at", scalar(position(article, start, claim.quote))),
        pair("kind", claim.kind.value),
        pair("status", claim.status.value),
        *source_lines(claim.source),
        pair("checked_by", scalar(claim.checked_by)),
        pair("checked_on", scalar(claim.checked_on)),
        *([pair("because", scalar(claim.because))] if claim.because else []),
        pair("note", scalar(claim.note)),
    ]
    return _entry(pairs)


def source_lines(source: Source) -> list[str]:
    """Return the lines of the key `source:`."""
    values = {"title": source.title, "publisher": source.publisher, "date": source.date, "link": source.link}
    return ["source:", *(f"  {pair(key, scalar(value))}" for key, value in values.items())]


def wording_lines(wording: Wording) -> list[str]:
    """Return the lines of an entry under `wordings:`."""
    return _entry(
        [
            pair("text", scalar(wording.text)),
            *([pair("claims", f"[{', '.join(wording.claims)}]")] if wording.claims else []),
            pair("approved_by", scalar(wording.approved_by)),
            pair("note", scalar(wording.note)),
        ]
    )


def _entry(pairs: list[str]) -> list[str]:
    return [f"{'- ' if n == 0 else '  '}{line}" for n, line in enumerate(pairs)]
