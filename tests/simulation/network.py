"""One account of a network that drops, loses, doubts, limits, lags and kills, as the seed has it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.networks.port import Answer, Identity, Kind, Measured, NetworkError, Sighting
from tests.simulation.judge import BrokenError
from tests.simulation.truth import Remote
from tests.simulation.weather import FIND, PUBLISH, WHOAMI
from tests.support.queue import HTTP_TIMEOUT, SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from amplifier.networks.port import Intent
    from tests.simulation.judge import Call
    from tests.simulation.world import World

LOST = {"lost": "the connection was reset", "truncated": "201 that breaks off", "taken late": "timed out"}
NEVER = {"dropped": "timed out", "5xx": "503"}
PROOFS = {"limited", "not sent", "refused"}


class Killed(BaseException):
    """The process dies here."""


@contextmanager
def our_own_mistakes() -> Iterator[None]:
    """A mistake of the simulator is no answer of a network: what is tested must not survive it."""
    try:
        yield
    except Exception as exc:
        raise BrokenError("the simulator itself failed") from exc


class Account:
    """One account: what it says of itself, and what stops it. `seconds` is the budget of one request."""

    private_within = None

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.lost_token: str | None = None
        """What the network says instead of listening, until a person mends it."""
        self.down_until: datetime | None = None
        """The whole network is out of reach until then."""

    # ------------------------------------------------------------ the port

    def publish(self, intent: Intent) -> Answer:
        with our_own_mistakes():
            return self._publish(intent)

    def find(self, intent: Intent) -> Sighting:
        with our_own_mistakes():
            return self._find(intent)

    def _publish(self, intent: Intent) -> Answer:
        world = self.world
        call = world.judge.about_to_send(intent)
        if world.weather.name == "sound":
            return self._sound(intent, call)
        stopped = self._stopped()
        if stopped is not None:
            world.count(f"publish: {stopped.kind}")
            return self._proven(call, stopped)
        fault, world.forced = world.forced or world.rng.choices(PUBLISH, world.weather.publish)[0], None
        world.count(f"publish: {fault}")
        world.say(f"    the network: {fault}")
        world.clock.move(world.rng.choice([0.2, 0.5, 2.0]))
        return self._answer(intent, call, fault)

    def _find(self, intent: Intent) -> Sighting:
        world = self.world
        world.totals["looks"] += 1
        found = world.truth.look(intent, world.clock.true)
        if world.weather.name == "sound":
            return found
        stopped = self._unreachable()
        if stopped is not None:
            return Sighting(readable=False, detail=stopped)
        match world.rng.choices(FIND, world.weather.find)[0]:
            case "slow":
                world.meanwhile(world.rng.choice([3, 8]))
            case "unreadable":
                world.count("find: unreadable")
                return Sighting(readable=False, detail="503")
            case "limited":
                world.count("find: limited")
                return Sighting(readable=False, detail="429", until=self._until())
            case "dies":
                raise Killed
        return found

    def whoami(self) -> Identity:
        world = self.world
        heard = world.rng.choices(WHOAMI, world.weather.whoami)[0] if world.weather.name != "sound" else "told"
        stopped = self._unreachable()
        if stopped is not None:
            blocked = self.lost_token or not world.clock.trusted
            raise NetworkError("who", Answer(Kind.BLOCKED if blocked else Kind.UNCLEAR, detail=stopped))
        match heard:
            case "dies":
                raise Killed
            case "blocked":
                self.lost_token = "401"
                raise NetworkError("who", Answer(Kind.BLOCKED, detail="401"))
            case "limited":
                raise NetworkError("who", Answer(Kind.LIMITED, detail="429", until=self._until()))
            case "unreachable":
                raise NetworkError("who", Answer(Kind.NOT_SENT, detail="no route"))
        return Identity(f"id-of-{self.name}", self.name)

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        return Measured()

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        return Measured()

    def delete(self, remote_id: str) -> Answer:
        with our_own_mistakes():
            return self._delete(remote_id)

    def _delete(self, remote_id: str) -> Answer:
        world = self.world
        world.judge.about_to_delete(remote_id)
        stopped = self._stopped()
        if stopped is not None:
            return stopped
        fault = world.rng.choices(["gone", "lost", "dropped", "limited", "dies"], [80, 6, 6, 4, 4])[0]
        world.count(f"delete: {fault}")
        if fault == "dropped":
            return Answer(Kind.UNCLEAR, detail="timed out")
        if fault == "limited":
            return Answer(Kind.LIMITED, detail="429", until=self._until())
        world.truth.posts[remote_id].deleted = True
        if fault == "dies":
            raise Killed
        return Answer(Kind.UNCLEAR, detail="reset") if fault == "lost" else Answer(Kind.ACCEPTED)

    # ------------------------------------------------------------ what it does

    def _answer(self, intent: Intent, call: Call, fault: str) -> Answer:
        rng = self.world.rng
        if fault == "dies before":
            raise Killed
        if fault in NEVER:
            return Answer(Kind.UNCLEAR, detail=NEVER[fault])
        if fault in PROOFS:
            return self._refuse(call, fault)
        if fault == "duplicate":  # it says so of a post that it never had
            return Answer(Kind.DUPLICATE, detail="403 duplicate")
        known = self._not_taken(intent)
        if known is not None:
            return known if known.kind is Kind.DUPLICATE else self._proven(call, known)
        made = self._take(intent, call, rng.uniform(5, 30) if fault == "taken late" else 0.0)
        return self._taken(made, fault)

    def _taken(self, made: Remote, fault: str) -> Answer:
        """The network has the post now: what comes back of that."""
        world, rng = self.world, self.world.rng
        if fault in LOST:
            world.clock.move(rng.uniform(0, HTTP_TIMEOUT))
            return Answer(Kind.UNCLEAR, detail=LOST[fault])
        match fault:
            case "dies after":
                raise Killed
            case "slow":
                world.meanwhile(4)
            case "hangs":
                world.overtake()
            case "another's id":
                other = rng.choice(list(world.truth.posts.values()))
                if world.judge.owned(other.id):
                    return Answer(Kind.ACCEPTED, other.receipt)
        return Answer(Kind.ACCEPTED, made.receipt)

    def _sound(self, intent: Intent, call: Call) -> Answer:
        known = self._not_taken(intent)
        if known is not None:
            return self._proven(call, known)
        return Answer(Kind.ACCEPTED, self._take(intent, call, 0).receipt)

    def _stopped(self) -> Answer | None:
        """What stands before any fault: a lost token, a wrong clock, a network that is down."""
        detail = self._unreachable()
        if detail is None:
            return None
        if self.lost_token or not self.world.clock.trusted:
            return Answer(Kind.BLOCKED, detail=detail)
        return Answer(Kind.NOT_SENT, detail=detail)

    def _unreachable(self) -> str | None:
        if self.lost_token:
            return self.lost_token
        if not self.world.clock.trusted:
            return "401 timestamp out of bounds"
        down = self.down_until is not None and self.world.clock.true < self.down_until
        return "no route to the network" if down else None

    def _not_taken(self, intent: Intent) -> Answer | None:
        """Why the network itself does not take this post."""
        truth = self.world.truth
        if intent.parent is not None and not truth.stands(intent.parent):
            return Answer(Kind.REFUSED, detail="the post to reply to is gone")
        if self.world.weather.strict and truth.same_text(self.name, intent.text):
            return Answer(Kind.DUPLICATE, detail="403 duplicate")
        return None

    def _refuse(self, call: Call, fault: str) -> Answer:
        """Proof that nothing was accepted; sometimes it takes its time."""
        match self.world.rng.choices(["at once", "slow", "hangs"], [72, 8, 20])[0]:
            case "slow":
                self.world.meanwhile(8)
            case "hangs":
                self.world.overtake()
        kind = {"limited": Kind.LIMITED, "not sent": Kind.NOT_SENT, "refused": Kind.REFUSED}[fault]
        return self._proven(call, Answer(kind, detail=fault, until=self._until()))

    def _proven(self, call: Call, answer: Answer) -> Answer:
        self.world.judge.proven(call)
        return answer

    def _until(self) -> datetime | None:
        """What a rate limit says of its end: nothing, something past, soon, or something absurd."""
        rng, now = self.world.rng, self.world.clock.now()
        soon = timedelta(seconds=rng.randint(1, 900))
        choices = [None, now - timedelta(hours=1), now + soon, now + soon, now + soon, now + timedelta(days=3)]
        return rng.choices(choices, [4, 2, 5, 5, 5, 1])[0]

    def _take(self, intent: Intent, call: Call, delay: float) -> Remote:
        """The network takes the post, perhaps a little later than it seems, and shows it later still."""
        world = self.world
        at = world.clock.true + timedelta(seconds=delay)
        longest = world.weather.lag * SETTLE.total_seconds() - delay
        seen = at + timedelta(seconds=world.rng.uniform(0, max(longest, 0)))
        made = Remote(world.truth.new_id(), self.name, intent.text, intent.parent, at, seen)
        world.judge.came_out(call, made)
        return made
