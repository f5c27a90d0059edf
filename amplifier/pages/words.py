"""What pages say to people, in their language: words.toml, one table for each."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = Path(__file__).parent / "words.toml"
USUAL = "en"
ONE = "_one"
"""What the key of the words for a `count` of 1 ends with, where they are others."""


@cache
def tables() -> dict[str, dict[str, str]]:
    """The words of every language, by key."""
    with WORDS.open("rb") as file:
        return tomllib.load(file)


def speaking(language: str) -> tuple[str, Callable[..., str]]:
    """The language of a page for readers of `language` (a tag as `ko` or `en-GB`), and what says a key in it."""
    primary = language.split("-", maxsplit=1)[0].lower()
    chosen = primary if primary in tables() else USUAL
    words = tables()[chosen]

    def say(key: str, **values: object) -> str:
        one = f"{key}{ONE}" if values.get("count") == 1 else ""
        return words[one if one in words else key].format(**values)

    return chosen, say
