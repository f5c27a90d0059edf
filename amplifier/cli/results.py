"""`collect`, `report` and `export`: what came of the posts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplifier.cli.common import as_json_option, common, console, counted, print_json, say, spare, with_app
from amplifier.content import formats
from amplifier.engagement.collect import collect as take_readings
from amplifier.engagement.export import FORMATS
from amplifier.engagement.export import export as write_view
from amplifier.engagement.export import export_all as write_all
from amplifier.engagement.export import export_file as write_file
from amplifier.engagement.extras import HOW
from amplifier.engagement.query import has_time, views
from amplifier.engagement.report import report as make_report
from amplifier.engagement.screen import render
from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.whole import write_text

if TYPE_CHECKING:
    from datetime import timedelta

    from amplifier.engagement.results import Report


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


def _instant(_context: click.Context, _param: click.Parameter, given: str | None) -> datetime | None:
    """A day, which begins at midnight UTC, or an instant; without a zone it is UTC."""
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since {given!r} is neither a day nor an instant", "write 2026-12-01, or 2026-12-01T09:30Z"
        ) from None


def _age(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """An age as readings are named: 15m, 24h, 7d."""
    if value is None:
        return None
    if not formats.fits(formats.AGE, value):
        raise click.BadParameter(f"{value!r} is no age: write 15m, 24h or 7d")
    return formats.to_age(value)


@click.command()
@click.argument("campaign", required=False)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one page with charts to this file."
)
@click.option("--since", metavar="DAY", callback=_instant, help="Only threads that began on this day (UTC) or later.")
@click.option("--age", metavar="AGE", callback=_age, help="The age at which things are compared. Default: 24h.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="Default: live, if there is any.")
@as_json_option
@common
def report(
    campaign: str | None,
    html: Path | None,
    since: datetime | None,
    age: timedelta | None,
    mode: str | None,
    as_json: bool,
) -> None:
    """Show what came of the posts of CAMPAIGN, or of all."""
    app = with_app(made=True)
    if html is not None:
        spare(app, html)
    found = make_report(app.store, campaign, mode, since=since, age=age)
    if as_json:
        print_json(found.as_json())
    if html is not None:
        _write_page(html, found, app.now())
    elif not as_json:
        render(found, console())
        say(f"next: amplifier {_next(found)}")


def _next(found: Report) -> str:
    if found.since is not None and not any(campaign.threads for campaign in found.campaigns):
        return "report"
    if not found.campaigns:
        return "approve FILE"
    if not any(campaign.sent for campaign in found.campaigns):
        return "run"
    return f"report {f'{found.campaigns[0].campaign} ' if len(found.campaigns) == 1 else ''}--html report.html"


def _write_page(path: Path, found: Report, made: datetime) -> None:
    from amplifier.engagement.page import can_draw, page  # noqa: PLC0415 - Jinja2 is not for those who want no page

    write_text(path, page(found, made), private=True)
    say(f"{Mode(found.mode).banner}: {counted(len(found.campaigns), 'campaign')} in {path}")
    if not can_draw():
        say(f"tables instead of charts; to have them drawn: {HOW}")
    say(f"next: open {path} in a browser")


@click.command(
    help=f"""Write VIEW, or with --all every view, as csv, json or parquet.

    Texts are exact in json and parquet; csv is for spreadsheets. Parquet needs DuckDB: {HOW}.

    The views: {", ".join(views())}."""
)
@click.argument("file_format", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("view", required=False)
@click.option("--all", "every", is_flag=True, help="Every view, each as a file in the folder --out.")
@click.option(
    "--since",
    metavar="DAY",
    callback=_instant,
    help="Only rows of this day (UTC) or instant and later: readings by when they were taken, posts by when they went "
    "out. Views without a time are whole.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file, or folder, instead of stdout.")
@common
def export(file_format: str, view: str | None, every: bool, since: datetime | None, out: Path | None) -> None:
    """Write a view to stdout or a file, or all of them to a folder."""
    if every and view:
        raise UsageError(f"--all takes no view, and got {view!r}", f"name the folder so: --out {view}")
    if not every and not view:
        raise UsageError("either a view or --all", f"views: {', '.join(views())}")
    if out is None and (every or file_format == "parquet"):
        kind = "--all writes a folder" if every else "a Parquet file is no text"
        raise UsageError(f"{kind}: it needs --out", f"add: --out {view + '.parquet' if view else 'exports'}")
    app = with_app(made=True)
    if out is not None:
        spare(app, out)
    if since:
        timeless = [name for name in ([view] if view else views()) if name in views() and not has_time(name)]
        for name in timeless:
            say(f"{name} has no time that --since could mean: it is whole")
    if view is None and out is not None:
        written = write_all(app.store, file_format, out, since)
        say(f"{len(written)} views, {sum(written.values())} rows in {out}")
    elif view is not None and out is not None:
        say(f"{write_file(app.store, view, file_format, out, since)} rows in {out}")
    elif view is not None:
        write_view(app.store, view, file_format, sys.stdout, since)
