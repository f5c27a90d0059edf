"""What goes wrong besides requests: posts by hand, deletions, lost tokens, outages, clocks, and a tampered database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from amplifier.store import tables
from tests.simulation.truth import Remote

if TYPE_CHECKING:
    from random import Random

    from tests.simulation.snapshot import Row
    from tests.simulation.world import World

TOKENS = ("401", "402 credits depleted", "403 suspended")
SMALL = (-60, -20, -1, 0, 1, 20, 60)
"""Seconds by which the wall clock may be off from one day to the next."""


@dataclass
class Mischief:
    """Chooses what happens to networks, clocks and the database behind everybody's back."""

    world: World

    @property
    def rng(self) -> Random:
        return self.world.rng

    def something(self) -> None:
        what = self.rng.choices(
            [self.post_by_hand, self.delete, self.lose_token, self.outage, self.set_clock, self.suspend, self.tamper],
            [30, 8, 6, 8, 16, 12, 8],
        )[0]
        what()

    # ------------------------------------------------------------ on the network

    def post_by_hand(self, *, since: timedelta = timedelta(0)) -> None:
        """Somebody posts the text of a post of ours from the account, as a reply to this or that, or as a root."""
        world, rng, judge = self.world, self.rng, self.world.judge
        rows = [row for row in judge.now.rows.values() if row.state in {"sending", "unknown"}] or [
            row for row in judge.now.rows.values() if row.state in {"queued", "held", "waiting"}
        ]
        if not rows:
            return
        row = rng.choice(rows)
        account = judge.now.threads[row.thread].account
        text = judge.text_of(row)
        own = [made.id for made in world.truth.posts.values() if made.account == account]
        parent = rng.choices([row.parent, None, rng.choice(own) if own else None], [3, 4, 2])[0]
        self.keep(account, text, parent, since)

    def keep(self, account: str, text: str, parent: str | None, since: timedelta = timedelta(0)) -> None:
        world = self.world
        at = world.clock.true - since
        world.truth.add(Remote(world.truth.new_id(), account, text, parent, at, at))
        world.count("posted by hand")
        world.say(f"{account} posts by hand: {text[:20]} … as a reply to {parent}")

    def delete(self) -> None:
        """Somebody deletes a post of the account on the network."""
        standing = [made for made in self.world.truth.posts.values() if not made.deleted][-12:]
        if standing:
            gone = self.rng.choice(standing)
            gone.deleted = True
            self.world.count("deleted by hand")
            self.world.say(f"{gone.id} is deleted by hand")

    def lose_token(self) -> None:
        network = self.world.networks[self.rng.choice(list(self.world.networks))]
        network.lost_token = None if network.lost_token else self.rng.choice(TOKENS)
        self.world.count("token lost" if network.lost_token else "token back")
        self.world.say(f"{network.name}: {network.lost_token or 'token back'}")

    def outage(self) -> None:
        """One account's way to the network, or the whole of it, is cut for a while."""
        world, rng = self.world, self.rng
        until = world.clock.true + timedelta(seconds=rng.choice([30, 300, 1800, 4 * 3600]))
        cut = list(world.networks.values()) if rng.random() < 0.5 else [rng.choice(list(world.networks.values()))]
        for network in cut:
            network.down_until = until
        world.count("outage")
        world.say(f"no network for {[network.name for network in cut]} until {until:%d %H:%M:%S}")

    # ------------------------------------------------------------ on the machine

    def set_clock(self) -> None:
        """The wall clock is set: a little, or by hours, or right again."""
        clock, rng = self.world.clock, self.rng
        if not clock.trusted:
            if self.world.depth == 0:  # a claim by a wrong clock is never sent by a right one: docs/design.md, 6
                clock.set(timedelta(0))
        elif rng.random() < 0.12:
            clock.set(timedelta(hours=rng.choice([1, 3, 12])))
        else:
            clock.set(timedelta(seconds=rng.choice(SMALL)))
        self.world.count("clock set")
        self.world.say(f"the wall clock is off by {clock.offset}")

    def suspend(self) -> None:
        """The machine sleeps, with all that runs on it."""
        seconds = self.rng.choice([40, 200, 400, 1800, 5 * 3600])
        self.world.clock.move(seconds)
        self.world.count("machine suspended")
        self.world.say(f"the machine was suspended for {seconds} s")

    def tamper(self) -> None:
        """Somebody changes a text or a root's parent behind the queue's back, and perhaps changes it back."""
        world, rng, judge = self.world, self.rng, self.world.judge
        rows = list(judge.now.rows.values())
        if not rows or world.store.writing:
            return
        row = rng.choice(rows)
        world.count("tampered")
        judge.tampered.add(row.id)
        with world.store.write() as connection:
            if row.k == 1 and row.state != "sent" and rng.random() < 0.5:
                parent = judge.answered_by(row) if rng.random() < 0.5 else "999"
                if rng.random() < 0.7:
                    here = tables.post.c.id == row.id
                    connection.execute(update(tables.post).where(here).values(parent_remote_id=parent))
                if rng.random() < 0.7:
                    here = tables.thread.c.id == row.thread
                    connection.execute(update(tables.thread).where(here).values(reply_to=parent))
            else:
                text = self._text(row)
                connection.execute(update(tables.post).where(tables.post.c.id == row.id).values(text=text))
        world.say(f"{judge.now.key(row)} is tampered with")

    def _text(self, row: Row) -> str:
        return self.world.judge.text_of(row) if self.rng.random() < 0.5 else "Nobody approved this."
