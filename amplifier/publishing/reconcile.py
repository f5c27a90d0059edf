"""Resolve `unknown`: look at the account's own posts, then adopt, send once more, or ask a person.

A look takes an epoch and a lease like a claim, and its result is written only under that epoch: two workers
that look at once are not two looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, or_, select, update

from amplifier.model import State
from amplifier.publishing.outcome import after_look
from amplifier.publishing.queue import IN_DOUBT, as_claim, with_context
from amplifier.publishing.settle import write
from amplifier.store.tables import account, attempt, post
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from amplifier.model import Mode
    from amplifier.networks.port import Sighting
    from amplifier.publishing.outcome import Next
    from amplifier.publishing.queue import Claim
    from amplifier.store.engine import Store

UNKNOWN = and_(IN_DOUBT, post.c.state == State.UNKNOWN.value)
"""With the condition of the partial index, so that looking for it does not read every post."""
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
        seen = [receipt.remote_id for receipt in sighting.receipts]
        owned = set(
            connection.execute(
                select(post.c.remote_id).where(
                    post.c.network == look.network, post.c.mode == look.address.mode.value, post.c.remote_id.in_(seen)
                )
            ).scalars()
        )
        unowned = [receipt for receipt in sighting.receipts if receipt.remote_id not in owned]
        outcome = after_look(sighting, unowned, look.history, now, settle)
        ours = post.c.epoch == look.epoch
        return outcome if write(connection, look.row, State.UNKNOWN, outcome, now, worker, guard=ours) else None
