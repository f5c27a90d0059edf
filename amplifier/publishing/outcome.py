"""What a network said, times what we know of the post, gives the post's next state. Pure and total.

The rule behind every line: a post goes back to `queued` only on proof that nothing was accepted, or once after
settled looks found nothing. Whatever is not proof is `unknown`, and `unknown` is resolved by looking.
Source: docs/design.md, "The queue and its promises", 5 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amplifier.model import State, Why
from amplifier.networks.port import Answer, Kind, Receipt, Sighting

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE_LIMIT_WAIT = timedelta(minutes=15)
"""When a network says 'too many' but not until when: its window is 15 minutes."""
LONGEST_WAIT = timedelta(hours=24)
FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)
UNREADABLE_AT_LEAST = timedelta(minutes=15)
LOOK_AGAIN_AT_LEAST = timedelta(seconds=15)
LOOKS = 2
"""Empty looks, at S and 3·S, that count as 'not there'."""
NO_TWIN = "the network refuses it as a duplicate, but no post with this text is on the account's timeline"


@dataclass(frozen=True, slots=True)
class History:
    """What the row knows of the post before this answer."""

    k: int
    tries: int = 0
    """Tries in a row that were proven not sent."""
    first_tried_at: datetime | None = None
    doubt: Why | None = None
    """DUPLICATE when the network itself said that such a post is out; RESTORED when only a restored database doubts."""
    unknown_at: datetime | None = None
    looks: int = 0
    look_failed_at: datetime | None = None
    resent: int = 0
    overdue: str = ""
    """With doubt RESTORED: how it was too late already when the database was restored, in words."""
    late: timedelta = timedelta(minutes=90)
    resume_within: timedelta = timedelta(hours=6)

    @property
    def patience(self) -> timedelta:
        """How long it may be tried in vain before a person is asked."""
        return self.late if self.k == 1 else self.resume_within


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of the post, and of its account."""

    state: State
    why: Why | None = None
    detail: str = ""
    due_at: datetime | None = None
    """When it may be tried, or looked for, again."""
    receipt: Receipt | None = None
    block_account: bool = False
    account_waits_until: datetime | None = None
    tries: int = 0
    unknown_at: datetime | None = None
    looks: int = 0
    look_failed_at: datetime | None = None
    resent: int = 0


def after_publish(answer: Answer, history: History, now: datetime, settle: timedelta) -> Next:
    """The next state of a post that is `sending`."""
    match answer.kind:
        case Kind.ACCEPTED if answer.receipt and answer.receipt.remote_id:
            return Next(State.SENT, receipt=answer.receipt)
        case Kind.REFUSED:
            return Next(State.FAILED, Why.REFUSED, answer.detail)
        case Kind.BLOCKED:
            return Next(State.HELD, Why.BLOCKED, answer.detail, block_account=True, resent=history.resent)
        case Kind.LIMITED:
            until, told = _wait(answer.until, now)
            detail = "; ".join(filter(None, (answer.detail, told)))
            return Next(State.QUEUED, None, detail, until, account_waits_until=until, resent=history.resent)
        case Kind.NOT_SENT:
            return _try_again(answer, history, now)
        case Kind.DUPLICATE:
            return _doubt(Why.DUPLICATE, answer.detail, history, now, settle)
        case _:
            return _doubt(None, answer.detail, history, now, settle)


def after_look(
    sighting: Sighting,
    unowned: Sequence[Receipt],
    history: History,
    now: datetime,
    settle: timedelta,
    *,
    twins: str = "",
) -> Next:
    """The next state of a post that is `unknown`; `unowned` are the sighted posts that no other row owns.

    `twins` are the account's other posts with this text, and this one, in words: what a person is shown of a
    duplicate. They explain, and prove nothing, so they change no state.
    """
    if not sighting.readable:
        return _unreadable(sighting, history, now, settle)
    if len(unowned) == 1:
        return Next(State.SENT, detail="found on the network", receipt=unowned[0])
    if len(unowned) > 1:
        both = " and ".join(receipt.url or receipt.remote_id for receipt in unowned)
        return Next(State.HELD, Why.SEVERAL, f"{both} have the same text and parent", resent=history.resent)
    looks = history.looks + 1
    unknown_at = min(history.unknown_at or now, now)  # a clock that was set back makes no wait longer
    if looks < LOOKS:
        return Next(
            State.UNKNOWN,
            history.doubt,
            "looked, and did not find it yet",
            max(now, unknown_at + 3 * settle),
            unknown_at=unknown_at,
            looks=looks,
            resent=history.resent,
        )
    if history.doubt is Why.RESTORED:  # it was never tried in this database: what held it up counts, if anything did
        late = Why.LATE if history.k == 1 else Why.INTERRUPTED
        if history.overdue:
            return Next(State.HELD, late, f"{history.overdue}; it is not out", resent=history.resent)
        return Next(State.QUEUED, None, "looked for it after the restore: it is not out", now, resent=history.resent)
    shown = "; ".join(filter(None, (twins, sighting.detail)))
    if history.doubt is Why.DUPLICATE and not history.resent:
        return Next(State.HELD, Why.DUPLICATE, f"the network refuses it as a duplicate; {shown}" if shown else NO_TWIN)
    if history.resent:
        detail = "looked twice after each of two tries, and did not find it"
        return Next(State.HELD, Why.PERHAPS, "; ".join(filter(None, (detail, shown))), resent=history.resent)
    return Next(State.QUEUED, None, "looked twice, and it is not there: once more", now, resent=1)


def after_lease(history: History, now: datetime, settle: timedelta) -> Next:
    """The next state of a post whose worker did not come back: its request may have been accepted."""
    return _doubt(None, "the worker did not come back", history, now, settle)


def _doubt(why: Why | None, detail: str, history: History, now: datetime, settle: timedelta) -> Next:
    return Next(State.UNKNOWN, why, detail, now + settle, unknown_at=now, resent=history.resent)


def _wait(until: datetime | None, now: datetime) -> tuple[datetime, str]:
    if until is None or until <= now:
        return now + RATE_LIMIT_WAIT, "the network did not say until when: 15 minutes"
    if until > now + LONGEST_WAIT:
        return now + LONGEST_WAIT, f"the network says until {until:%Y-%m-%d %H:%M} UTC: trying again after 24 hours"
    return until, ""


def _try_again(answer: Answer, history: History, now: datetime) -> Next:
    if history.first_tried_at is not None and now - history.first_tried_at > history.patience:
        return Next(State.HELD, Why.UNREACHABLE, answer.detail, resent=history.resent)
    pause = min(FIRST_RETRY * 2 ** min(history.tries, 10), LONGEST_RETRY)
    return Next(State.QUEUED, None, answer.detail, now + pause, tries=history.tries + 1, resent=history.resent)


def _unreadable(sighting: Sighting, history: History, now: datetime, settle: timedelta) -> Next:
    failed_at = min(history.look_failed_at or now, now)
    deadline = failed_at + max(UNREADABLE_AT_LEAST, 4 * settle)
    if now >= deadline:
        detail = f"the timeline cannot be read: {sighting.detail}"
        return Next(State.HELD, Why.PERHAPS, detail, resent=history.resent)
    again = max(now + max(settle, LOOK_AGAIN_AT_LEAST), sighting.until or now)
    return Next(
        State.UNKNOWN,
        history.doubt,
        f"the timeline cannot be read: {sighting.detail}",
        min(again, deadline),
        unknown_at=history.unknown_at or now,
        looks=history.looks,
        look_failed_at=failed_at,
        resent=history.resent,
    )
