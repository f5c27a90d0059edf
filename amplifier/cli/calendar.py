"""`calendar`: when threads start, for a calendar program."""

from __future__ import annotations

from pathlib import Path

import click

from amplifier.cli.common import banner, common, counted, say, spare, with_app
from amplifier.content.draft import load_draft
from amplifier.content.namesakes import campaign_files
from amplifier.errors import UsageError
from amplifier.planning.calendar import Entry, entries
from amplifier.planning.plan import plan


@click.command()
@click.argument("files", metavar="[FILE]…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write it to this file.")
@common
def calendar(files: tuple[Path, ...], out: Path) -> None:
    """Write when the threads of FILE, or of all campaigns, start: as iCalendar, in UTC.

    A thread that is yet to be approved is tentative. A calendar program that reads the file again moves what has moved.
    """
    from amplifier.planning.ics import ics  # noqa: PLC0415 - not for commands without a calendar
    from amplifier.whole import whole  # noqa: PLC0415

    app = with_app(files[0] if files else None)
    spare(app, out)
    told: list[Entry] = []
    for file in files or _all(app.workspace.campaigns):
        draft = load_draft(file, app.workspace.root, app.platform)
        with app.store.read() as connection:
            modes = app.modes_of(draft.campaign.accounts)
            told += entries(plan(connection, draft.campaign, draft.threads, modes=modes, now=app.now()))
    with whole(out) as half:
        half.write_bytes(ics(told, app.now()))
    say(f"{banner({entry.address.mode for entry in told})}: {counted(len(told), 'thread')} in {out}")


def _all(folder: Path) -> list[Path]:
    found = campaign_files(folder)
    if not found:
        raise UsageError(f"there is no campaign file in {folder}", "name one")
    return found
