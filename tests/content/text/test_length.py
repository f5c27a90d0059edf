from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amplifier.content.text.length import _weight, measure, valid_range, weighted_length

MAN, WOMAN, ZWJ, VS, SKIN = "\U0001f468", "\U0001f469", "\u200d", "\ufe0f", "\U0001f3fd"

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from([
            "https://example.com/a_(b)", "example.com", "été.fr/x", "北京.com", "한국", "👨‍👩‍👧", "🇰🇷", "1️⃣", "#tag",
            "\u3000", "\u2028", "\u1680", "\n", " ", ".", "e\u0301",
        ]),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "weight"),
    (
        ("", 0),
        ("   ", 3),
        ("plain words", 11),
        ("“dash” – and ‘quote’", 20),
        ("북한", 4),
        ("日本語。", 8),
        ("Ελλάδα Россия שלום مرحبا", 24),
        ("e\u0301", 1),
        ("\u1100\u1161\u11a8", 2),  # a Hangul syllable in three parts
        ("\u3000", 2),
        ("a\u1680b\u2028c", 7),
        ("https://example.com/" + "a" * 300, 23),
        ("see example.com.", 28),
        ("https://example.com/기사?id=1", 32),
        ("example.com에서", 27),
        ("x@example.com", 13),
        ("no.such-domain", 14),
        ("http://a.b.cd http://a.b.cd", 47),
        ("été.fr", 24),  # at the very start the first letter is read as what stands before the link
        ("in été.fr", 26),
        ("x. été.fr", 26),
        # X's rules take the letters between host and path out of the link, and then count as many from its end
        ("sub.example.orgια.com/a", 29),
        ("see example.com😀😀。한국.kr/abcdefghijkl", 37),
    ),
)
def test_weights(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    ("emoji", "weight"),
    (
        ("😀", 2),
        ("❤", 2),
        ("❤️", 2),
        ("❤\ufe0e", 4),
        ("©", 1),
        ("©️", 2),
        ("1️⃣", 2),
        ("👍🏽", 2),
        ("☝️🏽", 2),
        ("🇰🇷", 2),
        ("🇰🇷🇰🇵", 4),
        ("\U0001f1e6\U0001f1e6", 4),  # no such flag
        (f"{MAN}{ZWJ}{WOMAN}{ZWJ}👧{ZWJ}👦", 2),
        (f"{MAN}{ZWJ}{MAN}", 5),  # no such family
        (f"{WOMAN}{SKIN}{ZWJ}⚕{VS}", 2),
        (f"🏃{SKIN}{ZWJ}♀{VS}", 2),
        (f"{WOMAN}{ZWJ}❤{VS}{ZWJ}💋{ZWJ}{MAN}", 2),
        (f"🏳{VS}{ZWJ}🌈", 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        (f"🧑{ZWJ}🎄", 5),  # newer than X's table: every part counts
        (f"😮{ZWJ}💨", 5),
    ),
)
def test_emoji_weigh_two_where_the_table_of_x_knows_them(emoji: str, weight: int) -> None:
    assert weighted_length(emoji) == weight
    assert weighted_length(f"a {emoji}.") == weight + 3


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_the_sum_over_tokens_is_the_weight_of_the_whole(text: str) -> None:
    assert weighted_length(text) == _weight(text)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_weight_is_the_same_in_every_normal_form(text: str) -> None:
    assert weighted_length(text) == weighted_length(unicodedata.normalize("NFC", text))


# ---------------------------------------------------------------- the valid range


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    (
        ("", 280, ""),
        ("a" * 280, 280, "a" * 280),
        ("a" * 281, 280, "a" * 280),
        ("가" * 141, 280, "가" * 140),
        ("abc", 0, ""),
        ("a가b", 2, "a"),
        ("a가b", 3, "a가"),
        # an emoji or a link that goes over the limit is not taken in part
        (f"a{MAN}{ZWJ}{WOMAN}{ZWJ}👧{ZWJ}👦b", 2, "a"),
        (f"a{MAN}{ZWJ}{WOMAN}{ZWJ}👧{ZWJ}👦b", 3, f"a{MAN}{ZWJ}{WOMAN}{ZWJ}👧{ZWJ}👦"),
        (f"{MAN}{ZWJ}{MAN}", 3, f"{MAN}{ZWJ}"),  # X's table knows no such family
        ("a https://example.com/abc b", 24, "a "),
        ("a https://example.com/abc b", 25, "a https://example.com/abc"),
        # the rules take the letters between host and path out of the link, and then count as many from its end
        ("sub.example.orgια.com/a b", 23, "sub.example.orgια"),
        # in NFC
        ("e\u0301" * 3, 2, "éé"),
        ("\ufb2c", 2, "\u05e9\u05bc"),
        # what X refuses
        ("ab\ufeffcd", 280, "ab"),
        ("\uffffab", 280, ""),
        ("abc\ufffe", 2, "ab"),
    ),
)
def test_the_valid_range_is_what_x_would_keep(text: str, limit: int, kept: str) -> None:
    assert unicodedata.normalize("NFC", text)[: valid_range(text, limit)] == kept


def test_the_limit_is_that_of_x() -> None:
    assert valid_range("a" * 300) == 280


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 40))
def test_the_valid_range_ends_before_the_limit_and_takes_all_that_fits(text: str, limit: int) -> None:
    text = unicodedata.normalize("NFC", text)
    assume(not any(refused in text for refused in "\ufeff\ufffe\uffff"))
    kept = valid_range(text, limit)
    assert (kept == len(text)) == (weighted_length(text) <= limit)
    assert valid_range(text, limit + 1) >= kept
    assert valid_range(text, weighted_length(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "length"),
    (
        ("abc", 3),
        ("a\r\nb", 3),
        (f"{MAN}{ZWJ}{WOMAN}{ZWJ}👧{ZWJ}👦", 1),
        ("e\u0301", 1),
        ("한국", 2),
        ("https://example.com", 19),
    ),
)
def test_bluesky_counts_graphemes(text: str, length: int) -> None:
    assert measure(text, "graphemes") == length


@pytest.mark.parametrize(
    ("text", "length"),
    (
        ("한국", 2),
        ("https://example.com/" + "a" * 50, 23),
        ("a https://example.com b http://example.org/x?y=1", 51),
        ("example.com", 11),  # a link only with https://
        ("example.com https://example.com", 35),
        ("@user@example.social hello", 11),
        ("@user hello", 11),
        ("mail x@example.com", 18),
        ("https://example.com/@user@example.social", 23),
    ),
)
def test_mastodon_counts_links_and_remote_accounts_shorter(text: str, length: int) -> None:
    assert measure(text, "mastodon") == length


def test_x_is_measured_by_weight() -> None:
    assert measure("한국 https://example.com/long/long/long", "weighted") == 28
