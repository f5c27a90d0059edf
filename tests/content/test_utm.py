from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amplifier.content.decorate import Decoration, clean, lay_out
from amplifier.content.text.entities import urls
from amplifier.content.text.length import measure
from amplifier.content.twins import bare
from amplifier.content.utm import Utm, host_of, own_parts, tagged, untagged
from amplifier.networks.limits import LIMITS

UTM = Utm("x", "dmz-escape", "day-one", "example.org")
TAG = "utm_source=x&utm_campaign=dmz-escape&utm_content=day-one-5"


@pytest.mark.parametrize(
    ("written", "posted"),
    (
        pytest.param("https://example.org/a", f"https://example.org/a?{TAG}", id="a page"),
        pytest.param("https://example.org", f"https://example.org?{TAG}", id="the site alone"),
        pytest.param("HTTPS://WWW.Example.org/a", f"HTTPS://WWW.Example.org/a?{TAG}", id="case and www"),
        pytest.param("https://example.org:8443/a", f"https://example.org:8443/a?{TAG}", id="a port"),
        pytest.param("https://example.org/a?id=1", f"https://example.org/a?id=1&{TAG}", id="a query is kept"),
        pytest.param("https://example.org/a#part", f"https://example.org/a?{TAG}#part", id="a fragment stays behind"),
        pytest.param("https://example.org/a?b#c?d", f"https://example.org/a?b&{TAG}#c?d", id="both"),
        pytest.param("https://example.org/%EA%B8%B0?q=%26", f"https://example.org/%EA%B8%B0?q=%26&{TAG}", id="encoded"),
        pytest.param("(https://example.org/a).", f"(https://example.org/a?{TAG}).", id="in brackets"),
        pytest.param("https://example.org/a에서", f"https://example.org/a?{TAG}에서", id="before a particle"),
        pytest.param(
            "https://example.org/a?utm_medium=social",
            f"https://example.org/a?utm_medium=social&{TAG}",
            id="what is no part of our tag does not count",
        ),
    ),
)
def test_a_link_to_the_own_site_is_tagged_for_its_post(written: str, posted: str) -> None:
    assert tagged(f"Read it: {written}", UTM, 5) == f"Read it: {posted}"
    assert untagged(f"Read it: {posted}") == f"Read it: {written}"
    assert untagged(posted, UTM.tag(5)) == written
    assert untagged(posted, UTM.tag(6)) == posted


@pytest.mark.parametrize(
    "written",
    (
        pytest.param("https://elsewhere.org/a", id="another site"),
        pytest.param("https://sub.example.org/a", id="another host of the site"),
        pytest.param("https://example.org.evil.com/a", id="a site that begins alike"),
        pytest.param("https://elsewhere.org/?to=https://example.org/a", id="a link within a link"),
        pytest.param("example.org/a", id="no scheme"),
        pytest.param("https://example.org/a?utm_source=newsletter", id="a part of its own"),
        pytest.param("https://example.org/a?UTM_Campaign=w", id="in capitals"),
        pytest.param("https://example.org/a#utm_content=w", id="behind the #"),
        pytest.param("https://example.org/a)b", id="what follows would become a part of it"),
        pytest.param(f"https://example.org/a?{TAG}", id="tagged already"),
    ),
)
def test_a_link_that_is_not_ours_to_tag_stays_as_it_is(written: str) -> None:
    assert tagged(f"Read it: {written}", UTM, 5) == f"Read it: {written}"


def test_every_link_of_a_post_is_tagged() -> None:
    text = "https://example.org/a and https://elsewhere.org and https://example.org/b?c"
    assert tagged(text, UTM, 5) == (
        f"https://example.org/a?{TAG} and https://elsewhere.org and https://example.org/b?c&{TAG}"
    )


@pytest.mark.parametrize(
    ("link", "host"),
    (
        ("https://example.org", "example.org"),
        ("https://user@WWW.example.org:80/a", "example.org"),
        ("https://example.org./a", "example.org"),
        ("https://한국.kr/기사", "xn--3e0b707e.kr"),
        ("https://xn--3e0b707e.kr", "xn--3e0b707e.kr"),
        ("https://[", ""),
        ("https://" + "a" * 64 + ".kr", "a" * 64 + ".kr"),
    ),
)
def test_a_site_is_known_however_its_name_is_written(link: str, host: str) -> None:
    assert host_of(link) == host


def test_a_site_in_its_own_script_is_tagged_and_left_in_its_script() -> None:
    utm = Utm("x", "c", "t", host_of("https://xn--3e0b707e.kr"))
    assert tagged("https://한국.kr/a", utm, 1) == "https://한국.kr/a?utm_source=x&utm_campaign=c&utm_content=t-1"


def test_the_name_of_a_network_of_ones_own_is_encoded() -> None:
    assert Utm("my net&", "c", "t", "").tag(2) == "utm_source=my%20net%26&utm_campaign=c&utm_content=t-2"


def test_the_parts_that_a_link_has_of_its_own_are_named_once() -> None:
    assert own_parts("https://e.org/?UTM_source=a&utm_content=b&utm_source=c") == ["utm_source", "utm_content"]
    assert own_parts("https://e.org/?xutm_source=a&utm_medium=b") == []


SLUGS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
WORDS = st.sampled_from(
    ["word", "자유를", "end.", "(so)", "#Tag", "example.org", "\n\n", "https://example.org/a", "https://example.org",
     "https://example.org/a?b=c#d", "https://example.org/가나", "https://other.org/a", "https://example.org/a),", "=",
     "&", "https://example.org/?utm_source=own", "https://한국.kr/a", "👩‍👩‍👧", "https://example.org/a#"]
)  # fmt: skip


@given(words=st.lists(WORDS, min_size=1, max_size=12), thread=SLUGS, k=st.integers(1, 25), spaced=st.booleans())
@settings(max_examples=300)
@example(words=["https://example.org/a", "=", "word"], thread="a", k=1, spaced=False)
def test_tags_are_the_same_whenever_they_are_added_and_come_off_without_a_trace(
    words: list[str], thread: str, k: int, *, spaced: bool
) -> None:
    text = clean((" " if spaced else "").join(words))
    utm = Utm("x", "c", thread, "example.org")
    posted = tagged(text, utm, k)
    assert tagged(posted, utm, k) == posted
    assert untagged(posted) == untagged(posted, utm.tag(k)) == text
    assert [untagged(link.text) for link in urls(posted)] == [link.text for link in urls(text)]
    assert measure(posted, "weighted") == measure(text, "weighted")
    assert re.findall(r"\w+", bare(posted)) == re.findall(r"\w+", bare(text))


@given(
    texts=st.lists(st.lists(WORDS, min_size=1, max_size=40).map(" ".join).map(clean), min_size=1, max_size=4).filter(
        all
    ),
    network=st.sampled_from(["x", "bluesky", "mastodon"]),
    numbering=st.booleans(),
)
@settings(max_examples=60)
def test_posts_fit_with_their_tags_on_every_network(texts: list[str], network: str, *, numbering: bool) -> None:
    limits, link = LIMITS[network], "https://example.org/story"
    utm = Utm(network, "c", "t", "example.org")
    posts = [post.text for post in lay_out(texts, Decoration(("One",), link, numbering, utm), "en", limits)]
    assert all(measure(post, limits.count) <= limits.length for post in posts)
    for k, post in enumerate(posts, start=1):
        own = [found.text for found in urls(post) if host_of(found.text) == "example.org" and "=own" not in found.text]
        assert all(utm.tag(k) in found for found in own if "://" in found)
    assert any(f"{link}?{utm.tag(k)}" in post for k, post in enumerate(posts, start=1))
    if limits.count != "graphemes":  # links weigh the same whatever their length
        plain = lay_out(texts, Decoration(("One",), link, numbering), "en", limits)
        assert list(map(untagged, posts)) == [post.text for post in plain]
