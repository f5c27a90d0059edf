"""The ten promises, judged at every request and after every step, by what the rows say and what is really out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from amplifier.model import content_hash
from amplifier.networks.look import LOOK_BACK, canonical
from tests.simulation.rebuild import EVENTS, Event, Rebuilt
from tests.support.queue import HTTP_TIMEOUT, SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.networks.port import Intent
    from tests.simulation.truth import Key, Remote
    from tests.simulation.world import World

FUTURE = {"waiting", "queued", "sending", "unknown"}
BEGUN = {"sent", "sending", "unknown"}
PERHAPS = {"perhaps sent", "perhaps sent: several match"}
SLACK = timedelta(minutes=2)
"""What small steps of the wall clock may take from a wait."""
ROWS = (
    "SELECT id, thread_id, account_id, k, state, why, remote_id, parent_remote_id, due_at, lease_until, claimed_at"
    " FROM post ORDER BY id"
)
THREADS = (
    "SELECT thread.id, campaign.name, thread.name, account.name, thread.reply_to FROM thread"
    " JOIN campaign ON campaign.id = thread.campaign_id JOIN account ON account.id = thread.account_id"
    " WHERE thread.id > {after} ORDER BY thread.id"
)
ACCOUNTS = "SELECT id, name, open_thread_id, blocked_at, wait_until, budget_until FROM account ORDER BY id"
ALERTS = "SELECT post_id, content FROM alert ORDER BY id"


class BrokenError(BaseException):
    """A promise does not hold. No handler of the code under test may take it for an error of a network."""


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
    """Whose posts these are, and what its first post answers."""

    id: int
    campaign: str
    name: str
    account: str
    reply_to: str | None


@dataclass(frozen=True)
class Sealed:
    """What a person said yes to."""

    texts: tuple[str, ...]
    reply_to: str | None
    needed: int
    """How many people have to say it."""
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Call:
    """A request that went out: for which row, and when."""

    number: int
    row: int
    key: Key
    at: datetime


@dataclass
class Judge:
    """Remembers what was, and raises `BrokenError` as soon as something must not be."""

    world: World
    reader: Any
    rows: dict[int, Row] = field(default_factory=dict)
    raw: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    """The row of a thread's k-th post."""
    told: Rebuilt = field(default_factory=Rebuilt)
    newest: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """The thread row that was approved last, per campaign, thread and account."""
    yes: dict[tuple[str, str, str], dict[str, Sealed]] = field(default_factory=dict)
    """Per campaign, thread and account: the contents that somebody said yes to, by hash."""
    doubts: dict[int, dict[int, Call]] = field(default_factory=dict)
    """Per row the calls of which nobody proved that nothing was accepted."""
    known_at_claim: dict[int, int] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    """Remote ids of posts that a person withdrew by name."""
    withdrawn: list[tuple[str, ...]] = field(default_factory=list)
    """What a person withdrew, and has not allowed again: the parts of its address."""
    untold: set[int] = field(default_factory=set)
    """Rows that a worker held or gave up, of which a person must have a message."""
    brought_back: bool = False
    """A person brought back what had been cancelled: that is not counted against a budget."""
    tampered: set[int] = field(default_factory=set)
    calls: int = 0
    seen: int = 0
    commits: int = -1

    # ------------------------------------------------------------ at a request

    def say_yes(
        self, address: tuple[str, str, str], texts: tuple[str, ...], reply_to: str | None, by: str, needed: int
    ) -> None:
        """A person types the command that approves this."""
        seal = content_hash("x", address[2], "live", texts, reply_to)
        self.yes.setdefault(address, {}).setdefault(seal, Sealed(texts, reply_to, needed)).names.add(by)

    def about_to_send(self, intent: Intent) -> Call:
        """A request goes on the wire now."""
        self.check()
        key = (intent.campaign, intent.thread, intent.account, intent.k)
        self.world.say(f"    sends {'/'.join(map(str, key))} as a reply to {intent.parent}")
        sending = [row for row in self.rows.values() if row.state == "sending" and self.key(row) == key]
        self.must(len(sending) == 1, 4, f"{key} goes out, and no row of it is sending: no intent was committed")
        row = sending[0]
        self.must(self.accounts[row.account].open == row.thread, 3, f"{key} goes out in another thread's turn")
        self._approved(row, intent)
        self._leased(row)
        self._not_too_soon(row)
        self.calls += 1
        call = Call(self.calls, row.id, key, self.world.clock.true)
        self.doubts.setdefault(row.id, {})[call.number] = call
        return call

    def proven(self, call: Call) -> None:
        """This request was not accepted; an earlier one may have been."""
        self.doubts.get(call.row, {}).pop(call.number, None)

    def came_out(self, call: Call, made: Remote) -> None:
        """The network took a post."""
        truth, row = self.world.truth, self.rows[call.row]
        made.row = row.id
        truth.add(made)
        self.must(len(truth.own(row.id)) == 1, 1, f"{call.key} is out {len(truth.own(row.id))} times")
        self._within_budget(call.key[2], made)
        if row.k == 1:
            answered = self._seal(row).reply_to
            self.must(made.parent == answered, 2, f"{call.key} is a root that replies to {made.parent}, not {answered}")
            return
        before = self.rows[self.places[row.thread, row.k - 1]]
        self.must(before.state == "sent", 2, f"{call.key} is out before the post that it follows")
        self.must(made.parent == before.remote_id, 2, f"{call.key} replies to {made.parent}, not {before.remote_id}")

    def about_to_delete(self, remote_id: str) -> None:
        """A request to delete goes on the wire now."""
        self.check()
        self.must(remote_id in self.named, 9, f"{remote_id} is to be deleted, and nobody named it")

    def owned(self, remote_id: str) -> bool:
        return remote_id in self.owners

    def text_of(self, row: Row) -> str:
        """What was approved for a row."""
        return self._seal(row).texts[row.k - 1]

    def answered_by(self, row: Row) -> str | None:
        """The post that the thread of a row was approved to answer."""
        return self._seal(row).reply_to

    def key(self, row: Row) -> Key:
        thread = self.threads[row.thread]
        return thread.campaign, thread.name, thread.account, row.k

    def _seal(self, row: Row) -> Sealed:
        thread = self.threads[row.thread]
        address = (thread.campaign, thread.name, thread.account)
        seal = self.told.hashes.get(row.thread, "none")
        found = self.yes.get(address, {}).get(seal)
        if found is None:
            raise self.broken(4, f"nobody said yes to {address} as it is queued")
        return found

    def _approved(self, row: Row, intent: Intent) -> None:
        sealed, thread = self._seal(row), self.threads[row.thread]
        text = sealed.texts[row.k - 1]
        self.must(intent.text == text, 4, f"{self.key(row)} was never approved like this: {intent.text}")
        self.must(len(sealed.names) >= sealed.needed, 4, f"{self.key(row)} goes out with the yes of {sealed.names} alone")
        newest = self.newest[thread.campaign, thread.name, thread.account]
        self.must(row.k > 1 or newest == row.thread, 8, f"{self.key(row)} goes out in a version that was replaced")

    def _leased(self, row: Row) -> None:
        clock = self.world.clock
        claimed = clock.true - (clock.now() - self.when(row.claimed_at))
        left = self.when(row.lease_until) - clock.now()
        if claimed >= clock.set_at:  # else the two clocks cannot be compared
            self.must(left.total_seconds() >= HTTP_TIMEOUT, 5, f"{self.key(row)} goes out with {left} of its lease")

    def _not_too_soon(self, row: Row) -> None:
        open_calls = self.doubts.get(row.id, {})
        for call in open_calls.values():
            since = self.world.clock.true - call.at
            self.must(since >= 3 * SETTLE - SLACK, 5, f"{call.key} goes out again after {since} only")
        self.must(len(open_calls) <= 1, 5, f"{self.key(row)} goes out a third time, and nobody knows of two")

    # ------------------------------------------------------------ after a step

    def check(self) -> None:
        """Judge what changed since the last time."""
        if self.commits == self.world.store.commits:
            return
        self.commits = self.world.store.commits
        raw = self.reader.execute(ROWS).fetchall()
        new = [Row(*values) for values in raw if self.raw.get(values[0]) != values]
        self.raw = {values[0]: values for values in raw}
        self.accounts = {values[0]: Account(*values) for values in self.reader.execute(ACCOUNTS).fetchall()}
        if any(row.thread not in self.threads for row in new):
            after = max(self.threads, default=0)
            for values in self.reader.execute(THREADS.format(after=after)).fetchall():
                self.threads[values[0]] = Thread(*values)
        before = {row.id: self.rows.get(row.id) for row in new}
        for row in new:
            self.rows[row.id] = row
            self.places[row.thread, row.k] = row.id
        self._history()
        following = {self.places.get((row.thread, row.k + 1), 0) for row in new}
        for number in sorted({*(row.id for row in new), *following} - {0}):
            self._row(self.rows[number], before.get(number))
        self._lanes()

    def _row(self, row: Row, was: Row | None) -> None:
        name, state = self.key(row), row.state
        self.must((state == "sent") == (row.remote_id is not None), 1, f"{name} is {state} with {row.remote_id}")
        if was is not None and was.state == "sent":
            same = (row.state, row.remote_id, row.parent) == (was.state, was.remote_id, was.parent)
            self.must(same, 1, f"{name} was sent, and is {state} with {row.remote_id} now")
        out = self.world.truth.own(row.id)
        perhaps = state in {"sent", "sending", "unknown"} or row.why in PERHAPS
        self.must(perhaps or not out, 10, f"{name} is {state}: {row.why}, and it is out: {out}")
        if state == "sent":
            self._sent(row)
        before = self.rows.get(self.places.get((row.thread, row.k - 1), 0))
        if before is not None and state in {"queued", "sending", "unknown", "sent"}:
            self.must(before.state == "sent", 2, f"{name} is {state} after {before.state}")
            self.must(row.parent == before.remote_id, 2, f"{name} stands under another parent")
        if state == "waiting":
            self.must(before is not None and before.state in FUTURE, 8, f"{name} waits for nothing")
        if state in {"held", "failed", "cancelled"}:
            self.must(row.why, 10, f"{name} is {state} for no reason")
        self.must(state != "sending" or row.lease_until is not None, 10, f"{name} is sending without a lease")

    def _sent(self, row: Row) -> None:
        """A post that is said to be out is out: with this text and parent, and not an old one."""
        made = self.world.truth.posts.get(row.remote_id or "")
        name = self.key(row)
        if made is None:
            raise self.broken(1, f"{name} is said to be {row.remote_id}, and there is no such post")
        self.owners[made.id] = row.id
        text = self._seal(row).texts[row.k - 1]
        same = made.account == name[2] and canonical(made.text) == canonical(text) and made.parent == row.parent
        self.must(same, 6, f"{name} is said to be {made}, which is another post")
        self.must(made.row in {0, row.id}, 1, f"{name} is said to be {made}, which was made for another row")
        if made.row == 0:
            known = self.known_at_claim.get(row.id, 0)
            since = self.when(row.claimed_at) - LOOK_BACK - SLACK
            newer = int(made.id) > known if known else made.at >= since
            self.must(newer, 6, f"{name} is said to be {made}, which was there before it was claimed")

    def _lanes(self) -> None:
        """One post in doubt and one open thread per account."""
        doubtful: dict[int, int] = {}
        alive = set()
        for row in self.rows.values():
            if row.state in FUTURE:
                alive.add(row.thread)
            account = self.accounts[row.account]
            if row.state in {"sending", "unknown"}:
                doubtful[row.account] = doubtful.get(row.account, 0) + 1
                self.must(account.open == row.thread, 3, f"{self.key(row)} is in doubt, and its account is not its own")
            if row.state == "queued" and row.k > 1 and account.open is None:
                stopped = ("campaign", self.threads[row.thread].campaign) in self.told.stopped
                self.must(stopped, 8, f"{self.key(row)} of a begun thread has no turn")
        self.must(all(count == 1 for count in doubtful.values()), 3, f"in doubt at once, per account: {doubtful}")
        for account in self.accounts.values():
            self.must(account.open in {None, *alive}, 3, f"{account.name} keeps a thread that is over")

    def _history(self) -> None:
        """Events only grow, tell every state, and show no claim under a pause."""
        for values in self.reader.execute(EVENTS.format(after=self.seen)).fetchall():
            event = Event(*values)
            self.must(event.id > self.seen, 10, "events do not grow")
            self.seen = event.id
            if event.kind == "approve" and event.thread is not None:
                thread = self.threads[event.thread]
                self.newest[thread.campaign, thread.name, thread.account] = thread.id
            if event.kind == "state" and event.post is not None:
                had = self.told.posts.get(event.post, {}).get("state")
                self.must(had == event.was, 10, f"{self.key(self.rows[event.post])} came from {had}, not {event.was}")
                self._changed(self.rows[event.post], event)
            if event.kind in {"withdraw", "withdraw undone"}:
                self._withdrawn(event)
            self.told.fold(event)
        for number, row in self.rows.items():
            had = self.told.posts.get(number, {}).get("state")
            self.must(had == row.state, 10, f"{self.key(row)} is {row.state}, and events tell {had}")

    def _changed(self, row: Row, event: Event) -> None:
        """One state change, in order."""
        person = event.who in self.world.people.names
        if event.to == "sending":
            self._claimed(row, event)
        if person and event.was in {"held", "failed", "unknown", "cancelled"}:
            self.doubts.pop(row.id, None)  # a person has looked
            self.brought_back = self.brought_back or event.was == "cancelled"
        self.untold.discard(row.id)
        if event.to in {"held", "failed"} and not person and not (event.why or "").startswith("earlier post"):
            self.untold.add(row.id)

    def _withdrawn(self, event: Event) -> None:
        target = tuple(json.loads(event.data or "{}")["address"].split("/"))
        if event.kind == "withdraw":
            self.withdrawn.append(target)
        elif len(target) == 1:  # a campaign, with all that was withdrawn of it
            self.withdrawn = [other for other in self.withdrawn if other[0] != target[0]]
        else:
            self.withdrawn = [other for other in self.withdrawn if other[:3] != target[:3]]

    def _claimed(self, row: Row, event: Event) -> None:
        """What must hold at the moment of a claim: no pause, and no other thread of the account half out."""
        thread = self.threads[row.thread]
        stopped = self.told.stopped
        scopes = (("all", ""), ("account", thread.account), ("campaign", thread.campaign))
        self.must(not any(scope in stopped for scope in scopes), 7, f"{self.key(row)} was claimed under a pause")
        for target in self.withdrawn:
            whole = self.key(row)[: min(len(target), 3)] == target[:3]
            gone = whole and (len(target) < 4 or row.k >= int(target[3]))
            self.must(not gone, 9, f"{self.key(row)} was claimed after {'/'.join(target)} was withdrawn")
        mine = [other for other in self.rows.values() if other.account == row.account]
        out = [int(other.remote_id) for other in mine if other.remote_id and other.id != row.id]
        self.known_at_claim[row.id] = max(out, default=0)
        if row.k > 1 or not self._first_claim(event):
            return
        half: dict[int, set[str]] = {}
        for other in mine:
            if other.thread != row.thread and ("campaign", self.threads[other.thread].campaign) not in stopped:
                half.setdefault(other.thread, set()).add(self.told.posts.get(other.id, {}).get("state", "new"))
        begun = [states for states in half.values() if states & BEGUN and states & FUTURE]
        self.must(not begun, 3, f"{self.key(row)} begins while another thread is half out: {begun}")

    def _first_claim(self, event: Event) -> bool:
        return '"epoch": 1,' in (event.data or "")

    @property
    def busy(self) -> bool:
        """Whether any post has a future in the queue."""
        return any(row.state in FUTURE for row in self.rows.values())

    @property
    def due(self) -> bool:
        """Whether a row waits for nothing but a worker, as far as times go."""
        now = self.world.clock.now()
        return any(at <= now for at in self._instants())

    def next_instant(self) -> datetime | None:
        """When something is next to be done, by the rows."""
        now = self.world.clock.now()
        return min((at for at in self._instants() if at > now), default=None)

    def _instants(self) -> Iterator[datetime]:
        for row in self.rows.values():
            if row.state == "sending":
                yield self.when(row.lease_until)
            elif row.state in {"queued", "unknown"}:
                account = self.accounts[row.account]
                waits = (account.wait_until, account.budget_until) if row.state == "queued" else ()
                yield max(self.when(at) for at in (row.due_at, *waits) if at)

    # ------------------------------------------------------------ at the end

    def at_the_end(self) -> None:
        """Every post has come to an end, and the events alone tell all of it."""
        self.check()
        left = [self.key(row) for row in self.rows.values() if row.state in FUTURE]
        self.must(not left, 8, f"still in the queue when all was well: {left}")
        for row in self.rows.values():
            mine = self.world.truth.own(row.id)
            lost = [made for made in mine if row.remote_id != made.id and row.why not in PERHAPS]
            twin = self.world.truth.posts.get(row.remote_id or "")
            self.must(not lost or (twin and twin.row == 0), 1, f"{self.key(row)} is {row.state}, and {lost} is out")
        self._everybody_was_told()
        differs = self.told.differs(self.reader, tampered=self.tampered)
        self.must(not differs, 10, "events and tables tell two stories: " + "; ".join(differs))
        tried = dict(
            self.reader.execute("SELECT kind, count(*) FROM attempt GROUP BY kind ORDER BY kind").fetchall()
        )
        self.must(self.calls <= tried.get("publish", 0), 4, f"{self.calls} requests, attempts: {tried}")

    def _everybody_was_told(self) -> None:
        """What a worker held or gave up is in a message, whatever died after that."""
        messages = [(post, json.loads(content)) for post, content in self.reader.execute(ALERTS).fetchall()]
        told = {post for post, _ in messages}
        listed = {name for _, content in messages for name in content.get("posts", ())}
        many = any(name.startswith("and ") for name in listed)
        for number in sorted(self.untold):
            name = "/".join(map(str, self.key(self.rows[number])))
            self.must(number in told or name in listed or many, 10, f"{name} is held, and nobody was told")

    def _within_budget(self, account: str, made: Remote) -> None:
        """No day has more posts than the account may publish, unless people brought back what they had cancelled."""
        most = self.world.caps_of(account).daily_posts
        if most is None or self.brought_back:
            return
        rows = [row for row in self.rows.values() if row.remote_id and self.threads[row.thread].account == account]
        of_rows = {row.remote_id for row in rows} | {made.id}
        day = [post for post in self.world.truth.posts.values() if post.id in of_rows and post.at.date() == made.at.date()]
        self.must(len(day) <= most, 10, f"{account} has {len(day)} posts on {made.at.date()}, and may have {most}")

    def when(self, value: Any) -> datetime:
        """An instant as an engine gives it: text on SQLite."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def must(self, holds: object, promise: int, what: str) -> None:
        if not holds:
            raise self.broken(promise, what)

    def broken(self, promise: int, what: str) -> BrokenError:
        return BrokenError(f"promise {promise} is broken: {what}")
