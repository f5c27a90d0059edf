from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.claims.mentions.spelled import spelled_figures

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *TEENS)


def values(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(text[start:end], str(value)) for start, end, value in spelled_figures(text, language)]


def in_words(number: int) -> str:
    """English words of a number below a thousand million."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    for size, name, joint in ((10**6, "million", " "), (10**3, "thousand", " "), (100, "hundred", " and ")):
        if number >= size:
            rest = f"{joint}{in_words(number % size)}" if number % size else ""
            return f"{in_words(number // size)} {name}{rest}"
    raise AssertionError


@given(st.integers(2, 10**9 - 1))
def test_a_number_in_words_has_its_value(number: int) -> None:
    words = in_words(number)
    assert values(f"There were {words} of them.") == [(words, str(number))]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    (
        ("a dozen and two dozen", "en", [("a dozen", "12"), ("two dozen", "24")]),
        ("half a million, half of it", "en", [("half a million", "500000.0")]),
        ("dozens fled", "en", [("dozens", "12s")]),
        ("Hundreds of thousands fled", "en", [("Hundreds of thousands", "100000s")]),
        ("thousands of miles", "en", [("thousands", "1000s")]),
        ("between one hundred and two hundred", "en", [("one hundred", "100"), ("two hundred", "200")]),
        ("forty fifteen", "en", [("forty", "40"), ("fifteen", "15")]),
        ("twenty ten", "en", [("twenty", "20"), ("ten", "10")]),
        ("sixty twenty", "en", [("sixty", "60"), ("twenty", "20")]),
        ("twenty thirty", "en", [("twenty", "20"), ("thirty", "30")]),
        ("five two", "en", [("five", "5"), ("two", "2")]),
        ("ten four", "en", [("ten", "10"), ("four", "4")]),
        ("two and five", "en", [("two", "2"), ("five", "5")]),
        ("two million three million", "en", [("two million", "2000000"), ("three million", "3000000")]),
        ("five-year plan", "en", [("five", "5")]),
        ("treinta y cinco mil", "es", [("treinta y cinco mil", "35000")]),
        ("cientos de miles", "es", [("cientos de miles", "100000s")]),
        ("un millón", "es", [("un millón", "1000000")]),
        ("soixante-dix", "fr", [("soixante-dix", "70")]),
        ("quatre-vingt-dix-sept", "fr", [("quatre-vingt-dix-sept", "97")]),
        ("vingt et un", "fr", [("vingt et un", "21")]),
        ("deux cents", "fr", [("deux cents", "200")]),
        ("vierundzwanzig", "de", [("vierundzwanzig", "24")]),
        ("dreihundert", "de", [("dreihundert", "300")]),
        ("dreihundertfünfzig", "de", [("dreihundertfünfzig", "350")]),
        ("fünftausendzweihundertdrei", "de", [("fünftausendzweihundertdrei", "5203")]),
        ("drei Millionen", "de", [("drei Millionen", "3000000")]),
        ("hundred words of Danish", "da", []),
    ),
)
def test_words_make_numbers(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert values(text, language) == expected


@pytest.mark.parametrize("cue", ("at least", "about", "only", "some", "over", "more than", "up to", "At least"))
def test_one_counts_after_a_word_that_counts(cue: str) -> None:
    assert values(f"{cue} one ran") == [("one", "1")]


def test_one_counts_before_of_and_in() -> None:
    assert values("one of only a few, one in ten") == [("one", "1"), ("one", "1"), ("ten", "10")]


@pytest.mark.parametrize(
    "text",
    ("one day", "no one of us", "every one of them", "the one in Seoul", "one voice", "a day", "an hour", "half"),
)
def test_one_and_a_are_no_numbers_elsewhere(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize("text", ("first", "second", "a third", "twentieth", "often", "weight", "tension", "anyone"))
def test_ordinals_and_words_that_hold_a_number_word_are_none(text: str) -> None:
    assert values(text) == []


def test_a_long_row_of_number_words_takes_no_long_time() -> None:
    assert len(values("two " * 3000)) == 3000
