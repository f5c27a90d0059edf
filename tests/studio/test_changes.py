"""One look for all pages: it goes on whatever a look meets, and keeps few streams of one browser open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from amplifier.studio import changes
from amplifier.studio.changes import AGAIN, OPEN, TURN, Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


class Looking(Changes):
    """One whose looks are told here; an exception is raised."""

    def __init__(self, *seen: object) -> None:
        super().__init__(cast("Any", None), lambda: False)
        self.seen = list(seen)

    def _state(self) -> object:
        found = self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
        if isinstance(found, Exception):
            raise found
        return found


def test_a_look_that_fails_is_logged_once_and_the_next_one_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(changes, "EVERY", 0.01)
    mistakes = (RuntimeError("a mistake of ours"), RuntimeError("again"), OSError("a file that is being saved"))
    here = Looking("a", *mistakes, "b")

    async def story() -> None:
        await here.begin()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if here.number == 2:
                break
        await here.end()

    asyncio.run(story())
    assert here.number == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def stream(here: Changes, session: str) -> AsyncIterator[str]:
    return here._events(session)


def test_of_too_many_streams_of_a_browser_the_oldest_makes_way_and_asks_again_later() -> None:
    here = Looking("a")

    async def story() -> None:
        other = stream(here, "other")
        assert await anext(other) == f"retry: {AGAIN}\ndata: 0\n\n"
        streams = [stream(here, "own") for _ in range(OPEN)]
        for one in streams:
            await anext(one)
        first = asyncio.ensure_future(anext(streams[0]))
        await asyncio.sleep(0.01)
        newest = stream(here, "own")
        await anext(newest)
        assert "still here" in await asyncio.wait_for(first, 1)
        assert [event async for event in streams[0]] == [f"retry: {TURN}\n\n"]
        assert len(here._streams["own"]) == OPEN
        for one in (*streams[1:], newest, other):
            await one.aclose()  # type: ignore[attr-defined]
        assert here._streams == {}

    asyncio.run(story())
