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
    from collections.abc import Iterator

    from amplifier.app import App
    from amplifier.publishing.outlook import Outlook

ACCOUNT = (account.c.name, account.c.mode, account.c.blocked_at, account.c.blocked_why, account.c.wait_until)
OPEN = (State.QUEUED, State.WAITING, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Status:
    """What the screen says."""

    ahead: Outlook
    accounts: list[dict[str, Any]]
    troubled: list[dict[str, Any]]
    paused: list[dict[str, Any]]
    beats: list[dict[str, Any]]
    pause_file: bool
    live_queued: int

    @property
    def exit_code(self) -> int:
        """For monitoring: 5 blocked, 1 held or failed, 78 live posts but live is off, 75 paused, 0 well."""
        if self.ahead.blocked:
            return 5
        if self.ahead.troubled:
            return 1
        if self.live_queued:
            return 78
        return 75 if self.paused or self.pause_file else 0


def read_status(app: App) -> Status:
    """Read it all."""
    with app.store.read() as connection:
        counts = connection.execute(
            select(
                *ACCOUNT,
                *(func.sum(_one(post.c.state == state.value)).label(state.value) for state in State),
                func.min(post.c.due_at).filter(post.c.state == State.QUEUED.value).label("next"),
            )
            .join(post, post.c.account_id == account.c.id)
            .group_by(account.c.id, *ACCOUNT)
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
        app.workspace.pause_file.exists(),
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
    """Say in one screen what is next, and what needs a person.

    The exit code serves monitoring: 0 well, 1 held or failed, 5 blocked, 75 paused, 78 live posts but live is off.
    """
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
        "pause_file": found.pause_file,
        "beats": found.beats,
    }


def _show(app: App, found: Status) -> None:
    modes = {Mode(row["mode"]) for row in found.accounts}
    click.echo(f"{banner(modes)} · {app.store.shown} · live is {'on' if app.settings.live else 'off'}")
    if found.accounts:
        table([_account(row) for row in found.accounts], ("account", "mode", "next", "posts"), wraps=("posts",))
    else:
        click.echo("nothing was approved yet")
    for line in (*_needs_a_person(app, found), _last_beats(found)):
        click.echo(line)
    say(*_next(app, found))


def _account(row: dict[str, Any]) -> dict[str, Any]:
    posts = ", ".join(f"{row[state.value]} {state.value}" for state in State if row[state.value])
    return {"account": row["name"], "mode": Mode(row["mode"]).banner, "next": row["next"], "posts": posts}


def _needs_a_person(app: App, found: Status) -> Iterator[str]:
    """What stands still, each with the command that mends it."""
    for row in found.accounts:
        if row["blocked_at"]:
            yield f"blocked: account {row['name']} since {iso(row['blocked_at'])}: {row['blocked_why']}"
            yield f"    amplifier doctor --online, then amplifier account unblock {row['name']}"
        elif row["wait_until"] and row["wait_until"] > app.now():
            yield f"limited: account {row['name']} until {iso(row['wait_until'])}: it goes on by itself"
    for row in found.troubled:
        yield f"{row['state']}: {row['post']}  {row['why']}"
        yield f"    {row['next']}"
    for row in found.paused:
        what = "everything" if row["scope"] == "all" else f"{row['scope']} {row['name']}"
        option = "" if row["scope"] == "all" else f"--{row['scope']} {row['name']} "
        yield f"paused: {what} since {iso(row['since'])} by {row['who']} ({row['why'] or 'no reason given'})"
        yield f"    amplifier resume {option}--why …"
    if found.pause_file:
        yield f"paused by a file: delete {app.workspace.pause_file} to go on"
    if found.live_queued:
        yield f"{found.live_queued} LIVE posts are queued but live is off"
        yield "    set AMPLIFIER_LIVE=1 to publish them"


def _last_beats(found: Status) -> str:
    """When each kind of runner was last seen: readings go on where publishing has stopped, and the other way."""
    newest = {beat["kind"]: beat for beat in reversed(found.beats)}
    told = [f"{kind} {iso(newest[kind]['at'])} by {newest[kind]['worker']}" for kind in sorted(newest, reverse=True)]
    return f"last beat: {', '.join(told) or 'never'}"


def _next(app: App, found: Status) -> list[str]:
    if found.exit_code:
        return []  # each command stands beside what it mends
    if not found.accounts:
        return ["next: amplifier check, preview and approve a campaign file"]
    coming = found.ahead.next_at
    if coming is None:
        return ["next: amplifier report"]
    if coming <= app.now():
        return ["next: amplifier run --drain"]
    return ["next: cron runs `amplifier run --once`, a server `amplifier run`"]
