"""The wire to X: one request, one total deadline, and certain knowledge whether anything was sent."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from amplifier.settings import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import PoolManager

log = logging.getLogger(__name__)

HOSTS = ("https://api.twitter.com/", "https://api.x.com/")
"""What the adapter is mounted for: tweepy 4 asks the first; no other address can be reached at all."""
IDLE = 30.0
"""Seconds. A post never goes out on a connection that was unused for longer: it may be dead without anybody knowing."""


class NotSentError(requests.ConnectionError):
    """The request failed before its first byte left: proof that nothing was accepted."""


class NoAnswerError(requests.ReadTimeout):
    """The time for the request ran out after its first byte had left."""


class Wire(HTTPAdapter):
    """Sends a request as it was signed to the host that the settings name, once, in `timeout` seconds in all.

    A time-out of `requests` only bounds the wait for each single byte, so every request runs in a thread of
    its own that is left behind when the time is over. What is left behind can send nothing any more.
    """

    def __init__(self, base_url: str | None, timeout: float, ticks: Callable[[], float]) -> None:
        """`ticks`: this machine's own seconds, also while it sleeps; nothing else may be asked on the way out."""
        self._base = urlsplit(base_url) if base_url else None
        self._timeout = timeout
        self._ticks = ticks
        self._last_used = ticks()
        self._heard = threading.local()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def take(self) -> requests.Response | None:
        """The answer to this thread's last request, once: tweepy loses it when it cannot read an error's body."""
        response: requests.Response | None = getattr(self._heard, "response", None)
        self._heard.response = None
        return response

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        """Raises `NotSentError`, `NoAnswerError`, or what `requests` raises when an answer breaks off."""
        self._heard.response = None
        if request.method == "POST" and self._ticks() - self._last_used > IDLE:
            self.poolmanager.clear()
        target = request.copy()
        target.url = self._rewritten(str(request.url))
        options |= {"stream": True, "timeout": self._timeout, "proxies": _proxies(target.url)}
        attempt = _Attempt(self._ticks, self._timeout)
        answers: list[requests.Response] = []
        failures: list[Exception] = []

        def work() -> None:
            _running.attempt = attempt
            try:
                response = HTTPAdapter.send(self, target, **options)
                log.debug("%s %s: HTTP %s, %s bytes", *_named(target), response.status_code, len(response.content))
                answers.append(response)
            except Exception as exc:  # noqa: BLE001 - carried over to the caller's thread
                failures.append(exc)

        thread = threading.Thread(target=work, name="x request", daemon=True)
        thread.start()
        thread.join(self._timeout)
        late = thread.is_alive()
        sent = attempt.give_up() if late else attempt.sent
        self._last_used = self._ticks()
        if answers:
            self._heard.response = answers[0]
            return answers[0]
        why = NoAnswerError("time is over", request=request) if late else failures[0]
        log.debug("%s %s: %s, %s", *_named(target), type(why).__name__, "sent" if sent else "not sent")
        if sent:
            raise why
        raise NotSentError(why, request=request) from why

    def _rewritten(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        return urlunsplit(
            (self._base.scheme, self._base.netloc, self._base.path + parts.path, parts.query, parts.fragment)
        )


class _Attempt:
    """Decides, once and under a lock, between "it is going out" and "its time is over"."""

    def __init__(self, ticks: Callable[[], float], timeout: float) -> None:
        self._lock = threading.Lock()
        self._ticks = ticks
        # this clock goes on while the machine sleeps; the clock that bounds the thread's wait does not
        self._deadline = ticks() + timeout
        self._over = False
        self._socket: socket.socket | None = None
        self.sent = False

    def begin(self, to: socket.socket | None) -> None:
        """Called before any bytes go out; raises `TimeoutError` when they must not."""
        with self._lock:
            if self._over or self._ticks() > self._deadline:
                raise TimeoutError("the time for this request is over")
            self.sent = True
            self._socket = to

    def give_up(self) -> bool:
        """End it; tells whether it had begun. The connection is cut, so that the thread that reads it ends."""
        with self._lock:
            self._over = True
            if self._socket is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            return self.sent


class _Running(threading.local):
    attempt: _Attempt


_running = _Running()


class _Connection(HTTPConnection):
    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._opening:  # what is sent while it opens is for a proxy
            _running.attempt.begin(self.sock)
        super().send(data)


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}


def _proxies(url: str) -> dict[str, str]:
    """The environment's proxies for the address that is really called; none for this machine itself."""
    return {} if urlsplit(url).hostname in LOOPBACK else dict(get_environ_proxies(url))


def _named(request: requests.PreparedRequest) -> tuple[str, str]:
    return str(request.method), urlsplit(str(request.url)).path
