"""Find what is checkable in a text: numbers, quantities, ages, dates, quotations, names and attributions. Pure.

By rule, and in any language: a rule can be read, tested and explained to the person whose post it stops. What no
rule can find (that he stole the jeep) a person adds to the ledger as a statement.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from amplifier.content.claims.mentions.attributions import attributions
from amplifier.content.claims.mentions.dates import dates, years
from amplifier.content.claims.mentions.name_keys import name_key
from amplifier.content.claims.mentions.names import find_names
from amplifier.content.claims.mentions.numbers import figures
from amplifier.content.claims.mentions.quantities import age, number, quantity
from amplifier.content.claims.mentions.quotations import quotations
from amplifier.content.text.entities import hashtags, mentions, urls

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from amplifier.content.claims.model import Mention

__all__ = ["find", "known_names", "name_key"]


def find(text: str, language: str, names: Collection[str] = ()) -> list[Mention]:
    """Every mention in a text, in order of where it begins; of several that begin together, the longest first.

    `names` are names known from elsewhere in the article, however they are written; they are found at a sentence's
    beginning, and in scripts without capitals, too. Mentions of numbers, quantities, ages and dates never overlap
    each other. A quotation and an attribution overlap what stands in them: `per CNN` is an attribution, and `CNN` in
    it a name. Links, hashtags and accounts (`@name`) hold no mentions. A language without number words of its own
    here is read for digits, names, dates and quotations all the same.
    """
    primary = _primary(language)
    readable, measured = _read(text, primary)
    named = _named(text, primary, names)
    found = [*measured, *named, *quotations(readable), *attributions(readable, primary, named)]
    found.sort(key=lambda mention: (mention.start, -mention.end, mention.kind))
    return [replace(mention, words=text[mention.start : mention.end]) for mention in found]


def known_names(texts: Iterable[str], language: str, written: Collection[str] = ()) -> frozenset[str]:
    """The names of an article's sentences: what `find` takes as `names`. `written` are those a person has written down.

    Names that stand within a sentence come first, since a capital means more there; with them those at a beginning are
    found, until there are no more.
    """
    sentences, primary = list(texts), _primary(language)
    names = frozenset(written)
    names |= {mention.words for text in sentences for mention in _named(text, primary, names) if mention.start}
    while True:
        more = names | {mention.words for text in sentences for mention in _named(text, primary, names)}
        if more == names:
            return names
        names = more


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


def _named(text: str, language: str, names: Collection[str]) -> list[Mention]:
    readable, measured = _read(text, language)
    return find_names(readable, language, names, [(mention.start, mention.end) for mention in measured])


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> tuple[str, tuple[Mention, ...]]:
    """The text without its entities, and what is measured in it: the same for whichever names are known."""
    readable = _without_entities(text)
    return readable, tuple(_measured(readable, language))


def _without_entities(text: str) -> str:
    """The text with its links, hashtags and accounts blanked out; positions stay."""
    for entity in (*urls(text), *hashtags(text), *mentions(text)):
        text = text[: entity.start] + " " * (entity.end - entity.start) + text[entity.end :]
    return text


def _measured(text: str, language: str) -> list[Mention]:
    """Dates, ages, quantities and numbers. What says more wins: `13 November 2017` over `2017` over the figure."""
    found = dates(text, language)
    left = [figure for figure in figures(text, language) if _free(figure.start, figure.end, found)]
    for measure in (age, quantity):
        for figure in left:
            mention = measure(text, figure)
            if mention and _free(mention.start, mention.end, found):
                found.append(mention)
        left = [figure for figure in left if _free(figure.start, figure.end, found)]
    found += [year for year in years(text) if _free(year.start, year.end, found)]
    found += [number(text, figure) for figure in left if _free(figure.start, figure.end, found)]
    return found


def _free(start: int, end: int, found: Iterable[Mention]) -> bool:
    return not any(start < mention.end and mention.start < end for mention in found)
