"""What a person must be told: messages, written in the transaction that makes them true.

`amplifier.publishing.delivery` hands them to the alert command afterwards. A message holds names, states, addresses and
commands; never a text that is not out, and never a setting.
"""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, insert, literal_column, select

from amplifier.model import Address, Mode, State, Why
from amplifier.publishing.mend import Mend, mend
from amplifier.publishing.outcome import LONGEST_WAIT
from amplifier.store.tables import account, alert, campaign, post, thread
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.publishing.queue import Held


class Kind(StrEnum):
    """What a message is about: the stable first word that a receiver sorts by."""

    HELD = "held"
    FAILED = "failed"
    BLOCKED = "blocked"
    BUDGET = "budget"
    WAITS = "waits"
    MISSED = "missed beat"
    RESTORED = "restored"
    BACKUP = "backup"
    STOPPED = "stopped"
    RECOVERY = "recovery"
    TEST = "test"


LISTED = 20
"""Addresses and links that one message names; of more it says how many."""
_KINDS = {Why.BLOCKED: Kind.BLOCKED, Why.BUDGET: Kind.BUDGET, Why.RESTORED: Kind.RESTORED}
_ADDRESS = (
    select(
        campaign.c.name.label("campaign"),
        thread.c.name.label("thread"),
        account.c.name.label("account"),
        post.c.k,
        post.c.mode,
        post.c.account_id,
        post.c.thread_id,
    )
    .join(thread, thread.c.id == post.c.thread_id)
    .join(campaign, campaign.c.id == post.c.campaign_id)
    .join(account, account.c.id == post.c.account_id)
    .where(post.c.id == bindparam("post"))
)
_OUT = (
    select(post.c.url, post.c.remote_id)
    .where(
        post.c.thread_id == bindparam("thread"),
        post.c.state == literal_column("'sent'"),
        post.c.deleted_at.is_(None),
    )
    .order_by(post.c.k)
)
_HELD = select(func.count()).where(post.c.thread_id == bindparam("thread"), post.c.state == literal_column("'held'"))
"""Its followers are held along with a post."""
_WAS_TOLD = select(
    exists().where(alert.c.post_id == bindparam("post"), alert.c.kind != literal_column(f"'{Kind.RECOVERY}'"))
)


_TOLD_SINCE = select(
    exists().where(
        alert.c.post_id == bindparam("post"),
        alert.c.kind == literal_column(f"'{Kind.WAITS}'"),
        alert.c.at >= bindparam("since", type_=Instant()),
    )
)
STANDS_STILL = timedelta(minutes=15)
"""A thread that is half out for longer, without a message to a person, is a silent one: docs/design.md, promise 8."""


def tell(
    connection: Connection,
    now: datetime,
    kind: Kind,
    detail: str,
    *,
    command: str | Mend = "amplifier status",
    post_id: int | None = None,
    account_id: int | None = None,
    **more: Any,
) -> None:
    """Write one message in the caller's transaction.

    `detail` is a sentence or two, `command` what to type next. With `post_id` the post's address, mode and account, and
    where the posts of its thread are that are out, are looked up and go along; with `account_id` the account's name and
    mode. `more` are further fields, of what JSON can hold.
    """
    about: dict[str, Any] = {}
    if post_id is not None:
        row = connection.execute(_ADDRESS, {"post": post_id}).mappings().one()
        account_id = row["account_id"]
        about = {
            "post": str(_address(row)),
            "account": row["account"],
            "mode": row["mode"],
            "live": shortened(_live(connection, row["thread_id"])),
        }
    elif account_id is not None:
        named = connection.execute(select(account.c.name, account.c.mode).where(account.c.id == account_id)).one()
        about = {"account": named.name, "mode": named.mode}
    mending = command if isinstance(command, Mend) else Mend(command)
    content = {"kind": kind.value, **about, "detail": detail, **more, **mending.data}
    connection.execute(
        insert(alert).values(
            at=now,
            kind=kind.value,
            post_id=post_id,
            account_id=account_id,
            content=json.dumps(content, ensure_ascii=False),
            next_at=now,
        )
    )


def tell_move(connection: Connection, row: RowMapping, to: State, why: Why | None, detail: str, now: datetime) -> None:
    """Tell what a move of a post means for a person: it is held, it failed, or it is out after all.

    Followers are not told of: they are moved along with the post that they wait for. `row` is the post as read before.
    """
    if to is State.SENT:
        # a post that goes out at its first claim was never told of, and costs no read
        if row["epoch"] and connection.execute(_WAS_TOLD, {"post": row["id"]}).scalar():
            said = "it is out: what you were told of it is mended"
            tell(connection, now, Kind.RECOVERY, said, post_id=row["id"])
    elif to in {State.HELD, State.FAILED}:
        kind = _KINDS.get(why, Kind(to.value)) if why else Kind(to.value)
        address = _address(connection.execute(_ADDRESS, {"post": row["id"]}).mappings().one())
        told = ": ".join(filter(None, (why.value if why else "", detail)))
        tell(connection, now, kind, told, command=mend(address, to, why), post_id=row["id"], why=why)


def tell_wait(
    connection: Connection, row: RowMapping, due_at: datetime, since: datetime, why: str, now: datetime
) -> None:
    """Tell of a post that goes on by itself, but not soon: its thread is half out, or its account waits for a day.

    `due_at` is when it is tried again, `since` since when it is tried in vain. Once for each such stretch.
    """
    begun = row["k"] > 1
    if due_at - now < (STANDS_STILL if begun else LONGEST_WAIT) and not (begun and now - since >= STANDS_STILL):
        return
    if connection.execute(_TOLD_SINCE, {"post": row["id"], "since": since}).scalar():
        return
    what = "its thread is half out and stands still" if begun else "its account waits"
    said = f"{what}, and goes on by itself: it is tried again at {due_at:%Y-%m-%d %H:%M} UTC; {why}"
    address = _address(connection.execute(_ADDRESS, {"post": row["id"]}).mappings().one())
    tell(connection, now, Kind.WAITS, said, command=f"amplifier queue show {address}", post_id=row["id"])


def tell_missed(connection: Connection, held: Sequence[Held], since: datetime, now: datetime) -> None:
    """Tell in one message all that was held because nothing ran since `since`; nothing when nothing was."""
    if not held:
        return
    begun = [found for found in held if found.address.k > 1]
    span = f"since {since:%Y-%m-%d %H:%M} UTC" if since.year > 1970 else "before now"
    posts = sum(connection.execute(_HELD, {"thread": found.thread_id}).scalar_one() for found in held)
    what = f"{_count(len(held), 'thread')} ({_count(posts, 'post')})"
    was, are = ("was", "is") if len(held) == 1 else ("were", "are")
    why = {Why.LATE: len(held) - len(begun), Why.INTERRUPTED: len(begun)}
    modes = sorted({found.address.mode for found in held})
    tell(
        connection,
        now,
        Kind.MISSED,
        f"nothing ran {span}, until {now:%Y-%m-%d %H:%M} UTC; {what} {was} due too long ago and {are} held instead of "
        f"sent ({', '.join(f'{number} {word.value}' for word, number in why.items() if number)})",
        **({"mode": modes[0]} if len(modes) == 1 else {"modes": modes}),
        posts=shortened([str(found.address) for found in held]),
        interrupted=shortened([str(found.address) for found in begun]),
        live=shortened([url for found in begun for url in _live(connection, found.thread_id)]),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _live(connection: Connection, thread_id: int) -> list[str]:
    """Where the posts of a thread are that are out."""
    return [found.url or found.remote_id for found in connection.execute(_OUT, {"thread": thread_id})]


def _address(row: RowMapping) -> Address:
    return Address(row["campaign"], row["thread"], row["account"], row["k"], Mode(row["mode"]))


def shortened(names: Sequence[str]) -> list[str]:
    """The first `LISTED` of them, and how many more there are."""
    more = len(names) - LISTED
    return [*names[:LISTED], *([f"and {more} more"] if more > 0 else [])]
