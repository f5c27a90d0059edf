from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.numbers import figures
from amplifier.content.claims.mentions.quantities import age, number, quantity


def ages(text: str, language: str = "en") -> list[tuple[str, str]]:
    found = [mention for figure in figures(text, language) if (mention := age(text, figure))]
    return [(mention.words, mention.key) for mention in found]


def quantities(text: str, language: str = "en") -> list[tuple[str, str]]:
    found = [mention for figure in figures(text, language) if (mention := quantity(text, figure))]
    return [(mention.words, mention.key) for mention in found]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    (
        ("a 34-year-old soldier", "en", "34-year-old"),
        ("the thirty-four-year-olds", "en", "thirty-four-year-olds"),
        ("he was 34 years old", "en", "34 years old"),
        ("aged 34 then", "en", "aged 34"),
        ("34 years of age", "en", "34 years of age"),
        ("Oh Chong-song, 34, ran", "en", "34"),
        ("by Kim, 34.", "en", "34"),
        ("âgé de 34 ans", "fr", "âgé de 34 ans"),
        ("34 años de edad", "es", "34 años de edad"),
        ("der 34-jährige Soldat", "de", "34-jährige"),
        ("34 Jahre alt", "de", "34 Jahre alt"),
        ("34세 병사", "ko", "34세"),
        ("서른네 살 병사", "ko", "서른네 살"),
        ("34歳の兵士", "ja", "34歳"),
    ),
)
def test_an_age_is_one_however_it_is_written(text: str, language: str, words: str) -> None:
    assert ages(text, language) == [(words, "34 year")]


@pytest.mark.parametrize(
    "text", ("for 34 years", "page 34", "In November, 340, ran", "rounds, 34, hit", "Kim, 34 men", "34세기")
)
def test_other_figures_are_no_ages(text: str) -> None:
    assert ages(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("a 2.5-mile-wide strip", [("2.5-mile-wide", "2.5 mile")]),
        ("150 yards", [("150 yards", "150 yard")]),
        ("a 150-yard dash", [("150-yard", "150 yard")]),
        ("4 km and 4 kilometres", [("4 km", "4 km"), ("4 kilometres", "4 km")]),
        ("40 rounds", [("40 rounds", "40 round")]),
        ("five square miles", [("five square miles", "5 square mile")]),
        ("1,500 km²", [("1,500 km²", "1500 square km")]),
        ("$5 million and 5 million dollars", [("$5 million", "5000000 $"), ("5 million dollars", "5000000 $")]),
        ("US$3.5bn", [("US$3.5bn", "3500000000 $")]),
        ("5%, 5 percent, 5 per cent", [("5%", "5 %"), ("5 percent", "5 %"), ("5 per cent", "5 %")]),
        (
            "2 hours, 3 minutes and 4 seconds",
            [("2 hours", "2 hour"), ("3 minutes", "3 minute"), ("4 seconds", "4 second")],
        ),
        ("five times, five goats, five in all", []),
        ("5 minefields, 5 yardarms", []),
        ("a real-life action movie", []),
    ),
)
def test_a_quantity_has_its_unit_in_one_spelling(text: str, expected: list[tuple[str, str]]) -> None:
    assert quantities(text) == expected


def test_korean_units_stand_before_particles() -> None:
    assert quantities("3시간을 4km에서 5000만 원으로", "ko") == [
        ("3시간", "3 hour"),
        ("4km", "4 km"),
        ("5000만 원", "50000000 ₩"),
    ]


def test_a_counter_belongs_to_the_words_of_a_number_but_not_to_its_key() -> None:
    text = "다섯 발을 350만 명이 5人"
    assert [(number(text, figure).words, number(text, figure).key) for figure in figures(text, "ko")] == [
        ("다섯 발", "5"),
        ("350만 명", "3500000"),
        ("5人", "5"),
    ]
