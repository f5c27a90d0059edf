"""Every word of the pages in every language, with the same values in it."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from amplifier import pages
from amplifier.pages.words import ONE, USUAL, speaking, tables

FOLDER = Path(pages.__file__).parent


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def several(words: dict[str, str]) -> set[str]:
    return {key for key in words if not key.endswith(ONE)}


@pytest.mark.parametrize("language", sorted(tables()))
def test_a_language_has_every_word_with_the_same_values(language: str) -> None:
    usual, own = tables()[USUAL], tables()[language]
    assert several(own) == several(usual)
    told = {key: fields(text) for key, text in usual.items()}
    assert {key: fields(own[key]) for key in several(own)} == {key: told[key] for key in several(usual)}
    assert all(fields(own[key]) | {"count"} == told[key.removesuffix(ONE)] for key in own if key.endswith(ONE))
    assert all(text.strip() for text in own.values())


def test_english_and_korean_are_shipped_and_others_get_english() -> None:
    assert {"en", "ko"} <= tables().keys()
    assert speaking("ko-KR")[0] == "ko"
    for other in ("fr", "", "x", "KO"):
        assert speaking(other)[0] == ("ko" if other == "KO" else "en")


def test_one_thing_has_words_of_its_own_where_the_language_has_them() -> None:
    say = speaking("en")[1]
    assert say("errors", count=1) == "1 thing to mend before approval."
    assert say("errors", count=2) == "2 things to mend before approval."
    assert speaking("ko")[1]("errors", count=1) == "승인 전에 고칠 것 1개."


def test_pages_say_no_word_that_is_not_there_and_none_is_there_in_vain() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in [*FOLDER.rglob("*.j2"), *FOLDER.parent.rglob("*.py")])
    said = set(re.findall(r'say\("([a-z_]+)"', sources))
    said |= {key for key in several(tables()[USUAL]) if f'"{key}"' in sources}  # told later, or in either case
    said |= {f"{key}_queued" for key in said}
    begun = set(re.findall(r'say\(f?"([a-z_]+_)(?:"|\{)', sources))
    known = several(tables()[USUAL])
    assert {key for key in said if not key.endswith("_queued")} - known - begun == set()
    assert {key for key in known - said if not key.startswith(tuple(begun))} == set()
