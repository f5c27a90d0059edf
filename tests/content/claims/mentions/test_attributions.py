from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.attributions import attributions
from amplifier.content.claims.mentions.names import find_names


def found(text: str, language: str = "en", *known: str) -> list[tuple[str, str]]:
    names = find_names(text, language, known, [])
    return [(mention.words, mention.key) for mention in attributions(text, language, names)]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("it died, per UN estimates.", [("per UN estimates", "un")]),
        ("conditions, per CNN.", [("per CNN", "cnn")]),
        ("live, per 2024 data.", [("per 2024 data", "2024 data")]),
        ("in camps, says HRW.", [("says HRW", "hrw")]),
        ("“We ran,” said surgeon Lee Cook-jong.", [("said surgeon Lee Cook-jong", "lee cook jong")]),
        ("UN Command video shows soldiers", [("UN Command video shows", "un command")]),
        ("about 40 rounds, the AP reported.", [("AP reported", "ap")]),
        ("Since then HRW estimates 120,000", [("HRW estimates", "hrw")]),
        ("He told the Washington Post so.", [("told the Washington Post", "washington post")]),
        ("According to Human Rights Watch, it", [("According to Human Rights Watch", "human rights watch")]),
        ("according to activists, it", [("according to activists", "activists")]),
        ("40 rounds by the count of the AP", [("by the count of the AP", "ap")]),
        (
            "Witnesses said so; officials reported it",
            [("Witnesses said", "witnesses"), ("officials reported", "officials")],
        ),
    ),
)
def test_attributions_have_the_key_of_who_is_named(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        "paid per day, per head, per cent",
        "He said that North Korea fell.",
        "Oh’s defection shows freedom is worth it",
        "what it says about chasing freedom",
        "He told him that Kim ran.",
        "Tell us in the comments. It tells of him.",
    ),
)
def test_other_uses_of_the_words_are_none(text: str) -> None:
    assert found(text, "en", "Oh") == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    (
        ("유엔에 따르면 12만 명이", "ko", [("유엔에 따르면", "유엔")]),
        ("그는 “자유”라고 말했다.", "ko", [("라고 말했다", "라고 말했다")]),
        ("国連によると、", "ja", [("国連によると", "国連")]),
        ("据联合国估计，", "zh", [("据联合国估计", "联合国")]),
        ("Según la ONU, murieron", "es", [("Según la ONU", "onu")]),
        ("Hoy HRW dijo que no", "es", [("HRW dijo", "hrw")]),
        ("Selon l’ONU, ils", "fr", [("Selon l’ONU", "onu")]),
        ("Laut HRW sind es", "de", [("Laut HRW", "hrw")]),
        ("Hier sagte HRW ja; das HRW berichtet", "de", [("HRW berichtet", "hrw")]),
    ),
)
def test_attributions_of_other_languages(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, language) == expected


def test_attributions_do_not_overlap_each_other() -> None:
    assert found("Yesterday Kim told NBC so.") == [("Kim told", "kim")]


def test_a_language_without_cues_has_none() -> None:
    assert found("Wg ONZ, HRW said", "pl") == []
