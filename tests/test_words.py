"""Every word of the pages in every language, with the same values in it."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from amplifier import pages
from amplifier.pages.words import USUAL, speaking, tables

FOLDER = Path(pages.__file__).parent


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(tables()))
def test_a_language_has_every_word_with_the_same_values(language: str) -> None:
    usual, own = tables()[USUAL], tables()[language]
    assert own.keys() == usual.keys()
    assert {key: fields(text) for key, text in own.items()} == {key: fields(text) for key, text in usual.items()}
    assert all(text.strip() for text in own.values())


def test_english_and_korean_are_shipped_and_others_get_english() -> None:
    assert {"en", "ko"} <= tables().keys()
    assert speaking("ko-KR")[0] == "ko"
    for other in ("fr", "", "x", "KO"):
        assert speaking(other)[0] == ("ko" if other == "KO" else "en")


def test_pages_say_no_word_that_is_not_there_and_none_is_there_in_vain() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in [*FOLDER.rglob("*.j2"), *FOLDER.parent.rglob("*.py")])
    said = set(re.findall(r'say\("([a-z_]+)"', sources))
    said |= set(re.findall(r'"((?:done|nav|tab)_[a-z]+)"', sources))  # told on the next page
    begun = set(re.findall(r'say\(f?"([a-z_]+_)(?:"|\{)', sources))
    known = set(tables()[USUAL])
    assert said - known - begun == set()
    assert {key for key in known - said if not key.startswith(tuple(begun))} == set()
