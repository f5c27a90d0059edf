"""`rehearse`: a campaign from its approval to its last post on a virtual clock, with or without faults."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from amplifier.cli.cards import show_findings
from amplifier.cli.common import as_json_option, common, counted, locate, print_json, say
from amplifier.clock import system_now
from amplifier.content.draft import load_draft
from amplifier.model import State
from amplifier.networks.troubled import Trouble
from amplifier.planning.approve import approve
from amplifier.publishing.enqueue import Seal
from amplifier.publishing.queue import with_context
from amplifier.rehearsal import VirtualClock, open_rehearsal
from amplifier.rehearsal import rehearse as play
from amplifier.store.tables import attempt, post
from amplifier.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.engine import RowMapping

    from amplifier.app import App
    from amplifier.content.draft import Draft
    from amplifier.networks.troubled import Incident, Key
    from amplifier.planning.plan import Plan
    from amplifier.publishing.beat import Done


@dataclass(frozen=True, slots=True)
class Judged:
    """How a rehearsal ended, by the rows and by what the network really took."""

    states: Mapping[str, int]
    """Posts by their last state."""
    waiting: tuple[tuple[str, str], ...]
    """Posts that a person would be asked about: address, and why."""
    incidents: tuple[Incident, ...]
    duplicates: int
    lost: int
    """Posts that are neither out nor with a person."""
    disorder: int
    """Posts that do not reply to the one before, or went out before it."""
    looks: int

    @property
    def exit_code(self) -> int:
        """1 when anything did not end well."""
        return 1 if self.waiting or self.duplicates or self.lost or self.disorder else 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--faults", is_flag=True, help="Let answers get lost, servers fail, and processes be killed.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), metavar="N", help="N times as fast as life.")
@click.option("--seed", default="rehearsal", show_default=True, help="Another word, other faults.")
@as_json_option
@common
def rehearse(file: Path, faults: bool, speed: float | None, seed: str, as_json: bool) -> None:
    """Run FILE from its approval to its last post, without a network.

    It is the real code on a clock of its own, in mode simulated, away from the workspace's database. With --faults the
    network fails as real ones do. Exit: 0 everything went out, 1 something would wait for a person.
    """
    if speed is not None and not isfinite(speed):
        raise click.UsageError("--speed is a number: 60 lets a minute pass in a second")
    workspace, settings = locate(file)
    draft = load_draft(file, workspace.root, lambda name: settings.account(name).platform)
    with tempfile.TemporaryDirectory(prefix="amplifier-rehearsal-") as folder:
        clock = VirtualClock(system_now().replace(microsecond=0), passes=_pace(speed))
        trouble = Trouble(seed, clock.sleep) if faults else None
        app = open_rehearsal(Workspace(Path(folder)), settings, clock, seed, trouble)
        click.get_current_context().call_on_close(app.close)
        found = _approve(app, draft, clock)
        if not as_json:
            _begin(draft, found)
        teller = _teller(draft, trouble, quiet=as_json)
        played = play(app, clock, after=timedelta(), report=teller)
        judged = _judge(app, trouble)
        app.close()
    if as_json:
        print_json(_data(draft, found, played.done, judged))
    else:
        _end(found, played.done, judged, draft, clock)
    click.get_current_context().exit(judged.exit_code)


def _pace(speed: float | None) -> Callable[[float], None]:
    """How long to wait for so many seconds of the rehearsal's own clock."""
    return (lambda _: None) if speed is None else (lambda seconds: time.sleep(seconds / speed))


def _approve(app: App, draft: Draft, clock: VirtualClock) -> Plan:
    """Approve what can be rehearsed, under as many names as the campaign asks for."""
    threads = [thread for thread in draft.threads if not thread.entry.reply_to]
    modes = app.modes_of(draft.campaign.accounts)
    plans = [
        approve(
            app.store, draft.campaign, threads, modes=modes, now=clock.now(), seal=Seal(f"person {number}", clock.now())
        )
        for number in range(1, draft.campaign.approvals + 1)
    ]
    return plans[0]


def _begin(draft: Draft, found: Plan) -> None:
    threads = [step.thread for step in found.steps if step.thread]
    posts = sum(len(thread.posts) for thread in threads)
    click.echo(
        f"SIMULATED · {draft.campaign.name}: {counted(len(threads), 'thread')}, {counted(posts, 'post')}; "
        "the workspace's queue is not touched"
    )
    answers = [thread.id for thread in draft.threads if thread.entry.reply_to]
    if answers:
        say(f"not rehearsed, since they answer posts that are out: {', '.join(answers)}")
    show_findings(found.findings, err=True)


def _teller(draft: Draft, trouble: Trouble | None, *, quiet: bool) -> Callable[[Done], None]:
    """Print each thing that happens, with what went wrong before it."""
    zone = ZoneInfo(draft.campaign.schedule.timezone)
    told = 0

    def tell(done: Done) -> None:
        nonlocal told
        if quiet:
            return
        news = trouble.incidents[told:] if trouble else []
        told += len(news)
        for incident in news:
            _, thread, account, k = incident.post
            line = f"{incident.at.astimezone(zone):%a %d %b %H:%M:%S}  {thread}/{account}/{k}  ! {incident.what}"
            click.echo(click.style(line, fg="yellow"))
        said = f"{done.state.value}: {done.why.value}" if done.why else done.state.value
        address = f"{done.address.thread}/{done.address.account}/{done.address.k}"
        line = "  ".join(filter(None, (f"{done.at.astimezone(zone):%a %d %b %H:%M:%S}", address, said, done.detail)))
        click.echo(line)

    return tell


def _judge(app: App, trouble: Trouble | None) -> Judged:
    with app.store.read() as connection:
        rows = connection.execute(with_context().order_by(post.c.thread_id, post.c.k)).mappings().all()
        looks = len(connection.execute(select(attempt.c.id).where(attempt.c.kind == "find")).all())
    waits = {State.HELD.value, State.FAILED.value}
    ended = waits | {State.SENT.value, State.CANCELLED.value}
    waiting = [
        (f"{row['thread']}/{row['account']}/{row['k']}", ": ".join(filter(None, (row["why"], row["detail"]))))
        for row in rows
        if row["state"] in waits
    ]
    return Judged(
        states=Counter(row["state"] for row in rows),
        waiting=tuple(waiting),
        incidents=tuple(trouble.incidents) if trouble else (),
        duplicates=sum(count - 1 for count in trouble.taken.values() if count > 1) if trouble else _twice(rows),
        lost=sum(row["state"] not in ended for row in rows),
        disorder=_disorder(rows),
        looks=looks,
    )


def _twice(rows: Sequence[RowMapping]) -> int:
    """Remote posts beyond the first of a row; the simulated network itself takes none on a good day."""
    ids = [row["remote_id"] for row in rows if row["remote_id"]]
    return len(ids) - len(set(ids))


def _disorder(rows: Sequence[RowMapping]) -> int:
    count = 0
    for before, row in pairwise(rows):
        if row["thread_id"] != before["thread_id"] or row["state"] != State.SENT.value:
            continue
        in_order = before["state"] == State.SENT.value and before["sent_at"] <= row["sent_at"]
        count += not (in_order and row["parent_remote_id"] == before["remote_id"])
    return count


def _resolved(done: Sequence[Done], key: Key) -> str:
    """What became of a post in the end."""
    last = [
        did for did in done if (did.address.campaign, did.address.thread, did.address.account, did.address.k) == key
    ]
    if not last:
        return "held with its thread"
    said = f"{last[-1].state.value}: {last[-1].why.value}" if last[-1].why else last[-1].state.value
    return f"{said}, {last[-1].detail}" if last[-1].detail else said


def _wrong(judged: Judged, done: Sequence[Done]) -> list[dict[str, Any]]:
    """Each post that something went wrong with: what, in order, and what became of it."""
    posts: dict[Key, list[str]] = {}
    for incident in judged.incidents:
        posts.setdefault(incident.post, []).append(incident.what)
    return [
        {"post": f"{key[1]}/{key[2]}/{key[3]}", "went_wrong": whats, "in_the_end": _resolved(done, key)}
        for key, whats in posts.items()
    ]


def _end(found: Plan, done: Sequence[Done], judged: Judged, draft: Draft, clock: VirtualClock) -> None:
    wrong = _wrong(judged, done)
    if wrong:
        click.echo("\nwhat went wrong, and how it ended")
        for item in wrong:
            times = Counter(item["went_wrong"])
            what = "; ".join(f"{what} ({count} times)" if count > 1 else what for what, count in times.items())
            click.echo(f"  {item['post']}: {what}")
            click.echo(f"    {item['in_the_end']}")
    states = ", ".join(
        f"{judged.states[state.value]} {state.value}" for state in State if judged.states.get(state.value)
    )
    at = clock.now().astimezone(ZoneInfo(draft.campaign.schedule.timezone))
    click.echo(
        f"\n{states or 'nothing to publish'}, the last on {at:%a %d %b %Y %H:%M}\n"
        f"{len(judged.incidents)} things went wrong, {judged.looks} looks · {judged.duplicates} duplicates · "
        f"{judged.lost} lost · {judged.disorder} out of order"
    )
    for price in found.prices:
        for line in price.lines()[:1]:
            click.echo(f"cost: {line}")
    for address, why in judged.waiting:
        say(f"would wait for a person: {address}  {why}")
    say(f"next: amplifier plan {draft.campaign.path.relative_to(draft.campaign.workspace)}")


def _data(draft: Draft, found: Plan, done: Sequence[Done], judged: Judged) -> dict[str, Any]:
    return {
        "campaign": draft.campaign.name,
        "timeline": [
            {"at": did.at, "post": str(did.address), "state": did.state.value, "why": did.why, "detail": did.detail}
            for did in done
        ],
        "states": dict(judged.states),
        "went_wrong": _wrong(judged, done),
        "waiting": [{"post": address, "why": why} for address, why in judged.waiting],
        "looks": judged.looks,
        "duplicates": judged.duplicates,
        "lost": judged.lost,
        "out_of_order": judged.disorder,
        "price_usd": sum(price.total for price in found.prices),
    }
