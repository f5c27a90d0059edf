"""A seeded world for the queue: workers that die, a network that lies, a person; promises are checked after each step.

Everything happens in one thread. While a worker waits for the network, the world goes on: that is a nested step.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event as listen
from sqlalchemy import select, update

from amplifier.errors import AmplifierError
from amplifier.model import Address, Mode, State
from amplifier.networks.port import Kind, Receipt
from amplifier.publishing import manual, pause
from amplifier.store import tables
from tests.support.faulty import WEATHERS, Faulty, Key, Killed, key_of
from tests.support.queue import HTTP_TIMEOUT, SETTLE, START, Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.networks.port import Intent
    from amplifier.store.engine import Store

ROWS = (
    select(
        tables.post, tables.thread.c.name.label("thread"), tables.campaign.c.name.label("campaign"),
        tables.account.c.name.label("account"), tables.account.c.open_thread_id, tables.account.c.blocked_at,
        tables.account.c.wait_until,
    )
    .join(tables.thread, tables.thread.c.id == tables.post.c.thread_id)
    .join(tables.campaign, tables.campaign.c.id == tables.post.c.campaign_id)
    .join(tables.account, tables.account.c.id == tables.post.c.account_id)
    .order_by(tables.post.c.id)
)  # fmt: skip
FUTURE = {"waiting", "queued", "sending", "unknown"}
PROVEN = {Kind.REFUSED, Kind.LIMITED, Kind.BLOCKED, Kind.NOT_SENT}


class BrokenError(AssertionError):
    """A promise does not hold."""


def key_of_row(row: RowMapping) -> Key:
    return row["campaign"], row["thread"], row["account"], row["k"]


@dataclass
class World:
    """One seed: what is queued, who works, and what has come out."""

    seed: int
    store: Store
    rng: random.Random = field(init=False)
    bench: Bench = field(init=False)
    healthy: bool = False
    depth: int = 0
    out: dict[Key, list[str]] = field(default_factory=dict)
    weather: list[int] = field(init=False)
    approved: dict[Key, str] = field(default_factory=dict)
    answers: dict[tuple[str, str, str], str | None] = field(default_factory=dict)
    """Per thread the remote id that its root was approved to answer."""
    calls: int = 0
    doubts: dict[Key, dict[int, datetime]] = field(default_factory=dict)
    """Per post the calls of which nobody proved that nothing was accepted, and when they were made."""
    story: list[str] = field(default_factory=list)
    seen_event: int = 0
    rebuilt: dict[int, str] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.bench = Bench(self.store)
        rng = self.rng
        self.weather = rng.choice(WEATHERS)
        accounts = ["main", "second", "third"][: rng.randint(1, 3)]
        for name in accounts:
            timeline = Faulty(name, clock=self.bench.clock)
            timeline.world = self
            self.bench.timelines[name, Mode.LIVE] = timeline
        for number in range(rng.randint(2, 5)):
            name, length = f"t{number}", rng.randint(1, 4)
            texts = [f"Root {number}.", *(f"The same post {k} in every thread." for k in range(2, length + 1))]
            campaign, account = rng.choice(["one", "two"]), rng.choice(accounts)
            self.answers[campaign, name, account] = answered = rng.choice([None, None, f"earlier-{number}"])
            self.bench.thread(
                name, texts, campaign=campaign, account=account, reply_to=answered,
                at=START + timedelta(seconds=rng.choice([0, 0, 30, 600, 3600])), gap=rng.choice([0, 20, 120]),
                late=rng.choice([600.0, 5400.0, 1e6]), resume_within=rng.choice([3600.0, 1e6]),
            )  # fmt: skip
        self.approved = {key_of_row(row): row["text"] for row in self._rows()}
        listen.listen(self.store.engine, "commit", self._perhaps_die)

    # ------------------------------------------------------------ what happens

    def live(self, steps: int) -> None:
        """Live through `steps`, then let everything be well, and see that each post ends."""
        try:
            for _ in range(steps):
                self.step()
                self.check()
            self._all_well()
        finally:
            listen.remove(self.store.engine, "commit", self._perhaps_die)

    def step(self) -> None:
        """One thing happens."""
        what: Callable[[], None] = self.rng.choices(
            [self._beat, self._time_passes, self._pause_or_resume, self._person, self._tamper], [60, 26, 5, 8, 1]
        )[0]
        try:
            what()
        except Killed:
            self.story.append("  killed")

    def meanwhile(self, steps: int) -> None:
        """Others go on while somebody waits for the network, or sleeps."""
        if self.depth >= 2:
            return
        self.depth += 1
        for _ in range(self.rng.randint(1, steps)):
            self.step()
        self.depth -= 1

    def _stopped(self) -> bool:
        """Asked before each beat, and again between claim and call: there a PAUSE file appears, or a process sleeps."""
        if not self.healthy and self.rng.random() < 0.04:
            self.meanwhile(8)
        return not self.healthy and self.rng.random() < 0.03

    def _tamper(self) -> None:
        """Somebody changes a text or a parent behind the queue's back, and perhaps changes it back."""
        row = self.rng.choice(self._rows())
        with self.store.write() as connection:
            if row["k"] == 1 and self.rng.random() < 0.5:
                parent = self.answers[key_of_row(row)[:3]] if self.rng.random() < 0.5 else "a stranger's"
                self._tamper_with_parent(connection, row, parent)
                return
            text = self.approved[key_of_row(row)] if self.rng.random() < 0.5 else "Nobody approved this."
            connection.execute(update(tables.post).where(tables.post.c.id == row["id"]).values(text=text))

    def _tamper_with_parent(self, connection: Connection, row: RowMapping, parent: str | None) -> None:
        if self.rng.random() < 0.7:
            changed = update(tables.post).where(tables.post.c.id == row["id"]).values(parent_remote_id=parent)
            connection.execute(changed)
        if self.rng.random() < 0.7:
            changed = update(tables.thread).where(tables.thread.c.id == row["thread_id"]).values(reply_to=parent)
            connection.execute(changed)

    def _perhaps_die(self, _: Any) -> None:
        if not self.healthy and self.rng.random() < 0.01:
            raise Killed

    def _beat(self) -> None:
        worker = f"host{self.rng.randint(1, 3)}/drain/1"
        asleep = 0 if self.healthy or self.rng.random() < 0.97 else self.rng.randint(60, 9000)
        alive = self.bench.clock.now() - timedelta(seconds=asleep)
        did = self.bench.beat(alive=alive, worker=worker, stopped=self._stopped)
        self.story.append(f"{self.bench.clock.now():%H:%M:%S} {worker} {did}")

    def _time_passes(self) -> None:
        self.bench.clock.move(seconds=self.rng.choice([1, 20, 20, 91, 91, 301, 1200]))

    def _pause_or_resume(self) -> None:
        stopped = pause.paused(self.store)
        now = self.bench.clock.now()
        if stopped and self.rng.random() < 0.7:
            scope, name = stopped[0]["scope"], stopped[0]["name"]
            held = pause.go_on(self.store, scope, name, why="w", who="Kim", now=now)  # type: ignore[arg-type]
            self.story.append(f"{now:%H:%M:%S} resume {scope} {name}, held {held}")
            return
        scope, name = self.rng.choice([("all", ""), ("campaign", "one"), ("campaign", "two"), ("account", "main")])
        try:
            pause.stop(self.store, scope, name, why=None, who="Kim", now=now)  # type: ignore[arg-type]
        except AmplifierError:
            return
        self.story.append(f"{now:%H:%M:%S} pause {scope} {name}")

    def _person(self) -> None:
        """Somebody who knows the timeline mends what is held, or cancels something."""
        rows, now = self._rows(), self.bench.clock.now()
        for row in rows:
            if row["blocked_at"] and self.rng.random() < 0.7:
                manual.unblock(self.store, row["account"], why="w", who="Kim", now=now)
                return
        row = self.rng.choice(rows)
        address = Address(row["campaign"], row["thread"], row["account"], row["k"])
        arguments: dict[str, Any] = {"why": "w", "who": "Kim", "now": now}
        what = "retry"
        try:
            if row["why"] in manual.PERHAPS_SENT:
                known = self.out.get(key_of_row(row), [])
                what = f"resolve {known}"
                if known:
                    network = self.bench.timelines[row["account"], Mode.LIVE]
                    manual.resolve_sent(
                        self.store, address, Receipt(known[0], None), network=network, unchecked=True, **arguments
                    )
                else:
                    manual.resolve_not_sent(self.store, address, **arguments)
                    self.doubts.pop(key_of_row(row), None)
            elif row["state"] in {"held", "failed", "cancelled"}:
                manual.retry(self.store, address, **arguments)
                self.doubts.pop(key_of_row(row), None)  # proven not sent, by a duplicate check too
            elif self.rng.random() < 0.1:
                what = "cancel"
                manual.cancel(self.store, address, **arguments)
            else:
                return
        except AmplifierError as exc:
            what += f" refused: {exc.message}"
        self.story.append(f"{now:%H:%M:%S} {what} {address}")

    # ------------------------------------------------------------ what the network sees

    def about_to_send(self, intent: Intent) -> int:
        """A request for this post goes on the wire now; its number."""
        key, now = key_of(intent), self.bench.clock.now()
        self.story.append(f"{now:%H:%M:%S}   sends {'/'.join(map(str, key))} reply to {intent.parent}")
        row = self._row(key)
        self._must(row["state"] == "sending", 4, f"{key} goes out while {row['state']}")
        self._must(row["open_thread_id"] == row["thread_id"], 3, f"{key} goes out in another thread's turn")
        if intent.k == 1 and row["epoch"] == 1 and row["claimed_at"] == now:
            self._own_turn(row)
        self._must(intent.text == self.approved[key], 4, f"{key} was never approved like this: {intent.text}")
        left = row["lease_until"] - now
        self._must(left.total_seconds() >= HTTP_TIMEOUT, 5, f"{key} goes out with {left} of its lease left")
        open_calls = self.doubts.setdefault(key, {})
        for made in open_calls.values():
            self._must(now - made >= 3 * SETTLE, 5, f"{key} again after {now - made} only")
        self._must(len(open_calls) <= 1, 5, f"{key} a third time")
        self.calls += 1
        open_calls[self.calls] = now
        return self.calls

    def _own_turn(self, root: RowMapping) -> None:
        """No other thread of the account that may go on is half out when a new one begins."""
        others: dict[int, set[str]] = {}
        stopped = {one["name"] for one in pause.paused(self.store)}
        for row in self._rows():
            mine = row["account_id"] == root["account_id"] and row["thread_id"] != root["thread_id"]
            if mine and row["campaign"] not in stopped:
                others.setdefault(row["thread_id"], set()).add(row["state"])
        half = [states for states in others.values() if states & {"sent", "sending", "unknown"} and states & FUTURE]
        self._must(not half, 3, f"{root['thread']} begins while another thread is half out: {half}")

    def proven(self, intent: Intent, call: int) -> None:
        """This request was not accepted; an earlier one may have been."""
        self.doubts[key_of(intent)].pop(call, None)

    def came_out(self, intent: Intent, remote_id: str) -> None:
        """The network took a post."""
        key = key_of(intent)
        made = self.out.setdefault(key, [])
        made.append(remote_id)
        self._must(len(made) == 1, 1, f"{key} is out {len(made)} times")
        if intent.k > 1:
            parent = self.out.get((*key[:3], intent.k - 1), [])
            self._must([intent.parent] == parent, 2, f"{key} replies to {intent.parent}, not to {parent}")
        else:
            approved = self.answers[key[:3]]
            self._must(intent.parent == approved, 2, f"{key} is a root that replies to {intent.parent}, not {approved}")

    # ------------------------------------------------------------ the promises

    def check(self) -> None:
        """Assert every promise on the rows and events as they are now."""
        rows = self._rows()
        self._history({row["id"]: row for row in rows})
        by_place = {(row["thread_id"], row["k"]): row for row in rows}
        doubtful: dict[int, int] = {}
        for row in rows:
            name = f"{row['thread']}/{row['k']}"
            state = row["state"]
            self._must((state == "sent") == (row["remote_id"] is not None), 1, f"{name} {state}, {row['remote_id']}")
            if state == "sent":
                self._must(self.out.get(key_of_row(row)) == [row["remote_id"]], 1, f"{name} says {row['remote_id']}")
            before = by_place.get((row["thread_id"], row["k"] - 1))
            if state in {"queued", "sending", "unknown", "sent"} and before is not None:
                self._must(before["state"] == "sent", 2, f"{name} is {state} after {before['state']}")
                self._must(row["parent_remote_id"] == before["remote_id"], 2, f"{name} under another parent")
            if state == "waiting":
                self._must(before is not None and before["state"] in FUTURE, 10, f"{name} waits for nothing")
            if state in {"sending", "unknown"}:
                doubtful[row["account_id"]] = doubtful.get(row["account_id"], 0) + 1
                self._must(row["open_thread_id"] == row["thread_id"], 3, f"{name} in doubt, account not its own")
                self._must(state == "unknown" or row["lease_until"] is not None, 10, f"{name} without a lease")
            if state in {"held", "failed", "cancelled"}:
                self._must(row["why"] is not None, 10, f"{name} is {state} for no reason")
            if state == "queued" and row["k"] > 1 and ("campaign", row["campaign"]) not in self.stopped:
                self._must(row["open_thread_id"] is not None, 8, f"{name} of a begun thread waits for a new one")
        self._must(all(count == 1 for count in doubtful.values()), 3, f"in doubt: {doubtful}")
        alive = {row["thread_id"] for row in rows if row["state"] in FUTURE}
        opened = {row["open_thread_id"] for row in rows} - {None}
        self._must(opened <= alive, 3, f"accounts keep threads that are over: {opened - alive}")

    def _history(self, rows: dict[int, RowMapping]) -> None:
        """Events only grow, tell the states, and show no claim under a pause."""
        with self.store.read() as connection:
            news = connection.execute(
                select(tables.event).where(tables.event.c.id > self.seen_event).order_by(tables.event.c.id)
            ).mappings()
            for event in news:
                self.seen_event = event["id"]
                if event["kind"] in {"pause", "resume"}:
                    told = json.loads(event["data"])
                    scope = (told["scope"], told["name"])
                    (self.stopped.add if event["kind"] == "pause" else self.stopped.discard)(scope)
                if event["kind"] != "state":
                    continue
                row = rows[event["post_id"]]
                self._must(self.rebuilt.get(row["id"]) == event["from_state"], 10, f"{event['from_state']} came from")
                self.rebuilt[row["id"]] = event["to_state"]
                if event["to_state"] == "sending":
                    scopes = {("all", ""), ("account", row["account"]), ("campaign", row["campaign"])}
                    self._must(not scopes & self.stopped, 7, f"{row['thread']}/{row['k']} was claimed under a pause")
        self._must(self.rebuilt == {key: row["state"] for key, row in rows.items()}, 10, "events tell other states")

    def _all_well(self) -> None:
        """With a sound network and no pause, every post ends: sent, or with a person."""
        self.healthy = True
        for stopped in pause.paused(self.store):
            pause.go_on(
                self.store, stopped["scope"], stopped["name"], why="w", who="Kim", now=self.bench.clock.now()  # type: ignore[arg-type]
            )  # fmt: skip
        for _ in range(60):
            while self.bench.beat():
                self.check()
            left = [row for row in self._rows() if row["state"] in FUTURE and not row["blocked_at"]]
            if not left:
                return
            self.bench.clock.move(seconds=301)
        self._must(not left, 8, f"still in the queue: {[(row['thread'], row['k'], row['state']) for row in left]}")

    def _must(self, holds: object, promise: int, what: str) -> None:
        if not holds:
            raise BrokenError("\n".join([*self.story[-40:], f"seed {self.seed}: promise {promise} is broken: {what}"]))

    def _rows(self) -> list[RowMapping]:
        with self.store.read() as connection:
            return list(connection.execute(ROWS).mappings())

    def _row(self, key: Key) -> RowMapping:
        return next(row for row in self._rows() if key_of_row(row) == key)

    @property
    def sent(self) -> int:
        """How many posts are out."""
        return sum(row["state"] == State.SENT.value for row in self._rows())
