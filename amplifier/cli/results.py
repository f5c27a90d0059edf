"""`collect`, `report` and `export`: what came of the posts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amplifier.cli.common import as_json_option, common, console, print_json, say, with_app
from amplifier.engagement.collect import collect as take_readings
from amplifier.engagement.export import export as write_view
from amplifier.engagement.report import report as make_report
from amplifier.engagement.screen import render
from amplifier.model import Mode


@click.command()
@click.option("--now", "everything", is_flag=True, help="A reading of every published post at once, whatever its age.")
@as_json_option
@common
def collect(everything: bool, as_json: bool) -> None:
    """Read the metrics of published posts that are due for it."""
    app = with_app()
    found = take_readings(
        app.store,
        app.network,
        now=app.now,
        worker=app.publisher("collect").runner,
        everything=everything,
        budget=app.reading_budget,
    )
    if as_json:
        print_json(
            {
                "readings": found.readings,
                "gone": found.gone,
                "untold": found.untold,
                "unreadable": [str(item) for item in found.unreadable],
                "over_budget": [str(item) for item in found.passed_by],
                "next_due": found.next_due,
            }
        )
    else:
        click.echo(str(found))
        say("next: amplifier report")
    click.get_current_context().exit(75 if found.unreadable else 0)


@click.command()
@click.argument("campaign", required=False)
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="Default: live, if there is any.")
@as_json_option
@common
def report(campaign: str | None, mode: str | None, as_json: bool) -> None:
    """Show what came of the posts of CAMPAIGN, or of all."""
    app = with_app()
    found = make_report(app.store, campaign, mode)
    if as_json:
        print_json(found.as_json())
    else:
        render(found, console())


@click.command()
@click.argument("file_format", metavar="FORMAT", type=click.Choice(["csv", "json"]))
@click.argument("view")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of stdout.")
@common
def export(file_format: str, view: str, out: Path | None) -> None:
    """Write VIEW as csv or json.

    The views: post_log, thread_status, engagement_latest, campaign_summary, engagement_readings.
    """
    app = with_app()
    if out is None:
        write_view(app.store, view, file_format, sys.stdout)
        sys.stdout.flush()  # here, where a closed pipe is handled, not at the interpreter's end
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        count = write_view(app.store, view, file_format, file)
    say(f"{count} rows in {out}")
