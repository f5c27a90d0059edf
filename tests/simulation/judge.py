"""The ten promises, judged at every request and after every step, by what the rows say and what is really out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from amplifier.model import content_hash
from amplifier.networks.look import LOOK_BACK, canonical
from tests.simulation.history import BEFORE, PEOPLE, History
from tests.simulation.snapshot import FUTURE, Snapshot, when
from tests.support.queue import HTTP_TIMEOUT, SETTLE

if TYPE_CHECKING:
    from datetime import date, datetime

    from amplifier.networks.port import Intent
    from tests.simulation.snapshot import Row
    from tests.simulation.truth import Key, Remote
    from tests.simulation.world import World

PERHAPS = {"perhaps sent", "perhaps sent: several match"}
SLACK = timedelta(minutes=2)
"""What small steps of the wall clock may take from a wait."""
ATTEMPTS = "SELECT count(*) FROM attempt WHERE kind = 'publish'"


class BrokenError(BaseException):
    """A promise does not hold. No handler of the code under test may take it for an error of a network."""


@dataclass(frozen=True)
class Sealed:
    """What people said yes to."""

    texts: tuple[str, ...]
    reply_to: str | None
    needed: int
    """How many of them have to."""
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
    now: Snapshot
    history: History = field(default_factory=History)
    yes: dict[tuple[str, str, str], dict[str, Sealed]] = field(default_factory=dict)
    """Per campaign, thread and account: the contents that somebody said yes to, by hash."""
    doubts: dict[int, dict[int, Call]] = field(default_factory=dict)
    """Per row the calls of which nobody proved that nothing was accepted."""
    forgotten: dict[int, tuple[Call, ...]] = field(default_factory=dict)
    """Those of before a restore: the database cannot know how often it had tried, but it must not be too soon."""
    owners: dict[str, int] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    """Remote ids of posts that a person withdrew by name."""
    days: dict[str, date | None] = field(default_factory=dict)
    """The day on which each post came out; None where the machine's clock had another than the network."""
    uncounted: bool = False
    """An old database is there: what went out since it was made is not counted against a budget."""
    tampered: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    """Rows that went out after the copy was made that is the database now: it does not know, and has to look."""
    lost_from: datetime | None = None
    calls: int = 0
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
        sending = [row for row in self.now.rows.values() if row.state == "sending" and self.now.key(row) == key]
        self.must(len(sending) == 1, 4, f"{key} goes out, and no row of it is sending: no intent was committed")
        row = sending[0]
        self.must(self.now.accounts[row.account].open == row.thread, 3, f"{key} goes out in another thread's turn")
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
        truth, row = self.world.truth, self.now.rows[call.row]
        made.row, made.key = row.id, call.key
        truth.add(made)
        alike = [post.id for post in truth.same_text(made.account, made.text) if post.key == call.key]
        if not self._torn(row):
            self.must(len(truth.own(row.id)) == 1, 1, f"{call.key} is out {len(truth.own(row.id))} times")
            self.must(len(alike) == 1, 1, f"{call.key} is out as {alike}")
        self._within_budget(made)
        if row.k == 1:
            answered = self._seal(row).reply_to
            self.must(made.parent == answered, 2, f"{call.key} is a root that replies to {made.parent}, not {answered}")
            return
        before = self.now.at(row.thread, row.k - 1)
        assert before is not None
        self.must(before.state == "sent", 2, f"{call.key} is out before the post that it follows")
        self.must(made.parent == before.remote_id, 2, f"{call.key} replies to {made.parent}, not {before.remote_id}")

    def _torn(self, row: Row) -> bool:
        """Whether somebody deleted, on the network, an earlier post of its thread that the restored database does not
        know: it looks as if that had never been out, and as if nothing could follow it. docs/operator.md says so.
        """
        earlier = [self.now.at(row.thread, k) for k in range(1, row.k)]
        made = [post for before in earlier if before for post in self.world.truth.by_row.get(before.id, ())]
        return row.id in self.lost and any(post.deleted for post in made)

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

    def _seal(self, row: Row) -> Sealed:
        address = self.now.threads[row.thread].address
        found = self.yes.get(address, {}).get(self.history.told.hashes.get(row.thread, ""))
        if found is None:
            raise broken(4, f"nobody said yes to {address} as it is queued")
        return found

    def _approved(self, row: Row, intent: Intent) -> None:
        sealed, key = self._seal(row), self.now.key(row)
        self.must(intent.text == sealed.texts[row.k - 1], 4, f"{key} was never approved like this: {intent.text}")
        self.must(len(sealed.names) >= sealed.needed, 4, f"{key} goes out with the yes of {sorted(sealed.names)} alone")
        newest = self.history.newest[self.now.threads[row.thread].address]
        self.must(row.k > 1 or newest == row.thread, 8, f"{key} goes out in a version that was replaced")

    def _leased(self, row: Row) -> None:
        clock = self.world.clock
        claimed = clock.true - (clock.now() - when(row.claimed_at))
        left = when(row.lease_until) - clock.now()
        if claimed >= clock.set_at:  # else the two clocks cannot be compared
            self.must(left.total_seconds() >= HTTP_TIMEOUT, 5, f"{self.now.key(row)} goes out with {left} of its lease")

    def _not_too_soon(self, row: Row) -> None:
        open_calls = self.doubts.get(row.id, {})
        for call in (*open_calls.values(), *self.forgotten.get(row.id, ())):
            since = self.world.clock.true - call.at
            self.must(since >= 3 * SETTLE - SLACK, 5, f"{call.key} goes out again after {since} only")
        self.must(len(open_calls) <= 1, 5, f"{self.now.key(row)} goes out a third time, and nobody knows of two")

    def _within_budget(self, made: Remote) -> None:
        """No day has more posts of the queue than the account may publish, as the network's clock and ours agree."""
        today = self.days[made.id] = made.at.date()
        if self.world.clock.now().date() != today:  # so near to midnight it is of either day
            self.days[made.id] = None
            return
        most = self.world.caps_of(made.account).daily_posts
        if most is None or self.uncounted:
            return
        of_rows = {row.remote_id for row in self.now.rows.values() if row.remote_id} | {made.id}
        posts = self.world.truth.posts
        that_day = [number for number, day in self.days.items() if day == today and number in of_rows]
        that_day = [number for number in that_day if posts[number].account == made.account]
        self.must(len(that_day) <= most, 10, f"{made.account} has {len(that_day)} posts on {today}, of {most}")

    # ------------------------------------------------------------ after a step

    def check(self) -> None:
        """Judge what changed since the last time."""
        if self.commits == self.world.store.commits:
            return
        self.commits = self.world.store.commits
        changed = self.now.look()
        for event, row in self.history.read(self.now, self.must):
            if event.who in PEOPLE and event.was in BEFORE:
                self.doubts.pop(row.id, None)  # a person has looked
        rows = [self.now.rows[number] for number in changed]
        following = [self.now.at(row.thread, row.k + 1) for row in rows]
        for number in sorted({row.id for row in (*rows, *following) if row}):
            self._row(self.now.rows[number], changed.get(number))
        self._lanes()

    def _row(self, row: Row, was: Row | None) -> None:
        name, state = self.now.key(row), row.state
        self.must((state == "sent") == (row.remote_id is not None), 1, f"{name} is {state} with {row.remote_id}")
        if was is not None and was.state == "sent":
            same = (row.state, row.remote_id, row.parent) == (was.state, was.remote_id, was.parent)
            self.must(same, 1, f"{name} was sent, and is {state} with {row.remote_id} now")
        out = self.world.truth.own(row.id)
        perhaps = state in {"sent", "sending", "unknown"} or row.why in PERHAPS or row.id in self.lost
        self.must(perhaps or not out, 10, f"{name} is {state}: {row.why}, and it is out: {out}")
        if state == "sent":
            self._sent(row)
        before = self.now.at(row.thread, row.k - 1)
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
        name = self.now.key(row)
        if made is None:
            raise broken(1, f"{name} is said to be {row.remote_id}, and there is no such post")
        self.owners[made.id] = row.id
        text = self._seal(row).texts[row.k - 1]
        same = made.account == name[2] and canonical(made.text) == canonical(text) and made.parent == row.parent
        self.must(same, 6, f"{name} is said to be {made}, which is another post")
        self.must(made.row in {0, row.id}, 1, f"{name} is said to be {made}, which was made for another row")
        if made.row == 0:
            self.must(self._is_newer(row, made), 6, f"{name} is said to be {made}, which was there before its claim")

    def _is_newer(self, row: Row, made: Remote) -> bool:
        """Whether a post that no call of ours made came after the claim."""
        if self.lost_from is not None and made.at >= self.lost_from - LOOK_BACK:
            return True
        known = self.history.known_at_claim.get(row.id, 0)
        return int(made.id) > known if known else made.at >= when(row.claimed_at) - LOOK_BACK - SLACK

    def _lanes(self) -> None:
        """One post in doubt and one open thread per account."""
        doubtful: dict[int, int] = {}
        alive = set()
        for row in self.now.rows.values():
            if row.state not in FUTURE:
                continue
            alive.add(row.thread)
            account = self.now.accounts[row.account]
            if row.state in {"sending", "unknown"}:
                doubtful[row.account] = doubtful.get(row.account, 0) + 1
                self.must(account.open == row.thread, 3, f"{self.now.key(row)} is in doubt, and not its account's turn")
            if row.state == "queued" and row.k > 1 and account.open is None:
                stopped = ("campaign", self.now.threads[row.thread].campaign) in self.history.told.stopped
                self.must(stopped, 8, f"{self.now.key(row)} of a begun thread has no turn")
        self.must(all(count == 1 for count in doubtful.values()), 3, f"in doubt at once, per account: {doubtful}")
        for account in self.now.accounts.values():
            self.must(account.open in {None, *alive}, 3, f"{account.name} keeps a thread that is over")

    # ------------------------------------------------------------ at the end

    def at_the_end(self) -> None:
        """Every post has come to an end, and the events alone tell all of it."""
        self.check()
        left = [self.now.key(row) for row in self.now.rows.values() if row.state in FUTURE]
        self.must(not left, 8, f"still in the queue when all was well: {left}")
        for row in self.now.rows.values():
            mine = [made for made in self.world.truth.own(row.id) if made.id != row.remote_id]
            twin = self.world.truth.posts.get(row.remote_id or "")
            known = row.why in PERHAPS or row.id in self.lost or (twin and twin.row == 0)
            self.must(not mine or known, 1, f"{self.now.key(row)} is {row.state}, and {mine} is out")
        self.history.everybody_was_told(self.now, self.must)
        differs = self.history.told.differs(self.now.reader, tampered=self.tampered)
        self.must(not differs, 10, "events and tables tell two stories: " + "; ".join(differs))
        tried = self.now.reader.execute(ATTEMPTS).fetchone()[0]
        self.must(self.calls <= tried, 4, f"{self.calls} requests, and {tried} attempts")

    def restored(self, reader: Any, history: History, copied: datetime) -> None:
        """The database is a copy again that was made at `copied`: what happened since, it does not know."""
        self.now, self.history, self.commits = Snapshot(reader), history, -1
        self.now.look()
        kept = self.now.rows
        self.world.truth.forget_rows(max(kept, default=0))
        self.forgotten = {number: tuple(calls.values()) for number, calls in self.doubts.items() if number in kept}
        self.doubts = {}
        self.lost |= {row.id for row in kept.values() if self.world.truth.own(row.id) and row.state != "sent"}
        self.owners = {row.remote_id: row.id for row in kept.values() if row.remote_id}
        self.lost_from = min(copied, self.lost_from or copied)
        self.calls = reader.execute(ATTEMPTS).fetchone()[0]
        self.uncounted = True

    def must(self, holds: object, promise: int, what: str) -> None:
        if not holds:
            raise broken(promise, what)


def broken(promise: int, what: str) -> BrokenError:
    return BrokenError(f"promise {promise} is broken: {what}")
