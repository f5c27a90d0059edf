from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import timedelta
from itertools import count as numbers
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.engagement.charts import count
from amplifier.engagement.export import export
from amplifier.engagement.query import rows
from amplifier.engagement.report import Growth, Total, report
from amplifier.errors import UsageError
from amplifier.networks.port import METRICS, Metrics
from amplifier.store.engine import Store, open_store
from tests.support.metrics import read, shown
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
    assert thread.growth == (Growth(900, 140), Growth(3600, 500))
    assert json.loads(json.dumps(found.as_json()))["campaigns"][0]["threads"][0]["posts"][1]["impressions"] == 100


def test_growth_has_no_number_where_a_post_was_not_told_or_a_mark_was_missed(sqlite_store: Store) -> None:
    first, second = add_thread(sqlite_store, [SENT, SENT])
    read(sqlite_store, {first: Metrics(impressions=100), second: Metrics(likes=2)}, SENT + 16 * MINUTE)
    both: dict[int, Metrics | None] = {first: Metrics(impressions=300), second: Metrics(impressions=0)}
    read(sqlite_store, both, SENT + 2 * HOUR)  # too late for the mark of an hour
    read(sqlite_store, both, SENT + 6 * HOUR)
    [thread] = report(sqlite_store).campaigns[0].threads
    assert thread.growth == (Growth(900, None), Growth(3600, None), Growth(6 * 3600, 300))
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


counts = st.none() | st.just(0) | st.integers(1, 10**10)
metrics = st.builds(Metrics, *[counts] * len(METRICS))
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
        expected = asdict(answer) if isinstance(answer, Metrics) else dict.fromkeys(METRICS)
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
    readings = {row["post_id"] for row in rows(kept, "engagement_readings", campaign=name)}
    assert readings == {post for post, answer in zip(ids, told, strict=True) if isinstance(answer, Metrics)}
