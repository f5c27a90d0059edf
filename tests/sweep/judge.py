"""Says whether what a server holds is what was approved: nothing twice, nothing lost, nothing out of order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from amplifier.model import State, Why
from amplifier.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amplifier.store.engine import Store
    from tests.fakes.x_state import FakePost

FUTURE = frozenset({State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN})


@dataclass(frozen=True)
class Row:
    """One post as the queue has it at the end; `tries` counts the intents to send it."""

    thread: int
    account: str
    k: int
    text: str
    state: str
    why: str | None
    remote_id: str | None
    parent: str | None
    tries: int

    @property
    def perhaps(self) -> bool:
        return self.state == State.HELD and self.why == Why.PERHAPS


@dataclass(frozen=True)
class Verdict:
    """What is wrong, in words, by kind."""

    duplicates: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    disorder: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.duplicates, *self.losses, *self.disorder)


def rows_of(store: Store) -> list[Row]:
    """Every post, in the order of approval."""
    tries = (
        select(func.count())
        .select_from(tables.attempt)
        .where(tables.attempt.c.post_id == tables.post.c.id, tables.attempt.c.kind == "publish")
        .scalar_subquery()
    )
    post = tables.post.c
    query = (
        select(
            post.thread_id, tables.account.c.name, post.k, post.text, post.state, post.why, post.remote_id,
            post.parent_remote_id, tries,
        )
        .join(tables.account, tables.account.c.id == post.account_id)
        .order_by(post.thread_id, post.k)
    )  # fmt: skip
    with store.read() as connection:
        return [Row(*found) for found in connection.execute(query)]


def unsettled(rows: Iterable[Row]) -> list[Row]:
    """Those that still have an automatic future."""
    return [row for row in rows if row.state in FUTURE]


def judge(rows: Sequence[Row], posts: Sequence[FakePost], *, in_a_row: bool = True) -> Verdict:
    """Compare the rows with what the server accepted, in the order in which it did.

    A post that is held as perhaps sent is no loss when it was tried twice and is not out; whoever plays the person
    resolves it and asks again. `in_a_row`: whether one thread of an account had to end before the next began.
    """
    duplicates, losses, disorder = _per_post(rows, posts)
    place = {post.id: n for n, post in enumerate(posts)}
    for account in sorted({row.account for row in rows}):
        out = [row for row in rows if row.account == account and row.remote_id in place]
        wanted = [row.remote_id for row in out]
        if in_a_row and wanted != sorted(wanted, key=lambda remote_id: place[str(remote_id)]):
            disorder.append(f"{account}: the threads went out in another order than approved, or one in another")
        for before, after in pairwise(out):
            if after.thread == before.thread and place[str(after.remote_id)] < place[str(before.remote_id)]:
                disorder.append(f"{_name(after)} went out before {_name(before)}")
    return Verdict(tuple(duplicates), tuple(losses), tuple(disorder))


def _per_post(rows: Sequence[Row], posts: Sequence[FakePost]) -> tuple[list[str], list[str], list[str]]:
    duplicates: list[str] = []
    losses: list[str] = []
    disorder: list[str] = []
    out = {post.id: post for post in posts}
    for (account, text, parent), n in Counter((post.account, post.text, post.parent) for post in posts).items():
        if n > 1:
            duplicates.append(f"{account} has {text!r} {n} times under {parent}")
    owned = {row.remote_id for row in rows}
    duplicates += [f"{post.account} has {post.text!r}, which no row owns" for post in posts if post.id not in owned]
    parents = {(row.thread, row.k): row.remote_id for row in rows}
    stopped = set()
    for row in rows:
        remote: Any = out.get(str(row.remote_id))
        if row.state == State.SENT and remote is None:
            losses.append(f"{_name(row)} is sent as {row.remote_id}, which the server does not have")
        elif row.state == State.SENT:
            if (remote.account, remote.text) != (row.account, row.text):
                disorder.append(f"{_name(row)} owns {remote.id}, which says {remote.text!r}")
            if not remote.parent == row.parent == parents.get((row.thread, row.k - 1)):
                disorder.append(f"{_name(row)} replies to {remote.parent}, not to the post before it")
        elif row.perhaps and row.tries > 1:
            stopped.add(row.thread)
        elif not (row.thread in stopped and row.why == Why.EARLIER):
            losses.append(f"{_name(row)} is {row.state}: {row.why} after {row.tries} tries")
    return duplicates, losses, disorder


def _name(row: Row) -> str:
    return f"{row.account} thread {row.thread} post {row.k}"


def described(rows: Iterable[Row], posts: Iterable[FakePost]) -> str:
    """Both sides, for whoever has to find out."""
    return "\n".join([*(f"    {row}" for row in rows), *(f"    {post}" for post in posts)])
