"""The rows as they are now, read past the code under test, and when something is next to be done by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.truth import Key

FUTURE = frozenset({"waiting", "queued", "sending", "unknown"})
ROWS = (
    "SELECT id, thread_id, account_id, k, state, why, remote_id, parent_remote_id, due_at, lease_until, claimed_at"
    " FROM post ORDER BY id"
)
THREADS = (
    "SELECT thread.id, campaign.name, thread.name, account.name FROM thread"
    " JOIN campaign ON campaign.id = thread.campaign_id JOIN account ON account.id = thread.account_id"
    " WHERE thread.id > {after} ORDER BY thread.id"
)
ACCOUNTS = "SELECT id, name, open_thread_id, blocked_at, wait_until, budget_until FROM account ORDER BY id"


class Row(NamedTuple):
    """What is judged of a post."""

    id: int
    thread: int
    account: int
    k: int
    state: str
    why: str | None
    remote_id: str | None
    parent: str | None
    due_at: Any
    lease_until: Any
    claimed_at: Any


class Account(NamedTuple):
    """What is judged of an account."""

    id: int
    name: str
    open: int | None
    blocked_at: Any
    wait_until: Any
    budget_until: Any


class Thread(NamedTuple):
    """Whose posts these are."""

    id: int
    campaign: str
    name: str
    account: str

    @property
    def address(self) -> tuple[str, str, str]:
        return self.campaign, self.name, self.account


def when(value: Any) -> datetime:
    """An instant as an engine gives it: SQLite gives text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@dataclass
class Snapshot:
    """Rows by id, in the order of their ids."""

    reader: Any
    rows: dict[int, Row] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    """The row of a thread's k-th post."""

    def look(self) -> dict[int, Row | None]:
        """Read everything again; the rows that are new or changed, with what they were before."""
        changed: dict[int, Row | None] = {}
        for values in self.reader.execute(ROWS).fetchall():
            before = self.rows.get(values[0])
            if before != values:
                row = self.rows[values[0]] = Row(*values)
                self.places[row.thread, row.k] = row.id
                changed[row.id] = before
        self.accounts = {values[0]: Account(*values) for values in self.reader.execute(ACCOUNTS).fetchall()}
        if any(self.rows[number].thread not in self.threads for number in changed):
            found = self.reader.execute(THREADS.format(after=max(self.threads, default=0))).fetchall()
            self.threads.update((values[0], Thread(*values)) for values in found)
        return changed

    def key(self, row: Row) -> Key:
        return *self.threads[row.thread].address, row.k

    def at(self, thread: int, k: int) -> Row | None:
        """The k-th post of a thread's row."""
        return self.rows.get(self.places.get((thread, k), 0))

    @property
    def busy(self) -> bool:
        """Whether any post has a future in the queue."""
        return any(row.state in FUTURE for row in self.rows.values())

    def due(self, now: datetime) -> bool:
        """Whether a row waits for nothing but a worker, as far as times go."""
        return any(at <= now for at in self._instants())

    def next_instant(self, now: datetime) -> datetime | None:
        """When something is next to be done."""
        return min((at for at in self._instants() if at > now), default=None)

    def _instants(self) -> Iterator[datetime]:
        for row in self.rows.values():
            if row.state == "sending":
                yield when(row.lease_until)
            elif row.state in {"queued", "unknown"}:
                account = self.accounts[row.account]
                waits = (account.wait_until, account.budget_until) if row.state == "queued" else ()
                yield max(when(at) for at in (row.due_at, *waits) if at)
