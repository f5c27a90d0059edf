"""One beat: claim → check → send → settle, or one look. No sleep, no loop, no retry."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from amplifier.errors import AmplifierError
from amplifier.model import Address, Mode, State, Why
from amplifier.networks.port import Answer, Kind, NetworkError, Sighting
from amplifier.publishing.caps import no_caps
from amplifier.publishing.identity import stranger
from amplifier.publishing.missed import hold_outage
from amplifier.publishing.outcome import Next, after_publish
from amplifier.publishing.outlook import live_urls
from amplifier.publishing.queue import Held, claim, seal_holds
from amplifier.publishing.reconcile import settle_look, take_look
from amplifier.publishing.settle import any_in_doubt, expire, settle
from amplifier.store.tables import account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from amplifier.networks.port import Network
    from amplifier.publishing.caps import Caps
    from amplifier.publishing.queue import Claim
    from amplifier.store.engine import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What one beat did to one post."""

    address: Address
    n: int
    state: State
    why: Why | None
    detail: str
    url: str | None
    at: datetime

    def __str__(self) -> str:
        what = f"{self.state.value}: {self.why.value}" if self.why else self.state.value
        return "  ".join(filter(None, (f"{self.address} of {self.n}", what, self.detail, self.url)))


@dataclass(frozen=True)
class Publisher:
    """What a beat works with. `ticks` is a clock that also counts while the machine sleeps, in seconds."""

    store: Store
    network: Callable[[str, Mode], Network]
    handle: Callable[[str], str | None]
    """The handle that an account's token must have, if one is set."""
    now: Callable[[], datetime]
    ticks: Callable[[], float]
    modes: frozenset[Mode]
    lease: timedelta
    settle: timedelta
    http_timeout: float
    worker: str
    stopped: Callable[[], bool]
    """Whether a PAUSE file lies in the workspace: it works when the database does not."""
    verified: set[str]
    """Accounts whose token was asked for its handle by this process."""
    caps: Callable[[str], Caps] = no_caps
    """What an account may spend and publish; counted in each mode by itself, so that a rehearsal meets them too."""
    leaving: Callable[[], bool] = lambda: False
    """Whether the run was told to stop: then no further request is begun."""
    private: Path | None = None
    """The workspace's own folder, where the witness lies that notices a restored database."""

    @property
    def runner(self) -> str:
        """The worker without its process: under this name beats are kept."""
        return self.worker.rpartition("/")[0] or self.worker


def beat(publisher: Publisher, alive: Mapping[Mode, datetime]) -> Done | None:
    """Do the next piece of work; None when there is none now.

    `alive` is when a runner was last seen serving each mode: what was missed since then is held, all in one beat.
    """
    if publisher.stopped():
        return None
    now = publisher.now()
    doubtful = any_in_doubt(publisher.store)
    if doubtful:
        expire(publisher.store, now, publisher.settle, publisher.worker)
    missed = hold_outage(publisher.store, alive, publisher.worker, now)
    if missed:
        return _summary(missed, now)
    return (_look(publisher) if doubtful else None) or _publish(publisher)


def _look(publisher: Publisher) -> Done | None:
    look = take_look(
        publisher.store,
        now=publisher.now(),
        modes=publisher.modes,
        lease=publisher.lease,
        worker=publisher.worker,
    )
    if look is None:
        return None
    sighting = _find(publisher, look)
    now = publisher.now()
    outcome = settle_look(publisher.store, look, sighting, now=now, settle=publisher.settle, worker=publisher.worker)
    return _done(publisher, look, outcome or Next(State.UNKNOWN, detail="another worker looked meanwhile"), now)


def _find(publisher: Publisher, look: Claim) -> Sighting:
    if not seal_holds(publisher.store, look):  # another text would not be found, and that proves nothing
        return Sighting(readable=False, detail="the stored text is not the one that was approved")
    try:
        network = publisher.network(look.address.account, look.address.mode)
    except AmplifierError as exc:  # settings that name no network: the other accounts go on
        return Sighting(readable=False, detail=exc.message)
    try:
        return network.find(look.intent)
    except Exception as exc:  # a network's mistake must not keep its account for ever
        log.exception("looking for %s", look.address)
        return Sighting(readable=False, detail=f"the network's code failed: {type(exc).__name__}")


def _publish(publisher: Publisher) -> Done | None:
    begun = publisher.ticks()
    taken = claim(
        publisher.store,
        now=publisher.now(),
        modes=publisher.modes,
        lease=publisher.lease,
        worker=publisher.worker,
        caps=publisher.caps,
        settle=publisher.settle,
    )
    if taken is None:
        return None
    if isinstance(taken, Held):
        detail = _with_what_is_out(publisher, taken.thread_id, taken.detail)
        return _told(Done(taken.address, taken.n, State.HELD, taken.why, detail, None, publisher.now()))
    heard = _send(publisher, taken, begun)
    try:
        now = publisher.now()
        outcome = heard if isinstance(heard, Next) else after_publish(heard, taken.history, now, publisher.settle)
        if outcome.state is not State.SENDING:
            outcome = _settle(publisher, taken, outcome, now)
    except AmplifierError:  # the database is gone: the lease's expiry decides, and a look finds what is out
        if isinstance(heard, Answer) and heard.receipt:
            log.warning("%s is out as %s, and that is not written yet", taken.address, heard.receipt)
        raise
    return _done(publisher, taken, outcome, now)


def _send(publisher: Publisher, taken: Claim, begun: float) -> Answer | Next:
    """What was heard of a claimed post, or what becomes of it unsent.

    `sending`: the lease is lost, and its expiry decides, not we.
    """
    try:
        network = publisher.network(taken.address.account, taken.address.mode)
    except AmplifierError as exc:
        return Answer(Kind.BLOCKED, detail=exc.message)
    stop = _identify(publisher, taken, network) or _check(publisher, taken, begun)
    if stop is not None:
        return stop
    try:
        # nothing may stand between the check and this call
        return network.publish(taken.intent)
    except Exception as exc:  # it may have been sent before the network's code failed
        log.exception("sending %s", taken.address)
        return Answer(Kind.UNCLEAR, detail=f"the network's code failed: {type(exc).__name__}")


def _settle(publisher: Publisher, taken: Claim, outcome: Next, now: datetime) -> Next:
    """What was written of this outcome."""
    try:
        ours = settle(publisher.store, taken, outcome, now, publisher.worker)
    except IntegrityError:  # no proof that it is out, nor that it is not: the look will tell
        answer = Answer(Kind.UNCLEAR, detail="the network answered with the id of another post")
        outcome = after_publish(answer, taken.history, now, publisher.settle)
        ours = settle(publisher.store, taken, outcome, now, publisher.worker)
    said = f"{outcome.state.value}, but its lease was lost before this was known"
    return outcome if ours else Next(State.UNKNOWN, detail=said)


def _check(publisher: Publisher, taken: Claim, begun: float) -> Next | None:
    """The last line before the socket. None: go."""
    if publisher.stopped():
        return Next(State.QUEUED, detail="a PAUSE file lies in the workspace", resent=taken.history.resent)
    if publisher.leaving():
        return Next(State.QUEUED, detail="the run was stopped before it was sent", resent=taken.history.resent)
    if not seal_holds(publisher.store, taken):
        return Next(State.HELD, Why.CHANGED, "the stored text is not the one that was approved")
    left = publisher.lease.total_seconds() - (publisher.ticks() - begun)
    if left < publisher.http_timeout:
        return Next(State.SENDING, detail="the lease ran out before the request was made")
    return None


def _identify(publisher: Publisher, taken: Claim, network: Network) -> Answer | None:
    """Before a process's first post of an account: whose token is this? None: the right one, or no one asked."""
    name = taken.address.account
    if taken.address.mode is not Mode.LIVE or name in publisher.verified:
        return None
    try:
        identity = network.whoami()
    except NetworkError as exc:
        proven = {Kind.BLOCKED, Kind.LIMITED}
        kind = exc.answer.kind if exc.answer.kind in proven else Kind.NOT_SENT  # no post was sent with this
        return Answer(kind, detail=exc.answer.detail, until=exc.answer.until)
    wrong = stranger(identity, publisher.handle(name), taken.intent.author, name)
    if wrong:
        return Answer(Kind.BLOCKED, detail=wrong)
    with publisher.store.write() as connection:
        connection.execute(
            update(account)
            .where(account.c.id == taken.account_id)
            .values(remote_id=identity.remote_id, handle=identity.handle)
        )
    publisher.verified.add(name)
    return None


def _summary(missed: Sequence[Held], now: datetime) -> Done:
    """One message for all that an outage made late."""
    first, *others = missed
    counted = f"; {len(missed)} posts are held like this, the others: " if others else ""
    detail = first.detail + counted + ", ".join(str(held.address) for held in others)
    return _told(Done(first.address, first.n, State.HELD, first.why, detail, None, now))


def _done(publisher: Publisher, taken: Claim, outcome: Next, at: datetime) -> Done:
    detail, url = outcome.detail, outcome.receipt.url if outcome.receipt else None
    if outcome.state in {State.HELD, State.FAILED}:
        detail = _with_what_is_out(publisher, taken.row["thread_id"], detail)
    return _told(Done(taken.address, taken.n, outcome.state, outcome.why, detail, url, at))


def _with_what_is_out(publisher: Publisher, thread_id: int, detail: str) -> str:
    """Whoever reads that a thread stands still must see what of it the world sees."""
    out = live_urls(publisher.store, thread_id)
    return "; ".join(filter(None, (detail, f"out already: {', '.join(out)}" if out else "")))


def _told(done: Done) -> Done:
    log.info("%s", done)
    return done
