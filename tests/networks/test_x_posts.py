"""Our own posts, recognised in what X makes of them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.networks import x_posts
from tests.fakes.x_state import wrapped


def shown(text: str, **links: str) -> dict[str, Any]:
    """A post with these short links, as `name=long link`."""
    urls = [{"url": f"https://t.co/{short}", "expanded_url": link} for short, link in links.items()]
    return {"id": "17", "text": text, "entities": {"urls": urls}}


def as_x_shows(text: str) -> dict[str, Any]:
    made, urls = wrapped(text)
    return {"id": "17", "text": made, "entities": {"urls": urls}}


@pytest.mark.parametrize(
    "text",
    (
        "Plain",
        "Fish & chips < 3 > 2 &amp; &lt; &copy;",
        "Line one\n\nLine two  with  spaces",
        "비무장지대 #NorthKorea",
        "https://example.org",
        "https://example.org/ and example.org and Example.ORG/Story?a=1&b=2#c.",
        "Twice https://example.org/a https://example.org/a",
        "Tagged https://example.org/a?b&utm_source=x&utm_campaign=c&utm_content=one-1#part.",
        unicodedata.normalize("NFD", "Bücher für Kim Chŏng-ŭn"),
    ),
)
def test_a_text_is_known_again(text: str) -> None:
    assert x_posts.same_text(as_x_shows(text), text) is True


@given(
    st.text(
        st.sampled_from("ab &<>;\n.#é") | st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40
    )
)
def test_any_text_is_known_again_and_no_other_is(text: str) -> None:
    item = as_x_shows(text)
    assert x_posts.same_text(item, text) is True
    assert x_posts.same_text(item, text + " more") is False


@pytest.mark.parametrize(
    ("sent", "expanded"),
    (
        ("https://example.org", "https://example.org/"),
        ("https://example.org/", "https://example.org"),
        ("example.org", "http://example.org/"),
        ("https://Example.org/A", "https://example.org/A"),
        ("https://example.org/한국", "https://example.org/%ED%95%9C%EA%B5%AD"),
        ("https://example.org/%ED%95%9C%EA%B5%AD", "https://example.org/한국"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org/?q=a&b=c", "https://example.org/?q=a&b=c"),
        ("https://t.co/abcdefghij", "https://t.co/abcdefghij"),
    ),
)
def test_a_link_that_x_spells_otherwise_is_the_same(sent: str, expanded: str) -> None:
    assert x_posts.same_text(shown("Read https://t.co/abc now", abc=expanded), f"Read {sent} now") is True


@pytest.mark.parametrize(
    ("item", "verdict"),
    (
        (shown("Read https://t.co/abc", abc="https://example.org/b"), None),
        (shown("Read https://t.co/abc", abc="https://example.org/A"), None),
        (shown("Read https://t.co/abc"), None),
        ({"id": "17", "text": "Read https://t.co/abc", "entities": {"urls": [None, {"url": 1}]}}, None),
        ({"id": "17", "text": "Read https://t.co/abc", "entities": []}, None),
        (shown("Read https://t.co/abc", abc="https://example.net/a"), False),
        (shown("Read this https://t.co/abc", abc="https://example.org/a"), False),
        (shown("Read https://t.co/abcd", abc="https://example.org/a"), None),
    ),
)
def test_a_link_that_may_be_ours_is_neither_yes_nor_no(item: dict[str, Any], verdict: bool | None) -> None:
    assert x_posts.same_text(item, "Read https://example.org/a") is verdict


def test_a_text_that_x_did_not_escape_is_known_too() -> None:
    assert x_posts.same_text({"id": "17", "text": "a &amp; b"}, "a &amp; b") is True


def test_case_and_white_space_inside_a_text_matter() -> None:
    assert x_posts.same_text(shown("A  post"), "A post") is False
    assert x_posts.same_text(shown("a post"), "A post") is False


def test_signs_of_patterns_are_only_signs() -> None:
    assert x_posts.same_text(shown("A.post"), "A post") is False
    assert x_posts.same_text(shown("What (a) [post]? a+b*c\\d|e ^$"), "What (a) [post]? a+b*c\\d|e ^$") is True


@pytest.mark.parametrize(
    ("references", "parent"),
    (
        (None, None),
        ([{"type": "replied_to", "id": "5"}], "5"),
        ([{"type": "quoted", "id": "4"}, {"type": "replied_to", "id": "5"}], "5"),
        ([{"type": "quoted", "id": "4"}], None),
        ([None, 7], None),
        ("odd", None),
    ),
)
def test_only_a_reply_has_a_parent(references: object, parent: str | None) -> None:
    assert x_posts.parent_of({"referenced_tweets": references}) == parent


def test_a_time_without_a_zone_or_shape_is_none() -> None:
    assert x_posts.created({"created_at": "2021-11-03T21:38:39.000Z"}) == datetime(2021, 11, 3, 21, 38, 39, tzinfo=UTC)
    for odd in (None, 7, "yesterday", "2021-11-03T21:38:39"):
        assert x_posts.created({"created_at": odd}) is None


@pytest.mark.parametrize("odd", (None, [], {"id": "17"}, {"id": 17, "text": "A"}, {"id": "17", "text": None}))
def test_what_cannot_be_compared_is_no_post(odd: object) -> None:
    assert not x_posts.is_post(odd)


@pytest.mark.parametrize(
    ("address", "url"),
    (
        ("https://x.com/our_voices/status/1995000000000000001", None),
        ("https://x.com/our_voices/status/1995000000000000001/", None),
        ("https://x.com/our_voices/status/1995000000000000001/photo/1", None),
        ("https://x.com/our_voices/status/1995000000000000001?s=20&t=7", None),
        ("https://x.com/our_voices/status/1995000000000000001/analytics#m", None),
        ("  https://x.com/our_voices/status/1995000000000000001\n", None),
        ("https://x.com/i/web/status/1995000000000000001", "https://x.com/i/web/status/1995000000000000001"),
        (
            "https://mobile.twitter.com/a/status/1995000000000000001",
            "https://mobile.twitter.com/a/status/1995000000000000001",
        ),
        ("https://me@x.com/a/status/1995000000000000001", "https://x.com/a/status/1995000000000000001"),
        ("https://twitter.com/a/statuses/1995000000000000001", "https://twitter.com/a/statuses/1995000000000000001"),
    ),
)
def test_a_posts_address_names_it_whatever_stands_behind_its_id(address: str, url: str | None) -> None:
    usual = "https://x.com/our_voices/status/1995000000000000001"
    assert x_posts.named(address) == ("1995000000000000001", url or usual)


@pytest.mark.parametrize("address", ("1995000000000000001", "x.com/our_voices/status/1995000000000000001/photo/1"))
def test_an_id_or_an_address_without_its_scheme_will_do(address: str) -> None:
    assert x_posts.named(address) == ("1995000000000000001", None)


@pytest.mark.parametrize(
    "address",
    (
        "",
        "https://x.com/our_voices",
        "https://x.com/our_voices/",
        "https://x.com/our_voices/status/",
        "https://x.com/our_voices/status/1995x",
        "https://x.com/our_voices/status/" + "1" * 20,
        "https://x.com/login?next=/our_voices/status/17",
        "https://x.com/our_voices/photo/1",
        "https://[x.com/a/status/17",
        "https://example.org/a/status/17",
        "https://x.com@example.org/a/status/17",
        "https://x.com.example.org/a/status/17",
        "example.org/a/status/17",
        "/a/status/17",
        "javascript://x.com/a/status/17",
        "outbox-17",
        "１７",
    ),
)
def test_what_names_no_post_is_none(address: str) -> None:
    assert x_posts.named(address) is None
