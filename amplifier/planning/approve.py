"""Seal and queue, in one transaction: what a person was shown is what is written, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from amplifier.content.claims.gate import RULE
from amplifier.content.files import shown as shown_path
from amplifier.errors import FileError, NeedsYes, TryLater
from amplifier.model import Why, errors
from amplifier.networks.prices import prices_of
from amplifier.planning.plan import Action, Plan, Step, fingerprint_of, plan
from amplifier.planning.price import costs
from amplifier.planning.steps import SAME_WORDS
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

    An answer starts when the seal was given. Where the campaign asks for several approvals, a thread is queued by the
    last one it needs. Raises `FileError` for a blocking finding, `NeedsYes` for `--now` in a quiet period, an override
    without a reason or a second yes of the same person, and `TryLater` when the queue is no longer what was shown.
    """
    with store.write() as connection:
        lock(connection)  # no claim commits between reading the queue and writing it
        found = plan(connection, source, threads, modes=modes, now=now, at_once=at_once, by=seal.by)
        refuse(found, seal.because, override=seal.override)
        if shown is not None and not found.same_as(shown):
            raise TryLater(
                "the queue changed while you were reading, so this would not do what you were shown",
                "nothing was written; run approve again and look once more",
            )
        campaign_id = enqueue.ensure_campaign(connection, source.name, source.schedule.timezone, now, source.readings)
        accounts = {
            (name, modes[name]): enqueue.ensure_account(connection, name, modes[name], network)
            for name, network in dict.fromkeys((item.account, item.network) for item in threads)
        }
        steps = [replace(step, start=seal.at) if step.answers and step.slot else step for step in found.steps]
        for together, run in groupby(steps, key=_is_new):
            if together:
                _add(connection, source, list(run), campaign_id, accounts, seal)
                continue
            for step in run:
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
    """Raise what stands against an approval; with `override` errors about claims do not.

    An override needs a reason. Who gives it is recorded by the seal. A person's second yes to the same words, with
    nothing else to do, is refused: the plan knows who asks.
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
    waits = [step for step in found.steps if step.action is Action.WAIT]
    if waits and not found.changes:
        names = ", ".join(dict.fromkeys(f"{step.address.thread}/{step.address.account}" for step in waits))
        raise NeedsYes(
            f"you have approved this already, and it needs another name: {names}",
            f"{waits[0].note}; another person types: amplifier approve {_file(found.campaign)} --by NAME",
        )


def _file(source: Campaign) -> str:
    """The campaign's file as a person in the workspace types it."""
    return shown_path(source.path, source.workspace)


def _stopped(thread: Thread | None) -> bool:
    return bool(thread and errors(thread.findings))


def _is_new(step: Step) -> bool:
    """Whether a step only queues a thread and passes no finding: such steps are written together."""
    return step.action is Action.ADD and not (step.thread and overridden(step.thread))


def _add(
    connection: Connection,
    source: Campaign,
    steps: Sequence[Step],
    campaign_id: int,
    accounts: Mapping[tuple[str, Mode], int],
    seal: Seal,
) -> None:
    """Queue new threads in the order of `steps`, with a few statements however many they are."""
    threads = [
        (accounts[step.address.account, step.address.mode], _sealed(source, step, step.thread, step.start))
        for step in steps
        if step.thread and step.start
    ]
    enqueue.add_all(connection, campaign_id, threads, seal)


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
    if step.action is Action.LEFT and step.row is not None:
        enqueue.ask_for(connection, step.row, source.approvals)
    if step.thread is None or step.start is None or step.action in {Action.BEGUN, Action.LEFT, Action.CANCEL}:
        return step.row
    sealed = _sealed(source, step, step.thread, step.start)
    account_id = accounts[step.address.account, step.address.mode]
    if step.action is Action.AGREE and step.row is not None:
        enqueue.agree(connection, step.row, campaign_id, sealed, seal)
        return step.row
    if step.action in SAME_WORDS and step.row is not None:
        enqueue.reschedule(connection, step.row, sealed, seal, moved=step.action in {Action.MOVE, Action.HOLD})
        return step.row
    revived = step.row
    if step.action is Action.REPLACE and step.row is not None:
        enqueue.drop(connection, step.row, Why.REPLACED, seal, replaced=True)
        revived = step.earlier
    if revived is None:
        return enqueue.add(connection, campaign_id, account_id, sealed, seal)
    enqueue.revive(connection, revived, campaign_id, sealed, seal, whole=step.action is Action.REPLACE)
    return revived


def _sealed(source: Campaign, step: Step, thread: Thread, start: datetime) -> Sealed:
    schedule = source.schedule
    return Sealed(
        name=thread.id,
        network=thread.network,
        mode=step.address.mode,
        hash=step.hash,
        texts=thread.texts,
        origin=thread.posts[-1].origin.path,  # the first one may be a hook, which stands in the campaign file
        fingerprint=fingerprint_of(source, thread.entry),
        place=[entry.id for entry in source.threads].index(thread.id),
        start=start,
        post_gap=schedule.post_gap.total_seconds(),
        thread_gap=schedule.thread_gap.total_seconds(),
        late=schedule.late.total_seconds(),
        resume_within=schedule.resume_within.total_seconds(),
        hook=thread.hook,
        reply_to=step.answers.remote_id if step.answers else None,
        costs=costs(thread.texts, prices_of(thread.network)),
        wall=step.wall,
        approvals=source.approvals,
    )
