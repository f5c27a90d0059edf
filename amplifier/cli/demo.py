"""`demo`: the real code on a scratch copy of the starter workspace, with a virtual clock and no network."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplifier.cli.approving import show_plan
from amplifier.cli.cards import show_findings, show_threads
from amplifier.cli.common import common, console
from amplifier.clock import system_now
from amplifier.content.claims.gate import gate
from amplifier.content.claims.issues import short
from amplifier.content.claims.model import GATES
from amplifier.content.claims.trace import Tracer
from amplifier.content.compose import compose
from amplifier.content.draft import Draft, load_draft
from amplifier.content.files import place_of, shown
from amplifier.engagement.report import report
from amplifier.engagement.screen import render
from amplifier.model import errors
from amplifier.planning.approve import approve
from amplifier.planning.plan import plan
from amplifier.publishing.enqueue import Seal
from amplifier.rehearsal import VirtualClock, open_rehearsal, rehearse
from amplifier.settings import load_settings
from amplifier.workspace import init_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amplifier.app import App
    from amplifier.publishing.beat import Done

CAMPAIGN = "dmz-escape.yaml"
READINGS = timedelta(days=3)


def step(number: int, title: str) -> None:
    """One step of the pipeline."""
    click.echo(click.style(f"\n{number}. {title}", bold=True, fg="cyan"))


@click.command()
@common
def demo() -> None:
    """Run the whole pipeline on a scratch copy: no account, no network.

    It is the real code on a virtual clock, in mode simulated: the numbers in the report are made up.
    """
    started = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="amplifier-demo-"))
    workspace = init_workspace(folder / "workspace")
    clock = VirtualClock(system_now().replace(microsecond=0))
    app = open_rehearsal(workspace, load_settings(workspace.root, {}), clock, "demo")
    click.get_current_context().call_on_close(app.close)
    file = workspace.campaigns / CAMPAIGN

    step(1, f"check {file.relative_to(workspace.root)}")
    draft = load_draft(file, workspace.root, app.platform)
    show_findings(draft.findings)
    posts = sum(len(thread.posts) for thread in draft.threads)
    click.echo(f"fine: {len(draft.threads)} threads, {posts} posts from {draft.campaign.article.name}")

    step(2, "claims: what the gate stops in the article as it is written, and what goes out instead")
    show_stopped(draft, {name: app.platform(name) for name in draft.campaign.accounts})

    step(3, "preview: the threads as they will be published")
    modes = dict(app.modes_of(draft.campaign.accounts))
    show_threads(draft.threads, modes, draft.traces)

    step(4, "plan: the times, and what X would charge")
    with app.store.read() as connection:
        found = plan(connection, draft.campaign, draft.threads, modes=modes, now=clock.now())
    show_plan(app, draft, found)

    step(5, "approve: sealed and queued in one transaction")
    seal = Seal("demo", clock.now())
    approve(app.store, draft.campaign, draft.threads, modes=modes, now=clock.now(), seal=seal, shown=found)
    click.echo(f"{posts} posts queued under {len(draft.threads)} seals")

    _publish(app, clock, draft)
    click.echo(
        f"\nSIMULATED from beginning to end, in {time.perf_counter() - started:.1f} s. Every row lies in\n"
        f"  {workspace.database}\n\nwhat to try next:\n"
        f"  cd {workspace.root}\n"
        "  amplifier report --html report.html\n"
        "  amplifier export csv engagement_latest --out engagement.csv\n"
        "  amplifier sql --question best\n"
        "  amplifier queue list\n"
        "and for an article of your own: amplifier init my-workspace"
    )


def show_stopped(draft: Draft, networks: Mapping[str, str]) -> None:
    """The sentences of the article that no post may carry as they stand: why, and the words to use instead.

    Then what the gate says to the same templates when they get the article as it is written.
    """
    article, campaign = draft.article, draft.campaign
    tracer = Tracer(article, draft.ledger, campaign.language, campaign.hashtags)
    says = {passage.start: passage.say for passage in draft.ledger.passages} if draft.ledger else {}
    for sentence in article.sentences:
        doubts = {
            claim.id: claim for one in tracer.trace(sentence.text) for claim in one.claims if claim.status in GATES
        }
        if not doubts:
            continue
        place = place_of(article.source, sentence.start, shown(article.path, campaign.workspace))
        click.echo(f"  {place}  {sentence.text}")
        for claim in doubts.values():
            status = click.style(claim.status.value, fg="red" if claim.standing == "contradicted" else "yellow")
            click.echo(f"    {claim.id} {status}: “{claim.quote}”. {short(claim.note)}")
        click.echo(f"    goes out instead: {says.get(sentence.start) or 'nothing'}\n")
    as_written, _, _ = gate(compose(campaign, article, networks), campaign, article, draft.ledger)
    stopped = errors(finding for thread in as_written for finding in thread.findings)
    posts = ", ".join(dict.fromkeys(finding.post for finding in stopped))
    click.echo(f"  without the words to use instead, approve stops with exit 3 at: {posts}")


def _publish(app: App, clock: VirtualClock, draft: Draft) -> None:
    step(6, f"publish on the simulated network, and read for {READINGS.days} days after the last post")
    total = sum(len(thread.posts) for thread in draft.threads)
    out = 0

    def tell(_: Done) -> None:
        nonlocal out
        out += 1
        if sys.stdout.isatty():
            click.echo(f"\r  {'█' * (24 * out // total):░<24} {out} of {total} posts", nl=out == total)

    rehearsed = rehearse(app, clock, after=READINGS, report=tell)
    for done in rehearsed.done:
        click.echo(f"  {done.at:%a %d %b %H:%M:%S} UTC  {done.address}  {done.state.value}")
    span = rehearsed.ended - rehearsed.began
    click.echo(
        f"{len(rehearsed.done)} posts out once each, {rehearsed.readings} readings, {span.days} days on the clock"
    )

    step(7, "report")
    render(report(app.store, draft.campaign.name), console())
