from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.entities import Entity, encode_link, has_url, hashtag_problem, hashtags, mentions, urls
from amplifier.content.text.length import weighted_length


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("nothing here.", []),
        ("HTTPS://EXAMPLE.COM/Path", ["HTTPS://EXAMPLE.COM/Path"]),
        ("example.com에서 보라", ["example.com"]),
        ("https://example.com/기사?id=1", ["https://example.com/"]),
        ("https://en.wikipedia.org/wiki/Primer_(film).", ["https://en.wikipedia.org/wiki/Primer_(film)"]),
        ("https://example.com:8080/a?b=c#d, then", ["https://example.com:8080/a?b=c#d"]),
        ("http://foo.РФ", ["http://foo.РФ"]),
        ("file.bz2 and 3.5 and e.g. U.S. people", []),
        ("-example.com _example.com /example.com x@example.com $example.com", []),
        ("https://t.co/abc'tail", ["https://t.co/abc"]),
        ("https://t.co/" + "a" * 41, []),
        ("https://" + "a" * 63 + ".com", ["https://" + "a" * 63 + ".com"]),
        ("https://" + "a" * 64 + ".com", []),
        ("https://" + "あ" * 64 + ".com", []),
        ("https://xn--はじめ.com", []),
        ("https://example.com/" + "a" * 4100, []),
        ("see 🚮.example.com/a", ["example.com/a"]),
        ("see “example.com/a”", ["example.com/a"]),
        ("sub.example.orgια.com/a", ["sub.example.org/a"]),
        ("http://example.u\u017f", []),  # a long s is no s
    ),
)
def test_links_are_those_that_x_finds(text: str, expected: list[str]) -> None:
    assert [url.text for url in urls(text)] == expected
    assert has_url(text) == bool(expected)


def test_a_long_text_without_spaces_is_read_in_a_moment() -> None:
    assert urls("가" * 100_000 + "3.5") == []
    assert urls("가" * 100_000 + ".com") == []


def test_links_are_found_where_they_stand_behind_wide_characters() -> None:
    assert urls("😀😀 example.com/a 😀 https://x.org") == [
        Entity("example.com/a", 3, 16),
        Entity("https://x.org", 19, 32),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("#NorthKorea, #DMZ!", [Entity("NorthKorea", 0, 11), Entity("DMZ", 13, 17)]),
        ("＃북한은", [Entity("북한은", 0, 4)]),
        ("자유#북한 a&#x", []),
        ("#human-rights", [Entity("human", 0, 6)]),
        ("#2024 #_ #1a", [Entity("1a", 9, 12)]),
        ("#a#b #c://d", []),
        ("https://example.com/#tag", []),
        ("#example.com", [Entity("example", 0, 8)]),
        # a link that begins inside a hashtag is none, so what stands in it is not hidden by it
        ("#북한twitter.jp/(a)#조각", [Entity("북한twitter", 0, 10), Entity("조각", 17, 20)]),
        ("#️⃣ #\u20e3a", []),
        ("no tag", []),
    ),
)
def test_hashtags_are_those_that_x_finds(text: str, expected: list[Entity]) -> None:
    assert hashtags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("@hrw and ＠UN_Geneva", [Entity("hrw", 0, 4), Entity("UN_Geneva", 9, 19)]),
        ("press@example.org @list/name @a@b @été nobody", []),
        ("RT@hrw: x", [Entity("hrw", 2, 6)]),
        ("@hrw/list-name @x", [Entity("x", 15, 17)]),
        ("nobody", []),
    ),
)
def test_mentions_are_those_that_x_finds(text: str, expected: list[Entity]) -> None:
    assert mentions(text) == expected


@pytest.mark.parametrize("tag", ("NorthKorea", "#NorthKorea", "＃북한", "1a", "DMZ_2017", "人権"))
def test_good_hashtags_have_no_problem(tag: str) -> None:
    assert hashtag_problem(tag) is None


@pytest.mark.parametrize(
    ("tag", "says"),
    (
        ("human-rights", "only #human would be the hashtag, not #human-rights"),
        ("#North Korea", "only #North would be"),
        ("O'Brien", "only #O would be"),
        ("2024", "#2024 is no hashtag: a hashtag needs at least one letter"),
        ("", "at least one letter"),
        ("#", "at least one letter"),
        ("-rights", "#-rights is no hashtag: X would link none of it"),
        ("- #rights", "is no hashtag"),
        ("a#b", "is no hashtag"),
    ),
)
def test_a_bad_hashtag_is_told_what_would_be_posted(tag: str, says: str) -> None:
    assert says in (hashtag_problem(tag) or "")


@pytest.mark.parametrize(
    ("url", "encoded"),
    (
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("https://example.com", "https://example.com"),
        ("https://example.com/기사?id=1", "https://example.com/%EA%B8%B0%EC%82%AC?id=1"),
        ("https://example.com/%EA%B8%B0?q=é#ü", "https://example.com/%EA%B8%B0?q=%C3%A9#%C3%BC"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://한국.한국/기", "https://한국.한국/%EA%B8%B0"),
        ("example.com/é", "example.com/%C3%A9"),
        ("https://example.com?q=é", "https://example.com?q=%C3%A9"),
        ("https://[", "https://["),
        ("", ""),
        ("https://example.com/\ud800", "https://example.com/?"),
        # of these, X would leave the end out
        ("https://example.com/기사.", "https://example.com/%EA%B8%B0%EC%82%AC%2E"),
        ("https://example.com/a)", "https://example.com/a%29"),
        ("https://example.com/a(b", "https://example.com/a%28b"),
        ("https://example.com/a?b=c..!", "https://example.com/a?b=c%2E%2E%21"),
        ("https://example.com/a_(b)", "https://example.com/a_(b)"),
        ("https://example.com/a.b(c)d!e", "https://example.com/a.b(c)d!e"),
        ("https://example.com/a?", "https://example.com/a?"),
        ("https://intranet/a.", "https://intranet/a."),
    ),
)
def test_links_are_encoded_after_their_host(url: str, encoded: str) -> None:
    assert encode_link(url) == encoded


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
def test_an_encoded_link_is_one_link_of_weight_23(path: str) -> None:
    link = encode_link(f"https://example.com/{path}?q={path}")
    assert [url.text for url in urls(link)] == [link]
    assert weighted_length(link) == 23
    assert encode_link(link) == link


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab.#@/:-_ é한。😀1(\u200d\ufe0f"), max_size=24))
def test_entities_stand_where_they_say(text: str) -> None:
    for entity, sign in [*((e, "#") for e in hashtags(text)), *((e, "@") for e in mentions(text))]:
        assert text[entity.start : entity.end] == sign + entity.text
    for url in urls(text):
        assert text[url.start : url.end].startswith(url.text[:4])
        assert len(url.text) <= url.end - url.start
