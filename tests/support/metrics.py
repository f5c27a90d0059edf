"""A network that only tells metrics, as scripted; readings taken through it, and the report they make."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console

from amplifier.engagement.collect import collect
from amplifier.engagement.screen import render
from amplifier.networks.port import Answer, Identity, Intent, Measured, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from amplifier.engagement.results import Report
    from amplifier.networks.port import Context, Metrics
    from amplifier.settings import AccountSettings
    from amplifier.store.engine import Store


class Telling:
    """Implements the port; `answer` turns the ids of a request into what is told about them, `timeline` the two ends of
    a span into what the account's own timeline tells."""

    def __init__(
        self,
        name: str = "main",
        settings: AccountSettings | None = None,
        context: Context | None = None,
        *,
        answer: Callable[[Sequence[str]], Measured] = lambda _ids: Measured(),
        timeline: Callable[[str, str], Measured] = lambda _oldest, _newest: Measured(),
        private_within: timedelta | None = None,
    ) -> None:
        self.answer = answer
        self.timeline = timeline
        self.private_within = private_within
        self.asked: list[list[str]] = []
        self.spans: list[tuple[str, str, str | None]] = []
        """The two ends and the author of each request for a timeline."""

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        self.asked.append(list(remote_ids))
        return self.answer(remote_ids)

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        self.spans.append((oldest, newest, author))
        return self.timeline(oldest, newest)

    def publish(self, intent: Intent) -> Answer:
        self._refuse()

    def find(self, intent: Intent) -> Sighting:
        self._refuse()

    def whoami(self) -> Identity:
        return Identity("1", "main", 1000)

    def delete(self, remote_id: str) -> Answer:
        self._refuse()

    def _refuse(self) -> NoReturn:
        msg = "a collector only reads metrics"
        raise AssertionError(msg)


def read(store: Store, answers: dict[int, Metrics | None], at: datetime) -> None:
    """Take the due readings: metrics of a post by its id, None for gone; the others are not told."""
    told = {str(post): metrics for post, metrics in answers.items() if metrics is not None}
    gone = frozenset(str(post) for post, metrics in answers.items() if metrics is None)
    network = Telling(answer=lambda _ids: Measured(told, gone))
    collect(store, lambda _name, _mode: network, now=lambda: at, worker="w")


def shown(found: Report, width: int = 100, **options: Any) -> str:
    """The report as a terminal of this width shows it."""
    out = io.StringIO()
    render(found, Console(file=out, width=width, **options))
    return out.getvalue()
