"""One account of a network that drops, loses, doubts, limits, lags and kills, as the simulator's chance has it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.networks.port import Answer, Kind, Sighting
from tests.support.queue import SETTLE, Timeline

if TYPE_CHECKING:
    from amplifier.networks.port import Intent
    from tests.support.simulator import World

FAULTS = ["none", "slow", "lose", "drop", "die before", "die after", "no", "twice"]
WEATHERS = [[52, 8, 8, 8, 5, 5, 12, 2], [52, 8, 8, 8, 5, 5, 12, 2], [10, 5, 30, 40, 5, 5, 5, 0]]
"""How likely each fault is; in the last one hardly anything is ever answered."""
Key = tuple[str, str, str, int]


class Killed(BaseException):
    """The process dies here."""


def key_of(intent: Intent) -> Key:
    return intent.campaign, intent.thread, intent.account, intent.k


class Faulty(Timeline):
    """One account of a network that drops, loses, doubts, limits, lags and kills."""

    world: World

    def publish(self, intent: Intent) -> Answer:
        world, rng = self.world, self.world.rng
        call = world.about_to_send(intent)
        if world.healthy:
            return self._out(intent)
        fault = rng.choices(FAULTS, world.weather)[0]
        if fault == "die before":
            raise Killed
        if fault in {"drop", "no"}:
            return self._refuse(intent, call) if fault == "no" else Answer(Kind.UNCLEAR, detail="503")
        if fault == "twice":
            return Answer(Kind.DUPLICATE, detail="403")
        answer = self._out(intent)
        if fault == "die after":
            raise Killed
        if fault == "slow":
            world.meanwhile(rng.choice([3, 25]))
        return Answer(Kind.UNCLEAR, detail="reset") if fault == "lose" else answer

    def _refuse(self, intent: Intent, call: int) -> Answer:
        """Proof that nothing was accepted; sometimes it takes its time."""
        world, rng = self.world, self.world.rng
        if rng.random() < 0.3:
            world.meanwhile(25)
        world.proven(intent, call)
        kind = rng.choices([Kind.LIMITED, Kind.NOT_SENT, Kind.REFUSED, Kind.BLOCKED], [5, 5, 2, 1])[0]
        until = rng.choice([None, self.clock.now() + timedelta(seconds=rng.randint(1, 900))])
        return Answer(kind, detail="no", until=until)

    def _out(self, intent: Intent) -> Answer:
        made = self.keep(intent)
        self.world.came_out(intent, made.id)
        return Answer(Kind.ACCEPTED, made.receipt)

    def find(self, intent: Intent) -> Sighting:
        rng = self.world.rng
        self.lag = timedelta(seconds=0 if self.world.healthy else rng.uniform(0, SETTLE.total_seconds() * 0.99))
        found = super().find(intent)
        if self.world.healthy:
            return found
        match rng.choices(["seen", "slow", "blind", "die"], [70, 10, 15, 5])[0]:
            case "slow":
                self.world.meanwhile(rng.choice([3, 15]))
            case "blind":
                return Sighting(readable=False, detail="503")
            case "die":
                raise Killed
        return found
