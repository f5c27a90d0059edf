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


def test_a_mention_that_the_campaign_does_not_list_is_an_error_at_its_post(campaign: Campaign) -> None:
    (finding,) = found(campaign, "Start.", "Ask @stranger, not me@example.")
    assert (finding.level, finding.post, finding.place) == (Level.ERROR, "t 2", Place("t.md", 2))
    assert finding.message == "names @stranger, which is not among the campaign's mentions"


def test_a_hashtag_that_the_campaign_does_not_list_is_an_error(campaign: Campaign) -> None:
    (finding,) = found(campaign, "#NorthKorea and #NorthKoreans, issue #1")
    assert finding.level is Level.ERROR
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
    assert [one.level for one in found(campaign, "#Other 은")] == [Level.ERROR]


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


@pytest.mark.parametrize("text", ("{{ title }} ran.", "{% if x %}He ran.", "He ran. {# why? #}"))
def test_brackets_that_no_template_fills_are_a_warning(campaign: Campaign, text: str) -> None:
    (finding,) = found(campaign, text, f"{LONG}.")
    assert (finding.level, finding.post) == (Level.WARNING, "t 1")
    assert "which readers will see as it stands" in finding.message
