"""Notice that the database is an older copy of itself: by the mark in a copy, or by what a witness outside it saw.

The witness is a small file in the workspace's private folder. It names the newest event that a beat saw; events are
never removed, so a database of the same identity without that event was restored. No file of the witness is ever a
reason to fail: without one a marked copy is still noticed.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, update

from amplifier.errors import ConfigurationError
from amplifier.networks.look import LOOK_BACK
from amplifier.publishing import alert, restored
from amplifier.publishing.queue import IN_DOUBT, lock
from amplifier.store import journal, meta
from amplifier.store.engine import database_url
from amplifier.store.explain import RESTORE
from amplifier.store.tables import event, post
from amplifier.store.tables import meta as facts
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store
# built once: building a statement costs more than running it
_IDENTITY = select(facts.c.value).where(facts.c.key == meta.IDENTITY).scalar_subquery().label("identity")
_NEWEST = select(event.c.id, event.c.at, _IDENTITY).order_by(event.c.id.desc()).limit(1)


def notice(store: Store, folder: Path | None, *, settle: timedelta, who: str, now: datetime) -> bool:
    """Whether the database turned out to be a restored copy: then its posts are looked for before they are sent.

    `folder` holds the witnesses; None: only a copy's own mark counts. `settle` is S, the time that a network may
    take to show what it accepted.
    """
    with store.read() as connection:
        store.replaced = False
        told = meta.get(connection, meta.IDENTITY, meta.COPIED)
        look_from = _copy_of(connection, told, folder)
    if look_from is None:
        return False
    with store.write() as connection:
        lock(connection)
        if meta.get(connection, meta.IDENTITY, meta.COPIED) != told:  # another process was first
            return False
        _restore(connection, look_from, settle, who, now)
    return True


def refuse_gone(url: str | None, default: Path, folder: Path) -> None:
    """Raise `ConfigurationError` where the SQLite file is not there, but a run has seen one before.

    `url` and `default` name the database as for `store.engine.open_store`.
    """
    target = database_url(url, default)
    path = Path(target.database or "")
    if target.get_backend_name() != "sqlite" or path.exists() or not any(folder.glob("witness-*.json")):
        return
    raise ConfigurationError(
        f"{path} is gone, and this workspace has published from a database",
        f"put it back, or {RESTORE}; to begin with an empty one: install -m 600 /dev/null {path}",
    )


def keep(store: Store, folder: Path | None) -> None:
    """Let the witness see the newest event: after every beat, so that what was sent is behind it."""
    if folder is None:
        return
    with store.read() as connection:
        newest = connection.execute(_NEWEST).first()
    if newest is None:
        return
    path = _path(folder, newest.identity)
    draft = path.with_suffix(f".{os.getpid()}")
    told = json.dumps({"event": newest.id, "at": instant_text(newest.at)})
    with suppress(OSError):
        _write(draft, told)
        draft.replace(path)


def _write(draft: Path, told: str) -> None:
    """For its owner alone; the folder is made where it is missing."""
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        handle = os.open(draft, how, 0o600)
    except FileNotFoundError:
        draft.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(draft, how, 0o600)
    try:
        os.write(handle, told.encode())
    finally:
        os.close(handle)


def _path(folder: Path, identity: str) -> Path:
    return folder / f"witness-{identity}.json"


def _copy_of(connection: Connection, told: Mapping[str, str], folder: Path | None) -> datetime | None:
    """The instant up to which the database knows everything, where it is an older copy; None where it is not."""
    if meta.COPIED in told:
        return datetime.fromisoformat(told[meta.COPIED])
    seen = _seen(folder, told.get(meta.IDENTITY))
    if seen is None:
        return None
    number, at = seen
    if connection.execute(select(event.c.at).where(event.c.id == number)).scalar() == at:
        return None
    # what others have written since the restore is younger than what the witness saw, by a clock that may be set back
    older = event.c.at <= at - LOOK_BACK
    # the last one, not the latest: a clock that was ahead for a while has left times of later than the copy
    last = select(event.c.at).where(older).order_by(event.c.id.desc()).limit(1)
    found: datetime | None = connection.execute(last).scalar()
    return found or at - restored.RECENT


def _seen(folder: Path | None, identity: str | None) -> tuple[int, datetime] | None:
    """The event that the witness of this database saw last; None without a readable witness."""
    if folder is None or identity is None:
        return None
    try:
        told: Any = json.loads(_path(folder, identity).read_text("utf-8"))
        return int(told["event"]), datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _restore(connection: Connection, look_from: datetime, settle: timedelta, who: str, now: datetime) -> None:
    known, look_from = look_from, restored.remember(connection, look_from, now)
    _doubt_anew(connection, settle, who, now)
    meta.drop(connection, meta.COPIED)
    meta.rename(connection)
    said = (
        f"the database is a copy of {known:%Y-%m-%d %H:%M} UTC: each post is looked for on its network before it "
        "is sent. What was approved, cancelled, paused or withdrawn after that is not in it: do that again"
    )
    journal.record(connection, now, who, "restored", why=said, data={"look_from": look_from})
    alert.tell(connection, now, alert.Kind.RESTORED, said)


def _doubt_anew(connection: Connection, settle: timedelta, who: str, now: datetime) -> None:
    """What was `unknown` in the copy may have been sent again after it: its looks count from now."""
    in_doubt = and_(IN_DOUBT, post.c.state == "unknown")
    rows = connection.execute(select(post.c.id, post.c.thread_id, post.c.epoch).where(in_doubt)).all()
    for row in rows:
        fresh = {"unknown_at": now, "looks": 0, "look_failed_at": None, "due_at": now + settle, "epoch": row.epoch + 1}
        connection.execute(update(post).where(post.c.id == row.id).values(**fresh, lease_until=None))
        journal.record(connection, now, who, "restored", post_id=row.id, thread_id=row.thread_id, data=fresh)
