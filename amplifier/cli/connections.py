"""The studio's server, and what it bears of its clients: what is slow or never ends holds nothing up.

uvicorn itself waits for ever for the rest of a request, and for somebody who does not read his answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

MOST = 512
"""Connections at once: a browser keeps six, and a process may open a thousand files."""
HEAD = 32_768
"""Bytes of a request line and its headers."""
IDLE = 10
"""Seconds after which a connection that nothing is asked on is closed."""
WHOLE = 20.0
"""Seconds within which a request has come whole, or an answer has begun to be taken."""
LAST_ANSWERS = 3
"""Seconds that an answer under way may still take when the server is stopped."""


def server(application: ASGIApp, *, most: int = MOST, whole: float = WHOLE) -> uvicorn.Server:
    """A server for an application, that bears so much and waits so long."""
    config = uvicorn.Config(
        application,
        http=_bounded(most, whole),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD,
        timeout_graceful_shutdown=LAST_ANSWERS,
        timeout_keep_alive=IDLE,
    )
    return uvicorn.Server(config)


def _bounded(most: int, whole: float) -> type[asyncio.Protocol]:
    """Connections that end when their client is too slow; of too many the one goes that has waited longest."""
    owing: dict[Bounded, None] = {}

    class Bounded(H11Protocol):
        """One of them. It owes something unless a request of it has come whole and is being answered."""

        _ends: asyncio.TimerHandle | None = None
        _left = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._judge()
            if len(self.connections) > most:
                next(iter(owing), self).transport.abort()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._judge()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._settle()
            self._judge()

        def connection_lost(self, exc: Exception | None) -> None:
            self._settle()
            super().connection_lost(exc)

        def _judge(self) -> None:
            """Begin to wait for the client, or wait no more."""
            came = self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}
            if came and self.cycle is not None and not self.cycle.response_complete:
                self._settle()
            elif self._ends is None and self in self.connections:
                owing[self] = None
                self._ends = self.loop.call_later(whole, self._too_late)

        def _settle(self) -> None:
            owing.pop(self, None)
            if self._ends is not None:
                self._ends.cancel()
                self._ends = None

        def _too_late(self) -> None:
            """The time is over; whoever still takes an answer, however slowly, has as much again."""
            before, self._left = self._left, self.transport.get_write_buffer_size()
            self._settle()
            if self._left and (not before or self._left < before):
                self._judge()
            else:
                self.transport.abort()

    return Bounded


