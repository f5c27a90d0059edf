from __future__ import annotations

import pytest

from amplifier.content.text.particles import is_particle


def test_particles_alone_and_two_in_a_row() -> None:
    words = "은 는 이 가 을 를 의 에 에서 와 과 도 로 으로 만 부터 까지 에게 께 한테 처럼 보다 라고 이라고 하고"
    assert [word for word in [*words.split(), "에서는", "까지도", "만의", "이다"] if not is_particle(word)] == []


@pytest.mark.parametrize("word", ("", "인권", "도시", "에서는는", "은은", "는가", "a", "이야기", "들"))
def test_other_words_are_none(word: str) -> None:
    assert not is_particle(word)
