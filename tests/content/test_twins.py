from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.lint import lint
from amplifier.content.twins import Said, bare, twins_elsewhere
from amplifier.model import Level, Place, Post, Thread, ThreadEntry
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.model import Campaign, Finding

LINK = "https://example.org/story"
LONG = "The council took eleven months to answer the letter that she wrote in spring"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    space = Workspace(tmp_path)
    space.text("t.md", "Text.")
    return space.campaign("text: t.md", hashtags="[NorthKorea]")


def thread(*texts: str, account: str = "main", network: str = "x", name: str = "t") -> Thread:
    posts = tuple(Post(k, text, len(text), 280, Place(f"{name}.md", k)) for k, text in enumerate(texts, start=1))
    return Thread("sample", name, account, network, posts, ThreadEntry(name, None, None, None, Place("sample.yaml")))


def within(
    campaign: Campaign, one: str, other: str, account: str = "second", network: str = "x"
) -> list[Finding]:  # fmt: skip
    return lint([thread("Unlike.", one), thread(other, account=account, network=network, name="u")], campaign)


def alike(one: str, other: str, account: str = "second") -> bool:
    return bool(twins_elsewhere([thread(one)], [Said(1, account, other)]))


# ---------------------------------------------------------------- within one campaign


def test_nearly_the_same_post_on_two_accounts_of_one_network_is_an_error_that_shows_both(campaign: Campaign) -> None:
    (finding,) = within(campaign, f"{LONG}. 2/2", f"{LONG.upper()}!\n\n#NorthKorea {LINK}")
    assert (finding.level, finding.post, finding.place) == (Level.ERROR, "u 1", Place("u.md", 1))
    assert "says nearly the same as post t 2 on main, an account of the same network" in finding.message
    assert f"“{LONG}.”" in finding.message


def test_the_same_post_on_one_account_or_another_network_is_no_twin(campaign: Campaign) -> None:
    assert within(campaign, LONG, LONG, account="main") == []
    assert within(campaign, LONG, LONG, network="mastodon") == []


def test_many_threads_are_compared_without_comparing_all_pairs(campaign: Campaign) -> None:
    """Two accounts, 600 threads: pairs without a word group in common cost nothing."""
    threads = [
        thread(*(f"{name}{k} {name}b{k} {name}c{k} {name}d{k} {name}e{k}" for k in range(5)), account=account)
        for name, account in [(f"w{n}", "main" if n % 2 else "second") for n in range(600)]
    ]
    assert lint(threads, campaign) == []


# ---------------------------------------------------------------- against the queue


def test_each_post_is_named_with_the_rows_of_another_account_that_say_nearly_the_same() -> None:
    own = [thread("Unlike anything else.", f"{LONG}."), thread("Nor like this one.", account="second", name="u")]
    said = [
        Said(7, "second", f"{LONG}, at last. #NorthKorea"),
        Said(8, "second", "Nor like this one."),  # its own words, on the same account
        Said(9, "third", f"{LONG.upper()}\n\n{LINK}"),
        Said(10, "third", "Nothing of it at all, not a single group of words."),
    ]
    assert [(one.id, post.k, row) for one, post, row in twins_elsewhere(own, said)] == [("t", 2, 7), ("t", 2, 9)]


def test_the_account_itself_is_left_out() -> None:
    assert not alike(LONG, LONG, account="main")
    assert alike(LONG, LONG)


def test_twins_begin_at_six_tenths_of_their_word_groups() -> None:
    """8 words make 4 groups of five; two more at the end of one text make 6: 4 of 6; three more: 4 of 7."""
    words = "one two three four five six seven eight"
    assert alike(words, f"{words} nine ten")
    assert not alike(words, f"{words} nine ten eleven")


def test_six_tenths_themselves_are_enough() -> None:
    """Seven words make 3 groups; two more make 5: 3 of 5."""
    words = "one two three four five six seven"
    assert alike(words, f"{words} eight nine")


def test_short_posts_are_compared_as_a_whole() -> None:
    assert alike("Read it now.", "read it NOW")
    assert not alike("Read it now.", "Read it later.")


@pytest.mark.parametrize("text", (LINK, "#NorthKorea", f"#NorthKorea {LINK} 3/4", "…"))
def test_posts_without_words_of_their_own_are_no_twins(text: str) -> None:
    assert not alike(text, text)


def test_languages_without_spaces_are_compared_by_characters() -> None:
    text = "母は毎年春になると手紙を書いた"
    assert alike(f"{text}。", f"{text}よ。")
    assert not alike(text, "兄からの電話は夏の夜に鳴った")


@pytest.mark.parametrize(
    ("text", "left"),
    (
        ("Read it: https://example.org/a?b=c#d 3/4", "Read it:"),
        ("See example.org/story, or www.example.co.uk.", "See or ."),
        ("Half past 3.5, e.g. here. The end", "Half past 3.5, e.g. here. The end"),
        ("#자유 북한 ＃tag stays", "북한 stays"),
        ("자세히https://example.org/a에서", "자세히 에서"),
        ("3/4 of them", "3/4 of them"),
        ("Read https://example.org/a?b&utm_source=x&utm_campaign=c&utm_content=one-1#d now", "Read now"),
        ("Two\n\nlines", "Two lines"),
    ),
)
def test_links_hashtags_and_numbering_do_not_count(text: str, left: str) -> None:
    assert bare(text) == left


words = st.lists(
    st.sampled_from(["the", "letter", "that", "she", "wrote", "in", "spring", "was", "never", "read"]), max_size=14
)


@given(one=words, other=words)
@settings(max_examples=200)
def test_the_index_finds_what_comparing_all_groups_finds(one: list[str], other: list[str]) -> None:
    def groups(texts: list[str]) -> set[tuple[str, ...]]:
        whole = {tuple(texts)} if texts else set()
        return {tuple(texts[n : n + 5]) for n in range(len(texts) - 4)} if len(texts) > 4 else whole

    mine, theirs = groups(one), groups(other)
    share = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0
    assert alike(" ".join(one), " ".join(other)) == (share >= 0.6)


def test_a_long_text_without_blanks_costs_no_more_than_its_length() -> None:
    """A pattern that began anew at every letter would take minutes."""
    assert bare("a-b." * 50_000) == "a-b." * 50_000
    assert bare("a" * 200_000) == "a" * 200_000


@pytest.mark.parametrize("link", (LINK, "https://한국.kr/기사"))
def test_tagged_links_are_no_way_round_the_rule(link: str) -> None:
    """Short words, a host that is not read as a link here, and tags that have nothing in common."""
    one = f"Read it now {link}?utm_source=x&utm_campaign=spring&utm_content=first-of-all-1"
    other = f"Read it now {link}?utm_source=x&utm_campaign=autumn&utm_content=quite-another-thing-22"
    assert alike(one, other)
