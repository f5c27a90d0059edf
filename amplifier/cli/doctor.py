"""`doctor`: is everything as it must be? Prints no secret."""

from __future__ import annotations

import shutil
import stat
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import entry_points
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import click
from sqlalchemy import func, select, text

from amplifier.app import open_app
from amplifier.cli.common import as_json_option, common, counted, iso, locate, print_json
from amplifier.cli.status_lines import pause_words
from amplifier.clock import system_now
from amplifier.content.namesakes import campaign_files
from amplifier.errors import AmplifierError, ConfigurationError
from amplifier.model import Mode
from amplifier.networks import GROUP, open_network
from amplifier.networks.port import Context, NetworkError
from amplifier.planning.zones import all_shifted
from amplifier.publishing.identity import stranger
from amplifier.publishing.overview import PAUSED
from amplifier.publishing.restored import RECENT
from amplifier.settings import unknown_variables
from amplifier.store import beats
from amplifier.store.backup import newest
from amplifier.store.tables import account, post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amplifier.app import App

SILENT = timedelta(hours=1)
"""A runner that has not beaten for this long is worth a warning."""
OLD = timedelta(hours=25)
"""Of a backup that is made once a day."""
SKEW = timedelta(seconds=5)
LEAST_FREE = 100 * 2**20
SHOWN = 3
"""Threads that one line names."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ok, warning or error; and what to do."""

    what: str
    level: str
    said: str
    mend: str = ""
    exit_code: int = 0


@click.command()
@click.option("--online", is_flag=True, help="Also ask each network whose token it is.")
@as_json_option
@common
def doctor(online: bool, as_json: bool) -> None:
    """Check workspace, database, clock, permissions and accounts.

    With --online also whose token each account has. Prints no secret.
    """
    workspace, settings = locate()
    checks = [Check("workspace", "ok", str(workspace.root))]
    try:
        app = open_app(workspace, settings)
    except AmplifierError as exc:
        checks.append(Check("database", "error", exc.message, exc.hint, exc.exit_code))
    else:
        click.get_current_context().call_on_close(app.close)
        for look in (
            _files,
            _database,
            _pauses,
            _backups,
            _clock,
            _times,
            _beat,
            lambda app: _accounts(app, online=online),
        ):
            checks += look(app)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            click.echo(f"{check.level:8}{check.what}: {check.said}" + (f"\n        {check.mend}" if check.mend else ""))
    click.get_current_context().exit(max(check.exit_code for check in checks))


def _files(app: App) -> Iterator[Check]:
    templates = len(list(app.workspace.templates.glob("*.j2")))
    campaigns = len(campaign_files(app.workspace.campaigns))
    yield Check("files", "ok", f"{campaigns} campaign files, {templates} templates")
    if app.workspace.env_file.exists():
        mode = stat.S_IMODE(app.workspace.env_file.stat().st_mode)
        if mode & 0o077:  # where it holds credentials already, no command gets this far
            said = f"others on this machine can read .env ({mode:04o}), and it is to hold credentials"
            yield Check("settings", "warning", said, f"chmod 600 {app.workspace.env_file}")
        else:
            yield Check("settings", "ok", f".env is there, mode {mode:04o}")
    else:
        yield Check("settings", "ok", "no .env: everything is a dry run", "cp .env.example .env, then fill it in")
    for unknown in unknown_variables(app.workspace.root):
        mend = f"did you mean {unknown.near}?" if unknown.near else ".env.example lists every name"
        yield Check("settings", "warning", f"{unknown.name} is set, and nothing reads it", mend)
    free = shutil.disk_usage(app.workspace.root).free
    if free < LEAST_FREE:
        yield Check("disk", "error", f"{free // 2**20} MiB free", "make room: a full disk stops publishing", 78)
    if app.workspace.pause_file.exists():
        yield Check(
            "pause", "warning", "the file PAUSE stops everything", f"delete {app.workspace.pause_file} to go on"
        )


def _database(app: App) -> Iterator[Check]:
    path = app.store.path
    if path is None:
        yield Check("database", "ok", app.store.shown)
        return
    with app.store.read() as connection:
        found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        yield Check("database", "error", f"{path}: {found}", "stop every run, and restore the newest backup", 78)
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Check("database", "error", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}", 78)
    else:
        yield Check("database", "ok", f"{path}, whole, mode {mode:04o}")


def _pauses(app: App) -> Iterator[Check]:
    with app.store.read() as connection:
        rows = [dict(row) for row in connection.execute(PAUSED).mappings()]
    for row in rows:
        said, command = pause_words(row)
        yield Check("pause", "warning", said, command)


def _backups(app: App) -> Iterator[Check]:
    path = app.store.path
    with app.store.read() as connection:
        used = connection.execute(select(post.c.id).limit(1)).first() is not None
        restored_at = connection.execute(select(func.max(account.c.restored_at))).scalar()
    if restored_at and app.now() < restored_at + RECENT:
        said = f"the database was restored on {iso(restored_at)}: each post is looked for before it is sent"
        yield Check("restored", "warning", said, "approve again what was approved after that copy was made")
    last = newest(app.workspace.backups, path.stem) if path else None
    if path is None or not (used or last):
        return
    if last is None:
        yield Check("backups", "warning", "none", "cron: amplifier backup; the daemon makes one an hour")
    elif app.now() - last[1] > OLD:
        yield Check("backups", "warning", f"the newest is of {iso(last[1])}", "cron: amplifier backup")
    else:
        yield Check("backups", "ok", f"the newest is of {iso(last[1])}")


def _clock(app: App) -> Iterator[Check]:
    zones = len(available_timezones())
    skew = abs(app.now() - system_now())
    if skew > SKEW:
        yield Check(
            "clock", "warning", f"this machine and the database differ by {skew.total_seconds():.0f} s", "run NTP"
        )
    else:
        yield Check("clock", "ok", f"{iso(app.now())}, {zones} zones")


def _times(app: App) -> Iterator[Check]:
    """A country changed its clocks, or a campaign its zone, after a start was approved."""
    with app.store.read() as connection:
        found = all_shifted(connection, app.now())
    if not found:
        return
    named = ", ".join(str(one.address) for one in found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
    are = "is" if len(found) == 1 else "are"
    said = f"{counted(len(found), 'thread')} {are} no longer at the wall time that was approved: {named}"
    yield Check("times", "warning", said, "amplifier plan FILE shows the moves, amplifier approve FILE makes them")


def _beat(app: App) -> Iterator[Check]:
    last = beats.last(app.store, beats.PUBLISH)
    if last == beats.NEVER:
        yield Check("last beat", "warning", "never", "cron: amplifier run --once; a server: amplifier run")
    elif app.now() - last > SILENT:
        yield Check("last beat", "warning", f"{iso(last)}: nothing has run since", "is cron, or the daemon, running?")
    else:
        yield Check("last beat", "ok", iso(last))


def _accounts(app: App, *, online: bool) -> Iterator[Check]:
    if not app.settings.accounts:
        yield Check("accounts", "ok", "none configured: every account is an X dry run")
    for name, settings in app.settings.accounts.items():
        what = f"account {name}"
        mode = app.mode_of(name)
        installed = sorted(entry_points(group=GROUP).names)
        if settings.network not in installed:
            mend = f"AMPLIFIER_ACCOUNTS__{name.upper()}__NETWORK is one of {', '.join(installed)}"
            yield Check(what, "error", f"no network is called {settings.network!r}", mend, 78)
            continue
        if not settings.has_credentials:
            yield Check(what, "ok", f"{settings.network}, {mode.banner}, no credentials")
            continue
        shown = f"{settings.network}, {mode.banner}, credentials set"
        if mode is Mode.DRY:
            shown += " (live only with AMPLIFIER_LIVE=1)"
        if not online:
            yield Check(what, "ok", shown, "amplifier doctor --online asks whose token it is")
            continue
        context = Context(app.workspace.root, app.now, app.settings.http_timeout)
        try:
            identity = open_network(settings.network, name, settings, context).whoami()
        except ConfigurationError as exc:
            yield Check(what, "error", exc.message, exc.hint, exc.exit_code)
            continue
        except NetworkError as exc:
            yield Check(what, "error", f"{shown}; {exc.message}", exc.hint, 5)
            continue
        wrong = stranger(identity, settings.handle, _published_as(app, name), name)
        if wrong:
            yield Check(what, "error", wrong, "use this account's own token, or correct its HANDLE", 5)
        else:
            yield Check(what, "ok", f"{shown}; the token belongs to @{identity.handle}")


def _published_as(app: App, name: str) -> str | None:
    """The network's id of the account that has published under this name."""
    with app.store.read() as connection:
        query = select(account.c.remote_id).where(account.c.name == name, account.c.mode == Mode.LIVE.value)
        return connection.execute(query).scalar()
