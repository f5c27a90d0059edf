"""Put sealed threads into the queue; move, revive and drop those not begun. In the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, text, update

from amplifier.errors import TryLater
from amplifier.model import READINGS, Mode, State, Why
from amplifier.publishing import moves, restored
from amplifier.publishing.approvals import first_state, names_of, told
from amplifier.store import bulk, journal
from amplifier.store.tables import account, approval, campaign, event, post, thread
from amplifier.store.types import Instant, instant_text, spans_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection, RowMapping


BY_APPROVAL = (Why.GONE.value, Why.REPLACED.value)
"""Why an approval cancels: only that may an approval take back."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A person's yes: who, when, and why if they gave a reason."""

    by: str
    at: datetime
    because: str | None = None
    override: bool = False
    """Whether they let findings about claims pass, for that reason."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One thread as it was approved, with what the queue must know of its schedule. Durations in seconds."""

    name: str
    network: str
    mode: Mode
    hash: str
    texts: tuple[str, ...]
    origin: str
    fingerprint: str
    place: int
    start: datetime
    post_gap: float
    thread_gap: float
    late: float
    resume_within: float
    hook: int | None = None
    """Which of its alternative first posts it has, counted from 1."""
    reply_to: str | None = None
    """The remote id of the published post that the first post answers; the hash covers it."""
    costs: tuple[int, ...] = ()
    """What creating each post costs, in millionths of a US dollar."""
    wall: str | None = None
    """The wall time that `start` was computed from, `2026-12-10T09:30`; None where there was none."""
    approvals: int = 1
    """How many people have to approve it, each under another name."""

    @property
    def following(self) -> dict[str, Any]:
        """The columns of the thread's row that follow the file without a new approval."""
        return {
            "hook": self.hook,
            "fingerprint": self.fingerprint,
            "place": self.place,
            "post_gap": self.post_gap,
            "thread_gap": self.thread_gap,
            "late": self.late,
            "resume_within": self.resume_within,
            "wall": self.wall,
            "approvals": self.approvals,
        }

    def planned(self, k: int) -> datetime:
        """When post k is planned."""
        return self.start + timedelta(seconds=self.post_gap * (k - 1))

    def cost(self, k: int) -> int | None:
        """What post k costs, in millionths of a US dollar; None where nobody priced it."""
        return self.costs[k - 1] if self.costs else None


def ensure_campaign(
    connection: Connection, name: str, timezone: str, now: datetime, readings: tuple[timedelta, ...] = READINGS
) -> int:
    """The campaign's id; its row follows the file's zone, and the ages at which its posts are read.

    Where these ages changed, every post that is out is looked at again: which reading it has next is found then.
    """
    stored = None if readings == READINGS else spans_text(readings)
    row = connection.execute(select(campaign.c.id, campaign.c.readings).where(campaign.c.name == name)).first()
    values = {"timezone": timezone, "readings": stored}
    if row is None:
        made = connection.execute(insert(campaign).values(name=name, created_at=now, **values).returning(campaign.c.id))
        return int(made.scalar_one())
    connection.execute(update(campaign).where(campaign.c.id == row.id).values(values))
    if row.readings != stored:
        connection.execute(_READ_AGAIN, {"campaign": row.id, "now": now})
    return int(row.id)


_READ_AGAIN = text(
    "UPDATE post SET reading_due_at = :now WHERE state = 'sent' AND deleted_at IS NULL "
    "AND thread_id IN (SELECT id FROM thread WHERE campaign_id = :campaign) "
    "AND NOT EXISTS (SELECT 1 FROM latest l WHERE l.post_id = post.id AND l.gone_at IS NOT NULL)"
).bindparams(bindparam("now", type_=Instant()))


def ensure_account(connection: Connection, name: str, mode: Mode, network: str) -> int:
    """The id of an account in one mode."""
    found: int | None = connection.execute(
        select(account.c.id).where(account.c.name == name, account.c.mode == mode.value)
    ).scalar()
    if found is None:
        made = connection.execute(
            insert(account)
            .values(name=name, mode=mode.value, network=network, **restored.inherited(connection))
            .returning(account.c.id)
        )
        return int(made.scalar_one())
    connection.execute(update(account).where(account.c.id == found).values(network=network))
    return found


def add(connection: Connection, campaign_id: int, account_id: int, sealed: Sealed, seal: Seal) -> int:
    """Queue a new thread under a new approval; its id."""
    return add_all(connection, campaign_id, [(account_id, sealed)], seal)[0]


def add_all(connection: Connection, campaign_id: int, threads: Sequence[tuple[int, Sealed]], seal: Seal) -> list[int]:
    """Queue new threads, each under a new approval; their ids. Each comes with the id of its account.

    Rows and events stand in the order of `threads`. However many there are, it takes a few statements.
    """
    stored = bulk.stored(connection)
    ids = bulk.reserve(connection, thread, len(threads))
    approval_ids = bulk.reserve(connection, approval, len(threads))
    post_ids = iter(bulk.reserve(connection, post, sum(len(sealed.texts) for _, sealed in threads)))
    at = stored(seal.at)
    state_event = journal.entry(at, seal.by, "state")
    seals: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    posts: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for thread_id, approval_id, (account_id, sealed) in zip(ids, approval_ids, threads, strict=True):
        start = stored(sealed.start)
        yes = {"id": approval_id, "approved_at": at, "planned_at": start}
        seals.append(_seal_row(thread_id, sealed, seal) | yes)
        events.append(_approved(thread_id, campaign_id, sealed, seal) | {"at": at})
        mode = sealed.mode.value
        about = {"campaign_id": campaign_id, "account_id": account_id, "network": sealed.network, "mode": mode}
        row = {"id": thread_id, "approval_id": approval_id, "planned_at": start, "created_at": at}
        heads.append(about | row | _content(sealed) | sealed.following)
        about |= {"thread_id": thread_id, "place": sealed.place, "created_at": at}
        for k, post_id in zip(range(1, len(sealed.texts) + 1), post_ids, strict=False):
            due = stored(sealed.planned(k))
            made = about | {"id": post_id, "planned_at": due, "due_at": due} | _post_row(sealed, seal, at, k)
            posts.append(made)
            said = due if isinstance(due, str) else instant_text(due)
            new = {"post_id": post_id, "thread_id": thread_id, "to_state": made["state"], "why": made["why"]}
            events.append(state_event | new | {"data": f'{{"due_at": "{said}"}}'})
    for table, rows in ((approval, seals), (thread, heads), (post, posts), (event, events)):
        bulk.insert_rows(connection, table, rows)
    return ids


def _content(sealed: Sealed) -> dict[str, Any]:
    """The columns of a thread's row that its content decides."""
    return {
        "name": sealed.name,
        "n": len(sealed.texts),
        "hash": sealed.hash,
        "reply_to": sealed.reply_to,
        "origin": sealed.origin,
    }


def _post_row(sealed: Sealed, seal: Seal, at: Any, k: int) -> dict[str, Any]:
    """The columns of post k that are its own; `at` is when the seal was given, as the driver takes it."""
    state, why = first_state(sealed.approvals, 1, k)
    return {
        "k": k,
        "text": sealed.texts[k - 1],
        "parent_remote_id": sealed.reply_to if k == 1 else None,
        "state": state.value,
        "why": why.value if why else None,
        "detail": told((seal.by,), sealed.approvals) if why is Why.SECOND else None,
        "acked_at": at if why else None,
        "cost": sealed.cost(k),
    }


def reschedule(connection: Connection, thread_id: int, sealed: Sealed, seal: Seal, *, moved: bool) -> None:
    """Bring a thread that has not begun to the file's schedule; with `moved` also to another time.

    A move is a person's yes to another time, so it also brings back what had been held before it began.
    """
    values = sealed.following | ({"planned_at": sealed.start} if moved else {})
    connection.execute(update(thread).where(thread.c.id == thread_id).values(values))
    if not moved:
        connection.execute(update(post).where(post.c.thread_id == thread_id).values(place=sealed.place))
        return
    _restart(connection, thread_id, sealed, seal, f"moved to {sealed.start:%Y-%m-%d %H:%M} UTC")


def agree(connection: Connection, thread_id: int, campaign_id: int, sealed: Sealed, seal: Seal) -> None:
    """Add another person's approval of the content that the row has; the last one that it needs queues it."""
    values = sealed.following | {"planned_at": sealed.start}
    connection.execute(update(thread).where(thread.c.id == thread_id).values(values))
    connection.execute(insert(approval).values(_seal_row(thread_id, sealed, seal)))
    journal.record_all(connection, [_approved(thread_id, campaign_id, sealed, seal)])
    _restart(connection, thread_id, sealed, seal, f"approved by {seal.by}")


def ask_for(connection: Connection, thread_id: int, needed: int) -> None:
    """Raise the number of people who have to approve a thread that is left as it is; it is never lowered here."""
    connection.execute(
        update(thread).where(thread.c.id == thread_id, thread.c.approvals < needed).values(approvals=needed)
    )


def revive(
    connection: Connection, thread_id: int, campaign_id: int, sealed: Sealed, seal: Seal, *, whole: bool
) -> None:
    """Queue a thread again that an approval had cancelled, under a new seal.

    With `whole` all of it: other words had taken its place. Without it what a person had cancelled at its end stays.
    """
    values = sealed.following | {"planned_at": sealed.start, "current": 1}
    connection.execute(update(thread).where(thread.c.id == thread_id).values(values))
    _approve(connection, thread_id, campaign_id, sealed, seal)
    _restart(connection, thread_id, sealed, seal, "back in the campaign file", whole=whole)


def drop(connection: Connection, thread_id: int, why: Why, seal: Seal, *, replaced: bool) -> None:
    """Cancel every post of a thread that has not begun; with `replaced` another row becomes the current one.

    Raises `TryLater` for one that began meanwhile.
    """
    alive = [row for row in _not_begun(connection, thread_id) if row["state"] != State.CANCELLED.value]
    for row in alive:
        _move(connection, row, State.CANCELLED, seal, why=why)
    # a follower that was taken along by the root is cancelled for this reason too; what a person cancelled is not
    taken = post.c.id.in_([row["id"] for row in alive])
    connection.execute(update(post).where(taken, post.c.why == Why.EARLIER.value).values(why=why.value))
    if replaced:
        connection.execute(update(thread).where(thread.c.id == thread_id).values(current=0))


def _restart(
    connection: Connection, thread_id: int, sealed: Sealed, seal: Seal, detail: str, *, whole: bool = False
) -> None:
    def by_a_person(row: RowMapping) -> bool:
        return not whole and row["state"] == State.CANCELLED.value and row["why"] not in BY_APPROVAL

    given = names_of(connection, thread_id)
    # a person's cancelling stays, with what follows it, until the whole is approved anew
    # the last first, since a post takes its followers along
    wanted = list(takewhile(lambda row: not by_a_person(row), _not_begun(connection, thread_id)))
    for row in reversed(wanted):
        to, why = first_state(sealed.approvals, len(given), row["k"])
        at = sealed.planned(row["k"])
        said = {None: detail, Why.SECOND: told(given, sealed.approvals)}.get(why, "")
        values: dict[str, Any] = {
            "planned_at": at,
            "due_at": at,
            "place": sealed.place,
            "cost": sealed.cost(row["k"]),
            "tries": 0,
            "first_tried_at": None,
            "acked_at": seal.at if why else None,  # nothing is wrong with what waits for another yes
        }
        _move(connection, row, to, seal, why=why, detail=said, **values)


def _approve(connection: Connection, thread_id: int, campaign_id: int, sealed: Sealed, seal: Seal) -> None:
    approval_id = connection.execute(
        insert(approval).values(_seal_row(thread_id, sealed, seal)).returning(approval.c.id)
    ).scalar_one()
    connection.execute(update(thread).where(thread.c.id == thread_id).values(approval_id=approval_id))
    journal.record_all(connection, [_approved(thread_id, campaign_id, sealed, seal)])


def _seal_row(thread_id: int, sealed: Sealed, seal: Seal) -> dict[str, Any]:
    return {
        "thread_id": thread_id,
        "hash": sealed.hash,
        "approved_by": seal.by,
        "approved_at": seal.at,
        "because": seal.because,
        "planned_at": sealed.start,
    }


def _approved(thread_id: int, campaign_id: int, sealed: Sealed, seal: Seal) -> dict[str, Any]:
    data = {"hash": sealed.hash, "start": sealed.start}
    return journal.entry(
        seal.at, seal.by, "approve", data, thread_id=thread_id, campaign_id=campaign_id, why=seal.because
    )


def _not_begun(connection: Connection, thread_id: int) -> Sequence[RowMapping]:
    """The thread's posts, in order, none of which is or may be out."""
    rows = connection.execute(select(post).where(post.c.thread_id == thread_id).order_by(post.c.k)).mappings().all()
    if any(row["state"] in {State.SENDING.value, State.UNKNOWN.value, State.SENT.value} for row in rows):
        raise _begun_meanwhile()
    return rows


def _move(connection: Connection, row: RowMapping, to: State, seal: Seal, **values: Any) -> None:
    moved = moves.move(connection, row, State(row["state"]), to, seal.by, seal.at, tell=False, **values)
    if not moved and row["k"] == 1:  # claimed since it was read; the followers may have been taken along already
        raise _begun_meanwhile()


def _begun_meanwhile() -> TryLater:
    return TryLater(
        "a thread began while this was being written, and a begun thread is never changed",
        "nothing was written; run approve again and look once more",
    )
