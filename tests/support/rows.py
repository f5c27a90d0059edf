"""Rows as publishing leaves them: a thread of an account in a campaign, its posts sent at given times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from amplifier.store import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from amplifier.store.engine import Store

SENT = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
"""A Tuesday morning in Seoul."""


def add_thread(
    store: Store,
    sent: Sequence[datetime | None],
    *,
    campaign: str = "dmz-escape",
    thread: str = "story",
    account: str = "main",
    mode: str = "live",
    network: str = "x",
    texts: Sequence[str] | None = None,
) -> list[int]:
    """Insert a thread with one post per instant in `sent` (None: not out yet) and return the posts' ids.

    Campaign and account are made when they are missing. A post that is out has its own id as its remote id.
    """
    texts = texts or [f"Post {k} of {thread}." for k in range(1, len(sent) + 1)]
    with store.write() as connection:
        campaign_id = _get_or_add(connection, tables.campaign, {"name": campaign}, timezone="Asia/Seoul")
        account_id = _get_or_add(connection, tables.account, {"name": account, "mode": mode}, network=network)
        shared = {"campaign_id": campaign_id, "account_id": account_id, "network": network, "mode": mode}
        begin = next((at for at in sent if at), SENT)
        thread_id = _add(
            connection,
            tables.thread,
            **shared,
            name=thread,
            n=len(sent),
            hash=f"{campaign}/{thread}/{account}/{mode}",
            planned_at=begin,
            post_gap=20.0,
            thread_gap=7200.0,
            late=5400.0,
            resume_within=21600.0,
            created_at=begin - timedelta(hours=1),
        )
        ids: list[int] = []
        for k, (at, text) in enumerate(zip(sent, texts, strict=True), 1):
            post = {**shared, "thread_id": thread_id, "k": k, "text": text, "planned_at": begin, "due_at": begin}
            ids.append(_add(connection, tables.post, **post, created_at=begin, **_outcome(connection, k, at)))
    return ids


def _outcome(connection: Connection, k: int, at: datetime | None) -> dict[str, Any]:
    if at is None:
        return {"state": "queued" if k == 1 else "waiting"}
    last = connection.execute(select(tables.post.c.id).order_by(tables.post.c.id.desc()).limit(1)).scalar() or 0
    return {
        "state": "sent",
        "sent_at": at,
        "sent_at_local": (at + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S+09:00"),
        "remote_id": str(last + 1),
        "parent_remote_id": str(last) if k > 1 else None,
        "url": f"https://x.example/main/status/{last + 1}",
        "reading_due_at": at,
    }


def _get_or_add(connection: Connection, table: Table, key: dict[str, Any], **others: Any) -> int:
    found: int | None = connection.execute(select(table.c.id).filter_by(**key)).scalar()
    if found is not None:
        return found
    created = {"created_at": SENT} if "created_at" in table.c else {}
    return _add(connection, table, **key, **others, **created)


def _add(connection: Connection, table: Table, **values: Any) -> int:
    key: int = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return key
