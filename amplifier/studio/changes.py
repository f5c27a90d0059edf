"""Tell open pages that something has changed: one look a second for all of them, however many there are."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from amplifier.errors import AmplifierError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from amplifier.studio.desk import Desk

log = logging.getLogger(__name__)
EVERY = 0.7
"""Seconds between two looks: a pause or a sent post is seen within a second or so."""
ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that a closed page is noticed."""
OPEN = 4
"""Streams of one session at once. A browser has six connections for a host, whatever the number of its windows: with
six streams open, no page loads in any of them, and no button does anything.
"""
AGAIN = 2_000
"""Milliseconds after which a page asks again when its stream has broken."""
TURN = 10_000
"""Milliseconds after which a page asks again whose stream has made way for a newer one of the same browser."""
_NEWEST = text("SELECT MAX(id) FROM event")


class Changes:
    """The state that pages show, as a number that grows with each change of the files or of the queue."""

    def __init__(self, desk: Desk, stopping: Callable[[], bool]) -> None:
        self.desk, self.stopping = desk, stopping
        self.number = 0
        self._seen: object = None
        self._changed = asyncio.Condition()
        self._streams: dict[str, list[object]] = {}
        """Those that are open, by session, oldest first."""
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    async def begin(self) -> None:
        """Look from now on."""
        self._task = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Look no more, and let every page go."""
        self._ended = True
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        async with self._changed:
            self._changed.notify_all()

    def answer(self, session: str) -> StreamingResponse:
        """The stream of one page of a session: server-sent events, each with the number."""
        return StreamingResponse(self._events(session), media_type="text/event-stream")

    async def _events(self, session: str) -> AsyncIterator[str]:
        here, told = object(), self.number
        own = self._streams.setdefault(session, [])
        own.append(here)
        try:
            if len(own) > OPEN:
                await self._make_way(own)
            yield f"retry: {AGAIN}\ndata: {told}\n\n"
            while not self._over() and here in own:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._beyond(told, here, own), ALIVE)
                yield f"data: {self.number}\n\n" if self.number != told else ": still here\n\n"
                told = self.number
            if here not in own:
                yield f"retry: {TURN}\n\n"
        finally:
            if here in own:
                own.remove(here)
            if not own and self._streams.get(session) is own:
                del self._streams[session]

    async def _make_way(self, own: list[object]) -> None:
        """The oldest of a session ends; its page comes back by and by, and the oldest ends then."""
        del own[:-OPEN]
        async with self._changed:
            self._changed.notify_all()

    async def _beyond(self, told: int, here: object, own: list[object]) -> None:
        """Wait until there is more to tell than that, or nothing any more."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._over() or here not in own or self.number != told)

    def _over(self) -> bool:
        """Whether every page is let go: a server that is to stop waits for them."""
        return self._ended or self.stopping()

    async def _look(self) -> None:
        said = ""
        while True:
            try:
                seen = await run_in_threadpool(self._state)
            except (AmplifierError, OSError):  # a locked database, a file that is just being saved: look again
                pass
            except Exception as exc:  # else no page would ever hear of anything again
                if said != type(exc).__name__:
                    said = type(exc).__name__
                    log.exception("studio: looking for changes: %s", said)
            else:
                if seen != self._seen:
                    self._seen = seen
                    self.number += 1
            async with self._changed:
                self._changed.notify_all()
            await asyncio.sleep(EVERY)

    def _state(self) -> object:
        app = self.desk.app
        with app.store.read() as connection:
            newest = connection.execute(_NEWEST).scalar()
        self.desk.sheets()  # composed before anybody asks for them
        return newest, app.workspace.pause_file.exists(), self.desk.stamp()
