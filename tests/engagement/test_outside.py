"""Facts from outside, in the ledger: whose they are, once, whole or not at all."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from amplifier.engagement import query
from amplifier.engagement.columns import MOST
from amplifier.engagement.facts import read_facts
from amplifier.engagement.outside import Brought, Earlier, Source, bring_in, preview, sha256_of
from amplifier.errors import UsageError
from amplifier.model import Address, Mode
from amplifier.networks.port import Untold
from amplifier.store import engagement, tables
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from amplifier.store.engine import Store

AT = SENT + timedelta(days=2)
NOW = SENT + timedelta(days=3)
POSTS = "Post id,Impressions,Likes,URL clicks\n1,100,7,\n2,50,0,3\n99,1,1,1\n"
CLICKS = (
    "utm_source,utm_campaign,utm_content,clicks\nx,dmz-escape,story-2,9\nx,dmz-escape,story-9,1\nx,other,story-1,4\n"
)


def source(text: str, mode: Mode = Mode.LIVE, at: datetime = AT, name: str = "f.csv") -> Source:
    return Source(sha256_of(text.encode(), mode), name, at, mode, "Kim")


def bring(store: Store, text: str, now: datetime = NOW, **about: Any) -> Brought:
    return bring_in(store, read_facts(text.encode(), "f.csv"), source(text, **about), now)


def rows(store: Store, of: Table) -> Sequence[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(of)).mappings()]


def readings(store: Store) -> list[tuple[Any, ...]]:
    names = ("thread", "k", "taken_at", "age_mark", "impressions", "likes", "link_clicks", "replies", "origin")
    return [tuple(row[name] for name in names) for row in query.rows(store, "engagement_readings")]


def test_the_counts_of_our_posts_come_in_with_their_origin_and_no_others(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    found = bring(store, POSTS, name="analytics of July")
    assert [str(told.address) for told in found.posts] == ["dmz-escape/story/main/1", "dmz-escape/story/main/2"]
    assert [(str(fact.place), fact.of) for fact in found.unknown] == [("f.csv:4:1", "99")]
    instant = "2026-12-03T00:30:00.000000Z"
    assert readings(store) == [
        ("story", 1, instant, None, 100, 7, None, None, "analytics of July"),
        ("story", 2, instant, None, 50, 0, 3, None, "analytics of July"),
    ]
    assert [row["untold"] for row in rows(store, engagement.outside)] == [
        Untold.NOT_IN_FILE | Untold.NOT_TOLD,
        Untold.NOT_IN_FILE,
    ]
    (kept,) = rows(store, engagement.imported)
    del kept["id"]
    assert kept == {
        "sha256": hashlib.sha256(POSTS.encode()).hexdigest(), "name": "analytics of July", "kind": "posts", "at": AT,
        "imported_at": NOW, "who": "Kim", "rows": 2,
    }  # fmt: skip


def test_why_a_count_is_missing_is_told_and_nothing_is_where_none_is(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    names = "Post id,likes,reposts,replies,quotes,bookmarks,impressions,url clicks,profile visits,engagements"
    bring(store, f"{names}\n1,1,2,3,4,5,6,7,8,9\n2,1,2,3,4,5,6,7,8,\n")
    told = {row["k"]: (row["engagements"], row["not_told"]) for row in query.rows(store, "engagement_readings")}
    assert told == {1: (9, None), 2: (None, "the network left it out")}


def test_clicks_find_their_post_by_campaign_thread_and_number(store: Store) -> None:
    add_thread(store, [SENT, SENT, None])
    add_thread(store, [SENT], thread="story-2")
    found = bring(store, CLICKS)
    assert [(told.address, told.metrics.link_clicks) for told in found.posts] == [
        (Address("dmz-escape", "story", "main", 2), 9)
    ]
    assert [str(fact.of) for fact in found.unknown] == ["utm_source=x dmz-escape story-9", "utm_source=x other story-1"]


def test_a_post_that_is_not_out_has_no_counts(store: Store) -> None:
    add_thread(store, [SENT, None])
    assert bring(store, "utm_content,clicks\nstory-2,1\n").posts == ()


@pytest.mark.parametrize("text", (POSTS, CLICKS))
def test_the_same_bytes_again_change_nothing_and_say_since_when_they_are_in(store: Store, text: str) -> None:
    add_thread(store, [SENT, SENT])
    first = bring(store, text)
    before = rows(store, engagement.outside), rows(store, engagement.imported)
    again = bring(store, text, NOW + timedelta(days=1), name="another", at=SENT - timedelta(days=1))
    assert again == Brought((), (), (), Earlier("f.csv", AT, NOW, "Kim", len(first.posts)))
    assert (rows(store, engagement.outside), rows(store, engagement.imported)) == before
    assert preview(store, read_facts(text.encode(), "f.csv"), source(text)).earlier


def test_two_imports_of_one_file_at_once_are_one(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bring(store, POSTS), range(4)))
    assert sorted(len(one.posts) for one in found) == [0, 0, 0, 2]
    assert sum(one.earlier is not None for one in found) == 3
    assert len(rows(store, engagement.imported)) == 1
    assert len(rows(store, engagement.outside)) == 2


def test_a_preview_finds_the_same_and_writes_nothing(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    found = preview(store, read_facts(POSTS.encode(), "f.csv"), source(POSTS))
    assert rows(store, engagement.imported) == rows(store, engagement.outside) == []
    assert bring(store, POSTS) == found


def test_a_file_without_a_post_of_ours_leaves_nothing_so_that_another_mode_can_be_tried(store: Store) -> None:
    add_thread(store, [SENT, SENT], mode="simulated")
    assert bring(store, POSTS).posts == ()
    assert rows(store, engagement.imported) == []
    assert len(bring(store, POSTS, mode=Mode.SIMULATED).posts) == 2


def test_a_file_that_came_in_under_the_wrong_mode_can_come_in_under_the_right_one(store: Store) -> None:
    add_thread(store, [SENT, SENT], mode="simulated")
    add_thread(store, [SENT, SENT])
    for mode in (Mode.SIMULATED, Mode.LIVE):
        assert [told.address.mode for told in bring(store, CLICKS, mode=mode).posts] == [mode]
        assert bring(store, CLICKS, mode=mode).earlier
    assert len(rows(store, engagement.imported)) == 2


def test_an_id_is_looked_for_on_x_alone(store: Store) -> None:
    add_thread(store, [SENT, SENT], network="mastodon")
    assert bring(store, POSTS).posts == ()
    assert len(bring(store, "utm_source,utm_content,clicks\nmastodon,story-1,2\nx,story-2,2\n").posts) == 1


def test_what_may_be_several_posts_is_nobodys(store: Store) -> None:
    add_thread(store, [SENT])
    add_thread(store, [SENT], account="second")
    add_thread(store, [SENT], campaign="other", thread="day")
    found = bring(store, "utm_content,clicks\nstory-1,2\nday-1,3\n")
    assert [str(told.address) for told in found.posts] == ["other/day/main/1"]
    ((fact, addresses),) = found.several
    assert str(fact.place) == "f.csv:2:1"
    assert list(map(str, addresses)) == ["dmz-escape/story/main/1", "dmz-escape/story/second/1"]


def test_two_spellings_of_one_tag_are_added_up(store: Store) -> None:
    add_thread(store, [SENT])
    found = bring(store, "utm_source,utm_content,clicks\nx,story-1,2\n,story-1,3\n")
    assert [told.metrics.link_clicks for told in found.posts] == [5]
    assert [row["link_clicks"] for row in rows(store, engagement.outside)] == [5]


def test_spellings_that_add_up_to_more_than_a_count_can_be_are_refused(store: Store) -> None:
    add_thread(store, [SENT])
    text = f"utm_source,utm_content,clicks\nx,story-1,{MOST - 1}\n,story-1,1\n"
    with pytest.raises(UsageError, match="the clicks of dmz-escape/story/main/1 are too many for a count"):
        bring(store, text)
    assert rows(store, engagement.imported) == []


def test_clicks_on_a_post_without_a_link_come_in_and_are_named(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    with store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.k == 2).values(text="Read it: example.org/a"))
    found = bring(store, "utm_content,clicks\nstory-1,4\nstory-2,5\n")
    assert [told.metrics.link_clicks for told in found.posts] == [4, 5]
    assert list(map(str, found.linkless)) == ["dmz-escape/story/main/1"]
    assert bring(store, POSTS).linkless == ()


def test_another_file_of_the_same_posts_comes_beside_the_first(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    bring(store, POSTS)
    bring(store, POSTS.replace("100", "120"), at=AT + timedelta(hours=1))
    bring(store, CLICKS)
    assert sorted(row[4] for row in readings(store) if row[1] == 1) == [100, 120]
    assert sorted(row[6] for row in readings(store) if row[1] == 2) == [3, 3, 9]


def test_counts_from_before_a_post_was_there_are_refused_and_nothing_is_written(store: Store) -> None:
    add_thread(store, [SENT, SENT + timedelta(hours=1)])
    with pytest.raises(UsageError, match=r"but dmz-escape/story/main/2 went out only on 2026-12-01 01:30") as refused:
        bring(store, POSTS, at=SENT)
    assert "--at" in refused.value.hint
    assert rows(store, engagement.imported) == []
    assert len(bring(store, POSTS, at=SENT + timedelta(hours=1)).posts) == 2


def test_the_newest_reading_of_the_network_stays_what_the_network_told(store: Store) -> None:
    add_thread(store, [SENT, SENT])
    bring(store, POSTS)
    assert rows(store, engagement.latest) == rows(store, engagement.snapshot) == []
    with store.read() as connection:
        assert connection.execute(select(tables.post.c.reading_due_at)).scalars().all() == [SENT, SENT]


def test_thousands_of_posts_come_in_at_once(sqlite_store: Store) -> None:
    ids = add_thread(sqlite_store, [SENT] * 6_000)
    text = "Post id,Likes\n" + "".join(f"{post},{post % 7}\n" for post in ids)
    with sqlite_store.write() as connection:
        connection.execute(update(tables.post).values(mode="live"))
    assert len(bring(sqlite_store, text).posts) == len(rows(sqlite_store, engagement.outside)) == 6_000
