from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.entities import hashtags
from amplifier.content.text.tags import kept_apart, own_tag, spoilt


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("#북한은 멀다", "#북한 은 멀다"),
        ("＃북한에서는, #DMZ의", "＃북한 에서는, #DMZ 의"),
        ("#dmz를", "#dmz 를"),
        ("#북한 은", "#북한 은"),
        ("#북한인권", "#북한인권"),
        ("#북한도시", "#북한도시"),
        ("#북한인권은", "#북한인권은"),  # no hashtag of the campaign's
        ("북한은", "북한은"),
        ("자유#북한은", "자유#북한은"),  # no hashtag at all
        ("https://example.com/#북한은", "https://example.com/#북한은"),
    ),
)
def test_only_the_own_hashtags_are_kept_apart_from_a_particle(text: str, expected: str) -> None:
    assert kept_apart(text, ["북한", "DMZ"]) == expected


def test_a_hashtag_that_only_looks_like_one_with_a_particle_is_left_when_it_is_the_campaigns() -> None:
    assert kept_apart("#경기도 #경기는", ["경기", "경기도"]) == "#경기도 #경기 는"


@pytest.mark.parametrize(
    ("word", "own"),
    (
        ("북한", "북한"),
        ("북한은", "북한"),
        ("북한에서는", "북한"),
        ("dmz가", "dmz"),
        ("북한인권", ""),
        ("자유", ""),
        ("", ""),
    ),
)
def test_the_campaigns_own_part_of_a_word(word: str, own: str) -> None:
    assert own_tag(word, ["북한", "DMZ"]) == own


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(["#북한은", "#북한", "는", "#자유의", " ", ".", "https://example.org/북한", "a"]), max_size=8
    )
)
def test_keeping_apart_is_done_once_and_adds_only_blanks(parts: list[str]) -> None:
    text = "".join(parts)
    once = kept_apart(text, ["북한", "자유"])
    assert kept_apart(once, ["북한", "자유"]) == once
    assert once.replace(" ", "") == text.replace(" ", "")


# ---------------------------------------------------------------- what is spoilt


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("for #human-rights now", [("human-rights", "human", "a hashtag ends at “-”")]),
        ("#Q&A", [("Q&A", "Q", "a hashtag ends at “&”")]),
        ("#a‐b #a‑c", [("a‐b", "a", "a hashtag ends at “‐”"), ("a‑c", "a", "a hashtag ends at “‑”")]),
        ("since #2024", [("2024", "", "a hashtag needs at least one letter")]),
        ("#2024-election", [("2024-election", "", "a hashtag needs at least one letter")]),
        ("자유#북한", [("북한", "", "“유” stands right before it")]),
        ("R&#D", [("D", "", "“&” stands right before it")]),
        ("#a#b", [("a", "", "“#” stands right after it"), ("b", "", "“a” stands right before it")]),
        ("#c://d", [("c", "", "“:” stands right after it")]),
        ("＃human-rights", [("human-rights", "human", "a hashtag ends at “-”")]),
    ),
)
def test_what_no_network_would_see_as_it_was_written(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = spoilt(text)
    assert [(case.word, case.posted, case.why) for case in found] == expected
    assert all(text[case.start + 1 :].startswith(case.word) for case in found)


@pytest.mark.parametrize(
    "text",
    (
        "#NorthKorea, #DMZ! (#UN) #NorthKorea’s #NorthKorea's",
        "issue #1, the #12 and #9-11 and #123",
        "#DMZ - and #DMZ– and #DMZ-, C# and A #, #️⃣ #\u20e3a",
        "https://example.com/a#2024 and https://example.com/#human-rights",
        "##tag #été #1a #_a",
        "no tag",
    ),
)
def test_what_is_as_it_was_written_or_no_hashtag_is_left(text: str) -> None:
    assert spoilt(text) == []


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab1#-& 북은."), max_size=12))
def test_every_hashtag_is_either_seen_whole_or_named_or_a_number(text: str) -> None:
    whole = {tag.start for tag in hashtags(text)}
    named = {case.start for case in spoilt(text)}
    for case in spoilt(text):
        assert (case.start in whole) == bool(case.posted)
    assert all(text[start] == "#" for start in named)
