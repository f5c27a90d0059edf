"""`status`: in one screen what is next and what needs a person, each with the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import and_, case, func, select

from amplifier.cli.common import as_json_option, banner, common, iso, print_json, say, table, with_app
from amplifier.model import Mode, State
from amplifier.publishing import manual
from amplifier.publishing.outlook import outlook
from amplifier.publishing.pause import paused
from amplifier.publishing.queue import address_of, with_context
from amplifier.store import beats
from amplifier.store.tables import account, post

if TYPE_CHECKING:
    from amplifier.app import App
    from amplifier.publishing.outlook import Outlook

OPEN = (State.QUEUED, State.WAITING, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Status:
    """What the screen says."""

    ahead: Outlook
    accounts: list[dict[str, Any]]
    troubled: list[dict[str, Any]]
    paused: list[dict[str, Any]]
    beats: list[dict[str, Any]]
    live_queued: int

    @property
    def exit_code(self) -> int:
        """For monitoring: 5 blocked, 1 held or failed, 75 paused, 78 live posts but live is off, 0 well."""
        if self.ahead.blocked:
            return 5
        if self.ahead.troubled:
            return 1
        if self.live_queued:
            return 78
        return 75 if self.paused else 0


def read_status(app: App) -> Status:
    """Read it all."""
    with app.store.read() as connection:
        counts = connection.execute(
            select(
                account.c.name, account.c.mode, account.c.blocked_why, account.c.wait_until,
                *(func.sum(_one(post.c.state == state.value)).label(state.value) for state in State),
                func.min(post.c.due_at).filter(post.c.state == State.QUEUED.value).label("next"),
            )
            .join(post, post.c.account_id == account.c.id)
            .group_by(account.c.id, account.c.name, account.c.mode, account.c.blocked_why, account.c.wait_until)
            .order_by(account.c.name, account.c.mode)
        ).mappings()  # fmt: skip
        accounts = [dict(row) for row in counts]
        unseen = and_(
            post.c.state.in_([State.HELD.value, State.FAILED.value, State.UNKNOWN.value]), post.c.acked_at.is_(None)
        )
        troubled = [
            {
                "post": str(address_of(row)),
                "state": row["state"],
                "why": ": ".join(filter(None, (row["why"], row["detail"]))),
                "next": _mend(row),
            }
            for row in connection.execute(with_context().where(unseen).order_by(post.c.id)).mappings()
            if row["why"] != "earlier post"
        ]
    off = Mode.LIVE not in app.modes()
    live = sum(row[state.value] for row in accounts if row["mode"] == "live" for state in OPEN) if off else 0
    return Status(
        outlook(app.store, app.now(), app.modes()),
        accounts,
        troubled,
        paused(app.store),
        beats.listing(app.store),
        live,
    )


def _one(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _mend(row: Any) -> str:
    address = address_of(row)
    if row["state"] == State.UNKNOWN.value:
        return f"nothing: looked for at {iso(row['due_at'])}"
    if row["why"] in manual.PERHAPS_SENT:
        return f"amplifier queue resolve {address} --sent URL, or --not-sent"
    return f"amplifier queue retry {address}, cancel or ack"


@click.command()
@as_json_option
@common
def status(as_json: bool) -> None:
    """Say in one screen what is next, and what needs a person. The exit code serves monitoring."""
    app = with_app()
    found = read_status(app)
    if as_json:
        print_json(_data(app, found))
    else:
        _show(app, found)
    click.get_current_context().exit(found.exit_code)


def _data(app: App, found: Status) -> dict[str, Any]:
    return {
        "modes": sorted(mode.value for mode in app.modes()),
        "next_at": found.ahead.next_at,
        "blocked": found.ahead.blocked,
        "unacknowledged": found.ahead.troubled,
        "live_queued_but_off": found.live_queued,
        "accounts": found.accounts,
        "troubled": found.troubled,
        "paused": found.paused,
        "beats": found.beats,
    }


def _show(app: App, found: Status) -> None:
    modes = {Mode(row["mode"]) for row in found.accounts}
    click.echo(f"{banner(modes)} · {app.store.shown} · live is {'on' if app.settings.live else 'off'}")
    if found.accounts:
        columns = ["name", "mode", "next", *(state.value for state in State), "blocked_why", "wait_until"]
        table(found.accounts, [name for name in columns if any(row[name] for row in found.accounts)])
    else:
        click.echo("nothing was approved yet; next: amplifier approve FILE")
    for row in found.troubled:
        click.echo(f"{row['state']}: {row['post']}  {row['why']}\n    {row['next']}")
    for row in found.paused:
        what = "everything" if row["scope"] == "all" else f"{row['scope']} {row['name']}"
        option = "" if row["scope"] == "all" else f"--{row['scope']} {row['name']} "
        click.echo(f"paused: {what} since {iso(row['since'])} by {row['who']} ({row['why'] or 'no reason given'})")
        click.echo(f"    amplifier resume {option}--why …")
    if app.workspace.pause_file.exists():
        click.echo(f"paused by a file: delete {app.workspace.pause_file} to go on")
    if found.live_queued:
        click.echo(
            f"{found.live_queued} LIVE posts are queued but live is off\n    set AMPLIFIER_LIVE=1 to publish them"
        )
    last = found.beats[0] if found.beats else None
    click.echo(f"last beat: {iso(last['at'])} {last['kind']} by {last['worker']}" if last else "last beat: never")
    if not found.beats:
        say("next: amplifier run, or cron with amplifier run --once")
