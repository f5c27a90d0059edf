"""Seal and queue, in one transaction: what a person was shown is what is written, or nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.errors import FileError, NeedsYes, TryLater
from amplifier.model import Why, errors
from amplifier.planning.plan import Action, Plan, Step, plan
from amplifier.planning.schedule import fingerprint
from amplifier.publishing import enqueue
from amplifier.publishing.enqueue import Seal, Sealed
from amplifier.publishing.queue import lock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.model import Campaign, Mode, Thread
    from amplifier.store.engine import Store


def approve(
    store: Store,
    source: Campaign,
    threads: Sequence[Thread],
    *,
    modes: Mapping[str, Mode],
    now: datetime,
    seal: Seal,
    shown: Plan | None = None,
    at_once: bool = False,
) -> Plan:
    """Write what `plan` says, under the name and reason of `seal`; what was done.

    Raises `FileError` for a blocking finding, `NeedsYes` for `--now` in a quiet period without a reason, and
    `TryLater` when the queue is no longer what the person was shown.
    """
    with store.write() as connection:
        lock(connection)  # no claim commits between reading the queue and writing it
        found = plan(connection, source, threads, modes=modes, now=now, at_once=at_once)
        refuse(found, seal.because)
        if shown is not None and not found.same_as(shown):
            raise TryLater(
                "the queue changed while you were reading, so this would not do what you were shown",
                "nothing was written; run approve again and look once more",
            )
        campaign_id = enqueue.ensure_campaign(connection, source.name, source.schedule.timezone, now)
        accounts = {
            (item.account, modes[item.account]): enqueue.ensure_account(
                connection, item.account, modes[item.account], item.network
            )
            for item in threads
        }
        for step in found.steps:
            _write(connection, source, step, campaign_id, accounts, seal)
        return found


def refuse(found: Plan, because: str | None) -> None:
    """Raise what stands against an approval, whoever gives it."""
    blocking = errors(found.findings)
    if blocking:
        raise FileError(f"{found.campaign.name} cannot be approved as it is", blocking)
    if found.quiet and not because:
        raise NeedsYes(f"now is a quiet period: {found.quiet}", 'say why with --because "…", or leave out --now')


def _write(
    connection: Connection,
    source: Campaign,
    step: Step,
    campaign_id: int,
    accounts: Mapping[tuple[str, Mode], int],
    seal: Seal,
) -> None:
    if step.action is Action.CANCEL and step.row is not None:
        superseded = any(thread.id == step.address.thread for thread in source.threads)
        enqueue.drop(connection, step.row, Why.REPLACED if superseded else Why.GONE, seal, replaced=False)
    if step.thread is None or step.start is None or step.action in {Action.BEGUN, Action.LEFT, Action.CANCEL}:
        return
    sealed = _sealed(source, step, step.thread, step.start)
    account_id = accounts[step.address.account, step.address.mode]
    if step.action in {Action.KEEP, Action.MOVE} and step.row is not None:
        enqueue.reschedule(connection, step.row, sealed, seal, moved=step.action is Action.MOVE)
        return
    revived = step.row
    if step.action is Action.REPLACE and step.row is not None:
        enqueue.drop(connection, step.row, Why.REPLACED, seal, replaced=True)
        revived = step.earlier
    if revived is not None:
        enqueue.revive(connection, revived, campaign_id, sealed, seal)
    else:
        enqueue.add(connection, campaign_id, account_id, sealed, seal)


def _sealed(source: Campaign, step: Step, thread: Thread, start: datetime) -> Sealed:
    schedule = source.schedule
    return Sealed(
        name=thread.id,
        network=thread.network,
        mode=step.address.mode,
        hash=step.hash,
        texts=thread.texts,
        origin=thread.posts[0].origin.path,
        fingerprint=fingerprint(schedule, thread.entry.at),
        place=[entry.id for entry in source.threads].index(thread.id),
        start=start,
        post_gap=schedule.post_gap.total_seconds(),
        thread_gap=schedule.thread_gap.total_seconds(),
        late=schedule.late.total_seconds(),
        resume_within=schedule.resume_within.total_seconds(),
    )
