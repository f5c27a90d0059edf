"""Fetch the address that says that the runner runs: a service that misses the sound tells a person."""

from __future__ import annotations

from http.client import HTTPException
from threading import Thread
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_HANDLERS = (  # without those for files and for other protocols
    ProxyHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPRedirectHandler, HTTPErrorProcessor,
)  # fmt: skip
SECONDS = 10.0
"""How long it may take in all."""
SLICE = 0.1
"""Seconds between two looks whether a stop was asked for."""


def fetch(url: str, stopping: Callable[[], bool] = lambda: False, seconds: float = SECONDS) -> str:
    """GET the address; what went wrong, or nothing. The answer never names the address: it is a secret.

    Redirects are followed, to http and https only. A time-out of `urllib` bounds the wait for each single byte, so the
    request runs in a thread of its own that is left behind when the time is over.
    """
    said: list[str] = []
    thread = Thread(target=lambda: said.append(_get(url, seconds)), name="heartbeat", daemon=True)
    thread.start()
    for _ in range(max(1, round(seconds / SLICE))):
        thread.join(SLICE)
        if said or stopping():
            break
    return said[0] if said else f"no answer within {seconds:g} seconds"


def _get(url: str, seconds: float) -> str:
    opener = OpenerDirector()
    for handler in _HANDLERS:
        opener.add_handler(handler())
    try:
        if urlsplit(url).scheme not in {"http", "https"}:
            return "its address must begin with https:// or http://"
        request = Request(url, headers={"User-Agent": "amplifier"})  # noqa: S310 - the scheme was looked at
        opener.open(request, timeout=seconds).close()
    except HTTPError as exc:
        exc.close()
        return f"the answer was HTTP {exc.code}"
    except (OSError, ValueError, HTTPException) as exc:  # without its words: they may quote the address
        return f"no connection: {type(exc).__name__}"
    return ""
