"""From the bytes that X answers to every place where a number is read: 0, not told and gone are never confused."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from itertools import count as numbers
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.engagement.collect import collect
from amplifier.engagement.export import export
from amplifier.engagement.query import rows
from amplifier.engagement.report import report
from amplifier.networks.port import PUBLIC
from amplifier.networks.x_answers import Reply
from amplifier.networks.x_readings import Readings
from amplifier.store.engine import Store, open_store
from tests.support.metrics import Telling
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from amplifier.networks.port import Measured

NAMES = dict(
    zip(
        PUBLIC,
        ("like_count", "retweet_count", "reply_count", "quote_count", "bookmark_count", "impression_count"),
        strict=True,
    )
)
campaigns = numbers()
counts = st.one_of(
    st.just(0), st.integers(0, 10**9), st.none(), st.just(-1), st.just("7"), st.booleans(), st.floats(0, 9), st.just([])
)
posts = st.one_of(
    st.just("gone"), st.just("left out"), st.dictionaries(st.sampled_from(sorted(NAMES.values())), counts)
)


def said(remote_id: str, what: str | Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One post in X's answer: among its data, or among its errors."""
    if isinstance(what, str):
        title = {"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found"}
        error = {**title, "resource_type": "tweet", "parameter": "ids", "resource_id": remote_id, "value": remote_id}
        return [], [error] if what == "gone" else []
    return [{"id": remote_id, "text": "A post.", "public_metrics": what}], []


def answer(ids: Sequence[str], told: Mapping[str, str | Mapping[str, Any]]) -> Measured:
    """What our own reading makes of the bytes."""
    items = [said(key, told.get(key, "left out")) for key in ids]  # of an example before: still due, and silent
    body = {"data": [one for data, _ in items for one in data], "errors": [one for _, wrong in items for one in wrong]}
    sent = json.dumps({key: value for key, value in body.items() if value}).encode()
    reply = Reply(200, {}, json.loads(sent))
    return Readings(lambda _route, _params: reply, lambda: SENT).by_ids(ids)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(None, tmp_path_factory.mktemp("honest") / "amplifier.db", synchronous="OFF")
    yield opened
    opened.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(posts, min_size=1, max_size=4))
def test_what_x_said_is_what_every_reader_sees(kept: Store, told: list[str | dict[str, Any]]) -> None:
    name = f"c{next(campaigns)}"
    ids = add_thread(kept, [SENT] * len(told), campaign=name, account=name)
    by_id = dict(zip(map(str, ids), told, strict=True))
    network = Telling(answer=lambda asked: answer(asked, by_id))
    collect(kept, lambda _n, _m: network, now=lambda: SENT + timedelta(minutes=16), worker="w")

    out = io.StringIO(newline="")
    export(kept, "engagement_latest", "csv", out)
    sheet = {int(row["post_id"]): row for row in csv.DictReader(io.StringIO(out.getvalue(), newline=""))}
    latest = {row["post_id"]: row for row in rows(kept, "engagement_latest", campaign=name)}
    aged = {row["post_id"]: row for row in rows(kept, "engagement_at_age", campaign=name)}
    shown = report(kept, name).as_json()["campaigns"][0]["threads"][0]["posts"]
    # an answer without any of the posts says nothing, not even that they were left out
    silent = all(what == "left out" for what in told)
    missed = {row["post_id"] for row in rows(kept, "reading_gaps", campaign=name)}
    for post, what, result in zip(ids, told, shown, strict=True):
        whole = {metric: what.get(theirs) if isinstance(what, dict) else None for metric, theirs in NAMES.items()}
        expected = {metric: n if type(n) is int and n >= 0 else None for metric, n in whole.items()}
        assert {metric: result[metric] for metric in PUBLIC} == expected
        assert (result["gone_at"] is not None) is (what == "gone")
        assert (post in latest) is (what != "left out")
        assert (post in aged) is isinstance(what, dict)
        assert (post in missed) is (what == "left out" and not silent)
        if isinstance(what, dict):
            assert {metric: aged[post][metric] for metric in PUBLIC} == expected
            written = {metric: "" if value is None else str(value) for metric, value in expected.items()}
            assert {metric: sheet[post][metric] for metric in PUBLIC} == written
            five = [expected[metric] for metric in PUBLIC if metric != "impressions"]
            assert aged[post]["interactions"] == (None if None in five else sum(n for n in five if n is not None))
            lacking = "the network left it out" in (aged[post]["not_told"] or "")
            assert lacking is (None in expected.values())
