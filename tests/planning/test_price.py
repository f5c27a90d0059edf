from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amplifier.model import Place, Post, Thread, ThreadEntry
from amplifier.networks.prices import Prices, X, micros, prices_of, usd, usd_of
from amplifier.planning.price import costs, price


def thread(name: str, *texts: str, account: str = "main") -> Thread:
    place = Place("templates/story.j2", 1)
    posts = tuple(Post(k, text, len(text), 280, place) for k, text in enumerate(texts, start=1))
    return Thread("campaign", name, account, "x", posts, ThreadEntry(name, None, Path("story.md"), None, place))


def test_a_post_with_a_link_or_a_bare_domain_costs_more_and_the_summary_says_which() -> None:
    story = thread("story", "He ran.", "Read it: https://example.org/stories/dmz-escape", "As example.com wrote.")
    found = price([story, thread("facts", "Forty shots.", account="second")], X)
    assert [post.amount for post in found.posts] == [Decimal(n) for n in ("0.015", "0.200", "0.200", "0.015")]
    assert [(post.thread, post.account, post.k) for post in found.with_link] == [
        ("story", "main", 2),
        ("story", "main", 3),
    ]
    assert found.total == Decimal("0.430")
    assert found.lines() == [
        "$0.43: 2 posts at $0.015, 2 posts with a link at $0.20 (X API pay-per-use price list, 2026-04-20)",
        "story/main/2 costs $0.185 more for https://example.org/stories/dmz-escape",
        "story/main/3 costs $0.185 more for example.com (a bare domain counts as a link)",
    ]


def test_links_tagged_for_different_posts_are_the_same_link() -> None:
    tag = "?utm_source=x&utm_campaign=campaign&utm_content="
    found = price([thread("a", f"https://example.org{tag}a-1"), thread("b", f"https://example.org{tag}b-1")], X)
    assert found.lines()[1:] == ["2 posts cost $0.185 more each for https://example.org: a/main/1, b/main/1"]


def test_posts_with_the_same_link_are_named_together() -> None:
    found = price([thread("a", "https://example.org"), thread("b", "One.", "Read https://example.org now.")], X)
    assert found.lines()[1:] == ["2 posts cost $0.185 more each for https://example.org: a/main/1, b/main/2"]


def test_without_links_the_summary_is_one_line() -> None:
    assert price([thread("story", "He ran.")], X).lines() == [
        "$0.015: 1 post at $0.015 (X API pay-per-use price list, 2026-04-20)"
    ]


def test_only_links_are_named_alone() -> None:
    assert price([thread("story", "https://example.org")], X).lines()[0].startswith("$0.20: 1 post with a link at")


def test_a_network_without_charge_says_so_and_blames_no_link() -> None:
    found = price([thread("story", "He ran.", "https://example.org")], prices_of("mastodon"))
    assert found.lines() == ["2 posts: nothing to pay (no charge per post, 2026-04-20)"]


def test_where_links_cost_the_same_none_is_blamed() -> None:
    flat = Prices(date(2026, 1, 1), "a list", *(Decimal("0.01"),) * 6)
    assert len(price([thread("story", "https://example.org")], flat).lines()) == 1


def test_nothing_costs_nothing() -> None:
    assert price([], X).total == 0
    assert price([], X).lines() == ["0 posts: nothing to pay (X API pay-per-use price list, 2026-04-20)"]


def test_amounts_are_written_exactly() -> None:
    written = [usd(Decimal(n)) for n in ("0.200", "0.015", "12", "0", "1.230", "100", "0.0001")]
    assert written == ["$0.20", "$0.015", "$12.00", "$0.00", "$1.23", "$100.00", "$0.0001"]
    assert [usd_of(cost) for cost in (200_000, 15_000, 0, 1)] == ["$0.20", "$0.015", "$0.00", "$0.000001"]
    assert [micros(amount) for amount in (Decimal("0.015"), 3, Decimal("0.0000019"))] == [15_000, 3_000_000, 1]


@given(st.lists(st.sampled_from(["He ran.", "See https://a.org/b.", "As b.org wrote.", "Version 2.0"]), max_size=5))
def test_what_the_queue_keeps_as_cost_is_what_the_plan_shows(texts: list[str]) -> None:
    kept = costs(texts, X)
    assert list(kept) == [post.amount * 1_000_000 for post in price([thread("story", *texts)], X).posts]
    assert sum(kept) == price([thread("story", *texts)], X).total * 1_000_000


@given(st.lists(st.lists(st.sampled_from(["plain", "see https://a.org", "b.org"]), max_size=4), max_size=4))
def test_the_total_is_the_sum_over_all_posts(texts: list[list[str]]) -> None:
    found = price([thread(f"t{n}", *posts) for n, posts in enumerate(texts)], X)
    flat = [text for posts in texts for text in posts]
    linked = sum("." in text for text in flat)
    assert len(found.posts) == len(flat)
    assert found.total == linked * X.create_with_url + (len(flat) - linked) * X.create
