"""Counts of posts through real tweepy over real HTTP: by their ids and on the own timeline."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.networks.port import METRICS, PRIVATE, PUBLIC, Context, Metrics, Network, Untold
from amplifier.networks.x import X
from amplifier.networks.x_counts import FIELDS, PRIVATE_WITHIN
from tests.fakes import x_faults
from tests.fakes.x_answers import not_authorized
from tests.fakes.x_faults import ME, READ, TIMELINE, Fault
from tests.fakes.x_server import XServer
from tests.fakes.x_state import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.x_state import FakePost

OPENAPI = Path(__file__).parents[3] / "shared" / "x-openapi-2.165.json"
BOTH, ALONE = ["public_metrics,non_public_metrics"], ["public_metrics"]
DAY = timedelta(days=1)


class Days:
    """A clock that tests move, for the server and for us."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Days:
    return Days()


@pytest.fixture
def server(clock: Days) -> Iterator[XServer]:
    with XServer(now=clock.seconds) as server:
        yield server


@pytest.fixture
def x(server: XServer, clock: Days) -> X:
    return X("main", server.settings("main"), Context(Path("unused"), clock.now, 5.0))


def posted(server: XServer, number: int = 1, account: str = "main") -> list[FakePost]:
    return [server.state.add(account, f"Post {len(server.posts)} {place}", None) for place in range(number)]


def ids(posts: list[FakePost]) -> list[str]:
    return [post.id for post in posts]


def asked(server: XServer, on: str = READ) -> list[list[str]]:
    return [request.query[FIELDS] for request in server.asked(on)]


def told(metrics: Metrics, names: tuple[str, ...]) -> list[bool]:
    return [getattr(metrics, name) is not None for name in names]


def all_told(metrics: Metrics, names: tuple[str, ...]) -> bool:
    return all(told(metrics, names))


def none_told(metrics: Metrics, names: tuple[str, ...]) -> bool:
    return not any(told(metrics, names))


# ---------------------------------------------------------------- by their ids


def test_every_count_of_a_hundred_young_posts_is_one_request(server: XServer, x: X) -> None:
    network: Network = x
    posts = posted(server, 100)
    server.state.counts[posts[0].id] = {"like_count": 0, "retweet_count": 7}
    server.state.private_counts[posts[0].id] = {"url_link_clicks": 3, "user_profile_clicks": 0, "engagements": 12}
    measured = network.metrics(ids(posts))
    assert list(measured.metrics) == ids(posts)
    assert (measured.gone, measured.detail) == (frozenset(), "")
    first, last = measured.metrics[posts[0].id], measured.metrics[posts[99].id]
    assert first == Metrics(0, 7, None, None, None, None, 3, 0, 12, Untold.NOT_TOLD)
    assert all_told(last, METRICS)
    assert last.untold is Untold.NOTHING
    assert asked(server) == [BOTH]


def test_old_posts_are_asked_for_public_counts_alone(server: XServer, x: X, clock: Days) -> None:
    old = posted(server, 3)
    clock.at += 30 * DAY
    measured = x.metrics(ids(old))
    assert asked(server) == [ALONE]
    for counts in measured.metrics.values():
        assert all_told(counts, PUBLIC)
        assert none_told(counts, PRIVATE)
        assert counts.untold is Untold.TOO_OLD


def test_young_and_old_posts_together_lose_nothing_and_each_is_read_once(server: XServer, x: X, clock: Days) -> None:
    old = posted(server, 2)
    clock.at += 30 * DAY
    young = posted(server, 2)
    mixed = ids([old[0], young[0], old[1], young[1]])
    measured = x.metrics(mixed)
    assert list(measured.metrics) == mixed
    assert [request.query["ids"] for request in server.asked(READ)] == [[",".join(ids(young))], [",".join(ids(old))]]
    assert asked(server) == [BOTH, ALONE]
    assert [measured.metrics[key].untold for key in mixed] == [Untold.TOO_OLD, Untold.NOTHING] * 2


def test_whoever_asks_by_age_needs_one_request_for_each(server: XServer, x: X, clock: Days) -> None:
    """Also in the last minutes, when X's clock may be ahead of ours."""
    assert x.private_within == PRIVATE_WITHIN
    posts = posted(server)
    clock.at += PRIVATE_WITHIN - timedelta(seconds=1)
    assert x.metrics(ids(posts)).metrics[posts[0].id].untold is Untold.NOTHING
    clock.at += timedelta(seconds=2)
    assert x.metrics(ids(posts)).metrics[posts[0].id].untold is Untold.TOO_OLD
    assert asked(server) == [BOTH, ALONE]


@pytest.mark.parametrize("keep", (True, False))
def test_an_account_without_private_counts_is_told_the_public_ones_and_asked_no_more(
    server: XServer, x: X, clock: Days, keep: bool
) -> None:
    server.state.blind.add("main")
    server.state.keep_refused = keep
    posts = posted(server, 3)
    for _ in range(3):
        measured = x.metrics(ids(posts))
        assert (list(measured.metrics), measured.gone, measured.detail) == (ids(posts), frozenset(), "")
        for counts in measured.metrics.values():
            assert all_told(counts, PUBLIC)
            assert none_told(counts, PRIVATE)
            assert counts.untold is Untold.NOT_VISIBLE
    assert asked(server) == ([BOTH] if keep else [BOTH, ALONE]) + [ALONE, ALONE]
    clock.at += DAY  # it may have been allowed since
    server.state.blind.clear()
    assert all_told(x.metrics(ids(posts)).metrics[posts[0].id], METRICS)


def test_an_old_and_a_young_post_of_a_blind_account_are_one_request(server: XServer, x: X, clock: Days) -> None:
    server.state.blind.add("main")
    old = posted(server)
    clock.at += 30 * DAY
    young = posted(server)
    x.metrics(ids(young))
    server.requests.clear()
    measured = x.metrics(ids(old + young))
    assert asked(server) == [ALONE]
    assert [measured.metrics[key].untold for key in ids(old + young)] == [Untold.TOO_OLD, Untold.NOT_VISIBLE]


def test_a_strangers_post_among_ours_costs_ours_nothing(server: XServer, x: X) -> None:
    ours, theirs = posted(server, 2), posted(server, account="other")
    for _ in range(2):
        measured = x.metrics(ids(ours + theirs))
        assert [measured.metrics[key].untold for key in ids(ours + theirs)] == [
            Untold.NOTHING,
            Untold.NOTHING,
            Untold.NOT_VISIBLE,
        ]
        assert all_told(measured.metrics[theirs[0].id], PUBLIC)
    assert [request.query["ids"] for request in server.asked(READ)] == [
        [",".join(ids(ours + theirs))],
        [theirs[0].id],
    ] * 2


def test_a_request_that_is_refused_for_its_fields_is_made_without_them(server: XServer, x: X) -> None:
    posts = posted(server, 2)
    refused = x_faults.answer(400, x_faults.problem(400, "Invalid Request", "non_public_metrics needs more"), READ)
    server.script(refused)
    measured = x.metrics(ids(posts))
    assert [counts.untold for counts in measured.metrics.values()] == [Untold.NOT_VISIBLE] * 2
    x.metrics(ids(posts))
    assert asked(server) == [BOTH, ALONE, ALONE]


def test_a_request_that_is_refused_for_something_else_is_not_the_accounts_blindness(server: XServer, x: X) -> None:
    posts = posted(server)
    refused = x_faults.answer(403, x_faults.problem(403, "Forbidden", "Not now"), READ)
    server.script(refused, refused)
    measured = x.metrics(ids(posts))
    assert (dict(measured.metrics), measured.gone) == ({}, frozenset())
    assert "Not now" in measured.detail
    assert all_told(x.metrics(ids(posts)).metrics[posts[0].id], METRICS)


@pytest.mark.parametrize(
    "fault", (x_faults.rate_limited(READ), x_faults.unauthorized(READ), x_faults.server_error(on=READ))
)
def test_what_is_no_refusal_of_fields_is_not_asked_again(server: XServer, x: X, fault: Fault) -> None:
    posts = posted(server)
    server.script(fault)
    assert x.metrics(ids(posts)).detail
    assert asked(server) == [BOTH]


def test_when_the_second_request_fails_what_was_told_stays_and_the_rest_is_not_gone(
    server: XServer, x: X, clock: Days
) -> None:
    old = posted(server)
    clock.at += 30 * DAY
    young, theirs = posted(server), posted(server, account="other")
    reset = int(clock.seconds()) + 600
    for asked_for in (young + theirs, old + young):
        server.script(x_faults.passed(READ), x_faults.rate_limited(READ, {"x-rate-limit-reset": str(reset)}))
        measured = x.metrics(ids(asked_for))
        assert (list(measured.metrics), measured.gone) == (ids(young), frozenset())
        assert measured.detail
        assert measured.until == datetime.fromtimestamp(reset, UTC)


def test_a_blind_accounts_second_request_that_fails_teaches_nothing(server: XServer, x: X) -> None:
    server.state.blind.add("main")
    posts = posted(server)
    server.script(x_faults.passed(READ), x_faults.server_error(on=READ))
    measured = x.metrics(ids(posts))
    assert (dict(measured.metrics), measured.gone) == ({}, frozenset())
    assert measured.detail
    server.state.blind.clear()
    assert all_told(x.metrics(ids(posts)).metrics[posts[0].id], METRICS)


@pytest.mark.parametrize("left_out", METRICS)
def test_a_single_count_that_is_missing_is_none_and_the_others_are_told(server: XServer, x: X, left_out: str) -> None:
    server.state.untold.add(NAMES[left_out])
    posts = posted(server)
    counts = x.metrics(ids(posts)).metrics[posts[0].id]
    assert [name for name in METRICS if getattr(counts, name) is None] == [left_out]
    assert counts.untold is Untold.NOT_TOLD


def test_deleted_posts_are_gone_also_when_none_is_left(server: XServer, x: X) -> None:
    kept, dropped = posted(server, 2)
    server.state.remove(dropped)
    measured = x.metrics([kept.id, dropped.id])
    assert (set(measured.metrics), set(measured.gone)) == ({kept.id}, {dropped.id})
    alone = x.metrics([dropped.id])
    assert (dict(alone.metrics), set(alone.gone), alone.detail) == ({}, {dropped.id}, "")


def test_of_a_blind_account_only_what_is_deleted_is_gone(server: XServer, x: X) -> None:
    server.state.blind.add("main")
    kept, dropped = posted(server, 2)
    server.state.remove(dropped)
    measured = x.metrics([kept.id, dropped.id])
    assert (set(measured.metrics), set(measured.gone)) == ({kept.id}, {dropped.id})
    assert [request.query["ids"] for request in server.asked(READ)] == [[f"{kept.id},{dropped.id}"], [kept.id]]


def test_only_a_post_that_was_asked_for_and_is_not_shown_is_gone(server: XServer, x: X) -> None:
    errors = [{"title": "Not Found Error", "resource_id": remote_id} for remote_id in ("1", "2", "3")]
    server.script(x_faults.answer(200, {"data": [{"id": "1", "text": "A"}], "errors": errors}, READ))
    measured = x.metrics(["1", "2"])
    assert (set(measured.metrics), set(measured.gone)) == ({"1"}, {"2"})


@pytest.mark.parametrize(
    "error",
    (
        not_authorized("2", "non_public_metrics.engagements"),
        {"title": "Not Found Error", "resource_id": "2", "resource_type": "user"},
        {"title": "Not Found Error", "resource_id": "2", "section": "includes"},
        {"title": "Not Found Error", "resource_id": "2", "field": "attachments.media_keys"},
        {"title": "Not Found Error", "resource_id": "2", "type": "https://api.twitter.com/2/problems/not-authorized-for-field"},
        {"title": "Authorization Error", "resource_id": "2", "type": "https://api.twitter.com/2/problems/not-authorized-for-resource"},
    ),
)  # fmt: skip
def test_no_other_error_makes_a_post_gone(server: XServer, x: X, error: dict[str, Any]) -> None:
    server.script(x_faults.answer(200, {"data": [{"id": "1", "text": "A"}], "errors": [error]}, READ))
    measured = x.metrics(["1", "2"])
    assert (set(measured.metrics), measured.gone) == ({"1"}, frozenset())


@pytest.mark.parametrize(
    "fault",
    (
        x_faults.server_error(on=READ),
        x_faults.drop(READ),
        x_faults.answer(200, "", READ),
        x_faults.answer(200, [], READ),
        x_faults.answer(200, {"data": [None, 7, {"id": 17}]}, READ),
        x_faults.answer(200, {"errors": [{"title": "Authorization Error", "resource_id": "1"}]}, READ),
    ),
)
def test_metrics_that_are_not_told_are_neither_zero_nor_gone(server: XServer, x: X, fault: Fault) -> None:
    posts = posted(server)
    server.script(fault)
    measured = x.metrics(ids(posts))
    assert (dict(measured.metrics), measured.gone) == ({}, frozenset())
    assert measured.detail


def test_limited_metrics_say_until_when(server: XServer, x: X) -> None:
    reset = int(time.time()) + 600
    server.script(x_faults.rate_limited(READ, {"x-rate-limit-reset": str(reset), "x-rate-limit-remaining": "0"}))
    assert x.metrics(["17"]).until == datetime.fromtimestamp(reset, UTC)


def test_no_ids_ask_nothing_and_too_many_are_a_mistake(server: XServer, x: X) -> None:
    assert (x.metrics([]).metrics, x.metrics([]).detail) == ({}, "")
    with pytest.raises(ValueError, match="at most 100"):
        x.metrics([str(number) for number in range(101)])
    assert server.requests == []


# ---------------------------------------------------------------- on the own timeline


def test_a_span_of_the_timeline_is_one_request_and_holds_both_its_ends(server: XServer, x: X) -> None:
    posts = posted(server, 5)
    measured = x.timeline_metrics(posts[1].id, posts[3].id, server.account("main").id)
    assert set(measured.metrics) == set(ids(posts[1:4]))
    assert all(all_told(counts, METRICS) for counts in measured.metrics.values())
    assert (measured.gone, measured.detail) == (frozenset(), "")
    (request,) = server.requests
    assert request.query == {
        FIELDS: BOTH,
        "since_id": [str(int(posts[1].id) - 1)],
        "until_id": [str(int(posts[3].id) + 1)],
        "max_results": ["100"],
        "exclude": ["retweets"],
    }


def test_it_tells_what_a_request_by_ids_tells(server: XServer, x: X) -> None:
    posts = posted(server, 3)
    assert x.timeline_metrics(posts[0].id, posts[2].id).metrics == x.metrics(ids(posts)).metrics


def test_of_a_longer_span_it_tells_the_newest_hundred(server: XServer, x: X) -> None:
    posts = posted(server, 103)
    measured = x.timeline_metrics(posts[0].id, posts[-1].id)
    assert set(measured.metrics) == set(ids(posts[3:]))
    assert len(server.asked(TIMELINE)) == 1


def test_whose_timeline_is_asked_once_when_nobody_says_it(server: XServer, x: X) -> None:
    posts = posted(server)
    for _ in range(2):
        assert set(x.timeline_metrics(posts[0].id, posts[0].id).metrics) == {posts[0].id}
    assert (len(server.asked(ME)), len(server.asked(TIMELINE))) == (1, 2)


def test_without_an_identity_there_is_no_timeline_and_it_says_why(server: XServer, x: X) -> None:
    reset = int(time.time()) + 600
    server.script(x_faults.rate_limited(ME, {"x-rate-limit-reset": str(reset)}))
    measured = x.timeline_metrics("1", "2")
    assert dict(measured.metrics) == {}
    assert measured.detail
    assert measured.until == datetime.fromtimestamp(reset, UTC)
    assert server.asked(TIMELINE) == []


def test_what_a_timeline_does_not_show_is_not_gone(server: XServer, x: X) -> None:
    posts = posted(server, 3)
    server.state.unshown.add(posts[1].id)
    server.state.remove(posts[2])
    measured = x.timeline_metrics(posts[0].id, posts[2].id)
    assert (set(measured.metrics), measured.gone, measured.detail) == ({posts[0].id}, frozenset(), "")
    server.state.lag = 60
    nothing = x.timeline_metrics(posts[0].id, posts[2].id)
    assert (dict(nothing.metrics), nothing.gone, nothing.detail) == ({}, frozenset(), "")


def test_a_span_of_old_posts_is_asked_for_public_counts_alone(server: XServer, x: X, clock: Days) -> None:
    old = posted(server, 2)
    clock.at += 30 * DAY
    young = posted(server, 2)
    measured = x.timeline_metrics(old[0].id, old[1].id, server.account("main").id)
    assert [counts.untold for counts in measured.metrics.values()] == [Untold.TOO_OLD] * 2
    mixed = x.timeline_metrics(old[0].id, young[1].id, server.account("main").id)
    assert set(mixed.metrics) == set(ids(young))  # as X does it; the others are asked about by their ids
    assert all(all_told(counts, METRICS) for counts in mixed.metrics.values())
    assert asked(server, TIMELINE) == [ALONE, BOTH]


@pytest.mark.parametrize("keep", (True, False))
def test_the_timeline_of_a_blind_account_tells_public_counts_and_is_asked_no_more_for_others(
    server: XServer, x: X, keep: bool
) -> None:
    server.state.blind.add("main")
    server.state.keep_refused = keep
    posts = posted(server, 3)
    for _ in range(2):
        measured = x.timeline_metrics(posts[0].id, posts[2].id)
        assert set(measured.metrics) == set(ids(posts))
        assert {counts.untold for counts in measured.metrics.values()} == {Untold.NOT_VISIBLE}
        assert all(all_told(counts, PUBLIC) for counts in measured.metrics.values())
        assert measured.detail == ""
    assert asked(server, TIMELINE) == ([BOTH] if keep else [BOTH, ALONE]) + [ALONE]
    x.metrics(ids(posts))
    assert asked(server) == [ALONE]


def test_a_page_that_is_read_in_part_tells_what_it_tells(server: XServer, x: X) -> None:
    one, two = posted(server, 2)
    data = [server.state.show(one, {"public_metrics", "non_public_metrics"}), None, {"id": 17}]
    server.script(x_faults.answer(200, {"data": data, "meta": {"result_count": 3}}, TIMELINE))
    measured = x.timeline_metrics(one.id, two.id)
    assert (set(measured.metrics), measured.detail) == ({one.id}, "the timeline is not readable, or only in part")
    error = {"title": "Service Unavailable", "detail": "some posts could not be loaded"}
    server.script(x_faults.answer(200, {"data": data[:1], "errors": [error], "meta": {"result_count": 1}}, TIMELINE))
    measured = x.timeline_metrics(one.id, two.id)
    assert set(measured.metrics) == {one.id}
    assert measured.detail.endswith("in part: Service Unavailable: some posts could not be loaded")


def test_one_refused_post_on_a_timeline_costs_the_others_no_private_count(server: XServer, x: X) -> None:
    one, two = posted(server, 2)
    body = {
        "data": [server.state.show(one, {"public_metrics", "non_public_metrics"})],
        "errors": [not_authorized(two.id, "non_public_metrics.engagements", "id")],
        "meta": {"result_count": 1},
    }
    server.script(x_faults.answer(200, body, TIMELINE))
    measured = x.timeline_metrics(one.id, two.id)
    assert (measured.metrics[one.id].untold, measured.metrics[two.id].untold) == (Untold.NOTHING, Untold.NOT_VISIBLE)
    assert all_told(measured.metrics[two.id], PUBLIC)
    assert all_told(x.metrics(ids([one])).metrics[one.id], METRICS)


def test_posts_outside_the_span_are_not_told(server: XServer, x: X) -> None:
    posts = posted(server, 3)
    data = [server.state.show(post, {"public_metrics"}) for post in posts]
    server.script(x_faults.answer(200, {"data": data, "meta": {"result_count": 3}}, TIMELINE))
    assert set(x.timeline_metrics(posts[1].id, posts[1].id).metrics) == {posts[1].id}


UNREADABLE = {
    "limited": x_faults.rate_limited(TIMELINE),
    "unauthorized": x_faults.unauthorized(TIMELINE),
    "503": x_faults.server_error(on=TIMELINE),
    "dropped": x_faults.drop(TIMELINE),
    "empty": x_faults.answer(200, "", TIMELINE),
    "list": x_faults.answer(200, [], TIMELINE),
    "neither data nor a count": x_faults.answer(200, {"meta": {}}, TIMELINE),
    "only errors": x_faults.answer(200, {"errors": [{"title": "Authorization Error"}]}, TIMELINE),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_timeline_that_cannot_be_read_tells_nothing_and_says_so(server: XServer, x: X, case: str) -> None:
    posts = posted(server)
    server.script(UNREADABLE[case])
    measured = x.timeline_metrics(posts[0].id, posts[0].id)
    assert (dict(measured.metrics), measured.gone) == ({}, frozenset())
    assert measured.detail
    assert len(server.asked(TIMELINE)) == 1


def test_no_secret_is_in_what_a_timeline_says_of_itself(server: XServer, x: X) -> None:
    secret = server.account("main").secrets["api_key"]
    server.script(x_faults.answer(200, {"data": [], "errors": [{"title": f"bad key {secret}"}]}, TIMELINE))
    measured = x.timeline_metrics("1", "2", "3")
    assert measured.detail.endswith("bad key ***")


# ---------------------------------------------------------------- X's own description


@pytest.mark.skipif(not OPENAPI.exists(), reason="X's description of its API is not part of this checkout")
def test_every_request_for_counts_is_one_that_x_describes(server: XServer, x: X) -> None:
    described = json.loads(OPENAPI.read_text("utf-8"))

    def whole(thing: dict[str, Any]) -> dict[str, Any]:
        """What stands here, or where it points to."""
        kind, _, name = thing.get("$ref", "").removeprefix("#/components/").partition("/")
        found: dict[str, Any] = described["components"][kind][name] if kind else thing
        return found

    posts = posted(server, 2)
    x.metrics(ids(posts))
    x.timeline_metrics(posts[0].id, posts[1].id)
    for on, route in ((READ, "/2/tweets"), (TIMELINE, "/2/users/{id}/tweets"), (ME, "/2/users/me")):
        parameters = [whole(parameter) for parameter in described["paths"][route]["get"]["parameters"]]
        schemas = {parameter["name"]: whole(parameter["schema"]) for parameter in parameters}
        (request,) = server.asked(on)
        for name, (value,) in request.query.items():
            schema, values = schemas[name], value.split(",")
            if schema["type"] == "array":
                one = whole(schema["items"])
                assert set(values) <= set(one.get("enum", values))
                assert schema.get("minItems", 1) <= len(values) <= schema.get("maxItems", 100)
            elif schema["type"] == "integer":
                assert schema["minimum"] <= int(value) <= schema["maximum"]
            else:
                assert re.search(schema["pattern"], value)
