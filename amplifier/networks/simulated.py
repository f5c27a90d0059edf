"""A network that exists only in a file: for rehearsals and tests, where every number is made up."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from amplifier.networks.jsonl import JsonLines, stamp
from amplifier.networks.look import LOOK_BACK, canonical
from amplifier.networks.port import Answer, Identity, Kind, Measured, Metrics, Receipt, Sighting, Untold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from amplifier.networks.port import Context, Intent
    from amplifier.settings import AccountSettings

LAG = 1.0
"""Seconds until the timeline shows a post."""
REACH = (400, 6000)
"""How many see a thread's first post in the end: least and most."""
FOLLOWED = (0.55, 0.9)
"""Which part of those who saw one post sees the next of its thread: least and most."""
HALF_LIFE_HOURS = 5.0
"""The age at which a post has half of what it will ever get."""
RATES = {
    "likes": (0.01, 0.03),
    "reposts": (0.003, 0.01),
    "replies": (0.001, 0.005),
    "quotes": (0.0005, 0.002),
    "bookmarks": (0.002, 0.008),
}
"""Each count per impression: least and most."""
CLICKS = {"link_clicks": (0.004, 0.02), "profile_clicks": (0.001, 0.006)}
"""The same of what only the author is told; nobody clicks on a link where none is."""
LOOKS = (0.01, 0.03)
"""What else counts as an engagement: somebody opened the post."""
PRIVATE_WITHIN = timedelta(days=30)
"""As on X, what only the author is told is told of young posts alone."""
PAGE = 100
"""Posts that a timeline shows at once."""
FOLLOWERS = (800, 5000)
"""How many follow an account at the start of 2026: least and most."""
GAINED = (0.5, 4.0)
"""How many more each day."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Effect:
    """What is true of a post, so that a rehearsal can tell whether a report finds it out."""

    reach: float = 1.0
    """Factor of how many see it."""
    rate: float = 1.0
    """Factor of what each of them does."""
    spread: float = 0.0
    """How differently threads fare in `rate` for no reason: the standard deviation of the factor's logarithm. The
    factor is one for all posts of a thread, and 1 on average."""


class Simulated:
    """One account's timeline in `simulated/<account>.jsonl`: it survives a kill at any point.

    Nothing here reads a clock or throws dice: time is the context's, chance is a hash of its seed. Ids hold
    the account's name, because two accounts of a workspace must not share one; the number goes on from the
    anchor when somebody emptied the file.
    """

    private_within = PRIVATE_WITHIN

    def __init__(
        self,
        name: str,
        settings: AccountSettings,
        context: Context,
        lag: float = LAG,
        *,
        duplicates: bool = False,
        effects: Callable[[Mapping[str, Any], Mapping[str, Any]], Effect] = lambda _post, _root: Effect(),
    ) -> None:
        """`lag`: seconds until a timeline shows a post; `duplicates`: take a text also when it is out already;
        `effects`: what is true of a post, given its line in the file (`id, text, in_reply_to, at`) and that of the
        first post of its thread."""
        self._name = name
        self._handle = settings.handle or name
        self._now = context.now
        self._seed = context.seed
        self._lag = timedelta(seconds=lag)
        self._duplicates = duplicates
        self._effects = effects
        self._lines = JsonLines(context.workspace / "simulated" / f"{name}.jsonl", context.http_timeout)

    def publish(self, intent: Intent) -> Answer:
        """Take the post as X would: no reply to what is not there, no text twice."""
        try:
            with self._lines.opened() as records:
                posts = _standing(records)
                if intent.parent is not None and intent.parent not in posts:
                    return Answer(Kind.REFUSED, detail="the post to reply to is not there")
                if not self._duplicates and any(
                    canonical(post["text"]) == canonical(intent.text) for post in posts.values()
                ):
                    return Answer(Kind.DUPLICATE, detail="this account has the same text out already")
                now = self._now()
                last = max((self._number(record.get("id")) for record in records), default=0)
                remote_id = f"simulated-{self._name}-{max(last, self._number(intent.anchor)) + 1}"
                post = {"id": remote_id, "text": intent.text, "in_reply_to": intent.parent, "at": stamp(now)}
                return self._write(post, Receipt(remote_id, None, now))
        except OSError as exc:
            return Answer(Kind.NOT_SENT, detail=_failure("opened", exc))

    def find(self, intent: Intent) -> Sighting:
        """Posts that the timeline shows by now, after the anchor, with this text and parent; oldest first.

        Others with this text come from the whole file: it is read in any case.
        """
        try:
            with self._lines.opened() as records:
                posts = _standing(records)
        except OSError as exc:
            return Sighting(readable=False, detail=_failure("read", exc))
        shown = stamp(self._now() - self._lag)
        since = stamp(intent.claimed_at - LOOK_BACK)
        found: dict[bool, list[Receipt]] = {True: [], False: []}
        for post in posts.values():
            if post["at"] <= shown and canonical(post["text"]) == canonical(intent.text):
                after = self._number(post["id"]) > self._number(intent.anchor) if intent.anchor else post["at"] >= since
                ours = after and post["in_reply_to"] == intent.parent
                found[ours].append(Receipt(post["id"], None, _at(post)))
        return Sighting(readable=True, receipts=tuple(found[True]), others=tuple(found[False]))

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        """Counts that follow from the seed, the id and the age alone, and never fall as a post gets older."""
        try:
            posts, written = self._read()
        except OSError as exc:
            return Measured(detail=_failure("read", exc))
        there = [remote_id for remote_id in remote_ids if remote_id in posts]
        return Measured(self._counted(there, written), frozenset(remote_ids) - set(there))

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:  # noqa: ARG002 - the port's
        """The same counts of the newest 100 posts in the span that the timeline shows by now."""
        try:
            posts, written = self._read()
        except OSError as exc:
            return Measured(detail=_failure("read", exc))
        shown, span = stamp(self._now() - self._lag), range(self._number(oldest), self._number(newest) + 1)
        there = [key for key, post in posts.items() if self._number(key) in span and post["at"] <= shown]
        return Measured(self._counted(there[-PAGE:], written))

    def whoami(self) -> Identity:
        """The configured handle, else the account's name; its followers grow day by day."""
        name = f"simulated-{self._name}"
        days = max((self._now() - _START) / timedelta(days=1), 0)
        followers = self._between(FOLLOWERS, name, "followers") + days * self._between(GAINED, name, "gained")
        return Identity(name, self._handle, int(followers))

    def delete(self, remote_id: str) -> Answer:
        """Append a deletion: the file keeps what was there, the timeline does not show it."""
        try:
            with self._lines.opened() as records:
                if remote_id not in _standing(records):
                    return Answer(Kind.ACCEPTED, detail=f"{remote_id} is not on the timeline")
                now = self._now()
                deletion = {"id": remote_id, "deleted": True, "at": stamp(now)}
                return self._write(deletion, Receipt(remote_id, None, now))
        except OSError as exc:
            return Answer(Kind.NOT_SENT, detail=_failure("opened", exc))

    def _write(self, record: Mapping[str, Any], receipt: Receipt) -> Answer:
        try:
            self._lines.append(record)
        except OSError as exc:
            return Answer(Kind.UNCLEAR, detail=_failure("written", exc))
        return Answer(Kind.ACCEPTED, receipt)

    def _read(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
        """The posts that are there, and all that were ever written, by id. Raises `OSError`."""
        with self._lines.opened() as records:
            return _standing(records), {record["id"]: record for record in records if "text" in record}

    def _counted(self, remote_ids: Sequence[str], written: Mapping[str, Mapping[str, Any]]) -> dict[str, Metrics]:
        now = self._now()
        return {key: self._counts(key, written, now - _at(written[key])) for key in remote_ids}

    def _counts(self, remote_id: str, written: Mapping[str, Mapping[str, Any]], age: timedelta) -> Metrics:
        hours = max(age.total_seconds(), 0) / 3600
        effect = self._effect(remote_id, written)
        seen = self._reach(remote_id, written) * effect.reach * (1 - math.pow(2, -hours / HALF_LIFE_HOURS))
        acting = seen * effect.rate

        def some(rates: Mapping[str, tuple[float, float]]) -> dict[str, int]:
            return {what: int(acting * self._between(rate, remote_id, what)) for what, rate in rates.items()}

        told, untold = {"impressions": int(seen), **some(RATES)}, Untold.TOO_OLD
        if age < PRIVATE_WITHIN:
            clicks, untold = some(CLICKS), Untold.NOTHING
            if "://" not in written[remote_id]["text"]:
                clicks["link_clicks"] = 0
            engaged = sum(told[what] for what in RATES) + sum(clicks.values()) + some({"looks": LOOKS})["looks"]
            told |= {**clicks, "engagements": engaged}
        return Metrics(**told, untold=untold)

    def _effect(self, remote_id: str, written: Mapping[str, Mapping[str, Any]]) -> Effect:
        """What is true of this post, the luck of its thread in it."""
        root = post = written[remote_id]
        while root["in_reply_to"] is not None:
            root = written[root["in_reply_to"]]
        effect = self._effects(post, root)
        if not effect.spread:
            return effect
        # never 0 nor 1: those have no place on the bell curve
        drawn = NormalDist().inv_cdf(self._between((1e-9, 1 - 1e-9), root["id"], "luck"))
        luck = math.exp(effect.spread * drawn - effect.spread**2 / 2)
        return Effect(effect.reach, effect.rate * luck, effect.spread)

    def _reach(self, remote_id: str, written: Mapping[str, Mapping[str, Any]]) -> float:
        """How many see this post in the end; each post of a thread has fewer readers than the one before.

        Deleted posts count on the way to the root, so that a deletion changes no other post's numbers.
        """
        reach = 1.0
        parent = written[remote_id]["in_reply_to"]
        while parent is not None:
            reach *= self._between(FOLLOWED, remote_id, "followed")
            remote_id = parent
            parent = written[remote_id]["in_reply_to"]
        return reach * self._between(REACH, remote_id, "reach")

    def _between(self, least_and_most: tuple[float, float], remote_id: str, what: str) -> float:
        """A number that only depends on the seed, the id and what it is for."""
        digest = hashlib.sha256(f"{self._seed}\n{remote_id}\n{what}".encode()).digest()
        least, most = least_and_most
        return least + (most - least) * int.from_bytes(digest[:6], "big") / 2**48

    def _number(self, remote_id: object) -> int:
        pattern = rf"simulated-{self._name}-(\d+)"
        found = re.fullmatch(pattern, remote_id) if isinstance(remote_id, str) else None
        return int(found[1]) if found else 0


def _standing(records: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The posts that nobody has deleted, by id, in the order of their writing."""
    deleted = {record.get("id") for record in records if record.get("deleted")}
    return {record["id"]: record for record in records if "text" in record and record["id"] not in deleted}


def _at(post: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(post["at"])


def _failure(verb: str, exc: OSError) -> str:
    return f"the simulated timeline could not be {verb}: {exc.strerror or type(exc).__name__}"
