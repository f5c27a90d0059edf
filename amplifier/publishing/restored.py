"""After a restore: each post is looked for before it is sent, since the copy does not know what went out after it.

`amplifier.publishing.witness` notices that the database is an older copy, and marks its accounts. From then on a post
that could have gone out in the lost time goes from `queued` to `unknown` instead of onto the wire, and is adopted
where the network shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, literal_column, or_, select, update

from amplifier.model import State, Why
from amplifier.publishing import moves
from amplifier.publishing.budget import waits_until
from amplifier.publishing.outcome import LOOKS
from amplifier.store import journal, meta
from amplifier.store.tables import account, post
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, RowMapping

RECENT = timedelta(days=30)
"""Posts queued this long after a restore are looked for too: an approval that was lost is given again, and its words
may be out. Later ones are not: a network shows only the newest part of a timeline (X: 3,200 posts)."""
AWARE = timedelta(days=1)
"""For so long a person is reminded of a restore also where nothing has to be looked for."""
RESTORED = "restored"
"""The key of the restore in `meta`: accounts that are made later inherit it."""

_AHEAD = ("'queued'", "'waiting'", "'unknown'")
_UNCHECKED = select(
    exists()
    .where(post.c.account_id == account.c.id, post.c.state.in_(map(literal_column, _AHEAD)))
    .where(or_(post.c.checked_at.is_(None), post.c.checked_at < account.c.restored_at))
)
"""Asked within `RECENT` of a restore, so whatever is ahead was queued in time to be looked for."""


def unchecked(row: RowMapping) -> bool:
    """Whether a post, read by `with_context`, has to be looked for before it may be sent."""
    restored_at = row["restored_at"]
    if restored_at is None or row["created_at"] >= restored_at + RECENT:
        return False
    return row["checked_at"] is None or row["checked_at"] < restored_at


def perhaps_out(row: RowMapping) -> bool:
    """Whether a post of `unchecked` was to go out before the restore was noticed: no person may take it for unsent."""
    return unchecked(row) and bool(row["planned_at"] <= row["restored_at"])


def missed_since(row: RowMapping, since: datetime) -> datetime:
    """Since when a stop makes a post late: what a restored database missed is judged after it was looked for."""
    return max(since, row["restored_at"]) if unchecked(row) else since


def overdue(row: RowMapping) -> str:
    """How late a post was when the restore was noticed, in words; empty where it was within its campaign's limit."""
    missed = row["restored_at"] - max(row["planned_at"], row["look_from"], waits_until(row) or row["look_from"])
    limit = timedelta(seconds=row["late"] if row["k"] == 1 else row["resume_within"])
    if missed <= limit:
        return ""
    return f"planned for {row['planned_at']:%Y-%m-%d %H:%M} UTC, in the time that the restored database does not know"


def doubt(connection: Connection, row: RowMapping, now: datetime, settle: timedelta, who: str) -> bool:
    """Look for this due post before it is sent. False: another worker was first, and the caller rolls back.

    One settled look is enough: a request of the lost time was over when the restore was noticed, so 3·S after that
    the network shows it.
    """
    moved = moves.move(
        connection,
        row,
        State.QUEUED,
        State.UNKNOWN,
        who,
        now,
        guard=post.c.epoch == row["epoch"],
        why=Why.RESTORED,
        detail=f"looking for it first: the database is a copy of {row['look_from']:%Y-%m-%d %H:%M} UTC",
        due_at=max(now, row["restored_at"] + 3 * settle),
        claimed_at=row["look_from"],
        anchor=None,
        unknown_at=now,
        looks=LOOKS - 1,
        look_failed_at=None,
    )
    return moved and _open(connection, row)


def _open(connection: Connection, row: RowMapping) -> bool:
    """The account's one open thread, as a claim takes it."""
    free = or_(account.c.open_thread_id.is_(None), account.c.open_thread_id == row["thread_id"])
    opened = update(account).where(account.c.id == row["account_id"], free).values(open_thread_id=row["thread_id"])
    return connection.execute(opened).rowcount == 1


def checked(connection: Connection, row: RowMapping, who: str, now: datetime) -> None:
    """The post is not out, so nothing that replies to it can be: neither is looked for again. No-op for others."""
    if not unchecked(row):
        return
    rest = (post.c.thread_id == row["thread_id"], post.c.k >= row["k"])
    connection.execute(update(post).where(*rest).values(checked_at=now))
    if row["k"] == 1:  # it has not begun
        mine = (account.c.id == row["account_id"], account.c.open_thread_id == row["thread_id"])
        connection.execute(update(account).where(*mine).values(open_thread_id=None))
        moves.reopen(connection, account.c.id == row["account_id"])
    journal.record(connection, now, who, "checked", post_id=row["id"], thread_id=row["thread_id"], why="it is not out")


def remember(connection: Connection, look_from: datetime, restored_at: datetime) -> datetime:
    """Mark every account, now and later ones: the database knows nothing after `look_from`. Returns from when on
    posts are looked for: an earlier restore's time, where that is still being reconciled.
    """
    before = inherited(connection)
    if before and restored_at < before["restored_at"] + RECENT:
        look_from = min(look_from, before["look_from"])
    meta.put(connection, RESTORED, f"{instant_text(look_from)} {instant_text(restored_at)}")
    connection.execute(update(account).values(inherited(connection)))
    return look_from


@dataclass(frozen=True, slots=True)
class Restore:
    """The database is a copy of `copy_of`; that was noticed at `noticed_at`."""

    copy_of: datetime
    noticed_at: datetime


def recent(connection: Connection, now: datetime) -> Restore | None:
    """The restore that a person may have to do things again for; None where it is over, or there was none."""
    found = inherited(connection)
    if not found:
        return None
    age = now - found["restored_at"]
    if age >= RECENT or (age >= AWARE and not connection.execute(_UNCHECKED).scalar()):
        return None
    return Restore(found["look_from"], found["restored_at"])


def inherited(connection: Connection) -> dict[str, Any]:
    """The columns that a new account's row has because the database was restored; none where it was not."""
    found = meta.get(connection, RESTORED).get(RESTORED)
    if found is None:
        return {}
    look_from, restored_at = map(datetime.fromisoformat, found.split())
    return {"look_from": look_from, "restored_at": restored_at}
