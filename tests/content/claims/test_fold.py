from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.claims.fold import core, fold, inside_word

TEXTS = st.text(
    st.sampled_from(list("ab e\u0301\u00e9\u0308 \t\n'’“”«»「」.,!?한북3은\u1100\u1161\u00a0…😀")), max_size=30
)


@pytest.mark.parametrize(
    ("one", "other"),
    (
        ("“It’s”", "'It's'"),
        ("«Oui»", "„Oui“"),
        ("a  b\n\tc", "a b c"),
        ("a\u00a0b", "a b"),
        ("Cafe\u0301", "Caf\u00e9"),
    ),
)
def test_texts_that_differ_in_marks_spaces_or_composition_fold_alike(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(("one", "other"), (("Oh", "oh"), ("a-b", "a–b"), ("a", "à")))
def test_everything_else_makes_a_difference(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_every_folded_character_tells_where_it_comes_from(text: str) -> None:
    folded = fold(text)
    assert len(folded.positions) == len(folded.text)
    assert list(folded.positions) == sorted(folded.positions)
    for character, place in zip(folded.text, folded.positions, strict=True):
        if character.isalnum():
            assert character in unicodedata.normalize("NFC", text[place : place + 6])


@given(TEXTS, TEXTS)
@settings(max_examples=100, deadline=None)
def test_what_is_composed_and_what_is_not_fold_alike(one: str, other: str) -> None:
    text = f"{one}z{other}"
    assert fold(unicodedata.normalize("NFC", text)).text == fold(text).text


def test_a_span_of_the_source_is_found_in_the_folded_text() -> None:
    folded = fold("He  said “Cafe\u0301”  twice")
    start, end = folded.span(10, 15)
    assert folded.text[start:end] == "Caf\u00e9"


@pytest.mark.parametrize(
    ("text", "inner"),
    (
        ("“Oh ran.”", "Oh ran"),
        ("Oh ran!… 🙂", "Oh ran"),
        ("Why?", "Why?"),
        ("…and ran, ", "and ran"),
        ("3.5 million", "3.5 million"),
        ("($5)", "($5)"),
        ("😀", ""),
        ("", ""),
    ),
)
def test_the_core_has_no_marks_pictures_and_stops_around_it(text: str, inner: str) -> None:
    folded = fold(text).text
    start, end = core(folded)
    assert folded[start:end] == inner


@pytest.mark.parametrize(
    "text",
    (
        "de|fector", "3|.5", "3.|5", "33|,000", "33,|000", "non-|violent", "non|-violent", "don|'t", "don'|t", "$|5",
        "120|%", "1998|–2004", "#|tag", "-|5", "북한|은", "34|-year",
    ),
)  # fmt: skip
def test_a_cut_within_a_word_or_number_is_seen(text: str) -> None:
    assert inside_word(text.replace("|", ""), text.index("|"))


@pytest.mark.parametrize(
    "text", ("ran| far", "ran |far", "life|—3.5", "life—|3.5", "ran|.", "北|朝鮮", "|a", "a|", "5| %", "a (|b")
)
def test_a_cut_between_words_is_none(text: str) -> None:
    assert not inside_word(text.replace("|", ""), text.index("|"))
