"""What an answer in a review changes in the ledger, how it is taken back, and what counts as an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import regex

from amplifier.content.claims.anchor import holds, same
from amplifier.content.claims.model import Source, Status, Wording
from amplifier.errors import UsageError
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from amplifier.content.claims.model import Claim, Ledger, Passage
    from amplifier.content.claims.review import Own, Question

Change: TypeAlias = "Callable[[Ledger | None], Ledger]"
"""What makes the ledger of the file, as it is then, into the one to write."""
SHORTEST = 3
"""Words of a sentence that may go out; anything shorter was typed for something else."""

_NO_BLANKS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"[{_NO_BLANKS}]|[^\s{_NO_BLANKS}]+")
_DATE = regex.compile(r"(?P<year>1[0-9]{3}|20[0-9]{2})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says about a claim; what is empty here stays as it is in the ledger."""

    status: Status
    by: str
    day: str
    source: Source = field(default_factory=Source)
    because: str = ""


def answer(question: Question, verdict: Answer, say: str = "") -> Change:
    """Return the change that writes an answer to a question's claims; `say` are words to use instead, if given."""
    ids = {claim.id for claim in question.claims}

    def change(passage: Passage) -> Passage:
        claims = tuple(_judged(claim, verdict) if claim.id in ids else claim for claim in passage.claims)
        return replace(passage, claims=claims, say=say or passage.say)

    return _on_passage(question.passage, change)


def drop(passage: Passage) -> Change:
    """Return the change that takes a sentence, and the words to use instead of it, away from templates."""
    return _on_passage(passage, lambda found: replace(found, drop=True, say=""))


def use_again(passage: Passage) -> Change:
    """Return the change that gives a dropped sentence back to templates."""
    return _on_passage(passage, lambda found: replace(found, drop=False))


def approve(own: Own, by: str, how: str = "") -> Change:
    """Return the change that approves a sentence as it stands, as a new wording where it is none yet.

    `how` is how the person knows; it is kept in the note.
    """

    def change(ledger: Ledger | None) -> Ledger:
        if ledger is None:
            raise _changed(own.text)
        wordings = list(ledger.wordings)
        found = [n for n, wording in enumerate(wordings) if same(wording.text) == same(own.text)]
        if found:
            wording = wordings[found[0]]
            wordings[found[0]] = replace(wording, approved_by=by, note=f"{wording.note} {how}".strip())
        else:
            # found by rule, not named by the person: what nobody has checked would go on being asked for
            ids = tuple(claim.id for claim in own.claims if claim.standing is not Status.UNVERIFIED)
            wordings.append(Wording(own.text, Place(ledger.path), ids, by, how))
        return replace(ledger, wordings=tuple(wordings))

    return change


def in_turn(changes: Iterable[Change]) -> Change:
    """Return several changes as one, so that they are written, and taken back, together."""

    def change(ledger: Ledger | None) -> Ledger:
        for one in changes:
            ledger = one(ledger)
        if ledger is None:
            raise _changed("the claims asked about")
        return ledger

    return change


def undone(before: Ledger, after: Ledger) -> Change:
    """Return the change that takes an answer back. It made the ledger `before` into the ledger `after`.

    What the answer did not change, and what has been written elsewhere since, stays.
    """
    passages = [
        _on_passage(new, partial(_again, old))
        for old, new in zip(before.passages, after.passages, strict=True)
        if old != new
    ]
    wordings = [
        _on_wording(new, before.wordings[n] if n < len(before.wordings) else None)
        for n, new in enumerate(after.wordings)
        if n >= len(before.wordings) or before.wordings[n] != new
    ]
    return in_turn((*passages, *wordings))


def filled(given: Source, before: Source) -> Source:
    """Return a source as given, with what stood there before where nothing is given."""
    return Source(*(getattr(given, part.name) or getattr(before, part.name) for part in fields(Source)))


def agrees(source: Source, other: Source) -> bool:
    """Whether a source says nothing that another one does not say too; an empty one agrees with all."""
    return all(getattr(source, part.name) in ("", getattr(other, part.name)) for part in fields(Source))


def why_not(words: str, sentence: str, wrong: Iterable[str]) -> str:
    """Why words cannot go out instead of a sentence; empty: they can. `wrong` are quotes that they must not have."""
    if same(words) == same(sentence):
        return "that is the sentence itself"
    still = still_says(words, wrong)
    if still:
        return f"that still says “{still}”"
    if not is_sentence(words):
        return f"“{words}” is no sentence; write all that is to go out, at least three words"
    return ""


def still_says(words: str, quotes: Iterable[str]) -> str:
    """The first of the quotes that stands in the words; empty when none does."""
    return next((quote for quote in quotes if holds(words, quote)), "")


def is_sentence(words: str) -> bool:
    """Whether words are long enough to go out. Of scripts without blanks every character counts as a word."""
    return len(_WORD.findall(words)) >= SHORTEST


def is_date(text: str, today: str) -> bool:
    """Whether a text is a year, a month or a day that has come: `2018`, `2018-11`, `2018-11-19`. `today` is a day."""
    found = _DATE.fullmatch(text)
    if not found or text > today:
        return False
    year, month, day = (int(part or 1) for part in found.group("year", "month", "day"))
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _judged(claim: Claim, verdict: Answer) -> Claim:
    return replace(
        claim,
        status=verdict.status,
        source=filled(verdict.source, claim.source),
        checked_by=verdict.by,
        checked_on=verdict.day,
        because=verdict.because or claim.because,
    )


def _again(passage: Passage, found: Passage) -> Passage:
    """A passage as it was, where it stands now."""
    return replace(passage, place=found.place, start=found.start)


def _on_passage(asked: Passage, change: Callable[[Passage], Passage]) -> Change:
    """Change the passage that a person was asked about, if the file still says of it what the person saw."""

    def apply(ledger: Ledger | None) -> Ledger:
        passages = list(ledger.passages) if ledger else []
        found = next((n for n, passage in enumerate(passages) if _said(passage) == _said(asked)), None)
        if ledger is None or found is None:
            raise _changed(asked.text)
        passages[found] = change(passages[found])
        return replace(ledger, passages=tuple(passages))

    return apply


def _on_wording(asked: Wording, other: Wording | None) -> Change:
    """Put another wording, or none, in the place of one that the file still has as it is here."""

    def apply(ledger: Ledger | None) -> Ledger:
        wordings = list(ledger.wordings) if ledger else []
        found = next((n for n, one in enumerate(wordings) if replace(one, place=asked.place) == asked), None)
        if ledger is None or found is None:
            raise _changed(asked.text)
        wordings[found : found + 1] = [other] if other else []
        return replace(ledger, wordings=tuple(wordings))

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
