"""`claims review`: a person says how the claims stand that the posts make, one question after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from amplifier.cli.claims_ask import Quit
from amplifier.cli.claims_interview import Interview, Names
from amplifier.cli.common import at_terminal, by_option, common, counted, locate, say, who
from amplifier.clock import system_now
from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.claims.ledger import load_ledger
from amplifier.content.claims.review import own_words, questions, why_nothing
from amplifier.content.draft import load_draft
from amplifier.content.files import nearest
from amplifier.errors import FileError, NeedsYes, UsageError
from amplifier.model import Policy

if TYPE_CHECKING:
    from amplifier.cli.claims_interview import Screen
    from amplifier.content.claims.model import Ledger
    from amplifier.content.claims.review import Traces
    from amplifier.model import Campaign
    from amplifier.settings import Settings


@click.command("review")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--again", metavar="ID", multiple=True, help="Ask only about this claim, answered or not; repeatable.")
@by_option
@common
def claims_review(file: Path, again: tuple[str, ...], by: str | None) -> None:
    """Ask you about the claims that the posts of FILE make.

    What good sources contradict comes first. Open the source, then type one letter; ? explains the letters. Each
    answer is saved at once under your name; u takes the last one back, q leaves. What somebody has answered is not
    asked again, unless check still complains of it.
    """
    workspace, settings = locate(file)
    campaign, _ = load_campaign(file, workspace.root)
    article = load_article(campaign.article, workspace.root, campaign.language)
    ledger, _ = load_ledger(campaign, article)
    if ledger is None:
        raise UsageError(f"{file} has no ledger of claims yet", f"amplifier claims scan {file}")
    _check_ids(again, ledger)
    traces, unknown = _traces(campaign, settings)
    if unknown and not again:
        say(f"{unknown}: every claim of the article is asked about")
    asked, names = questions(ledger, traces, again)
    screens: list[Screen] = [*asked, *([Names(tuple(names))] if names else ())]
    if not again:
        screens += own_words(ledger, traces)
    if not screens:
        click.echo(f"nothing to ask: {why_nothing(ledger, traces)}")
        say(f"next: amplifier check {file}")
        return
    if not at_terminal():
        hint = f"type it at a terminal, or edit {ledger.path}: status, checked_by, say"
        raise NeedsYes(f"{counted(len(screens), 'question')} for a person", hint)
    day = system_now().astimezone(ZoneInfo(campaign.schedule.timezone)).date().isoformat()
    interview = Interview(campaign, article, ledger, who(by), day)
    try:
        interview.run(screens)
        click.echo(f"\ndone: {interview.told()}")
    except (Quit, KeyboardInterrupt, EOFError, click.Abort):
        click.echo(f"\nleft: {interview.told()}")
    say(f"next: amplifier check {file}")


def _check_ids(again: tuple[str, ...], ledger: Ledger) -> None:
    known = [claim.id for claim in ledger.claims]
    for name in again:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else "amplifier claims list names those that the posts make"
            raise UsageError(f"there is no claim {name} in {ledger.path}", hint)


def _traces(campaign: Campaign, settings: Settings) -> tuple[Traces | None, str]:
    """What the posts say; or None and why nothing of it is known."""
    if campaign.claims is Policy.OFF:
        return None, "claims are off in this campaign"
    try:
        draft = load_draft(campaign.path, campaign.workspace, lambda name: settings.account(name).platform)
    except FileError as exc:
        return None, f"{exc.message}, so the posts are not known"
    return draft.traces, ""
