"""Limits, ids and words of X's answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.networks import x_answers
from amplifier.networks.port import Kind, Receipt
from amplifier.networks.x_answers import Reply

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LATER, MUCH_LATER, PAST = (str(int((NOW + timedelta(minutes=by)).timestamp())) for by in (10, 600, -10))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "errors", "title", "detail", "code", "type", "id"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    (
        ({}, None),
        ({"x-rate-limit-reset": LATER}, 10),
        ({"x-rate-limit-reset": LATER, "x-rate-limit-remaining": "0"}, 10),
        ({"x-rate-limit-reset": LATER, "x-rate-limit-remaining": "5"}, None),
        ({"x-rate-limit-reset": PAST}, None),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()))}, None),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "-5"}, None),
        ({"x-rate-limit-reset": LATER + "000"}, None),
        ({"x-rate-limit-reset": "9" * 40}, None),
        ({"x-user-limit-24hour-reset": MUCH_LATER}, None),
        ({"x-user-limit-24hour-reset": MUCH_LATER, "x-user-limit-24hour-remaining": "0"}, 600),
        ({"x-app-limit-24hour-reset": MUCH_LATER, "x-app-limit-24hour-remaining": "0"}, 600),
        (
            {
                "x-rate-limit-reset": LATER,
                "x-rate-limit-remaining": "0",
                "x-user-limit-24hour-reset": MUCH_LATER,
                "x-user-limit-24hour-remaining": "0",
            },
            600,
        ),
        (
            {
                "x-rate-limit-reset": LATER,
                "x-rate-limit-remaining": "0",
                "x-user-limit-24hour-reset": MUCH_LATER,
                "x-user-limit-24hour-remaining": "3",
            },
            10,
        ),
    ),
)
def test_a_limit_ends_when_the_last_exhausted_window_opens(headers: dict[str, str], minutes: int | None) -> None:
    answer = x_answers.refusal(Reply(429, headers, None), NOW)
    assert answer.kind is Kind.LIMITED
    assert answer.until == (NOW + timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize(
    ("body", "kind"),
    (
        ({"errors": [{"code": 326, "message": "Please log in"}]}, Kind.BLOCKED),
        ({"errors": [{"code": 187, "message": "Again"}]}, Kind.DUPLICATE),
        ({"errors": [{"code": 186, "message": "Too long"}]}, Kind.REFUSED),
        ({"title": "No", "type": "https://api.twitter.com/2/problems/client-forbidden"}, Kind.BLOCKED),
        ({"title": "No", "type": "https://api.twitter.com/2/problems/invalid-request"}, Kind.REFUSED),
        ({"title": "No", "reason": "client-not-enrolled"}, Kind.BLOCKED),
    ),
)
def test_codes_and_types_mean_something_without_known_words(body: Any, kind: Kind) -> None:
    assert x_answers.refusal(Reply(403, {}, body), NOW).kind is kind


@given(st.integers(100, 599), JSON)
def test_no_answer_makes_the_reading_fail_and_only_an_id_is_a_success(status: int, body: Any) -> None:
    reply = Reply(status, {}, body)
    posted = x_answers.published(reply, str) if status in {200, 201} else x_answers.refusal(reply, NOW)
    assert (posted.kind is Kind.ACCEPTED) == (posted.receipt is not None)
    if posted.receipt:
        assert posted.receipt.remote_id == body["data"]["id"]
    if status >= 500 or status < 400:
        assert posted.kind in {Kind.ACCEPTED, Kind.UNCLEAR}
    x_answers.deleted(reply, Receipt("17", None), NOW)
    x_answers.missing(reply)
    assert "\n" not in posted.detail
    assert len(posted.detail) < 400


NOT_FOUND = {
    "value": "17",
    "resource_id": "17",
    "parameter": "ids",
    "resource_type": "tweet",
    "title": "Not Found Error",
    "type": "https://api.twitter.com/2/problems/resource-not-found",
}


@pytest.mark.parametrize(
    ("change", "gone"),
    (
        ({}, {"17"}),
        ({"type": None}, {"17"}),
        ({"title": None, "resource_id": None}, {"17"}),
        ({"resource_type": "post"}, {"17"}),
        ({"section": "data"}, {"17"}),
        ({"resource_type": "user"}, set()),
        ({"section": "includes"}, set()),
        ({"field": "non_public_metrics.engagements"}, set()),
        ({"type": "https://api.twitter.com/2/problems/not-authorized-for-field"}, set()),
        ({"type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}, set()),
        ({"type": None, "title": "Field Authorization Error"}, set()),
    ),
)
def test_only_an_error_about_the_post_itself_says_that_it_is_not_there(change: dict[str, Any], gone: set[str]) -> None:
    assert x_answers.missing(Reply(200, {}, {"errors": [{**NOT_FOUND, **change}]})) == gone


@given(st.binary(max_size=60))
def test_any_bytes_can_be_parsed(content: bytes) -> None:
    x_answers.parse(content)


def test_json_that_is_nested_too_deep_is_none() -> None:
    assert x_answers.parse(b"[" * 200_000) is None


@pytest.mark.parametrize("odd", (17, "", "17a", "-1", "1" * 20, "１７", None, ["17"]))
def test_what_is_no_id_is_none(odd: object) -> None:
    assert not x_answers.is_id(odd)


def test_an_id_is_digits() -> None:
    assert x_answers.is_id("1456012973835788293")


def test_words_of_x_are_shown_on_one_short_line() -> None:
    body = {"title": "Invalid\nRequest", "detail": "long " * 200}
    detail = x_answers.refusal(Reply(400, {}, body), NOW).detail
    assert detail.startswith("HTTP 400: Invalid Request: long long")
    assert detail.endswith("…")
