from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.content.lint import lint
from amplifier.model import Level, Place, Post, Thread
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
    return space.campaign("text: t.md", mentions="[Friend]", hashtags="[NorthKorea]")


def thread(campaign: Campaign, *texts: str, account: str = "main", network: str = "x", name: str = "t") -> Thread:
    posts = tuple(Post(k, text, len(text), 280, Place(f"{name}.md", k)) for k, text in enumerate(texts, start=1))
    return Thread(campaign.name, name, account, network, posts, campaign.threads[0])


def found(campaign: Campaign, *texts: str, network: str = "x") -> list[Finding]:
    return lint([thread(campaign, *texts, network=network)], campaign)


def test_a_thread_as_it_should_be_has_no_findings(campaign: Campaign) -> None:
    assert found(campaign, "With @friend for #northkorea.", f"{LONG}.", f"Read it:\n{LINK}") == []


def test_a_mention_that_the_campaign_does_not_list_is_a_warning_at_its_post(campaign: Campaign) -> None:
    (finding,) = found(campaign, "Start.", "Ask @stranger, not me@example.")
    assert (finding.level, finding.post, finding.place) == (Level.WARNING, "t 2", Place("t.md", 2))
    assert finding.message == "names @stranger, which is not among the campaign's mentions"


def test_a_hashtag_that_the_campaign_does_not_list_is_a_warning(campaign: Campaign) -> None:
    (finding,) = found(campaign, "#NorthKorea and #NorthKoreans, issue #1")
    assert finding.level is Level.WARNING
    assert finding.message == "has #NorthKoreans, which is not among the campaign's hashtags"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    (
        (
            "For #human-rights.",
            "has #human-rights, of which only #human would be the hashtag: a hashtag ends at “-”",
            "write #humanrights, or #human and a blank after it",
        ),
        ("A #Q&A today.", "has #Q&A, of which only #Q would be the hashtag: a hashtag ends at “&”", "write #QA"),
        (
            "자유#NorthKorea",
            "has #NorthKorea, which would be no hashtag: “유” stands right before it",
            "put a blank there",
        ),
        ("the#NorthKorea의", "has #NorthKorea의, which would be no hashtag: “e” stands right before it", "put a blank"),
        ("#NorthKorea#dmz", "has #NorthKorea, which would be no hashtag: “#” stands right after it", "put a blank"),
    ),
)
def test_a_hashtag_cut_short_and_an_own_one_lost_are_errors(
    campaign: Campaign, text: str, message: str, hint: str
) -> None:
    finding = found(campaign, "Start.", text)[0]
    assert (finding.level, finding.message, finding.post) == (Level.ERROR, message, "t 2")
    assert finding.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    (
        ("Since #2024.", "#2024, which would be no hashtag: a hashtag needs at least one letter", "take the # out"),
        ("자유#북한", "#북한, which would be no hashtag: “유” stands right before it", "put a blank there"),
    ),
)
def test_another_hashtag_that_would_be_none_is_a_warning(campaign: Campaign, text: str, why: str, hint: str) -> None:
    (finding,) = found(campaign, text)
    assert (finding.level, finding.message) == (Level.WARNING, f"has {why}")
    assert finding.hint.startswith(hint)


def test_what_is_joined_to_an_own_hashtag_by_a_hyphen_takes_nothing_from_it(campaign: Campaign) -> None:
    assert found(campaign, "Die #NorthKorea-Krise, #NorthKorea’s soldiers, issue #1.") == []


def test_a_cut_hashtag_is_named_once(campaign: Campaign) -> None:
    assert len(found(campaign, "For #human-rights.")) == 1
    assert len(found(campaign, "For #human-rights and #human.")) == 2


def test_a_blank_before_a_particle_is_explained(campaign: Campaign) -> None:
    (finding,) = found(campaign, "#NorthKorea 에서는 아니다.")
    assert (finding.level, finding.message) == (Level.NOTE, "a blank stands between #NorthKorea and 에서는")
    assert finding.hint == "without it the hashtag would be #NorthKorea에서는"
    assert found(campaign, "#NorthKorea 인권. #NorthKorea\n은") == []
    assert [one.level for one in found(campaign, "#Other 은")] == [Level.WARNING]


def test_a_second_link_is_a_warning_that_says_what_it_costs(campaign: Campaign) -> None:
    (finding,) = found(campaign, "Start.", f"See example.org or {LINK}")
    assert (finding.level, finding.post) == (Level.WARNING, "t 2")
    assert finding.message == f"the thread has 2 links: example.org, {LINK}"
    assert finding.hint.startswith("a post with a link costs 0.200 USD, one without 0.015 (2026-04-20)")
    assert "a bare name such as example.com counts as one" in finding.hint


def test_where_posts_cost_nothing_no_price_is_named(campaign: Campaign) -> None:
    (finding,) = found(campaign, f"See example.org or {LINK}", network="mastodon")
    assert "USD" not in finding.hint


def test_a_link_before_the_last_post_is_a_note(campaign: Campaign) -> None:
    (finding,) = found(campaign, f"See {LINK}", "End.")
    assert (finding.level, finding.post) == (Level.NOTE, "t 1")
    assert finding.message == "has a link before the last post"


def test_a_thread_of_more_than_twelve_posts_is_a_note(campaign: Campaign) -> None:
    texts = [f"Post {number}." for number in range(13)]
    assert found(campaign, *texts[:12]) == []
    (finding,) = found(campaign, *texts)
    assert (finding.level, finding.message) == (
        Level.NOTE,
        "the thread has 13 posts; few readers go on after 12",
    )


# ---------------------------------------------------------------- twins


def twins(campaign: Campaign, one: str, other: str, account: str = "second", network: str = "x") -> list[Finding]:
    first = thread(campaign, "Unlike.", one)
    second = thread(campaign, other, account=account, network=network, name="u")
    return lint([first, second], campaign)


def test_nearly_the_same_post_on_two_accounts_of_one_network_is_an_error_that_shows_both(campaign: Campaign) -> None:
    (finding,) = twins(campaign, f"{LONG}. 2/2", f"{LONG.upper()}!\n\n#NorthKorea {LINK}")
    assert (finding.level, finding.post, finding.place) == (Level.ERROR, "u 1", Place("u.md", 1))
    assert "says nearly the same as post t 2 on main, an account of the same network" in finding.message
    assert f"“{LONG}.”" in finding.message


def test_the_same_post_on_one_account_or_another_network_is_no_twin(campaign: Campaign) -> None:
    assert twins(campaign, LONG, LONG, account="main") == []
    assert twins(campaign, LONG, LONG, network="mastodon") == []


def test_twins_begin_at_six_tenths_of_their_word_groups(campaign: Campaign) -> None:
    """8 words make 4 groups of five; two more at the end of one text make 6: 4 of 6; three more: 4 of 7."""
    words = "one two three four five six seven eight"
    assert len(twins(campaign, words, f"{words} nine ten")) == 1
    assert twins(campaign, words, f"{words} nine ten eleven") == []


def test_short_posts_are_compared_as_a_whole(campaign: Campaign) -> None:
    assert len(twins(campaign, "Read it now.", "read it NOW")) == 1
    assert twins(campaign, "Read it now.", "Read it later.") == []


@pytest.mark.parametrize("text", ("{{ title }} ran.", "{% if x %}He ran.", "He ran. {# why? #}"))
def test_brackets_that_no_template_fills_are_a_warning(campaign: Campaign, text: str) -> None:
    (finding,) = found(campaign, text, f"{LONG}.")
    assert (finding.level, finding.post) == (Level.WARNING, "t 1")
    assert "which readers will see as it stands" in finding.message


def test_posts_of_only_a_link_are_no_twins(campaign: Campaign) -> None:
    assert twins(campaign, LINK, LINK) == []


def test_languages_without_spaces_are_compared_by_characters(campaign: Campaign) -> None:
    text = "母は毎年春になると手紙を書いた"
    assert len(twins(campaign, f"{text}。", f"{text}よ。")) == 1
    assert twins(campaign, text, "兄からの電話は夏の夜に鳴った") == []


def test_many_threads_are_compared_without_comparing_all_pairs(campaign: Campaign) -> None:
    """Two accounts, 600 threads: pairs without a word group in common cost nothing."""
    threads = [
        thread(campaign, *(f"{name}{k} {name}b{k} {name}c{k} {name}d{k} {name}e{k}" for k in range(5)), account=account)
        for name, account in [(f"w{n}", "main" if n % 2 else "second") for n in range(600)]
    ]
    assert lint(threads, campaign) == []
