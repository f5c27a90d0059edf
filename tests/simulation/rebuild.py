"""The queue as its events alone tell it: states, times, remote ids, looks, stopped accounts, pauses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLD = ("due_at", "remote_id", "parent_remote_id", "looks", "resent", "tries", "unknown_at", "sent_at")
"""Columns of a post that its events tell, each by its own name."""
POSTS = f"SELECT id, state, {', '.join(TOLD)} FROM post ORDER BY id"
ACCOUNTS = "SELECT id, blocked_at, wait_until FROM account ORDER BY id"
PAUSES = "SELECT scope, name FROM pause WHERE since IS NOT NULL"


class Event(NamedTuple):
    """What is read of an event."""

    id: int
    who: str
    kind: str
    post: int | None
    thread: int | None
    account: int | None
    was: str | None
    to: str | None
    why: str | None
    data: str | None


EVENTS = (
    "SELECT id, who, kind, post_id, thread_id, account_id, from_state, to_state, why, data FROM event"
    " WHERE id > {after} ORDER BY id"
)


@dataclass
class Rebuilt:
    """Folded from events, oldest first; nothing else is ever read into it."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[int, dict[str, Any]] = field(default_factory=dict)
    stopped: dict[tuple[str, str], bool] = field(default_factory=dict)
    """What is paused: scope and name."""
    hashes: dict[int, str] = field(default_factory=dict)
    """The content that each thread row was approved with."""

    def fold(self, event: Event) -> Mapping[str, Any]:
        """One event more; what it says besides its columns."""
        said: Mapping[str, Any] = json.loads(event.data) if event.data else {}
        match event.kind:
            case "state" if event.post is not None:
                row = self.posts.setdefault(event.post, {"looks": 0, "resent": 0, "tries": 0})
                row["state"] = event.to
                row.update((name, said[name]) for name in TOLD if name in said)
            case "restored" if event.post is not None:  # its looks count anew
                self.posts[event.post].update((name, said[name]) for name in TOLD if name in said)
            case "account blocked" | "account waits" if event.account is not None:
                self.accounts.setdefault(event.account, {}).update(said)
            case "account unblocked" if event.account is not None:
                self.accounts.setdefault(event.account, {}).update(blocked_at=None, wait_until=None)
            case "pause":
                self.stopped[said["scope"], said["name"]] = True
            case "resume":
                self.stopped.pop((said["scope"], said["name"]), None)
            case "approve" if event.thread is not None:
                self.hashes[event.thread] = said["hash"]
            case _:
                pass
        return said

    def differs(self, reader: Any, *, tampered: set[int]) -> list[str]:
        """Where the tables say something else. The parents of `tampered` rows were changed behind the queue's back."""
        found = []
        for number, state, *values in reader.execute(POSTS).fetchall():
            told = self.posts.get(number, {})
            pairs = [("state", state), *zip(TOLD, values, strict=True)]
            found += [
                f"post {number}: {name} is {_plain(value)!r}, events tell {told.get(name)!r}"
                for name, value in pairs
                if told.get(name) != _plain(value) and not _untold(name, told, tampered=number in tampered)
            ]
        for number, *values in reader.execute(ACCOUNTS).fetchall():
            told = self.accounts.get(number, {})
            found += [
                f"account {number}: {name} is {_plain(value)!r}, events tell {told.get(name)!r}"
                for name, value in zip(("blocked_at", "wait_until"), values, strict=True)
                if told.get(name) != _plain(value)
            ]
        paused = {(scope, name) for scope, name in reader.execute(PAUSES).fetchall()}
        if paused != self.stopped.keys():
            found.append(f"paused is {sorted(paused)}, events tell {sorted(self.stopped)}")
        return found


def _untold(name: str, told: Mapping[str, Any], *, tampered: bool) -> bool:
    """A first post's parent stands in its approval, not in an event of the post."""
    return name == "parent_remote_id" and (tampered or name not in told)


def _plain(value: Any) -> Any:
    """Instants as their text, which is what events hold; PostgreSQL gives them as values."""
    return value if value is None or isinstance(value, (int, str)) else instant_text(value)
