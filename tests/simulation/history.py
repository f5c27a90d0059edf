"""The promises that only the order of events shows: claims under a pause or out of turn, messages, approvals.

What is remembered here is what the database itself knows: a copy of the database has a copy of this.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.rebuild import EVENTS, Event, Rebuilt
from tests.simulation.snapshot import FUTURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.snapshot import Row, Snapshot

PEOPLE = ("operator", "staff")
"""Names that persons give; everybody else is a worker."""
BEGUN = {"sent", "sending", "unknown"}
ALERTS = "SELECT post_id, content FROM alert ORDER BY id"
BEFORE = {"held", "failed", "unknown", "cancelled"}
"""States that a person, who has looked, brings a post back from."""


@dataclass
class History:
    """Folds events, oldest first."""

    told: Rebuilt = field(default_factory=Rebuilt)
    newest: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """The thread row that was approved last, per campaign, thread and account."""
    known_at_claim: dict[int, int] = field(default_factory=dict)
    """Per row the newest own remote id when it was claimed."""
    withdrawn: list[tuple[str, ...]] = field(default_factory=list)
    """What a person withdrew, and has not allowed again: the parts of its address."""
    untold: set[int] = field(default_factory=set)
    """Rows that a worker held or gave up, of which a person must have a message."""
    seen: int = 0

    def read(self, now: Snapshot, must: Callable[[object, int, str], None]) -> Iterator[tuple[Event, Row]]:
        """Fold what is new, and yield every state change with its row. `must` is told what does not hold."""
        for values in now.reader.execute(EVENTS.format(after=self.seen)).fetchall():
            event = Event(*values)
            self.seen = event.id
            if event.kind == "approve" and event.thread is not None:
                self.newest[now.threads[event.thread].address] = event.thread
            if event.kind in {"withdraw", "withdraw undone"}:
                self._withdrawn(event)
            if event.kind == "state" and event.post is not None:
                row = now.rows[event.post]
                had = self.told.posts.get(row.id, {}).get("state")
                must(had == event.was, 10, f"{now.key(row)} came from {had}, and its event says from {event.was}")
                if event.to == "sending":
                    self._claimed(row, event, now, must)
                self._tell(row, event)
                yield event, row
            self.told.fold(event)
        for number, row in now.rows.items():
            had = self.told.posts.get(number, {}).get("state")
            if had != row.state:
                must(had == row.state, 10, f"{now.key(row)} is {row.state}, and events tell {had}")

    def everybody_was_told(self, now: Snapshot, must: Callable[[object, int, str], None]) -> None:
        """What a worker held or gave up is in a message, whoever died after that."""
        messages = [(post, json.loads(content)) for post, content in now.reader.execute(ALERTS).fetchall()]
        told = {post for post, _ in messages}
        listed = {name for _, content in messages for name in content.get("posts", ())}
        many = any(name.startswith("and ") for name in listed)
        for number in sorted(self.untold):
            name = "/".join(map(str, now.key(now.rows[number])))
            must(number in told or name in listed or many, 10, f"{name} is held, and nobody was told")

    def _tell(self, row: Row, event: Event) -> None:
        self.untold.discard(row.id)
        why = event.why or ""
        if event.to in {"held", "failed"} and event.who not in PEOPLE and not why.startswith("earlier post"):
            self.untold.add(row.id)

    def _withdrawn(self, event: Event) -> None:
        target = tuple(json.loads(event.data or "{}")["address"].split("/"))
        if event.kind == "withdraw":
            self.withdrawn.append(target)
        else:  # of a campaign: what was withdrawn on its own stays; of a thread: with every post of it
            self.withdrawn = [other for other in self.withdrawn if other[:3] != target[:3]]

    def _claimed(self, row: Row, event: Event, now: Snapshot, must: Callable[[object, int, str], None]) -> None:
        """What must hold at the moment of a claim: no pause, no withdrawal, no other thread of the account half out."""
        key, thread, stopped = now.key(row), now.threads[row.thread], self.told.stopped
        scopes = (("all", ""), ("account", thread.account), ("campaign", thread.campaign))
        must(not any(scope in stopped for scope in scopes), 7, f"{key} was claimed under a pause")
        for target in self.withdrawn:
            mine = key[: min(len(target), 3)] == target[:3]
            gone = mine and (len(target) < 4 or row.k >= int(target[3]))
            must(not gone, 9, f"{key} was claimed after {'/'.join(target)} was withdrawn")
        others = [other for other in now.rows.values() if other.account == row.account and other.id != row.id]
        self.known_at_claim[row.id] = max((int(other.remote_id) for other in others if other.remote_id), default=0)
        if row.k > 1 or '"epoch": 1,' not in (event.data or ""):  # its first claim is what takes the account
            return
        states: dict[int, set[str]] = {}
        for other in others:
            if other.thread != row.thread and ("campaign", now.threads[other.thread].campaign) not in stopped:
                states.setdefault(other.thread, set()).add(self.told.posts.get(other.id, {}).get("state", ""))
        half = [sorted(found) for found in states.values() if found & BEGUN and found & FUTURE]
        must(not half, 3, f"{key} begins while another thread is half out: {half}")
