"""Resolve `unknown`: look at the account's own posts, then adopt, send once more, or ask a person.

A look takes an epoch and a lease like a claim, and its result is written only under that epoch: two workers
that look at once are not two looks.
"""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, or_, update

from amplifier.model import State, Why
from amplifier.publishing.outcome import Next, after_look
from amplifier.publishing.queue import IN_DOUBT, address_of, as_claim, with_context
from amplifier.publishing.restored import checked, unchecked
from amplifier.publishing.settle import write
from amplifier.store.tables import account, attempt, post
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from amplifier.model import Address, Mode
    from amplifier.networks.port import Receipt, Sighting
    from amplifier.publishing.queue import Claim
    from amplifier.store.engine import Store

UNKNOWN = and_(IN_DOUBT, post.c.state == State.UNKNOWN.value)
"""With the condition of the partial index, so that looking for it does not read every post."""
SHOWN = 5
"""Other posts with the same text that a person is shown."""
_NOW = bindparam("now", type_=Instant())
_DUE_LOOK = (
    with_context()
    .where(
        UNKNOWN,
        post.c.due_at <= _NOW,
        or_(post.c.lease_until.is_(None), post.c.lease_until < _NOW),
        account.c.mode.in_(bindparam("modes", expanding=True)),
    )
    .order_by(post.c.due_at, post.c.id)
    .limit(1)
)


def take_look(store: Store, *, now: datetime, modes: Collection[Mode], lease: timedelta, worker: str) -> Claim | None:
    """Take the next post whose look is due, or None."""
    given = {"now": now, "modes": [mode.value for mode in modes]}
    with store.read() as connection:
        row = connection.execute(_DUE_LOOK, given).mappings().first()
    if row is None:
        return None
    epoch, lease_until = row["epoch"] + 1, now + lease
    with store.write() as connection:
        took = connection.execute(
            update(post)
            .where(post.c.id == row["id"], UNKNOWN, post.c.epoch == row["epoch"])
            .values(epoch=epoch, lease_until=lease_until, worker=worker)
        ).rowcount
        if not took:
            return None
        connection.execute(
            insert(attempt).values(
                post_id=row["id"], epoch=epoch, kind="find", worker=worker, at=now, lease_until=lease_until
            )
        )
    return as_claim(row, epoch, lease_until, row["claimed_at"], row["anchor"])


def settle_look(
    store: Store, look: Claim, sighting: Sighting, *, now: datetime, settle: timedelta, worker: str
) -> Next | None:
    """Write what the look found; None when the look was no longer ours."""
    with store.write() as connection:
        owners = _owners(connection, look, (*sighting.receipts, *sighting.others))
        unowned = [receipt for receipt in sighting.receipts if receipt.remote_id not in owners]
        others = (*sighting.others, *(receipt for receipt in sighting.receipts if receipt.remote_id in owners))
        outcome = after_look(sighting, unowned, look.history, now, settle, twins=_twins(look, others, owners))
        rival = _rival(connection, look) if outcome.state is State.SENT else None
        if rival is not None and outcome.receipt is not None:
            found = outcome.receipt.url or outcome.receipt.remote_id
            said = f"{found} is this post or {rival}, which has the same text: the restored database knows of neither"
            outcome = Next(State.HELD, Why.SEVERAL, said, resent=look.history.resent)
        ours = post.c.epoch == look.epoch
        if not write(connection, look.row, State.UNKNOWN, outcome, now, worker, guard=ours):
            return None
        if outcome.state is State.QUEUED or outcome.why in {Why.LATE, Why.INTERRUPTED}:
            checked(connection, look.row, worker, now)
        return outcome


def _owners(connection: Connection, look: Claim, receipts: Iterable[Receipt]) -> dict[str, Address]:
    """Whose posts these are, by remote id, as far as rows own them."""
    rows = connection.execute(
        with_context().where(
            post.c.network == look.network,
            post.c.mode == look.address.mode.value,
            post.c.remote_id.in_([receipt.remote_id for receipt in receipts]),
        )
    ).mappings()
    return {row["remote_id"]: address_of(row) for row in rows}


def _rival(connection: Connection, look: Claim) -> Address | None:
    """After a restore: another first post of the account with this very text, which may be the one that is out."""
    if look.history.doubt is not Why.RESTORED or look.address.k > 1:
        return None
    alike = (post.c.account_id == look.account_id, post.c.text == look.text, post.c.k == 1, post.c.id != look.post_id)
    unsent = post.c.state.not_in([State.SENT.value, State.CANCELLED.value])
    rows = connection.execute(with_context().where(*alike, unsent).order_by(post.c.id)).mappings()
    return next((address_of(row) for row in rows if unchecked(row)), None)


def _twins(look: Claim, others: Sequence[Receipt], owners: Mapping[str, Address]) -> str:
    """This post, and the account's other posts with its text, for a person to look at."""
    if not others:
        return ""
    told = [
        " ".join(
            filter(
                None,
                (
                    receipt.url or receipt.remote_id,
                    f"of {receipt.at:%Y-%m-%d %H:%M} UTC" if receipt.at else "",
                    f"({owners[receipt.remote_id]})" if receipt.remote_id in owners else "",
                ),
            )
        )
        for receipt in others[:SHOWN]
    ]
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    text = shorten(look.text, 120, placeholder=" …")
    return f"the account has the text of {look.address}, “{text}”, out already: {', '.join(told)}{more}"
