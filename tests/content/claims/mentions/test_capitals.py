from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.capitals import capital_names
from amplifier.content.claims.mentions.name_keys import known


def names(text: str, language: str = "en", *others: str) -> list[str]:
    spans = capital_names(text, language, known(frozenset(others), language), [])
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize("text", ("¿Quieres ayudar?", "¡Escríbenos hoy!", "Amigos, ¿Quieres venir?"))
def test_a_capital_behind_an_opening_mark_begins_a_sentence(text: str) -> None:
    assert names(text, "es") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("He left North Korea for Seoul.", ["North Korea", "Seoul"]),
        ("He met Oh Hyok-sung there.", ["Oh Hyok-sung"]),
        ("into North Korea’s oppression", ["North Korea"]),
        ("the defectors’ DMZ escape", ["DMZ"]),
        ("threats—North Korea targets", ["North Korea"]),
        ("the DMZ (Demilitarized Zone), and", ["DMZ", "Demilitarized Zone"]),
        ("with Ludwig van Beethoven and Osama bin Laden", ["Ludwig van Beethoven", "Osama bin Laden"]),
        ("the Commission of Inquiry on Human Rights in Geneva", ["Commission of Inquiry on Human Rights", "Geneva"]),
        ("met John F. Kennedy in St. Petersburg", ["John F. Kennedy", "St. Petersburg"]),
        ("in the U.S. and the UK", ["U.S.", "UK"]),
        ("told Procter & Gamble", ["Procter & Gamble"]),
        ("a UN-led force, a Seoul-based one", ["UN", "Seoul"]),
        ("said Theresa May", ["Theresa May"]),
        ("with Malcolm X, on X and with X users", ["Malcolm X"]),
        ("no TV, OK, but I do", []),
        ("that it was NOT so, and it was in May", []),
        ("on Monday, I’m out, and He knew", []),
    ),
)
def test_words_in_capitals_within_a_sentence_are_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("Freedom matters. Courage too! Why? Hope: Strength.", []),
        ("John Smith ran.", ["John Smith"]),
        ("UN Command saw it.", ["UN Command"]),
        ("Kim’s escape. It’s done. Let’s go. That's all. Today’s news.", ["Kim"]),
        ("The DMZ is wide. His DMZ escape. In Seoul he slept.", ["DMZ", "DMZ", "Seoul"]),
        ("Share North Korea’s story. Ask HRW.", ["North Korea", "HRW"]),
        ("“Freedom came,” he said. (Courage too.)", []),
        ("– Reply to him.\n1. Answer him.\n• Read it.", []),
        ("McDonald ran.", ["McDonald"]),
        ("Kim said no. Doctors said yes.", ["Kim"]),
        ("He met Dr. Lee and Mr. Kim.", ["Lee", "Kim"]),
        ("X posts came.", []),
    ),
)
def test_the_first_word_of_a_sentence_is_a_name_only_for_a_reason(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_the_first_word_is_a_name_when_it_is_known_from_elsewhere() -> None:
    assert names("Oh ran. Panmunjom slept.") == []
    assert names("Oh ran. Panmunjom slept.", "en", "Oh Hyok-sung", "Panmunjom") == ["Oh", "Panmunjom"]
    assert names("North of it. Human hands.", "en", "North Korea", "Human Rights Watch") == []


def test_a_first_word_before_a_known_name_is_no_part_of_it() -> None:
    assert names("Starving North Koreans fled.", "en", "North Korea") == ["North Koreans"]
    assert names("Watch Kim.", "en", "Human Rights Watch") == ["Kim"]


def test_titles_are_no_part_of_a_name() -> None:
    assert names("He met South Korean President Moon Jae-in.") == ["South Korean", "Moon Jae-in"]
    assert names("He asked the President.") == []
    assert names("He heard Martin Luther King speak.") == ["Martin Luther King"]


@pytest.mark.parametrize(
    "line", ("What We Learn", "A Sprint for Freedom", "The Decision to Flee", "THREE THINGS ABOUT THE ESCAPE")
)
def test_words_of_a_heading_are_no_names(line: str) -> None:
    assert names(line) == []
    assert names(f"He ran.\n{line}\nHe hid.") == []


def test_a_heading_holds_known_names_and_acronyms() -> None:
    assert names("What We Learn From North Korea and the UN", "en", "North Korea") == ["North Korea", "UN"]
    assert names("WHAT WE LEARN FROM NORTH KOREA AND THE UN", "en", "North Korea") == ["NORTH KOREA"]


@pytest.mark.parametrize("line", ("Oh Chong-song", "Human Rights Watch", "The New York Times", "DMZ"))
def test_a_name_alone_on_a_line_is_a_name(line: str) -> None:
    assert names(line) == [line.removeprefix("The ")]


def test_german_nouns_are_no_names_by_themselves() -> None:
    text = "Die Flucht des Soldaten zeigt Mut. Viele Menschen sind in Lagern, sagt HRW. Er traf Kim Jong Un."
    assert names(text, "de") == ["HRW", "Kim Jong Un"]
    assert names("Er floh aus Nordkorea.", "de", "Nordkorea") == ["Nordkorea"]


def test_elisions_are_no_part_of_a_name() -> None:
    assert names("Selon l’ONU, la fuite d’Oh", "fr") == ["ONU", "Oh"]


def test_spans_that_are_taken_hold_no_names() -> None:
    text = "He left in November for Seoul."
    spans = list(capital_names(text, "en", known(frozenset(), "en"), [(11, 19)]))
    assert [text[start:end] for start, end in spans] == ["Seoul"]
