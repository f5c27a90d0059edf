"""The words of a text that tell what it is about. Pure.

Scripts that put no space between words, and Hangul, in which endings grow on a word, count by pairs of characters.
"""

from __future__ import annotations

import regex

from amplifier.content.claims.mentions.stop_words import FUNCTION

_WORD = regex.compile(
    r"(?P<pairs>[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]+)"
    r"|[\p{L}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]]+(?:['’][\p{L}]+)*",
    regex.VERSION1,
)
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]")
SHORTEST = 3
"""Letters of a word that tells something; two characters of a script that is counted by pairs."""


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case and without what follows an apostrophe."""
    found: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        run = match["pairs"]
        if run:
            found += [run[n : n + 2] for n in range(len(run) - 1)] or [run]
        else:
            found.append(match[0].partition("'")[0].partition("’")[0])
    return found


def is_pair(word: str) -> bool:
    """Whether a word of `words` is a pair of characters rather than a word."""
    return bool(_DENSE.match(word))


def function_words(language: str) -> frozenset[str]:
    """Return the words of a language that tell nothing by themselves; of some languages none are known."""
    return FUNCTION.get(language.replace("_", "-").partition("-")[0].lower(), frozenset())


def telling(text: str, language: str) -> frozenset[str]:
    """Return the words that tell what a text is about: no figures, no function words, plurals without their s."""
    small = function_words(language)
    return frozenset(
        word if is_pair(word) else word.removesuffix("s")
        for word in words(text)
        if word not in small
        and len(word) >= (SHORTEST - is_pair(word))
        and not any(character.isdigit() for character in word)
    )
