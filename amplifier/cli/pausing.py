"""`pause` and `resume`: stop everything, an account or a campaign, and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amplifier.cli.common import at_terminal, by_option, common, counted, reason, say, who, with_app
from amplifier.errors import NeedsYes, UsageError
from amplifier.publishing import pause as pauses
from amplifier.publishing.missed import spell
from amplifier.publishing.respace import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amplifier.publishing.pause import Overdue, Scope
    from amplifier.publishing.respace import Dealt

SHOWN = 20
"""Missed posts that are shown of one campaign."""
CHOICES = [choice.value for choice in Choice]
MEANING = (
    "skip     cancel them",
    "respace  send them from now on, in order, a thread_gap apart; what has begun goes first",
    "hold     hold them for review: amplifier queue retry, or cancel",
)

account_option = click.option("--account", metavar="NAME", help="Only this account.")
campaign_option = click.option("--campaign", metavar="NAME", help="Only this campaign.")


@click.command()
@account_option
@campaign_option
@click.option("--why", metavar="REASON", help="Recorded with the pause.")
@by_option
@common
def pause(account: str | None, campaign: str | None, why: str | None, by: str | None) -> None:
    """Stop publishing: everything, an account, or a campaign.

    At once and without asking; it takes effect between two posts, and survives a restart.
    """
    why = None if why is None else reason("--why", why)
    scope, name = _scope(account, campaign)
    app = with_app()
    fresh = pauses.stop(app.store, scope, name, why=why, who=who(by), now=app.now())
    click.echo(f"paused: {_words(scope, name)}" if fresh else f"was paused already: {_words(scope, name)}")
    say(f"next: amplifier resume {_option(scope, name)}--why …")


@click.command()
@account_option
@campaign_option
@click.option("--why", metavar="REASON", required=True, help="Recorded with the resumption.")
@click.option("--missed", type=click.Choice(CHOICES), help="What becomes of what was missed; without it you are asked.")
@click.option("--yes", is_flag=True, help="Ask nothing: what was missed is held for review.")
@by_option
@common
def resume(account: str | None, campaign: str | None, why: str, missed: str | None, yes: bool, by: str | None) -> None:
    """Go on after a pause.

    What is within its campaign's `late` or `resume_within` goes on in order. For what was missed by more you are
    asked, campaign by campaign: skip it, send it from now on (respace), or hold it for review.
    """
    why = reason("--why", why)
    scope, name = _scope(account, campaign)
    app = with_app(decides=True)
    found = pauses.overdue(app.store, scope, name, now=app.now())
    chosen = {} if missed or yes else _ask(found or [], _option(scope, name))
    dealt = pauses.go_on(
        app.store,
        scope,
        name,
        why=why,
        who=who(by),
        now=app.now(),
        chosen=chosen,
        otherwise=Choice(missed or Choice.HOLD),
    )
    if dealt is None and scope == "all" and app.workspace.pause_file.exists():
        stops = f"the file {app.workspace.pause_file} stops this workspace"
        raise UsageError(f"nothing is paused in the database; {stops}", "delete it to go on")
    if dealt is None:
        raise UsageError(f"{_words(scope, name)} is not paused", "amplifier status shows what is")
    click.echo(f"goes on: {_words(scope, name)}")
    _tell(dealt)
    if app.workspace.pause_file.exists():
        say(f"the file {app.workspace.pause_file} still stops everything: delete it")
    say("next: amplifier status")


def _ask(found: Sequence[Overdue], option: str) -> dict[int, Choice]:
    """A person's choice for each missed post, campaign by campaign. Raises `NeedsYes` where nobody can be asked."""
    if not found:
        return {}
    if not at_terminal():
        raise NeedsYes(
            f"{counted(len(found), 'post')} were missed by more than `late` or `resume_within` allow: "
            + ", ".join(str(one.address) for one in found[:SHOWN]),
            f"type: amplifier resume {option}--why … --missed hold (review them), skip (cancel them) or respace (send "
            "them from now on, in order); --yes is --missed hold",
        )
    chosen: dict[int, Choice] = {}
    click.echo("\n  ".join(("Some posts were missed by more than their campaigns allow. You can", *MEANING)))
    for campaign in sorted({one.address.campaign for one in found}):
        own = [one for one in found if one.address.campaign == campaign]
        click.echo(f"\n{campaign}: {counted(len(own), 'thread')}")
        for line in _listed(own):
            click.echo(f"  {line}")
        answer = click.prompt(
            f"{campaign}: what becomes of this", type=click.Choice(CHOICES), default=Choice.HOLD.value
        )
        chosen |= dict.fromkeys((one.post_id for one in own), Choice(answer))
    return chosen


def _listed(own: Sequence[Overdue]) -> Iterable[str]:
    for one in own[:SHOWN]:
        begun = ", its thread has begun" if one.address.k > 1 else ""
        yield (
            f"{one.address} of {one.n}  due {one.due_at:%Y-%m-%d %H:%M} UTC, missed for {spell(one.span)} "
            f"(limit {spell(one.limit)}){begun}"
        )
    if len(own) > SHOWN:
        yield f"and {len(own) - SHOWN} more"


def _tell(dealt: Dealt) -> None:
    for address in dealt.skipped:
        say(f"skipped: {address}")
    for address, at in dealt.moved:
        say(f"moved: {address} to {at:%Y-%m-%d %H:%M} UTC")
    for address in dealt.held:
        say(f"held as too late: {address}: amplifier queue retry {address}, or cancel it")


def _scope(account: str | None, campaign: str | None) -> tuple[Scope, str]:
    if account is not None and campaign is not None:
        raise click.UsageError("--account and --campaign exclude each other")
    if account is not None:
        return "account", _named("--account", account)
    return ("all", "") if campaign is None else ("campaign", _named("--campaign", campaign))


def _named(option: str, name: str) -> str:
    """A name; an empty one, as an unset variable of a script gives, is none, and never means everything."""
    if not name.strip():
        raise UsageError(f"{option} is empty", f"name one of amplifier status; everything is without {option}")
    return name


def _words(scope: Scope, name: str) -> str:
    return "everything" if scope == "all" else f"{scope} {name}"


def _option(scope: Scope, name: str) -> str:
    return "" if scope == "all" else f"--{scope} {name} "
