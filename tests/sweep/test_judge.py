"""The judge itself: one that sees nothing would prove nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.x_state import FakePost
from tests.sweep.judge import Row, judge

ROWS = [
    Row(1, "main", 1, "a", "sent", None, "10", None, 1),
    Row(1, "main", 2, "b", "sent", None, "11", "10", 1),
    Row(2, "main", 1, "c", "sent", None, "12", None, 1),
    Row(3, "other", 1, "d", "sent", None, "13", None, 1),
]
OUT = [
    FakePost("10", "main", "a", None, 1.0),
    FakePost("13", "other", "d", None, 1.0),
    FakePost("11", "main", "b", "10", 2.0),
    FakePost("12", "main", "c", None, 3.0),
]


def changed(k: int, **values: object) -> list[Row]:
    return [replace(row, **values) if n == k else row for n, row in enumerate(ROWS)]  # type: ignore[arg-type]


def test_what_was_approved_and_is_out_once_in_order_is_right() -> None:
    assert judge(ROWS, OUT).all == ()


def test_the_same_post_twice_is_a_duplicate() -> None:
    again = FakePost("14", "main", "b", "10", 4.0)
    assert len(judge(ROWS, [*OUT, again]).duplicates) == 2  # twice the same, and one without a row


def test_what_no_row_owns_is_a_duplicate() -> None:
    assert judge(ROWS[:3], OUT).duplicates == ("other has 'd', which no row owns",)


@pytest.mark.parametrize(
    ("k", "values"),
    (
        (2, {"state": "queued", "remote_id": None}),
        (2, {"state": "failed", "why": "refused", "remote_id": None}),
        (2, {"state": "held", "why": "late", "remote_id": None}),
        (2, {"state": "held", "why": "perhaps sent", "remote_id": None}),
        (1, {"state": "held", "why": "earlier post", "remote_id": None}),
        (2, {"remote_id": "99"}),
    ),
)
def test_what_is_neither_out_nor_tried_twice_and_held_is_lost(k: int, values: dict[str, object]) -> None:
    rows = changed(k, **values)
    owned = {row.remote_id for row in rows}
    assert len(judge(rows, [post for post in OUT if post.id in owned]).losses) == 1


def test_what_was_tried_twice_and_is_held_with_what_follows_is_for_a_person() -> None:
    held = {"state": "held", "remote_id": None}
    rows = changed(0, why="perhaps sent", tries=2, **held)[:1] + changed(1, why="earlier post", **held)[1:]
    assert judge(rows, [OUT[1], OUT[3]]).all == ()


def test_a_reply_to_another_post_is_disorder() -> None:
    wrong = [replace(post, parent="13") if post.id == "11" else post for post in OUT]
    assert judge(ROWS, wrong).disorder == ("main thread 1 post 2 replies to 13, not to the post before it",)


def test_a_row_that_owns_another_ones_post_is_disorder() -> None:
    wrong = [replace(post, text="another") if post.id == "12" else post for post in OUT]
    assert judge(ROWS, wrong).disorder == ("main thread 2 post 1 owns 12, which says 'another'",)


def test_a_thread_inside_another_is_disorder_unless_it_was_held() -> None:
    mixed = [OUT[0], OUT[1], OUT[3], OUT[2]]
    assert len(judge(ROWS, mixed).disorder) == 1
    assert judge(ROWS, mixed, in_a_row=False).disorder == ()


def test_a_later_post_before_an_earlier_one_is_disorder_in_any_case() -> None:
    assert judge(ROWS, [OUT[2], OUT[0], OUT[1], OUT[3]], in_a_row=False).disorder == (
        "main thread 1 post 2 went out before main thread 1 post 1",
    )
