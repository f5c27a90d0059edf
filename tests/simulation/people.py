"""What the operator types: pause, resume, cancel, retry, resolve, acknowledge, unblock. They know the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amplifier.errors import AmplifierError
from amplifier.model import Address, Mode
from amplifier.publishing import manual, pause, withdraw
from amplifier.publishing.respace import Choice
from amplifier.publishing.withdraw import Target
from tests.simulation.judge import PERHAPS
from tests.support.queue import LEASE, SETTLE

if TYPE_CHECKING:
    from random import Random

    from amplifier.publishing.pause import Scope
    from tests.simulation.snapshot import Row
    from tests.simulation.world import World

STOPPED = {"held", "failed", "cancelled"}


@dataclass
class Operator:
    """Mends what waits for a person, and stops what should not go on."""

    world: World

    @property
    def rng(self) -> Random:
        return self.world.rng

    def _said(self) -> dict[str, Any]:
        return {"why": "w", "who": "operator", "now": self.world.clock.now()}

    # ------------------------------------------------------------ stop and go on

    def stop_or_go_on(self) -> None:
        """Pause something, or end a pause; with rows, or with the PAUSE file."""
        world, rng = self.world, self.rng
        if rng.random() < 0.2 or (world.pause_file and rng.random() < 0.6):
            world.pause_file = not world.pause_file
            world.say(f"the PAUSE file is {'there' if world.pause_file else 'gone'}")
            return
        stopped = list(world.judge.history.told.stopped)
        if stopped and rng.random() < 0.75:
            self.go_on(*rng.choice(stopped))
            return
        campaigns, accounts = list(world.staff.files), list(world.networks)
        names: dict[Scope, str] = {"all": "", "account": rng.choice(accounts), "campaign": rng.choice(campaigns)}
        scope = rng.choices(list(names), [2, 2, 3])[0]
        name = names[scope]
        self._try(f"pause {scope} {name}", lambda: pause.stop(world.store, scope, name, **self._said()))

    def go_on(self, scope: str, name: str) -> None:
        world = self.world
        otherwise = self.rng.choices([Choice.HOLD, Choice.RESPACE, Choice.SKIP], [5, 5, 1])[0]
        self._try(
            f"resume {scope} {name}",
            lambda: pause.go_on(world.store, scope, name, otherwise=otherwise, **self._said()),  # type: ignore[arg-type]
        )

    # ------------------------------------------------------------ mend

    def mend(self) -> None:
        """Look at everything that waits for a person, and do what is right."""
        world, rng = self.world, self.rng
        for scope, name in list(world.judge.history.told.stopped):
            if rng.random() < 0.4:
                self.go_on(scope, name)
        if world.pause_file and rng.random() < 0.5:
            world.pause_file = False
            world.say("the PAUSE file is gone")
        if not world.clock.trusted and rng.random() < 0.5:
            world.mischief.set_clock()
        for account in list(world.judge.now.accounts.values()):
            if account.blocked_at and rng.random() < 0.8:
                self.unblock(account.name)
        waiting = [row for row in world.judge.now.rows.values() if self._waits(row)]
        rng.shuffle(waiting)
        for row in waiting[: rng.randint(1, 6)]:
            self.deal_with(row)

    def _waits(self, row: Row) -> bool:
        return row.state in {"held", "failed"} and row.why != "earlier post"

    def unblock(self, name: str) -> None:
        """Mend the token first, as a rule."""
        world = self.world
        if self.rng.random() < 0.9:
            world.networks[name].lost_token = None
        self._try(f"unblock {name}", lambda: manual.unblock(world.store, name, **self._said()))

    def deal_with(self, row: Row) -> None:
        """One post that waits for a person."""
        address = self.address(row)
        if row.why == "second approval":
            self.world.staff.approve(self.world.staff.files[address.campaign], "second yes")
            return
        if row.why in PERHAPS:
            self.resolve(row, address)
            return
        gone = row.parent is not None and not self.world.truth.stands(row.parent)
        if gone or self.rng.random() < 0.05:
            self._cancel(address)
        elif self.rng.random() < 0.07:
            world = self.world
            now = world.clock.now()
            self._try(f"ack {address}", lambda: manual.acknowledge(world.store, address, who="operator", now=now))
        else:
            self._retry(address)

    def resolve(self, row: Row, address: Address) -> None:
        """Say what the timeline shows, but not before it can show it."""
        world = self.world
        calls = world.judge.doubts.get(row.id, {}).values()
        if any(world.clock.true - call.at < SETTLE for call in calls):
            return
        out = world.truth.own(row.id)
        if not out:
            self._try(f"not sent {address}", lambda: manual.resolve_not_sent(world.store, address, **self._said()))
            return
        network = world.networks[address.account]
        receipt, unchecked = out[0].receipt, self.rng.random() < 0.5
        self._try(
            f"sent {address} is {receipt.remote_id}",
            lambda: manual.resolve_sent(
                world.store, address, receipt, network=network, unchecked=unchecked, **self._said()
            ),
        )

    def meddle(self) -> None:
        """Something about any post at all, sensible or not: much of it is refused."""
        rows = list(self.world.judge.now.rows.values())
        if not rows:
            return
        row = self.rng.choice(rows)
        address = self.address(row, whole=self.rng.random() < 0.2)
        match self.rng.choices(["withdraw", "cancel", "retry", "resolve"], [1, 3, 5, 5])[0]:
            case "withdraw":
                self.withdraw(self.address(row, whole=self.rng.random() < 0.4))
            case "cancel":
                self._cancel(address)
            case "retry":
                self._retry(address)
            case "resolve":
                self.resolve(row, self.address(row))

    def withdraw(self, address: Address) -> None:
        """Somebody asks for it: a campaign, a thread or a post is cancelled and deleted; or allowed again."""
        world, rng = self.world, self.rng
        target = Target.parse(address.campaign if rng.random() < 0.2 else str(address))
        assert target is not None
        said = {"because": "w", "who": "operator"}
        if world.judge.history.withdrawn and rng.random() < 0.4:
            again = Target.parse("/".join(rng.choice(world.judge.history.withdrawn)))
            assert again is not None
            now = world.clock.now()
            self._try(f"allow {again}", lambda: withdraw.allow(world.store, again, now=now, **said))
            return
        self._try(f"withdraw {target}", lambda: self._withdraw(target, said))

    def _withdraw(self, target: Target, said: dict[str, str]) -> list[str]:
        world = self.world
        left = withdraw.cancel(world.store, target, now=world.clock.now(), **said)
        world.judge.named |= {out.remote_id for out in left.out}
        done = withdraw.delete(world.store, left.out, network=world.network, lease=LEASE, now=world.now, **said)
        return [f"{one.out.remote_id} gone: {one.gone}" for one in done]

    def _cancel(self, address: Address) -> None:
        world = self.world
        self._try(f"cancel {address}", lambda: manual.cancel(world.store, address, **self._said()))

    def _retry(self, address: Address) -> None:
        world = self.world
        self._try(f"retry {address}", lambda: manual.retry(world.store, address, caps=world.caps_of, **self._said()))

    def address(self, row: Row, *, whole: bool = False) -> Address:
        campaign, thread, account, k = self.world.judge.now.key(row)
        return Address(campaign, thread, account, 0 if whole else k, Mode.LIVE)

    def _try(self, what: str, do: Any) -> None:
        world = self.world
        try:
            world.notice_restore()
            did = do()
        except AmplifierError as exc:
            world.say(f"{what}: {exc.message}")
            world.count(f"person: {what.split(maxsplit=1)[0]}, refused")
        else:
            world.say(f"{what}: {did}")
            world.count(f"person: {what.split(maxsplit=1)[0]}")
