from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from amplifier.engagement.query import rows
from amplifier.engagement.report import report
from amplifier.engagement.weigh import SHOWN
from tests.support.results import fill

if TYPE_CHECKING:
    from amplifier.store.engine import Store

WHERE: dict[str, Any] = {"mode": "simulated", "age_mark": 86400}


def test_variants_slots_and_hashtags_say_what_their_views_say(store: Store) -> None:
    fill(store, 12)
    [found] = report(store).campaigns
    for one, view in zip(found.comparisons, ("variant_results", "template_results"), strict=True):
        told = rows(store, view, **WHERE)
        names = [f"hook {row['hook']}" if one.kind == "hook" else row["template"] for row in told]
        assert [variant.variant for variant in one.variants] == sorted(names)
        for variant in one.variants:
            row = told[names.index(variant.variant)]
            for name in ("threads", "left_out", "posts", "impressions", "interactions"):
                assert getattr(variant, name) == row[name], (view, name)
    slots = {(row["weekday"], row["hour"]): row for row in rows(store, "slot_results", **WHERE)}
    assert len(found.slots) == len(slots)
    for slot in found.slots:
        row = slots[slot.weekday, slot.hour]
        assert (slot.threads, slot.left_out, slot.impressions) == (row["threads"], row["left_out"], row["impressions"])
        assert slot.thread_rate == pytest.approx(row["thread_rate"])
    tags = {row["hashtag"]: row for row in rows(store, "hashtag_results", **WHERE)}
    assert len(found.hashtags) == len(tags) == 3
    for tag in found.hashtags:
        row = tags[tag.hashtag]
        for name in ("threads", "posts", "told", "impressions", "interactions"):
            assert getattr(tag, name) == row[name], name
        assert tag.rate == pytest.approx(row["rate"])


def test_slots_and_top_posts_begin_with_the_highest(sqlite_store: Store) -> None:
    fill(sqlite_store, 12)
    [found] = report(sqlite_store).campaigns
    rates = [slot.thread_rate for slot in found.slots]
    assert rates == sorted((rate for rate in rates if rate is not None), reverse=True)
    told = [row for row in rows(sqlite_store, "engagement_at_age", **WHERE) if row["interactions"] is not None]
    most = sorted((row["interactions"] for row in told), reverse=True)[:SHOWN]
    assert [post.interactions for post in found.top] == most
    texts = {row["post_id"]: row["text"] for row in told}
    assert all(post.text == texts[post.post_id] for post in found.top)
