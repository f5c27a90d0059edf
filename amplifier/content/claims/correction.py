"""Compose the correction of a published post: what we wrote, what holds instead, and who says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.model import Status
from amplifier.content.claims.say import settled
from amplifier.content.text.entities import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage, Source, Traced


@dataclass(frozen=True, slots=True)
class Words:
    """What a correction says around the words that it is about."""

    before: str
    after: str
    """Around what we wrote."""
    wrong: str
    """Where the ledger has nothing to say instead."""
    source: str
    """Before the source."""
    above: str
    """Before a person's own words."""


WORDS = {
    "en": Words("Correction: we wrote “", "”.", "That is wrong.", "Source: ", "Correction of the post above: "),
    "ko": Words("바로잡습니다: “", "”라고 썼습니다.", "이것은 사실이 아닙니다.", "출처: ", "위 글을 바로잡습니다: "),
}
INNER = str.maketrans({"“": "‘", "”": "’", "„": "‘", '"': "'"})
"""Quotation marks within a quotation: the outer ones belong to the form alone."""
BETWEEN = "; "
"""Stands between two sources."""
LEAST = 3
"""Words of a quotation that are left at least."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A sentence of a published post that makes claims which have turned out wrong."""

    sentence: str
    claims: tuple[Claim, ...]
    says: tuple[str, ...]
    """The words to use instead."""


def words_of(language: str) -> Words:
    """The words of a language; those of English where there are none."""
    return WORDS.get(language.split("-", maxsplit=1)[0], WORDS["en"])


def slips(traced: Sequence[Traced], ledger: Ledger) -> list[Slip]:
    """The sentences of a post that are to be corrected, each with the claims that no sentence before it makes.

    That is what good sources contradict, and what they dispute where the ledger has careful words for it. What the
    sentence itself answers (it is such words already), or a named person has excused, is none.
    """
    homes = _homes(ledger)
    seen: set[str] = set()
    found = []
    for sentence in traced:
        made = () if sentence.settled else sentence.claims
        claims = tuple(claim for claim in made if claim.id not in seen and _is_wrong(claim, homes[claim.id]))
        if claims:
            found.append(Slip(sentence.text, claims, _says(claims, homes)))
            seen |= {claim.id for claim in claims}
    return found


def correction(found: Sequence[Slip], language: str, fits: Callable[[str], bool], because: str = "") -> list[str]:
    """The posts of a correction: one for each slip, and one for `because`, a person's own words.

    A sentence is quoted whole where that `fits` one post, else only the words that are wrong, with the last ones left
    out as far as needed. Words to use instead are said once, also when two slips share them.
    """
    words = words_of(language)
    said: set[str] = set()
    posts = []
    for slip in found:
        instead = [say for say in slip.says if say not in said] if slip.says else [words.wrong]
        said |= set(slip.says)
        named = BETWEEN.join(_without_links(_named([claim.source for claim in slip.claims])))
        posts.append(_fitting(slip, words, [*instead, *([words.source + named] if named else [])], fits))
    return [*posts, *([words.above + because] if because else [])]


def frame(text: str, ledger: Ledger) -> tuple[tuple[int, int], ...]:
    """The spans of a post that are the form of a correction and no claim of their own.

    These are `Correction: we wrote “…”.`, and a line `Source: …` that names sources of this ledger and nothing else.
    """
    known = set(_named([claim.source for claim in ledger.claims]))
    spans = []
    for words in WORDS.values():
        quoted = regex.escape(words.before) + "[^“”]+" + regex.escape(words.after)
        spans += [found.span() for found in regex.finditer(quoted, text)]
        sources = regex.finditer(f"^{regex.escape(words.source)}(.+)$", text, regex.MULTILINE)
        spans += [found.span() for found in sources if set(found[1].rstrip().split(BETWEEN)) <= known]
    return tuple(sorted(spans))


def without_form(text: str, ledger: Ledger) -> str:
    """The text, of the same length, with blanks in place of its `frame`: what is left is traced like any other post."""
    for start, end in frame(text, ledger):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _homes(ledger: Ledger) -> dict[str, Passage]:
    """The passage that each claim belongs to, by the claim's id."""
    return {claim.id: passage for passage in ledger.passages for claim in passage.claims}


def _is_wrong(claim: Claim, home: Passage) -> bool:
    disputed = claim.standing is Status.DISPUTED and bool(home.say) and not claim.excused
    return disputed or claim.standing is Status.CONTRADICTED


def _says(claims: Sequence[Claim], homes: dict[str, Passage]) -> tuple[str, ...]:
    """The words to use instead, each once; none of a passage whose own words repeat what is wrong."""
    passages = {id(homes[claim.id]): homes[claim.id] for claim in claims}.values()
    return tuple(
        passage.say
        for passage in passages
        if all(settled(claim, passage) for claim in claims if homes[claim.id] is passage)
    )


def _fitting(slip: Slip, words: Words, rest: Sequence[str], fits: Callable[[str], bool]) -> str:
    def post(quote: str) -> str:
        plain = " ".join(quote.split()).rstrip(".。").translate(INNER)
        return "\n\n".join([words.before + plain + words.after, *rest])

    part = _wrong_part(slip)
    tokens = part.split()
    shorter = [" ".join(tokens[:count]) + " …" for count in range(len(tokens) - 1, LEAST - 1, -1)]
    return next((post(quote) for quote in (slip.sentence, part, *shorter) if fits(post(quote))), post(part))


def _wrong_part(slip: Slip) -> str:
    """The part of the sentence from the first wrong words to the last; all of it where they stand otherwise."""
    lowered = slip.sentence.casefold()
    places = [(lowered.find(claim.quote.casefold()), len(claim.quote)) for claim in slip.claims]
    if len(lowered) != len(slip.sentence) or any(start < 0 for start, _ in places):
        return slip.sentence
    return slip.sentence[min(start for start, _ in places) : max(start + length for start, length in places)]


def _without_links(names: list[str]) -> list[str]:
    """The names that hold no domain, since that would be a link; the first one where all do."""
    return [name for name in names if not urls(name)] or names[:1]


def _named(sources: Iterable[Source]) -> list[str]:
    """Sources as a post names them, by publisher (or else title) and date, each once."""
    named = ((source.publisher or source.title, source.date) for source in sources)
    return list(dict.fromkeys(", ".join(filter(None, parts)) for parts in named if parts[0]))
