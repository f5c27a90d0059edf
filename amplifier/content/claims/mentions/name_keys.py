"""One form of a name for comparison, and the names that are known from elsewhere. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from amplifier.content.claims.mentions.stop_words import BODIES, COMMON_PARTS, FUNCTION, PLACES

_POSSESSIVE = regex.compile(r"'s?$")
_JOINTS = regex.compile(r"[-‐‑_\s]+")
_OF_NO_PERSON = COMMON_PARTS | BODIES | PLACES
_DEMONYM = regex.compile(r"(?<=[a-z]{3}(?:i|e|ic)a)ns?(?![a-z])")


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """No case, no possessive, no article, no dots; hyphens are blanks.

    Who comes from a place has the place's key: `North Koreans` is `north korea`.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().replace("’", "'").strip()
    folded = _POSSESSIVE.sub("", folded).removeprefix("the ").replace(".", "")
    key: str = _DEMONYM.sub("", _JOINTS.sub(" ", folded).strip())
    return key


def is_short_form(part: str, name: str) -> bool:
    """Whether a person whose name has the key `name` is called `part` for short: the first or the last words of it.

    A name with a word such as `South` or `River` is no person's: `Korea` is another place than `South Korea`.
    """
    if part == name or not _OF_NO_PERSON.isdisjoint(name.split()):
        return False
    return name.startswith(f"{part} ") or name.endswith(f" {part}")


@dataclass(frozen=True, slots=True)
class Known:
    """Names known from elsewhere: their keys, and those of their words that are names by themselves."""

    keys: frozenset[str]
    words: frozenset[str]
    """Takes in `keys`."""
    spellings: tuple[str, ...]
    """As they are written, the longest first."""


@lru_cache(maxsize=64)
def known(names: frozenset[str], language: str) -> Known:
    """The names in the forms in which they are looked up."""
    keys = frozenset(name_key(name) for name in names)
    common = COMMON_PARTS | FUNCTION.get(language, frozenset())
    words = frozenset(word for key in keys for word in key.split() if word not in common)
    return Known(keys, words | keys, tuple(sorted(names, key=lambda name: (-len(name), name))))
