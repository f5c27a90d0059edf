"""The whole pipeline on the simulated network, where it is known what is true of each post: the report finds it out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.content.draft import load_draft
from amplifier.engagement.query import rows
from amplifier.engagement.report import report
from amplifier.networks.simulated import FOLLOWED, HALF_LIFE_HOURS, RATES, Effect, Simulated
from amplifier.planning.approve import approve
from amplifier.publishing.enqueue import Seal
from amplifier.rehearsal import VirtualClock, open_rehearsal, rehearse
from amplifier.settings import load_settings
from amplifier.workspace import Workspace
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from amplifier.app import App
    from amplifier.engagement.results import CampaignResult

THREADS = 24
BEGIN = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RATE = sum(fmean(rate) for rate in RATES.values())
"""What a reader of a post does on average, where nothing is done about it."""
BETTER, EVENING = 1.5, 1.3
"""The truth: the second hook has half as much again as the first, an evening nearly a third more than a morning."""


def truth(_post: Mapping[str, Any], root: Mapping[str, Any]) -> Effect:
    evening = datetime.fromisoformat(root["at"]).astimezone(UTC).hour >= 8  # 18:00 in Seoul is 9:00 UTC
    return Effect(rate=(BETTER if "?" in root["text"] else 1) * (EVENING if evening else 1), spread=0.2, reach=20)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Two dozen threads of three posts, each with two hooks, published at two times of day and read for a day."""
    house = House.build(tmp_path_factory.mktemp("known") / "w")
    threads = []
    for n in range(THREADS):
        house.text(f"t{n}", f"To be replaced {n}.\n---\nThe second post of number {n}.\n---\nThe last of number {n}.\n")
        threads.append(
            f"  - id: t{n}\n    text: threads/t{n}.md\n    hooks:\n"
            f"      - The scene that number {n} begins with.\n      - What would number {n} have done?\n"
        )
    house.campaign.write_text(
        "name: fence\narticle: articles/fence.txt\nclaims: off\naccounts: [main]\nschedule:\n  timezone: Asia/Seoul\n"
        '  slots: [{days: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"}, '
        '{days: [mon, tue, wed, thu, fri, sat, sun], at: "18:00"}]\n'
        "  post_gap: 20s\n  jitter: 0s\nthreads:\n" + "".join(threads),
        "utf-8",
    )
    clock = VirtualClock(BEGIN)
    workspace = Workspace(house.root)
    opened = open_rehearsal(workspace, load_settings(house.root, {}), clock, "known")
    opened.simulate = partial(Simulated, effects=truth)
    draft = load_draft(house.campaign, house.root, opened.platform)
    modes = opened.modes_of(draft.campaign.accounts)
    approve(opened.store, draft.campaign, draft.threads, modes=modes, now=BEGIN, seal=Seal("me", BEGIN))
    rehearse(opened, clock, after=DAY)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(app: App) -> CampaignResult:
    [campaign] = report(app.store, "fence").campaigns
    return campaign


def test_every_post_is_out_once_read_at_every_age_and_nothing_is_missing(app: App, found: CampaignResult) -> None:
    assert (found.posts, found.sent, len(found.threads)) == (3 * THREADS, 3 * THREADS, THREADS)
    read = {(row["post_id"], row["age_mark"]) for row in rows(app.store, "engagement_at_age")}
    assert len({post for post, mark in read if mark == 86400}) == 3 * THREADS
    assert rows(app.store, "reading_gaps") == []


def test_the_totals_are_what_the_network_counted(app: App, found: CampaignResult) -> None:
    network = app.network("main", "simulated")
    ids = [row["remote_id"] for row in rows(app.store, "post_log")]
    last = {row["post_id"]: row for row in rows(app.store, "engagement_latest")}
    assert found.totals["impressions"].value == sum(row["impressions"] for row in last.values())
    counted = [network.metrics(ids[first : first + 100]) for first in range(0, len(ids), 100)]
    by_id = {row["post_id"]: row["remote_id"] for row in rows(app.store, "post_log")}
    for answer in counted:
        told = [row for post, row in last.items() if by_id[post] in answer.metrics]
        assert all(row["impressions"] <= (answer.metrics[by_id[row["post_id"]]].impressions or 0) for row in told)
    hourly = rows(app.store, "engagement_hourly")
    for name in ("impressions", "likes", "bookmarks"):
        assert sum(row[name] for row in hourly) == sum(row[name] for row in last.values())


def test_the_better_hook_is_found_and_each_rate_lies_in_its_interval(found: CampaignResult) -> None:
    [hooks] = [one for one in found.comparisons if one.kind == "hook"]
    assert (hooks.verdict, hooks.winner) == ("winner", "hook 2")
    evenings = 0.5 * (1 + EVENING)
    for one, rate in zip(hooks.variants, (RATE, RATE * BETTER), strict=True):
        assert one.threads > 8
        assert one.low is not None
        assert one.high is not None
        assert one.low < rate * evenings < one.high, (one.variant, one.low, rate * evenings, one.high)


def test_the_better_time_of_day_is_found(app: App) -> None:
    slots = [row for row in rows(app.store, "slot_results") if row["age_mark"] == 86400]
    by_hour: dict[int, list[float]] = {9: [], 18: []}
    for slot in slots:
        by_hour[slot["hour"]] += [slot["thread_rate"]] * slot["threads"]
    assert [len(rates) for rates in by_hour.values()] == [THREADS // 2] * 2
    assert fmean(by_hour[18]) / fmean(by_hour[9]) == pytest.approx(EVENING, rel=0.2)


def test_how_far_readers_stay_and_how_fast_posts_grow_are_found(app: App) -> None:
    stayed = fmean(FOLLOWED)
    for k in (1, 2, 3):
        shares = [row["retention"] for row in rows(app.store, "thread_retention") if row["k"] == k]
        assert fmean(shares) == pytest.approx(stayed ** (k - 1), abs=0.05)
    at_age = rows(app.store, "engagement_at_age")
    seen = {mark: sum(row["impressions"] for row in at_age if row["age_mark"] == mark) for mark in (21600, 86400)}
    grown = {hours: 1 - 2 ** (-hours / HALF_LIFE_HOURS) for hours in (6, 24)}
    assert seen[21600] / seen[86400] == pytest.approx(grown[6] / grown[24], rel=0.02)


def test_what_it_would_cost_is_what_the_price_list_says(app: App) -> None:
    spent = [row for row in rows(app.store, "cost_log") if row["what"] == "create"]
    assert sum(row["units"] for row in spent) == 3 * THREADS
    assert sum(row["cost_usd"] for row in spent) == pytest.approx(3 * THREADS * 0.015)
