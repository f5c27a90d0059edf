"""A thousand due posts through real tweepy to a server on loopback, beside tweepy alone."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import TYPE_CHECKING

import requests
import tweepy
from requests.adapters import HTTPAdapter

from amplifier.clock import system_now, system_ticks
from amplifier.model import Mode
from amplifier.networks.port import Context
from amplifier.networks.x import X
from amplifier.networks.x_wire import HOSTS
from amplifier.publishing.beat import Publisher
from amplifier.publishing.run import run as drain
from amplifier.settings import AccountSettings
from benchmarks.engines import Engine, engines
from benchmarks.loopback import loopback
from benchmarks.measure import Disk, in_turn, note, ratio, row, seconds
from benchmarks.rows import NOW, POSTS, queue, sealed

if TYPE_CHECKING:
    from typing import Any

ROUNDS = 5
THREADS = 40
"""A round: five rounds are a thousand posts."""
SECRETS = dict.fromkeys(("api_key", "api_secret", "access_token", "access_token_secret"), "bench")


class _Elsewhere(HTTPAdapter):
    """Sends what is signed for X to the server."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(max_retries=0)

    def send(self, request: Any, *arguments: Any, **keywords: Any) -> Any:
        request.url = request.url.replace(HOSTS[0].rstrip("/"), self.url)
        return super().send(request, *arguments, **keywords)


def run() -> None:
    """Print the row of each engine."""
    with engines() as found, loopback() as url:
        for engine in found:
            print(f"\n  {engine.name}")
            _drain(engine, url)
            engine.close()


def _drain(engine: Engine, url: str) -> None:
    store, sent = engine.fresh(), []
    settings = AccountSettings.model_validate({**SECRETS, "base_url": url})
    network = X("main", settings, Context(engine.folder, system_now, 20.0, "bench"))
    publisher = Publisher(
        store=store, network=lambda *_: network, handle=lambda _: None, now=system_now, ticks=system_ticks,
        modes=frozenset({Mode.LIVE}), lease=timedelta(seconds=300), settle=timedelta(seconds=90), http_timeout=20.0,
        worker="bench/drain/1", stopped=(engine.folder / "PAUSE").exists, verified=set(),
    )  # fmt: skip
    client = tweepy.Client("bench", "bench", "bench", "bench", return_type=requests.Response)
    client.session.mount(HOSTS[0], _Elsewhere(url))
    numbers = iter(range(10**9))

    def ours() -> float:
        threads = [sealed(next(numbers), system_now() - timedelta(hours=1), mode=Mode.LIVE) for _ in range(THREADS)]
        queue(store, threads, mode=Mode.LIVE)
        return seconds(lambda: sent.append(drain(publisher, drain=True, sleep=_never)))

    def alone() -> float:
        texts = [text for _ in range(THREADS) for text in sealed(next(numbers), NOW).texts]
        return seconds(lambda: [client.create_tweet(text=text, user_auth=True) for text in texts])

    disk = Disk(engine.folder)

    def durable() -> float:
        return sum(disk.write() + disk.write() for _ in range(THREADS * POSTS))

    found = in_turn(ROUNDS, {"ours": ours, "alone": alone, "disk": durable})
    disk.close()
    limit = [one + other for one, other in zip(found["alone"], found["disk"], strict=True)]
    done = [did.state.value for ran in sent for did in ran.done]
    times = ratio(found["ours"], found["alone"])
    row(
        f"drain {len(done):,} due posts through tweepy, over tweepy alone",
        f"{times:.2f} x",
        "<= 1.6 x",
        met=times <= 1.6,
    )
    row("  over tweepy and two fdatasync a post, which is the limit", f"{ratio(found['ours'], limit):.2f} x")
    per_post = statistics.median(found["alone"]) / THREADS / POSTS * 1e3
    note(f"{done.count('sent')} of {ROUNDS * THREADS * POSTS} posts sent; tweepy alone takes {per_post:.1f} ms a post")


def _never(_: float) -> None:
    raise SystemExit("a drain of due posts had to wait")
