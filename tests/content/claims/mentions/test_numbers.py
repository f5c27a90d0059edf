from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.claims.mentions.numbers import figures


def values(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(text[figure.start : figure.end], figure.value) for figure in figures(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    (
        ("120,000 in camps", "en", [("120,000", "120000")]),
        ("3.5 million died", "en", [("3.5 million", "3500000")]),
        ("3,500,000 died", "en", [("3,500,000", "3500000")]),
        ("1,234.50 each", "en", [("1,234.50", "1234.5")]),
        ("33 000 men", "en", [("33 000", "33000")]),
        ("In 1953 120 men", "en", [("1953", "1953"), ("120", "120")]),
        ("a 5-million camp", "en", [("5-million", "5000000")]),
        ("5k shares and 2bn", "en", [("5k", "5000"), ("2bn", "2000000000")]),
        ("120.000 Menschen", "de", [("120.000", "120000")]),
        ("3,5 Millionen", "de", [("3,5 Millionen", "3500000")]),
        ("1.234,5 Tonnen", "de", [("1.234,5", "1234.5")]),
        ("1.250 is a decimal", "en", [("1.250", "1.25")]),
        ("1.250.000 is none", "en", [("1.250.000", "1250000")]),
        ("33 000 réfugiés", "fr", [("33 000", "33000")]),
        ("3,5 millones", "es", [("3,5 millones", "3500000")]),
        ("٢٤ عاما", "ar", [("٢٤", "24")]),
        ("80,000-120,000", "en", [("80,000", "80000"), ("120,000", "120000")]),
        ("life—3.5 million", "en", [("3.5 million", "3500000")]),
    ),
)
def test_digits_are_read_with_their_separators_and_scales(
    text: str, language: str, expected: list[tuple[str, str]]
) -> None:
    assert values(text, language) == expected


@pytest.mark.parametrize(
    "text",
    ("the 38th parallel", "the 21st century", "1er mai", "F-16", "Covid-19", "MH370", "at 12:30", "1.2.3.4", "21세기"),
)
def test_ordinals_names_and_clocks_are_no_figures(text: str) -> None:
    assert values(text) == []


def test_figures_in_digits_and_words_come_in_the_order_of_the_text() -> None:
    assert values("five of 12, 350만 and two") == [("five", "5"), ("12", "12"), ("350만", "3500000"), ("two", "2")]


def test_an_endless_row_of_digits_is_no_figure() -> None:
    assert values("1" * 5000) == []


@given(st.integers(0, 10**12))
def test_a_number_reads_the_same_with_and_without_separators(number: int) -> None:
    for text in (f"{number}", f"{number:,}", f"{number:,}".replace(",", "\u00a0")):
        assert values(text) == [(text, str(number))]


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_decimals_are_read_by_the_custom_of_the_language(whole: int, part: int) -> None:
    expected = f"{whole}.{part:02}".rstrip("0")
    assert values(f"{whole:,}.{part:02}")[0][1] == expected
    german = f"{whole:,}".replace(",", ".") + f",{part:02}"
    assert values(german, "de")[0][1] == expected
