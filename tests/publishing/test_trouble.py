from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from amplifier.publishing.trouble import PATIENCE, Trouble
from tests.support.alerts import told
from tests.support.queue import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amplifier.store.engine import Store


class Post:
    """Keeps what is handed over directly."""

    def __init__(self) -> None:
        self.got: list[Mapping[str, Any]] = []

    def direct(self, content: Mapping[str, Any]) -> None:
        self.got.append(content)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def trouble(sqlite_store: Store, clock: Clock, post: Post) -> Trouble:
    return Trouble(sqlite_store, post, now=clock.now, here=clock.now, ticks=clock.ticks)  # type: ignore[arg-type]


def test_trouble_that_lasts_is_told_once_and_its_end_is_told_too(
    trouble: Trouble, clock: Clock, post: Post, sqlite_store: Store
) -> None:
    for _ in range(20):
        trouble.goes_on("db.example.org cannot be reached", "check the server")
        clock.move(seconds=15)
    assert post.got == [
        {
            "id": "20261201T003100000000-stopped",
            "at": "2026-12-01T00:31:00Z",
            "kind": "stopped",
            "detail": "publishing stands still: db.example.org cannot be reached",
            "first": "check the server",
            "next": "amplifier doctor",
        }
    ]
    trouble.over()
    trouble.over()
    assert told(sqlite_store) == [
        {"kind": "recovery", "detail": "publishing goes on again", "next": "amplifier status"}
    ]
    for _ in range(5):
        trouble.goes_on("again", "")
        clock.move(seconds=15)
    assert len(post.got) == 2
    assert (post.got[1]["next"], "first" in post.got[1]) == ("amplifier doctor", False)


def test_trouble_that_mends_itself_soon_is_told_to_nobody(
    trouble: Trouble, clock: Clock, post: Post, sqlite_store: Store
) -> None:
    assert PATIENCE == 60
    for _ in range(10):
        trouble.goes_on("locked", "")
        clock.move(seconds=PATIENCE - 1)
        trouble.over()
    assert post.got == []
    assert told(sqlite_store) == []
