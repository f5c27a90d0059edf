from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amplifier.content.decorate import Decoration, clean, lay_out, tags_in
from amplifier.content.text.entities import urls
from amplifier.content.text.length import measure
from amplifier.networks.limits import LIMITS

LINK = "https://example.org/story"
X = LIMITS["x"]
SENTENCE = "This sentence has a middling length and ends here, as all of them do."


def laid(*texts: str, tags: tuple[str, ...] = (), link: str | None = None, numbering: bool = False) -> list[str]:
    return [post.text for post in lay_out(texts, Decoration(tags, link, numbering), "en", X)]


# ---------------------------------------------------------------- where decoration goes


def test_the_first_hashtag_goes_first_and_the_rest_last() -> None:
    assert laid("Start.", "Middle.", "End.", tags=("A", "B", "C"), link=LINK) == [
        "Start.\n\n#A",
        "Middle.",
        f"End.\n\n{LINK}\n\n#B #C",
    ]


def test_a_single_post_has_its_hashtags_in_one_row_at_the_end() -> None:
    assert laid("Only.", tags=("A", "B"), link=LINK) == [f"Only.\n\n{LINK}\n\n#A #B"]


def test_a_link_follows_a_colon_on_the_next_line() -> None:
    assert laid("Start.", "Read it:", link=LINK) == ["Start.", f"Read it:\n{LINK}"]


def test_nothing_is_added_without_hashtags_and_link() -> None:
    assert laid("Start.", "End.") == ["Start.", "End."]


def test_hashtags_join_a_row_that_stands_already() -> None:
    assert laid("Start.\n\n#Own", "End.\n#More", tags=("A", "B")) == ["Start.\n\n#Own #A", "End.\n#More #B"]


def test_a_hashtag_counts_as_there_in_capitals_or_not() -> None:
    assert laid("From #northkorea to here.", "End. #dmz", tags=("NorthKorea", "DMZ")) == [
        "From #northkorea to here.",
        "End. #dmz",
    ]


def test_a_longer_hashtag_or_a_plain_word_is_not_the_hashtag() -> None:
    assert laid("#NorthKoreans and NorthKorea", "End.", tags=("NorthKorea",))[0].endswith("\n\n#NorthKorea")
    assert laid("See example.org/#NorthKorea", "End.", tags=("NorthKorea",))[0].endswith("\n\n#NorthKorea")


def test_the_first_hashtag_is_wanted_in_the_first_post_even_when_it_stands_later() -> None:
    assert laid("Start.", "End #A.", tags=("A",)) == ["Start.\n\n#A", "End #A."]


def test_the_other_hashtags_count_as_there_anywhere_in_the_thread() -> None:
    assert laid("Start #B.", "Middle #C.", "End.", tags=("A", "B", "C")) == ["Start #B.\n\n#A", "Middle #C.", "End."]


def test_a_link_counts_as_there_in_any_post() -> None:
    assert laid("Start.", f"See {LINK}.", "End.", link=LINK) == ["Start.", f"See {LINK}.", "End."]


def test_a_longer_link_is_not_the_link() -> None:
    assert laid(f"See {LINK}-two.", "End.", link=LINK)[-1] == f"End.\n\n{LINK}"


def test_a_link_that_networks_do_not_recognize_is_still_the_link() -> None:
    assert laid("See https://intranet/story now.", link="https://intranet/story") == ["See https://intranet/story now."]


def test_hashtags_are_compared_and_written_in_one_normal_form() -> None:
    assert laid("At the #Café.", "End.", tags=("Cafe\u0301", "E\u0301te\u0301")) == ["At the #Café.", "End.\n\n#Été"]


def test_a_link_beyond_ascii_is_encoded() -> None:
    assert laid("End.", link="https://example.org/기사")[0] == "End.\n\nhttps://example.org/%EA%B8%B0%EC%82%AC"


def test_the_first_hashtag_that_a_split_moves_on_is_added_to_the_first_post() -> None:
    posts = laid(" ".join([SENTENCE] * 5) + " And #A.", tags=("A",))
    assert len(posts) == 2
    assert [tags_in(post) for post in posts] == [{"a"}, {"a"}]


# ---------------------------------------------------------------- numbering


def test_numbering_is_a_suffix_of_each_post() -> None:
    assert laid("Start.", "End.", tags=("A", "B"), numbering=True) == ["Start.\n\n#A 1/2", "End.\n\n#B 2/2"]


def test_a_single_post_has_no_number() -> None:
    assert laid("Only.", numbering=True) == ["Only."]
    assert laid("x" * 279 + ".", numbering=True) == ["x" * 279 + "."]


def test_the_room_for_numbers_grows_when_the_count_gains_a_digit() -> None:
    fits_short = " ".join(["word"] * 54) + " end.."  # 275 long: fits with " 9/9", not with " 10/10"
    assert len(laid(*[fits_short] * 9, numbering=True)) == 9
    never = fits_short + "xx"  # 277 long: numbered, it is split, and makes ten posts of nine
    posts = laid(*[fits_short] * 8, never, numbering=True)
    assert [post.rsplit(" ", 1)[1] for post in posts] == [f"{k}/18" for k in range(1, 19)]
    assert max(measure(post, "weighted") for post in posts) <= 280


# ---------------------------------------------------------------- length


def test_room_for_decoration_is_reserved_before_splitting() -> None:
    text = " ".join([SENTENCE] * 4)[:279] + "."
    assert measure(text, "weighted") == 280
    assert len(laid(text)) == 1
    assert len(laid(text, tags=("A",))) == 2
    assert len(laid(text, link=LINK)) == 2


def test_what_cannot_be_cut_comes_back_too_long_for_the_caller_to_tell() -> None:
    assert measure(laid("#" + "a" * 300)[0], "weighted") == 301


WORDS = st.sampled_from(
    [
        "word", "a", "자유를", "longer-than-most", "e\u0301te\u0301", "👩‍👩‍👧", "#Rights", "#other", "@name", "1.5",
        "example.org", LINK, "https://example.com/a?b=c", "end.", "Why?", "말했다.", "stop!", "(so)", "—", "\n\n", "\n",
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=120).map(lambda words: clean(" ".join(words))).filter(bool)


@settings(max_examples=120)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6),
    tags=st.lists(st.sampled_from(["Rights", "NorthKorea", "자유", "DMZ"]), max_size=4, unique=True),
    link=st.sampled_from([None, LINK]),
    numbering=st.booleans(),
    network=st.sampled_from(["x", "bluesky", "mastodon"]),
)
@example(texts=["a"] * 12, tags=["Rights", "DMZ"], link=LINK, numbering=True, network="x")
def test_every_post_fits_and_is_decorated_once(
    texts: list[str], tags: list[str], link: str | None, numbering: bool, network: str
) -> None:
    limits = LIMITS[network]
    decoration = Decoration(tuple(tags), link, numbering)
    laid_out = lay_out(texts, decoration, "en", limits)
    posts = [post.text for post in laid_out]
    assert all(measure(post, limits.count) <= limits.length for post in posts)
    assert [post.source for post in laid_out] == sorted(post.source for post in laid_out)
    assert {post.source for post in laid_out} == set(range(len(texts)))
    if numbering and len(posts) > 1:
        assert all(post.endswith(f" {k}/{len(posts)}") for k, post in enumerate(posts, 1))
        posts = [re.sub(r" \d+/\d+$", "", post) for post in posts]
    if tags:
        assert tags[0].casefold() in tags_in(posts[0])
    for tag in tags[1:]:
        assert any(tag.casefold() in tags_in(post) for post in posts)
    if link:
        assert any(found.text == link for post in posts for found in urls(post))
    written = " ".join(texts)
    final = " ".join(posts)
    for added in [*filter(None, [link]), *(f"#{tag}" for tag in tags)]:
        extra = final.count(added) - written.count(added)
        assert extra in {0, 1}
        if extra and added == link:
            assert added in posts[-1]


@settings(max_examples=100)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    tags=st.lists(st.sampled_from(["Rights", "NorthKorea", "자유", "DMZ"]), max_size=4, unique=True),
    link=st.sampled_from([None, LINK]),
    numbering=st.booleans(),
    network=st.sampled_from(["x", "bluesky", "mastodon"]),
)
def test_posts_less_their_decoration_are_the_source(
    texts: list[str], tags: list[str], link: str | None, numbering: bool, network: str
) -> None:
    laid_out = lay_out(texts, Decoration(tuple(tags), link, numbering), "en", LIMITS[network])
    added = {link, *(f"#{tag}" for tag in tags)}
    count = len(laid_out)
    ways: dict[int, set[str]] = {}
    for number, post in enumerate(laid_out, start=1):
        words = post.text.removesuffix(f" {number}/{count}" if numbering and count > 1 else "").split()
        bare = {"".join(words)}
        while number in {1, count} and words and words[-1] in added:
            words.pop()
            bare.add("".join(words))
        ways[post.source] = {before + after for before in ways.get(post.source, {""}) for after in bare}
    for source, text in enumerate(texts):
        assert "".join(text.split()) in ways[source]


@settings(max_examples=60)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), tags=st.sampled_from([(), ("Rights", "DMZ")]))
def test_posts_once_decorated_are_left_as_they_are(texts: list[str], tags: tuple[str, ...]) -> None:
    """What was saved for editing and not edited goes out as it was."""
    posts = laid(*texts, tags=tags, link=LINK)
    assert laid(*posts, tags=tags, link=LINK) == posts


# ---------------------------------------------------------------- clean


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("  Cafe\u0301 \n", "Café"),
        ("https://example.com/기사?id=1", "https://example.com/%EA%B8%B0%EC%82%AC?id=1"),
        ("(https://example.com/기사), then", "(https://example.com/%EA%B8%B0%EC%82%AC), then"),
        ("https://example.com/?q=글.", "https://example.com/?q=%EA%B8%80."),
        ("https://example.com/a에서", "https://example.com/a에서"),
        ("example.com에서", "example.com에서"),
        ("a/기사 https://example.com/b c", "a/기사 https://example.com/b c"),
        (
            "https://example.com/글 https://example.com/말",
            "https://example.com/%EA%B8%80 https://example.com/%EB%A7%90",
        ),
    ),
)
def test_clean_normalizes_and_encodes_links_that_would_be_cut(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_takes_out_what_x_refuses() -> None:
    assert clean("One\ufeff and\uffff two\ufffe.") == "One and two."
    assert clean("\ufeff  One.") == "One."


@settings(max_examples=100)
@given(TEXTS)
def test_clean_is_done_once(text: str) -> None:
    assert clean(text) == text
    assert unicodedata.is_normalized("NFC", text)
