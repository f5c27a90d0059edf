from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from itertools import count as numbers
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from amplifier.engagement.charts import count
from amplifier.engagement.export import export
from amplifier.engagement.page import page as page_of
from amplifier.engagement.query import rows
from amplifier.engagement.report import report
from amplifier.engagement.results import Growth, Total
from amplifier.errors import UsageError
from amplifier.networks.port import METRICS, Metrics
from amplifier.store.engine import Store, open_store
from tests.support.html import parse
from tests.support.metrics import read, shown
from tests.support.results import counts, fill, gap, reading, reading_cost, set_post, set_thread, tagged
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_a_report_has_threads_with_posts_sums_retention_and_growth(store: Store) -> None:
    first, second = add_thread(store, [SENT, SENT, None], texts=["The root.", "The second.", "The third."])[:2]
    read(store, {first: Metrics(likes=1, impressions=100), second: Metrics(impressions=40)}, SENT + 16 * MINUTE)
    read(store, {first: Metrics(likes=5, impressions=400), second: Metrics(impressions=100)}, SENT + HOUR)
    found = report(store, "dmz-escape")
    assert (found.mode, found.other_modes) == ("live", ())
    [campaign] = found.campaigns
    assert (campaign.posts, campaign.sent, campaign.held) == (3, 2, 0)
    [thread] = campaign.threads
    assert (thread.thread, thread.account, thread.state, thread.n, thread.sent) == ("story", "main", "begun", 3, 2)
    assert [(post.k, post.text, post.impressions, post.retention) for post in thread.posts] == [
        (1, "The root.", 400, 1.0),
        (2, "The second.", 100, 0.25),
    ]
    assert thread.posts[0].sent_at == "2026-12-01T00:30:00.000000Z"
    assert thread.posts[0].age_seconds == 3600
    assert thread.totals == campaign.totals
    assert thread.totals["impressions"] == Total(500, 2, 2)
    assert thread.totals["likes"] == Total(5, 1, 2)
    assert thread.totals["replies"] == Total(None, 0, 2)
    assert thread.growth == (Growth(900, 140, None), Growth(3600, 500, None))
    assert json.loads(json.dumps(found.as_json()))["campaigns"][0]["threads"][0]["posts"][1]["impressions"] == 100


def test_growth_has_no_number_where_a_post_was_not_told_or_a_mark_was_missed(sqlite_store: Store) -> None:
    first, second = add_thread(sqlite_store, [SENT, SENT])
    read(sqlite_store, {first: Metrics(impressions=100), second: Metrics(likes=2)}, SENT + 16 * MINUTE)
    both: dict[int, Metrics | None] = {first: Metrics(impressions=300), second: Metrics(impressions=0)}
    read(sqlite_store, both, SENT + 2 * HOUR)  # too late for the mark of an hour
    read(sqlite_store, both, SENT + 6 * HOUR)
    [thread] = report(sqlite_store).campaigns[0].threads
    assert thread.growth == (Growth(900, None, None), Growth(3600, None, None), Growth(6 * 3600, 300, None))
    assert "(15m 1h 6h): ––█ 300" in shown(report(sqlite_store))


def test_two_accounts_with_the_same_thread_are_kept_apart(sqlite_store: Store) -> None:
    [one] = add_thread(sqlite_store, [SENT], account="main")
    [two] = add_thread(sqlite_store, [SENT], account="second")
    read(sqlite_store, {one: Metrics(likes=1), two: Metrics(likes=2)}, SENT + 16 * MINUTE)
    # both lanes are told by the same fake; each only takes its own
    threads = report(sqlite_store).campaigns[0].threads
    assert [(thread.account, thread.totals["likes"].value) for thread in threads] == [("main", 1), ("second", 2)]


def test_retention_needs_the_first_posts_impressions(sqlite_store: Store) -> None:
    first, second = add_thread(sqlite_store, [SENT, SENT])
    read(sqlite_store, {first: Metrics(impressions=0), second: Metrics(impressions=7)}, SENT + 16 * MINUTE)
    [thread] = report(sqlite_store).campaigns[0].threads
    assert [post.retention for post in thread.posts] == [None, None]
    [second] = add_thread(sqlite_store, [None, SENT], thread="rootless")[1:]
    read(sqlite_store, {second: Metrics(impressions=7)}, SENT + 16 * MINUTE)
    [rootless] = [t for t in report(sqlite_store).campaigns[0].threads if t.thread == "rootless"]
    assert [post.retention for post in rootless.posts] == [None]


@pytest.mark.parametrize(
    ("modes", "asked", "chosen", "others"),
    (
        (("live", "dry", "simulated"), None, "live", ("simulated", "dry")),
        (("dry", "simulated"), None, "simulated", ("dry",)),
        (("dry",), None, "dry", ()),
        (("live", "dry"), "dry", "dry", ("live",)),
        ((), None, "live", ()),
    ),
)
def test_live_is_reported_unless_there_is_none_or_another_mode_is_asked_for(
    sqlite_store: Store, modes: tuple[str, ...], asked: str | None, chosen: str, others: tuple[str, ...]
) -> None:
    for mode in modes:
        add_thread(sqlite_store, [SENT], mode=mode)
    found = report(sqlite_store, mode=asked)
    assert (found.mode, found.other_modes) == (chosen, others)
    assert {campaign.mode for campaign in found.campaigns} == ({chosen} if modes else set())
    text = shown(found)
    assert f"results of posts in mode {chosen}" in text
    assert all(f"--mode {other}" in text for other in others)


def test_an_unknown_campaign_is_refused_with_the_nearest_and_all_names(sqlite_store: Store) -> None:
    with pytest.raises(UsageError) as caught:
        report(sqlite_store, "dmz")
    assert "none was approved yet" in caught.value.hint
    add_thread(sqlite_store, [SENT])
    with pytest.raises(UsageError, match="no campaign 'dmz-escpe'") as caught:
        report(sqlite_store, "dmz-escpe")
    assert "did you mean dmz-escape? approved so far: dmz-escape" in caught.value.hint


def test_only_the_campaign_asked_for_is_reported(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT], campaign="one")
    add_thread(sqlite_store, [SENT], campaign="two")
    assert [campaign.campaign for campaign in report(sqlite_store, "two").campaigns] == ["two"]
    assert [campaign.campaign for campaign in report(sqlite_store).campaigns] == ["one", "two"]


def test_threads_that_began_earlier_or_not_at_all_are_left_out_since_a_day(store: Store) -> None:
    [old] = add_thread(store, [SENT], thread="old")
    [new, second, _] = add_thread(store, [SENT + 24 * HOUR, SENT + 25 * HOUR, None], thread="new")
    add_thread(store, [None], thread="ahead")
    told = counts(impressions=100, likes=1, reposts=0, replies=0, quotes=0, bookmarks=0)
    for post in (old, new, second):
        reading(store, post, SENT + 50 * HOUR, timedelta(hours=24), told)
        gap(store, post, timedelta(hours=1), SENT)
        set_post(store, post, cost=15_000)
        tagged(store, post, "DMZ")
    reading_cost(store, old, "2026-12-01", 1, 5_000)
    reading_cost(store, new, "2026-12-02", 2, 10_000)
    for since in (SENT + 24 * HOUR, SENT + 10 * HOUR):
        [found] = report(store, since=since).campaigns
        assert [thread.thread for thread in found.threads] == ["new"]
        assert (found.posts, found.sent, found.totals["impressions"]) == (3, 2, Total(200, 2, 2))
        assert {gap.thread for gap in found.gaps} == {post.thread for post in found.top} == {"new"}
        assert [(tag.hashtag, tag.posts) for tag in found.hashtags] == [("DMZ", 2)]
        assert [slot.threads for slot in found.slots] == [1]
        # reading is billed by the day: on the first, an older thread was read, too
        assert (found.cost.create.value, found.cost.read.value) == (0.03, 0.01 if since.day == 2 else 0.015)
    [everything] = report(store).campaigns
    assert len(everything.threads) == 3
    assert (everything.cost.create.value, everything.cost.read.value) == (0.045, 0.015)
    assert report(store, since=SENT + 25 * HOUR).campaigns[0].threads == ()


def test_states_since_a_day_are_those_of_the_contents_that_count(sqlite_store: Store) -> None:
    first, second, third = add_thread(sqlite_store, [SENT, None, None])
    set_post(sqlite_store, second, state="held", why="late")
    set_post(sqlite_store, third, state="cancelled", why="by a person")
    [whole], [limited] = report(sqlite_store).campaigns, report(sqlite_store, since=SENT).campaigns
    for name in ("posts", "sent", "held", "failed", "cancelled"):
        assert getattr(whole, name) == getattr(limited, name), name
    set_post(sqlite_store, third, why="replaced by a newer approval")
    assert report(sqlite_store, since=SENT).campaigns[0].cancelled == 0
    assert first


def test_things_are_compared_after_a_day_or_the_last_age_before_it_or_the_one_asked_for(
    sqlite_store: Store,
) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    assert report(sqlite_store).campaigns[0].age_mark is None
    told = counts(impressions=100, likes=1, reposts=0, replies=0, quotes=0, bookmarks=0)
    for mark, expected in ((72, 72), (1, 1), (6, 6), (24, 24), (168, 24)):
        reading(sqlite_store, post, SENT + mark * HOUR, mark * HOUR, told)
        assert report(sqlite_store).campaigns[0].age_mark == expected * 3600
    found = report(sqlite_store, age=6 * HOUR).campaigns[0]
    assert (found.age_mark, len(found.top)) == (6 * 3600, 1)
    found = report(sqlite_store, age=2 * HOUR).campaigns[0]
    assert (found.age_mark, found.top, found.slots) == (7200, (), ())


def test_a_campaign_with_ages_of_its_own_has_no_holes_at_the_usual_ones(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    with sqlite_store.write() as connection:
        connection.execute(text("UPDATE campaign SET readings = '7200,86400'"))
    reading(sqlite_store, post, SENT + 24 * HOUR, 24 * HOUR, counts(impressions=5))
    [thread] = report(sqlite_store).campaigns[0].threads
    assert thread.growth == (Growth(7200, None, None), Growth(86400, 5, None))


def test_corrections_are_in_the_totals_and_in_no_comparison(sqlite_store: Store) -> None:
    fill(sqlite_store, 2)
    [post] = add_thread(sqlite_store, [SENT], thread="correction", mode="simulated")
    set_thread(sqlite_store, post, reply_to="1", hook=1, origin="templates/story.j2")
    told = counts(impressions=10**6, likes=10**6, reposts=0, replies=0, quotes=0, bookmarks=0)
    reading(sqlite_store, post, SENT + 24 * HOUR, 24 * HOUR, told)
    [found] = report(sqlite_store).campaigns
    assert found.totals["likes"].value is not None
    assert found.totals["likes"].value > 10**6
    assert {thread.thread: thread.reply_to for thread in found.threads}["correction"] == "1"
    assert "correction" not in {post.thread for post in found.top}
    assert sum(slot.threads for slot in found.slots) == 2
    assert [sum(variant.threads for variant in one.variants) for one in found.comparisons] == [2, 2]


def test_the_report_finds_the_effect_that_is_there(sqlite_store: Store) -> None:
    fill(sqlite_store, 40, rates={1: 0.02, 2: 0.03})
    hooks, templates = report(sqlite_store).campaigns[0].comparisons
    assert (hooks.kind, hooks.verdict, hooks.winner) == ("hook", "winner", "hook 2")
    for variant, truth in zip(hooks.variants, (0.02, 0.03), strict=True):
        assert variant.low is not None
        assert variant.high is not None
        assert variant.low < truth < variant.high
    assert (templates.kind, templates.verdict, templates.winner) == ("template", "no winner", None)


def test_the_same_ledger_gives_the_same_report(sqlite_store: Store) -> None:
    fill(sqlite_store, 16)
    assert report(sqlite_store) == report(sqlite_store)


counts_told = st.none() | st.just(0) | st.integers(1, 10**10)
metrics = st.builds(Metrics, *[counts_told] * len(METRICS))
answers = st.lists(metrics | st.sampled_from(("gone", "untold")), min_size=1, max_size=4)
campaigns = numbers()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(None, tmp_path_factory.mktemp("report") / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


@settings(max_examples=40)
@given(answers)
def test_zero_not_told_and_gone_are_never_confused_from_the_answer_to_the_report(
    kept: Store, told: list[Metrics | str]
) -> None:
    name = f"c{next(campaigns)}"
    ids = add_thread(kept, [SENT] * len(told), campaign=name)
    by_id = {
        post: answer if isinstance(answer, Metrics) else None
        for post, answer in zip(ids, told, strict=True)
        if answer != "untold"
    }
    at = SENT + 16 * MINUTE
    read(kept, by_id, at)

    latest = {row["post_id"]: row for row in rows(kept, "engagement_latest", campaign=name)}
    out = io.StringIO(newline="")
    export(kept, "engagement_latest", "csv", out)
    table = {int(row["post_id"]): row for row in csv.DictReader(io.StringIO(out.getvalue(), newline=""))}
    found = report(kept, name)
    posts = found.campaigns[0].threads[0].posts
    lines = [line for line in shown(found, width=160).splitlines() if "of story." in line]
    for post, answer, result, line in zip(ids, told, posts, lines, strict=True):
        expected = {name: getattr(answer, name, None) for name in METRICS}
        assert {name: getattr(result, name) for name in METRICS} == expected
        assert (result.gone_at is not None) is (answer == "gone")
        assert ("[gone since 2026-12-01]" in line) is (answer == "gone")
        assert line.split()[-3:] == [count(expected[name]) for name in ("likes", "reposts", "replies")]
        assert (post in latest) is (answer != "untold")
        if answer != "untold":
            assert {name: latest[post][name] for name in METRICS} == expected
            assert (latest[post]["gone_at"] is not None) is (answer == "gone")
            as_text = {name: "" if value is None else str(value) for name, value in expected.items()}
            assert {name: table[post][name] for name in METRICS} == as_text
    page = parse(page_of(found, SENT, drawing=False))
    shown_rows = [row for row in page.rows if "of story." in (row[1:2] or [""])[0]]
    for row, told_of, result in zip(shown_rows, told, posts, strict=True):
        expected = {name: getattr(told_of, name, None) for name in METRICS}
        first, *others = (expected[name] for name in ("impressions", *(n for n in METRICS if n != "impressions")))
        assert [row[2], *row[4:12]] == [count(first), *map(count, others)]
        assert row[12] == count(result.interactions)
        assert row[1].startswith("[gone since 2026-12-01]") is (told_of == "gone")
    readings = {row["post_id"] for row in rows(kept, "engagement_readings", campaign=name)}
    assert readings == {post for post, answer in zip(ids, told, strict=True) if isinstance(answer, Metrics)}
