"""A network that exists only in a file: for rehearsals and tests, where every number is made up."""

from __future__ import annotations

import hashlib
import math
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from amplifier.networks.jsonl import JsonLines, stamp
from amplifier.networks.look import LOOK_BACK, canonical
from amplifier.networks.port import Answer, Identity, Kind, Measured, Metrics, Receipt, Sighting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


class Simulated:
    """One account's timeline in `simulated/<account>.jsonl`: it survives a kill at any point.

    Nothing here reads a clock or throws dice: time is the context's, chance is a hash of its seed. Ids hold
    the account's name, because two accounts of a workspace must not share one; the number goes on from the
    anchor when somebody emptied the file.
    """

    def __init__(
        self, name: str, settings: AccountSettings, context: Context, lag: float = LAG, *, duplicates: bool = False
    ) -> None:
        """`lag`: seconds until `find` shows a post; `duplicates`: take a text also when it is out already."""
        self._name = name
        self._handle = settings.handle or name
        self._now = context.now
        self._seed = context.seed
        self._lag = timedelta(seconds=lag)
        self._duplicates = duplicates
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
            with self._lines.opened() as records:
                posts = _standing(records)
                written = {record["id"]: record for record in records if "text" in record}
        except OSError as exc:
            return Measured(detail=_failure("read", exc))
        now = self._now()
        counts = {
            remote_id: self._counts(remote_id, written, now - _at(written[remote_id]))
            for remote_id in remote_ids
            if remote_id in posts
        }
        return Measured(counts, frozenset(remote_ids) - counts.keys())

    def whoami(self) -> Identity:
        """The configured handle, else the account's name."""
        return Identity(f"simulated-{self._name}", self._handle)

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

    def _counts(self, remote_id: str, written: Mapping[str, Mapping[str, Any]], age: timedelta) -> Metrics:
        hours = max(age.total_seconds(), 0) / 3600
        seen = self._reach(remote_id, written) * (1 - math.pow(2, -hours / HALF_LIFE_HOURS))
        counts = {what: int(seen * self._between(rate, remote_id, what)) for what, rate in RATES.items()}
        return Metrics(impressions=int(seen), **counts)

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
