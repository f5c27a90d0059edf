"""Find the published post that a thread answers: `reply_to` in a campaign file becomes a remote id, or a finding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from amplifier.model import Address, Finding, Level, Mode, State
from amplifier.publishing import withdrawn
from amplifier.store.engagement import latest
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Thread


@dataclass(frozen=True, slots=True)
class Target:
    """A published post of ours that a thread answers."""

    address: Address
    remote_id: str
    url: str | None
    gone_at: datetime | None = None
    """When the network first said that it no longer exists."""


def posts_at(connection: Connection, address: Address) -> dict[Mode, RowMapping]:
    """The current posts at an address, whatever its mode, by mode."""
    rows = connection.execute(
        select(
            post.c.id, post.c.state, post.c.why, post.c.text, post.c.network, post.c.mode, post.c.remote_id, post.c.url,
            post.c.deleted_at, thread.c.n, latest.c.gone_at,
        )
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
        .outerjoin(latest, latest.c.post_id == post.c.id)
        .where(
            thread.c.current == 1,
            campaign.c.name == address.campaign,
            thread.c.name == address.thread,
            account.c.name == address.account,
            post.c.k == address.k,
        )
    ).mappings()  # fmt: skip
    return {Mode(row["mode"]): row for row in rows}


def published(connection: Connection, name: str, mode: Mode) -> list[tuple[Address, int, str]]:
    """What is published of a campaign in a mode: each post's address, how many its thread has, and its text."""
    rows = connection.execute(
        select(thread.c.name, account.c.name.label("account"), post.c.k, thread.c.n, post.c.text)
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
        .where(
            campaign.c.name == name,
            post.c.mode == mode.value,
            post.c.state == State.SENT.value,
            post.c.deleted_at.is_(None),
        )
        .order_by(post.c.sent_at, post.c.id)
    )
    return [(Address(name, row.name, row.account, row.k, mode), row.n, row.text) for row in rows]


def answer(connection: Connection, item: Thread, mode: Mode) -> tuple[Target | None, tuple[Finding, ...]]:
    """The post that a thread answers, and what is to be said about that; nothing for a thread that answers none.

    An address without a mode means the post in the mode that an approval made now gives the account. Where there is
    no such post, or it is not published, the finding is an error.
    """
    asked = item.entry.reply_to
    if asked is None:
        return None, ()
    wanted = replace(asked, mode=mode) if asked.mode is Mode.LIVE else asked
    found = posts_at(connection, wanted)
    problem = _problem(item, mode, wanted, found) or _taken_back(connection, wanted, found[mode])
    if problem:
        return None, (_finding(item, Level.ERROR, *problem),)
    row = found[mode]
    target = Target(wanted, row["remote_id"], row["url"], row["gone_at"])
    if target.gone_at is None:
        return target, ()
    gone = f"{target.address} is gone from the network since {target.gone_at:%Y-%m-%d %H:%M} UTC"
    return target, (_finding(item, Level.WARNING, gone, "an answer to it will be refused; take the thread out"),)


def _problem(item: Thread, mode: Mode, wanted: Address, found: dict[Mode, RowMapping]) -> tuple[str, str] | None:
    """What keeps a thread from answering this post, and the next step; None when nothing does."""
    if wanted.account != item.account:
        return f"{wanted} is not {item.account}'s", "an account answers its own posts only: name one of this account"
    if wanted.mode is not mode:
        hint = "leave the mode out: then it is the post in the mode of this approval"
        return f"{wanted} is {wanted.mode.banner}, and this approval is {mode.banner}", hint
    row = found.get(mode)
    if row is None:
        return _not_there(mode, wanted, list(found))
    if row["network"] != item.network:
        return f"{wanted} is on {row['network']}, and {item.account} is on {item.network} now", "it cannot be answered"
    if row["state"] == State.SENT.value:
        return None
    stands = f"{wanted} is {row['state']}" + (f": {row['why']}" if row["why"] else "")
    if row["state"] in {State.WAITING.value, State.QUEUED.value}:
        return stands, "only what is published is answered: change its own thread instead, and approve again"
    return stands, f"only what is published is answered; `amplifier queue show {wanted}` tells its story"


def _taken_back(connection: Connection, wanted: Address, row: RowMapping) -> tuple[str, str] | None:
    """What a person wants gone is not answered: not when it is deleted, and not while it waits for that."""
    if row["deleted_at"] is not None:
        said = f"{wanted} was deleted on {row['deleted_at']:%Y-%m-%d}"
        return said, "an answer to nothing helps nobody: take reply_to out, and say what it is about"
    marks = withdrawn.marks(connection, wanted.campaign)
    mark = withdrawn.mark_of(marks, wanted)
    if mark is None or wanted.k < mark.first:
        return None
    return f"{wanted} {mark}", f"take reply_to out; or, if it may stay: `{withdrawn.undo(marks, wanted)}`"


def _not_there(mode: Mode, wanted: Address, others: Sequence[Mode]) -> tuple[str, str]:
    if not others:
        return f"there is no post {wanted} in the queue", "`amplifier queue list --state sent` shows what is published"
    other = replace(wanted, mode=others[0])
    message = f"there is {other}, but this approval is {mode.banner}"
    if other.mode is Mode.LIVE:
        return message, "AMPLIFIER_LIVE=1 and the account's credentials make it live"
    return message, "what went out in another mode is not answered: publish the post itself first"


def _finding(item: Thread, level: Level, message: str, hint: str) -> Finding:
    return Finding(level, f"thread {item.id}: reply_to: {message}", item.entry.place, hint)
