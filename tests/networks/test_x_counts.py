"""Counts in what X shows of posts: what is told, what is not, and why."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.networks import x_counts
from amplifier.networks.port import METRICS, PRIVATE, PUBLIC, Metrics, Untold
from amplifier.networks.x_answers import Reply
from tests.fakes.x_answers import not_authorized
from tests.fakes.x_state import NAMES

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ODD: list[Any] = [None, -1, True, False, 1.0, "3", [], {}, 2**63]


def id_at(at: datetime) -> str:
    return str((int(at.timestamp() * 1000) - 1_288_834_974_657) << 22)


def item(counts: dict[str, Any]) -> dict[str, Any]:
    """A post with these counts, by our names; a name that is not there is not told."""
    shown: dict[str, Any] = {"id": "17", "public_metrics": {}, "non_public_metrics": {}}
    for name, count in counts.items():
        shown["public_metrics" if name in PUBLIC else "non_public_metrics"][NAMES[name]] = count
    return shown


@given(st.dictionaries(st.sampled_from(METRICS), st.integers(0, 2**63 - 1) | st.sampled_from(ODD)))
def test_a_count_is_told_exactly_or_it_is_none_and_there_is_a_reason(counts: dict[str, Any]) -> None:
    told = x_counts.metrics(item(counts), Untold.TOO_OLD)
    for name in METRICS:
        count = counts.get(name)
        assert getattr(told, name) == (count if type(count) is int and 0 <= count < 2**63 else None)
    assert bool(told.untold & Untold.NOT_TOLD) == any(getattr(told, name) is None for name in PUBLIC)
    assert bool(told.untold & Untold.TOO_OLD) == any(getattr(told, name) is None for name in PRIVATE)
    assert told.untold in Untold.NOT_TOLD | Untold.TOO_OLD
    assert x_counts.tells_private(told) == any(getattr(told, name) is not None for name in PRIVATE)


def test_each_count_has_its_place() -> None:
    counts = dict(zip(METRICS, range(1, 10), strict=True))
    assert x_counts.metrics(item(counts)) == Metrics(1, 2, 3, 4, 5, 6, 7, 8, 9)


@pytest.mark.parametrize("odd", (None, [], "many", 7, {}))
def test_counts_of_another_shape_are_not_told(odd: object) -> None:
    told = x_counts.metrics({"id": "17", "public_metrics": odd, "non_public_metrics": odd}, Untold.NOT_VISIBLE)
    assert told == Metrics(untold=Untold.NOT_TOLD | Untold.NOT_VISIBLE)
    assert x_counts.followers({"public_metrics": odd}) is None


def test_impressions_that_are_told_to_the_author_alone_are_told() -> None:
    shown = item(dict.fromkeys(METRICS, 1))
    shown["non_public_metrics"]["impression_count"] = 7
    assert x_counts.metrics(shown).impressions == 1
    del shown["public_metrics"]["impression_count"]
    told = x_counts.metrics(shown)
    assert (told.impressions, told.untold) == (7, Untold.NOTHING)


@given(st.integers(0, 25_000).map(lambda days: NOW - timedelta(days=5_000) + timedelta(days=days, milliseconds=days)))
def test_an_id_says_when_its_post_was_made(at: datetime) -> None:
    assert abs(x_counts.born(id_at(at)) - at) < timedelta(milliseconds=2)


def test_a_post_is_young_until_shortly_before_x_says_that_it_is_old() -> None:
    assert x_counts.born("1293593516040269825").date().isoformat() == "2020-08-12"  # as X said of it
    ages = (timedelta(0), timedelta(days=29, hours=23, minutes=54), timedelta(days=29, hours=23, minutes=56))
    assert [x_counts.is_young(id_at(NOW - age), NOW) for age in ages] == [True, True, False]
    assert x_counts.is_young(id_at(NOW + timedelta(seconds=30)), NOW)
    assert not x_counts.is_young("17", NOW)
    assert not x_counts.is_young("simulated-main-7", NOW)


@pytest.mark.parametrize(
    ("change", "ids"),
    (
        ({}, {"5"}),
        ({"type": None, "title": "Field Authorization Error"}, {"5"}),
        ({"field": "non_public_metrics"}, {"5"}),
        ({"resource_id": None}, {"6"}),
        ({"resource_id": None, "value": None}, {""}),
        ({"field": "public_metrics.like_count"}, set()),
        ({"section": "includes"}, set()),
        ({"type": "https://api.twitter.com/2/problems/resource-not-found", "title": "Not Found Error"}, set()),
    ),
)
def test_only_a_refusal_of_private_counts_is_one(change: dict[str, Any], ids: set[str]) -> None:
    error = {**not_authorized("5", "non_public_metrics.engagements"), "value": "6", **change}
    assert x_counts.refused(Reply(200, {}, {"errors": [error, None, 7, "x"]})) == ids


def test_nothing_told_is_nine_times_none() -> None:
    assert astuple(x_counts.metrics({"id": "17"}))[:9] == (None,) * 9
