"""Articles and ledgers without files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Status, Wording
from amplifier.content.text.sentences import sentence_spans
from amplifier.model import Article, Paragraph, Place, Section, Sentence

PLACE = Place("campaigns/sample.claims.yaml", 1, 1)


def article_of(*sections: tuple[str | None, str], language: str = "en", title: str | None = None) -> Article:
    """An article of sections, each a heading and a text of one line to a paragraph."""
    source, made = "", []
    for heading, text in sections:
        source += f"{heading}\n" if heading else ""
        paragraphs = []
        for line in text.split("\n"):
            start = len(source)
            source += line + "\n"
            spans = sentence_spans(line, language)
            sentences = tuple(Sentence(line[a:b], start + a, start + b) for a, b in spans)
            paragraphs.append(Paragraph(line, start, start + len(line), sentences))
        made.append(Section(heading, tuple(paragraphs)))
    return Article(Path("campaigns/article.txt"), source, title, tuple(made))


def claim(id_: str, quote: str, kind: Kind = Kind.STATEMENT, status: Status = Status.VERIFIED, **keys: Any) -> Claim:
    """A claim that a person has signed, unless `checked_by` says otherwise."""
    return Claim(id_, quote, kind, status, PLACE, **{"checked_by": "Ann", **keys})


def passage(article: Article, beginning: str, *claims: Claim, **keys: Any) -> Passage:
    """The passage of the first sentence that begins so."""
    sentence = next(one for one in article.sentences if one.text.startswith(beginning))
    return Passage(" ".join(sentence.text.split()), PLACE, claims, start=sentence.start, **keys)


def wording(text: str, *ids: str, by: str = "Ann") -> Wording:
    """A wording that a person has approved."""
    return Wording(text, PLACE, ids, by)


def ledger(*passages: Passage, wordings: tuple[Wording, ...] = ()) -> Ledger:
    return Ledger(PLACE.path, passages, wordings)
