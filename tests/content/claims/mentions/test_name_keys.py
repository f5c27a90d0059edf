from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.claims.mentions.name_keys import known, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    (
        ("Oh’s", "oh"),
        ("Oh's", "Oh"),
        ("Defectors’", "defectors"),
        ("Oh Hyok-sung", "Oh Hyok Sung"),
        ("the UN", "U.N."),
        ("North Koreans", "North Korea"),
        ("North Korean", "North Korea"),
        ("Russian", "Russia"),
        ("Ｋｉｍ", "Kim"),
        ("Kim  Il\u00a0Sung", "kim il-sung"),
    ),
)
def test_names_that_mean_the_same_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), (("North Korea", "South Korea"), ("Iran", "Ira"), ("Japan", "Japa"), ("Hyok-sung", "Chong-song"))
)
def test_names_that_differ_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(st.sampled_from("KimOhan-’'s. the"), max_size=20))
def test_capitals_do_not_matter_to_a_key(name: str) -> None:
    assert name_key(name.upper()) == name_key(name.lower())


def test_the_words_of_a_known_name_are_known_but_for_common_ones() -> None:
    found = known(frozenset({"Oh Hyok-sung", "North Korea"}), "en")
    assert found.keys == {"oh hyok sung", "north korea"}
    assert found.words == found.keys | {"oh", "hyok", "sung", "korea"}
    assert found.spellings == ("Oh Hyok-sung", "North Korea")
