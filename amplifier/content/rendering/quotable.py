"""Which sentences are worth quoting: a small score of our own, and the choice by it. Pure.

A score decides nothing about truth or taste. It finds sentences that stand alone and say something, so that a person
has fewer to read; what it chose is told at the post (`content.picks`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.claims.mentions.dates import dates, years

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SHORTEST, SHORT, LONG, LONGEST = 20, 45, 140, 240
"""Lengths as the network counts: between the middle two a sentence reads well, beyond the outer two it does not."""
NEVER = frozenset({"contradicted", "disputed"})
"""How the claims of a sentence stand that is never taken: its doubt is not answered by words to use instead."""
STANDING = {"verified": 1.0, "none": 0.0, "rhetorical": -1.0, "unverified": -1.0}

_ENGLISH = (
    "he she it they them his her its their this that these those then but and or so yet because also however "
    "still thus therefore finally meanwhile later afterwards instead besides moreover spoiler"
)
LEANING = {
    "en": _ENGLISH,
    "de": "er sie es ihr sein dies dieser diese dieses das dann aber und oder doch denn auch deshalb trotzdem später",
    "es": "él ella ellos ellas eso esto esta este entonces pero y o también además luego después porque así",
    "fr": "il elle ils elles ce cela ça cette ces alors mais et ou aussi puis ensuite donc car pourtant c",
    "ko": "그 그는 그가 그의 그를 그녀는 그녀가 그들은 그들이 이는 이것은 그것은 그러나 하지만 그리고 그래서 그런데 "
    "그러자 또 또한 따라서 결국 이어 이후 반면 게다가 즉",
}
"""First words that need the sentence before, by language; one that has no list is read as if it had no such words."""
LEANING_START = {
    "ja": (
        "彼は",
        "彼女",
        "彼ら",
        "それ",
        "これ",
        "その",
        "この",
        "しかし",
        "だが",
        "でも",
        "そして",
        "また",
        "さらに",
    ),
    "zh": ("他", "她", "它", "这", "那", "但", "然而", "而", "并", "也", "因此", "所以", "此外", "于是", "随后"),
}
"""The same for languages that write no space between words."""
_FIRST = re.compile(r"[\W_]*([^\W_]+)")
_QUOTATION = re.compile(r"“[^”]+”|„[^“”]+[“”]|«[^»]+»|「[^」]+」|『[^』]+』|\"[^\"]+\"")
LEAST_QUOTED = 10
"""Characters of a quotation with its marks; less is a word in quotation marks."""
_CONTRAST = re.compile(
    r";|\b(?:but|yet|not|never|although|though|nicht|aber|sondern|sino|pero|mais|jamais)\b|지만|아니라|않고|ではなく|而是|不是",
    re.IGNORECASE,
)


def score(sentence: str, length: int, standing: str, language: str) -> float | None:
    """Return how quotable a sentence is, the more the better; None when it must not be taken.

    `length` is what the network counts; `standing` the worst of its claims, or `none`. Up to 3 for a length that reads
    well; 1 for a figure, 1 for a name, 1 for a quotation, 1 for a contrast; half for a question or an exclamation;
    3 less when it does not stand alone, because its first word leans on the sentence before or it is as short as
    `Why?`; 1 more or less for how its claims stand.
    """
    if standing in NEVER:
        return None
    marks = (
        any(character.isdigit() for character in sentence),
        any(_is_name(word) for word in sentence.split()[1:]),
        bool(_QUOTATION.search(sentence)),
        bool(_CONTRAST.search(sentence)),
    )
    lively = sentence.rstrip("”’\"'»」』)").endswith(("?", "!", "？", "！", "؟"))
    points = 3 * _comfort(length) + sum(marks) + 0.5 * lively + STANDING.get(standing, STANDING["unverified"])
    return points - 3 if length < SHORTEST or leans(sentence, language) else points


def best(sentences: Sequence[str], n: int, points: Callable[[str], float | None]) -> list[str]:
    """Return at most `n` sentences with the most points, in the order of the text; of equals, the earlier ones.

    A sentence that stands twice is taken once.
    """
    scored = [(points(sentence), place) for place, sentence in enumerate(dict.fromkeys(sentences))]
    ranked = sorted((-found, place) for found, place in scored if found is not None)
    chosen = {place for _, place in ranked[:n]}
    return [sentence for place, sentence in enumerate(dict.fromkeys(sentences)) if place in chosen]


def worst(standings: Iterable[str]) -> str:
    """Return the standing that counts for a text whose sentences stand so; of none, `none`."""
    return min(
        standings, key=lambda standing: -9 if standing in NEVER else STANDING.get(standing, -1.0), default="none"
    )


def leans(sentence: str, language: str) -> bool:
    """Whether the first word needs the sentence before: a pronoun, or a word that joins on."""
    primary = _primary(language)
    first = _FIRST.match(sentence)
    if not first:
        return False
    starts = LEANING_START.get(primary, ())
    return first[1].casefold() in LEANING.get(primary, "").split() or first[1].startswith(starts)


def quotes(sentence: str) -> bool:
    """Whether the words of somebody stand in a sentence of which they are not all; single words in marks are none."""
    found = _QUOTATION.search(sentence)
    return found is not None and LEAST_QUOTED <= len(found[0]) < len(sentence.strip()) - 1


def is_dated(sentence: str, language: str) -> bool:
    """Whether a sentence names a day, a month or a year; a decade or a time of day alone does not count."""
    found = (*dates(sentence, _primary(language)), *years(sentence))
    return any(not mention.key.endswith("s") and ":" not in mention.key for mention in found)


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


def _comfort(length: int) -> float:
    """1 between `SHORT` and `LONG`, falling to 0 at the outer two."""
    if length < SHORT:
        return max(0.0, (length - SHORTEST) / (SHORT - SHORTEST))
    return 1.0 if length <= LONG else max(0.0, (LONGEST - length) / (LONGEST - LONG))


def _is_name(word: str) -> bool:
    """A capital behind the first word; scripts without capitals have no such sign."""
    letters = _FIRST.match(word)
    return letters is not None and letters[1][0].isupper() and letters[1] != "I"
