from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.names import find_names


def names(text: str, language: str = "en", known: tuple[str, ...] = ()) -> list[str]:
    return [mention.words for mention in find_names(text, language, known, [])]


def test_names_that_are_known_are_found_in_scripts_without_capitals() -> None:
    assert names("그는 판문점에서 북한을 떠났다.", "ko", ("판문점", "북한")) == ["판문점", "북한"]
    assert names("国連によると", "ja", ("国連",)) == ["国連"]
    assert names("他到联合国", "zh", ("联合国",)) == ["联合国"]
    assert names("그는 판문점에서", "ko") == []


def test_the_longest_of_known_names_is_found() -> None:
    assert names("유엔군사령부가 영상을 공개했다.", "ko", ("유엔", "유엔군사령부")) == ["유엔군사령부"]


def test_who_has_a_title_in_korean_is_a_name() -> None:
    text = "오청성 씨는 문재인 대통령과 이국종 교수를 만났다. 현직 대통령, 북한군 병사."
    assert names(text, "ko") == ["오청성", "문재인", "이국종"]


def test_latin_words_in_capitals_are_names_in_korean() -> None:
    assert names("그는 DMZ를 넘었고 CNN과 말했다. OK.", "ko") == ["DMZ", "CNN"]


@pytest.mark.parametrize("language", ("ru", "el"))
def test_other_scripts_with_capitals_are_read(language: str) -> None:
    text = {"ru": "Он бежал в Южную Корею.", "el": "Πήγε στην Νότια Κορέα."}[language]
    assert names(text, language) == [{"ru": "Южную Корею", "el": "Νότια Κορέα"}[language]]
