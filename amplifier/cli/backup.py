"""`backup`: a whole, checked copy of the database, also while runs go on."""

from __future__ import annotations

from pathlib import Path

import click

from amplifier.cli.common import common, say, with_app
from amplifier.store.backup import backup as make


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Another place for it.")
@common
def backup(out: Path | None) -> None:
    """Copy the database to a file of its own, checked.

    Runs may go on meanwhile. Without --out into backups/ in the workspace, where the newest AMPLIFIER_BACKUP_KEEP stay;
    the daemon makes one an hour. PostgreSQL is copied with pg_dump.
    """
    app = with_app()
    goal = out.absolute() if out else None
    made = make(app.store, app.workspace.backups, app.now(), keep=app.settings.backup_keep, out=goal)
    click.echo(f"backup: {made}")
    say("it knows nothing of what happens from now on; docs/operator.md tells how to restore it")
