"""Carry a ledger over to an article that has changed: what a person wrote stays, trust in changed sentences does not.

Pure. A passage goes to the sentence that has its text, else to the one that is most like it; there go its claims whose
quotes still stand. What finds no place stays in a passage of its own that has none in the article.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.anchor import anchors, holds, same
from amplifier.content.claims.model import GATES, Status
from amplifier.content.claims.say import one_line, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage
    from amplifier.model import Article, Sentence

ALIKE = 0.5
"""Share of equal words in the same order from which on a sentence is taken for a changed one."""
_WORDS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{M}\p{N}]+")


def carry(article: Article, old: Ledger) -> tuple[dict[int, Passage], list[Passage]]:
    """Return the passages of the article's sentences by `Sentence.start`, and those that stand nowhere any more.

    In a changed sentence a verified or rhetorical claim is unverified again, and a reason to let a disputed one go out
    is gone; the note tells what it was. Disputed and contradicted claims stay what they are.
    """
    kept: dict[int, Passage] = {}
    changed: list[Passage] = []
    starts = anchors([passage.text for passage in old.passages], article)
    for passage, start in zip(old.passages, starts, strict=True):
        if start is None:
            changed.append(replace(passage, start=None))
        else:
            claims = tuple(replace(claim, void=False) for claim in passage.claims)
            kept[start] = replace(passage, claims=claims, start=start)
    free = [sentence for sentence in article.sentences if sentence.start not in kept]
    likest = _likest(changed, free)
    left: list[Passage] = []
    for n, passage in enumerate(changed):
        moved, rest = _moved(passage, likest[n]) if n in likest else (None, passage)
        if moved is not None and moved.start is not None:
            kept[moved.start] = moved
        if rest is not None:
            left.append(rest)
    return kept, left


def voided(claim: Claim) -> Claim:
    """The claim in changed words: without the trust that was put into the old ones, which the note remembers."""
    by = f" by {claim.checked_by}" if claim.checked_by else ""
    on = f" on {claim.checked_on}" if claim.checked_on else ""
    if claim.status in {Status.VERIFIED, Status.RHETORICAL}:
        memory = f"Was {claim.status.value}{by}{on}, before its sentence changed."
        return replace(_unsigned(claim, memory), status=Status.UNVERIFIED)
    if claim.status is Status.DISPUTED and claim.because:
        return _unsigned(claim, f"Was let out{by}{on}, before its sentence changed, because: {claim.because}")
    return replace(claim, void=False)


def _unsigned(claim: Claim, memory: str) -> Claim:
    return replace(claim, checked_by="", checked_on="", because="", note=_noted(claim.note, memory), void=False)


def _noted(note: str, memory: str) -> str:
    return f"{note} {memory}".strip()


def _likest(passages: Sequence[Passage], sentences: Sequence[Sentence]) -> dict[int, Sentence]:
    """The sentence that each passage (by its number) is most like, each taken once, the most alike first."""
    pairs: list[tuple[float, int, int]] = []
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    for n, passage in enumerate(passages):
        matcher.set_seq2(_WORDS.findall(same(passage.text).casefold()))
        for m, sentence in enumerate(sentences):
            matcher.set_seq1(_WORDS.findall(same(sentence.text).casefold()))
            if matcher.quick_ratio() >= ALIKE and (ratio := matcher.ratio()) >= ALIKE:
                pairs.append((-ratio, n, m))
    found: dict[int, Sentence] = {}
    taken: set[int] = set()
    for _, n, m in sorted(pairs):
        if n not in found and m not in taken:
            found[n] = sentences[m]
            taken.add(m)
    return found


def _moved(passage: Passage, sentence: Sentence) -> tuple[Passage | None, Passage | None]:
    """What of a passage goes over to a changed sentence, and what is left of it.

    Words to use instead go along only when they answer a doubt that goes along, since nobody has compared them with the
    new sentence. That a person dropped the sentence goes along: to leave out too much does no harm.
    """
    text = " ".join(sentence.text.split())
    going = [claim for claim in passage.claims if holds(text, claim.quote)]
    staying = tuple(claim for claim in passage.claims if claim not in going)
    if not going and (staying or not passage.drop):
        return None, passage
    answers = any(claim.status in GATES and settled(claim, passage) for claim in going)
    claims = [voided(claim) for claim in going]
    if passage.say and not answers and not staying:
        memory = f"Before the sentence changed, this was said instead of it: {one_line(passage.say)}"
        claims[0] = replace(claims[0], note=_noted(claims[0].note, memory))
    say = passage.say if answers else ""
    moved = replace(passage, text=text, claims=tuple(claims), say=say, start=sentence.start)
    rest = replace(passage, claims=staying, say="" if answers else passage.say, drop=False, start=None)
    return moved, rest if staying else None
