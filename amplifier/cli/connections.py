"""The studio's server, and what it bears of its clients: what is slow or never ends holds nothing up.

uvicorn itself waits for ever for the rest of a request, and for somebody who does not read his answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MOST = 512
"""Connections at once: a browser keeps six, and a process may open a thousand files."""
HEAD = 32_768
"""Bytes of a request line and its headers."""
IDLE = 10
"""Seconds after which a connection that nothing is asked on is closed."""
WHOLE = 20.0
"""Seconds within which a request has come whole, and in each of which something is taken of an answer."""
LAST_ANSWERS = 3
"""Seconds that an answer under way may still take when the server is stopped."""


class Bounded(H11Protocol):
    """A connection. It owes something unless a request of it has come whole and is being answered.

    That it ends whoever is too slow is all that it adds; of too many, the one goes that has owed longest.
    """

    owing: ClassVar[dict[Bounded, None]]
    """Those of this server, in the order in which they began to owe."""
    _ends: asyncio.TimerHandle | None = None
    _left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._judge()
        if len(self.connections) > MOST:
            next(iter(self.owing)).transport.abort()

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
        if self._answering():
            self._settle()
        elif self._ends is None and self in self.connections:
            self.owing[self] = None
            self._ends = self.loop.call_later(WHOLE, self._too_late)

    def _answering(self) -> bool:
        came = self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, whatever uvicorn's types say
        return came and cycle is not None and not cycle.response_complete

    def _settle(self) -> None:
        self.owing.pop(self, None)
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


def server(application: Callable[..., Any]) -> uvicorn.Server:
    """A server for an application, that bears so much and waits so long."""

    class Own(Bounded):
        owing: ClassVar[dict[Bounded, None]] = {}

    config = uvicorn.Config(
        application,
        http=Own,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD,
        timeout_graceful_shutdown=LAST_ANSWERS,
        timeout_keep_alive=IDLE,
    )
    return uvicorn.Server(config)
