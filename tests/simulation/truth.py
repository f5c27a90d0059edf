"""What really stands on the networks, whoever put it there. The code under test never writes here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amplifier.networks.look import LOOK_BACK, canonical
from amplifier.networks.port import Receipt, Sighting

if TYPE_CHECKING:
    from datetime import datetime

    from amplifier.networks.port import Intent

Key = tuple[str, str, str, int]
"""Campaign, thread, account and number: the address of a post."""


@dataclass
class Remote:
    """One post on a timeline. `row` is the queue's row it was made for; 0 for what a person posted by hand."""

    id: str
    account: str
    text: str
    parent: str | None
    at: datetime
    """When the network took it."""
    seen_from: datetime
    """When the timeline begins to show it."""
    row: int = 0
    key: Key | None = None
    deleted: bool = False

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.id, f"https://x.example/status/{self.id}", self.at)


@dataclass(frozen=True)
class Rules:
    """How a look reads a timeline; a mutation leaves a rule out."""

    parent: bool = True
    anchor: bool = True


@dataclass
class Truth:
    """Every post of every account, in the order in which the networks took them; numbers only grow."""

    rules: Rules = field(default_factory=Rules)
    posts: dict[str, Remote] = field(default_factory=dict)
    by_row: dict[int, list[Remote]] = field(default_factory=dict)
    said: dict[tuple[str, str], list[Remote]] = field(default_factory=dict)
    """By account and canonical text."""

    def add(self, made: Remote) -> None:
        self.posts[made.id] = made
        self.said.setdefault((made.account, canonical(made.text)), []).append(made)
        if made.row:
            self.by_row.setdefault(made.row, []).append(made)

    def new_id(self) -> str:
        return str(1000 + len(self.posts))

    def stands(self, remote_id: str | None) -> bool:
        """Whether there is such a post now."""
        return remote_id in self.posts and not self.posts[remote_id].deleted

    def own(self, row: int) -> list[Remote]:
        """What is out for a row of the queue, by our own calls."""
        return [made for made in self.by_row.get(row, ()) if not made.deleted]

    def same_text(self, account: str, text: str) -> list[Remote]:
        return [made for made in self.said.get((account, canonical(text)), ()) if not made.deleted]

    def forget_rows(self, last: int) -> None:
        """Rows after `last` are not in the database any more, and their numbers are given again."""
        for row in [row for row in self.by_row if row > last]:
            for made in self.by_row.pop(row):
                made.row = 0

    def look(self, intent: Intent, now: datetime) -> Sighting:
        """What a look finds: since the anchor, without one since five minutes before the claim.

        After a 403 duplicate also what has the same text and cannot be this post, for people to see.
        """
        since = intent.claimed_at - LOOK_BACK
        anchor = int(intent.anchor) if intent.anchor else 0
        found: list[Receipt] = []
        others: list[Receipt] = []
        for made in self.same_text(intent.account, intent.text):
            if made.seen_from > now:
                continue
            own_parent = made.parent == intent.parent or not self.rules.parent
            newer = not self.rules.anchor or (int(made.id) > anchor if intent.anchor else made.at >= since)
            (found if own_parent and newer else others).append(made.receipt)
        return Sighting(readable=True, receipts=tuple(found), others=tuple(others) if intent.duplicate else ())
