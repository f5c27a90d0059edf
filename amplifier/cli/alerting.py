"""`alert`: try the way to a person, and list what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import as_json_option, common, counted, iso, print_json, say, with_app
from amplifier.errors import ConfigurationError
from amplifier.publishing import delivery, handover, heartbeat
from amplifier.publishing.alert import Kind
from amplifier.publishing.mend import steps

if TYPE_CHECKING:
    from amplifier.app import App

LISTED = 50
"""Messages that the list shows, the newest."""


@click.group(invoke_without_command=True)
@click.option("--test", is_flag=True, help="Send a test message and fetch the heartbeat's address, now.")
@common
@click.pass_context
def alert(ctx: click.Context, test: bool) -> None:
    """Try the way to a person, and list what was told."""
    if ctx.invoked_subcommand is not None:
        if test:
            raise click.UsageError("--test goes without a command behind it")
        return
    if not test:
        raise click.UsageError("say --test, or a command: list")
    _test(with_app())


def _test(app: App) -> None:
    """Exit: 0 both well, 1 one of those that are set is not, 78 neither is set."""
    command, url = app.alert_command(), app.settings.heartbeat_url
    if command is None and url is None:
        raise ConfigurationError(
            "neither AMPLIFIER_ALERT_COMMAND nor AMPLIFIER_HEARTBEAT_URL is set: nobody would be told",
            "set them in .env, then type this again",
        )
    failed = False
    if command is None:
        say("the alert command: AMPLIFIER_ALERT_COMMAND is not set; what needs a person is only in amplifier status")
    else:
        told = handover.hand_over(command, _message(app), aloud=True)
        failed |= _say("the alert command", told, "it took a test message; look whether it arrived")
    if url is None:
        say("the heartbeat: AMPLIFIER_HEARTBEAT_URL is not set; nobody misses a runner that has stopped")
    else:
        failed |= _say("the heartbeat", heartbeat.fetch(url.get_secret_value()), "its address was fetched")
    say("mend what failed in .env, then type this again" if failed else "next: amplifier status")
    click.get_current_context().exit(int(failed))


def _say(what: str, failed: str, well: str) -> bool:
    click.echo(f"{what}: {f'failed: {failed}' if failed else well}")
    return bool(failed)


def _message(app: App) -> dict[str, Any]:
    at = app.now()
    return {
        "id": delivery.stable_id(0, at),
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "kind": Kind.TEST.value,
        "detail": "this is a test: what needs a person is told like this",
        "next": "nothing",
    }


@alert.command("list")
@as_json_option
@common
def list_alerts(as_json: bool) -> None:
    """List what was told, the newest first, and whether it was delivered."""
    app = with_app()
    found = delivery.listing(app.store, None if as_json else LISTED)
    if as_json:
        print_json(found)
        return
    if not found:
        say("nobody had to be told of anything; next: amplifier alert --test")
        return
    for row in found:
        click.echo(block(row))
    waiting = sum(row["next_at"] is not None for row in found)
    say(
        f"{counted(waiting, 'message')} not delivered yet: amplifier alert --test"
        if waiting
        else "next: amplifier status"
    )


def block(row: dict[str, Any]) -> str:
    """A message as it is read: what it is, all that it says, and what to type. A table would cut what it says."""
    told = row["content"]
    about = told.get("post") or told.get("account") or ""
    head = "  ".join(filter(None, (iso(row["at"]), row["kind"], handover.modes_of(told), about, _delivered(row))))
    return "\n    ".join((head, told["detail"], *steps(told)))


def _delivered(row: dict[str, Any]) -> str:
    if row["delivered_at"]:
        return f"delivered {iso(row['delivered_at'])}"
    said = "not delivered" if row["next_at"] is None else "not delivered yet"
    return f"{said}: {row['detail']}" if row["detail"] else said
