"""The simulated network on a bad day: lost answers, refusals and dead processes, as a seed has it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.networks.port import Answer, Kind, Sighting
from amplifier.networks.simulated import Simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from amplifier.networks.port import Context, Identity, Intent, Measured
    from amplifier.settings import AccountSettings

LAG = 60.0
"""Seconds until the timeline shows a post: less than the settle time, as exactly once needs it."""
LIMITED = timedelta(minutes=10)
FAULTS = {
    "the post was taken, and its answer got lost": 0.07,
    "the request got lost on its way: time-out": 0.06,
    "the server failed: HTTP 503": 0.04,
    "too many requests: HTTP 429": 0.05,
    "no connection": 0.05,
    "the process was killed before its request": 0.03,
    "the process was killed after its request": 0.03,
}
"""What goes wrong with a request to publish, and how often."""
UNREADABLE = 0.15
"""How often the timeline cannot be read."""
Key = tuple[str, str, str, int]


class ProcessKilled(BaseException):
    """The worker ends here, as `kill -9` ends it: nothing is settled, and nobody on the way may catch it."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong with a post."""

    at: datetime
    post: Key
    what: str


@dataclass
class Trouble:
    """The bad day of all accounts: what went wrong, and what the network really took."""

    seed: str
    sleep: Callable[[float], None]
    incidents: list[Incident] = field(default_factory=list)
    taken: Counter[Key] = field(default_factory=Counter)
    """How often each post was accepted: more than once is a duplicate."""

    def network(self, name: str, settings: AccountSettings, context: Context) -> Troubled:
        """One account on it."""
        return Troubled(name, settings, context, self)


class Troubled:
    """An account of the simulated network that refuses no duplicates and fails as `FAULTS` says.

    What fails is a hash of the seed, the post and how often it was tried, so that a rehearsal repeats.
    """

    private_within = Simulated.private_within

    def __init__(self, name: str, settings: AccountSettings, context: Context, trouble: Trouble) -> None:
        self._network = Simulated(name, settings, context, lag=LAG, duplicates=True)
        self._now = context.now
        self._timeout = context.http_timeout
        self._trouble = trouble
        self._tried: Counter[tuple[str, Key]] = Counter()

    def publish(self, intent: Intent) -> Answer:
        """Take the post, or let one of the faults happen. Raises `ProcessKilled`."""
        fault = self._fault(intent)
        if fault is None:
            return self._take(intent)
        self._happened(intent, fault)
        if fault == "the process was killed before its request":
            raise ProcessKilled
        if fault == "no connection":
            return Answer(Kind.NOT_SENT, detail=fault)
        if fault == "too many requests: HTTP 429":
            return Answer(Kind.LIMITED, detail=fault, until=self._now() + LIMITED)
        if fault == "the server failed: HTTP 503":
            return Answer(Kind.UNCLEAR, detail="HTTP 503")
        if fault != "the request got lost on its way: time-out":
            self._take(intent)
        if fault == "the process was killed after its request":
            raise ProcessKilled
        self._trouble.sleep(self._timeout)
        return Answer(Kind.UNCLEAR, detail=f"no answer within {self._timeout:g} s")

    def find(self, intent: Intent) -> Sighting:
        """What the timeline shows, when it can be read."""
        if self._chance("find", intent) < UNREADABLE:
            self._happened(intent, "the timeline could not be read: HTTP 503")
            return Sighting(readable=False, detail="HTTP 503")
        return self._network.find(intent)

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        """As on a good day."""
        return self._network.metrics(remote_ids)

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        """As on a good day."""
        return self._network.timeline_metrics(oldest, newest, author)

    def whoami(self) -> Identity:
        """As on a good day."""
        return self._network.whoami()

    def delete(self, remote_id: str) -> Answer:
        """As on a good day."""
        return self._network.delete(remote_id)

    def _take(self, intent: Intent) -> Answer:
        answer = self._network.publish(intent)
        if answer.kind is Kind.ACCEPTED:
            self._trouble.taken[_key(intent)] += 1
        return answer

    def _fault(self, intent: Intent) -> str | None:
        chance = self._chance("publish", intent)
        for what, share in FAULTS.items():
            if chance < share:
                return what
            chance -= share
        return None

    def _chance(self, call: str, intent: Intent) -> float:
        """A number from 0 up to 1 for this call of this post."""
        asked = (call, _key(intent))
        self._tried[asked] += 1
        digest = hashlib.sha256(f"{self._trouble.seed}\n{asked}\n{self._tried[asked]}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def _happened(self, intent: Intent, what: str) -> None:
        self._trouble.incidents.append(Incident(self._now(), _key(intent), what))


def _key(intent: Intent) -> Key:
    return intent.campaign, intent.thread, intent.account, intent.k
