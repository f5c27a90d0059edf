"""Seal and queue, in one transaction: what a person was shown is what is written, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.claims.gate import RULE
from amplifier.errors import FileError, NeedsYes, TryLater
from amplifier.model import Why, errors
from amplifier.planning.plan import Action, Plan, Step, fingerprint_of, plan
from amplifier.publishing import enqueue
from amplifier.publishing.enqueue import Seal, Sealed
from amplifier.publishing.queue import lock
from amplifier.store import journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from amplifier.model import Campaign, Finding, Mode, Thread
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

    An answer starts when the seal was given. Raises `FileError` for a blocking finding, `NeedsYes` for `--now` in a
    quiet period or an override without a reason, and `TryLater` when the queue is no longer what the person was shown.
    """
    with store.write() as connection:
        lock(connection)  # no claim commits between reading the queue and writing it
        found = plan(connection, source, threads, modes=modes, now=now, at_once=at_once)
        refuse(found, seal.because, override=seal.override)
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
        steps = [replace(step, start=seal.at) if step.answers and step.slot else step for step in found.steps]
        for step in steps:
            thread_id = _write(connection, source, step, campaign_id, accounts, seal)
            passed = overridden(step.thread) if step.thread else []
            if passed:
                told = [{"post": finding.post, "message": finding.message} for finding in passed]
                journal.record(
                    connection, seal.at, seal.by, "override", thread_id=thread_id, campaign_id=campaign_id,
                    why=seal.because, data={"findings": told},
                )  # fmt: skip
        return replace(found, steps=tuple(steps))


def blocking(found: Plan, *, override: bool = False) -> list[Finding]:
    """The errors about the plan and about its threads' posts; with `override` without those about claims."""
    of_threads = [finding for step in found.steps if step.thread for finding in errors(step.thread.findings)]
    stops = dict.fromkeys((*of_threads, *errors(found.findings)))
    return [finding for finding in stops if not (override and finding.rule == RULE)]


def overridden(thread: Thread) -> list[Finding]:
    """The errors of a thread that an override lets pass."""
    return [finding for finding in errors(thread.findings) if finding.rule == RULE]


def refuse(found: Plan, because: str | None, *, override: bool = False) -> None:
    """Raise what stands against an approval, whoever gives it; with `override` errors about claims do not.

    An override needs a reason. Who gives it is recorded by the seal.
    """
    stops = blocking(found, override=override)
    if stops:
        hint = "mend what is listed, then approve again"
        out = [step.address.thread for step in found.steps if step.action is Action.BEGUN and _stopped(step.thread)]
        if out:
            names = ", ".join(dict.fromkeys(out))
            hint += f"; {names} is out and stays as it is: mend its words in the file, or take it out of the file"
        if all(finding.rule == RULE for finding in stops):
            hint += '; a person who answers for it adds --override-claims --because "…" --by NAME'
        raise FileError(f"{found.campaign.name} cannot be approved as it is", stops, hint)
    if override and not because:
        raise NeedsYes("letting findings about claims pass needs a reason", 'say why with --because "…"')
    if found.quiet and not because:
        raise NeedsYes(f"now is a quiet period: {found.quiet}", 'say why with --because "…", or leave out --now')


def _stopped(thread: Thread | None) -> bool:
    return bool(thread and errors(thread.findings))


def _write(
    connection: Connection,
    source: Campaign,
    step: Step,
    campaign_id: int,
    accounts: Mapping[tuple[str, Mode], int],
    seal: Seal,
) -> int | None:
    """Do one step; the id of the thread's row."""
    if step.action is Action.CANCEL and step.row is not None:
        superseded = any(thread.id == step.address.thread for thread in source.threads)
        enqueue.drop(connection, step.row, Why.REPLACED if superseded else Why.GONE, seal, replaced=False)
    if step.thread is None or step.start is None or step.action in {Action.BEGUN, Action.LEFT, Action.CANCEL}:
        return step.row
    sealed = _sealed(source, step, step.thread, step.start)
    account_id = accounts[step.address.account, step.address.mode]
    if step.action in {Action.KEEP, Action.MOVE} and step.row is not None:
        enqueue.reschedule(connection, step.row, sealed, seal, moved=step.action is Action.MOVE)
        return step.row
    revived = step.row
    if step.action is Action.REPLACE and step.row is not None:
        enqueue.drop(connection, step.row, Why.REPLACED, seal, replaced=True)
        revived = step.earlier
    if revived is None:
        return enqueue.add(connection, campaign_id, account_id, sealed, seal)
    enqueue.revive(connection, revived, campaign_id, sealed, seal)
    return revived


def _sealed(source: Campaign, step: Step, thread: Thread, start: datetime) -> Sealed:
    schedule = source.schedule
    return Sealed(
        name=thread.id,
        network=thread.network,
        mode=step.address.mode,
        hash=step.hash,
        texts=thread.texts,
        origin=thread.posts[0].origin.path,
        fingerprint=fingerprint_of(source, thread.entry),
        place=[entry.id for entry in source.threads].index(thread.id),
        start=start,
        post_gap=schedule.post_gap.total_seconds(),
        thread_gap=schedule.thread_gap.total_seconds(),
        late=schedule.late.total_seconds(),
        resume_within=schedule.resume_within.total_seconds(),
        hook=thread.hook,
        reply_to=step.answers.remote_id if step.answers else None,
    )
