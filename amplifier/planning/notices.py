"""What a person should know before approving that the campaign file alone cannot tell: the queue tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from amplifier.model import Address, Finding, Level, Mode, Place, State
from amplifier.store.tables import account, campaign, post, thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Campaign, Thread

ALIVE = [state.value for state in (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN, State.SENT)]


def queued_live(source: Campaign, queued: Sequence[RowMapping], modes: Mapping[str, Mode]) -> list[Finding]:
    """A dry run never touches what is queued live; say that it is there."""
    fallback = Mode.LIVE if Mode.LIVE in modes.values() else Mode.DRY
    live = sorted(
        {
            f"{row['name']}/{row['account']}"
            for row in queued
            if row["current"] and row["mode"] == "live" and row["cancelled"] < row["n"]
            and modes.get(row["account"], fallback) is not Mode.LIVE
        }
    )  # fmt: skip
    if not live:
        return []
    message = f"queued LIVE already, and not changed by this: {', '.join(live)}"
    return [
        Finding(Level.WARNING, message, Place(str(source.path)), "with AMPLIFIER_LIVE=1 an approval is about those")
    ]


def said_before(connection: Connection, fresh: Sequence[tuple[Address, Thread]]) -> list[Finding]:
    """Words that are out, or queued, under another address: a renamed thread or a copied campaign says them twice."""
    texts = {text for _, item in fresh for text in item.texts}
    if not texts:
        return []
    rows = connection.execute(
        select(
            post.c.text, post.c.k, post.c.network, post.c.mode, post.c.state,
            campaign.c.name.label("campaign"), thread.c.name.label("thread"), account.c.name.label("account"),
        )
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
        .where(post.c.text.in_(texts), post.c.state.in_(ALIVE))
    ).mappings().all()  # fmt: skip
    findings = []
    for own, item in fresh:
        for said in item.posts:
            for row in rows:
                address = Address(row["campaign"], row["thread"], row["account"], row["k"], Mode(row["mode"]))
                alike = (row["text"], row["network"], address.mode) == (said.text, item.network, own.mode)
                if alike and replace(address, k=0) != own:
                    message = f"{replace(own, k=said.k)} has the very text of {address}, which is {row['state']}"
                    hint = "a network may refuse it as a duplicate, and readers see it twice: change it or leave it out"
                    findings.append(Finding(Level.WARNING, message, said.origin, hint))
    return findings
