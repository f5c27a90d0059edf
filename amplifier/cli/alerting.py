"""`alert`: try the way to a person, and list what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import as_json_option, common, counted, print_json, say, table, with_app
from amplifier.errors import ConfigurationError
from amplifier.model import Mode
from amplifier.publishing import delivery, handover, heartbeat
from amplifier.publishing.alert import Kind

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
    shown = [
        {
            "at": row["at"],
            "kind": row["kind"],
            "mode": Mode(row["content"]["mode"]).banner if "mode" in row["content"] else None,
            "about": row["content"].get("post") or row["content"].get("account"),
            "delivered": row["delivered_at"] or _undelivered(row),
            "detail": row["content"]["detail"],
        }
        for row in found
    ]
    table(shown, ("at", "kind", "mode", "about", "delivered", "detail"), wraps=("delivered",), cut="detail")
    waiting = sum(row["next_at"] is not None for row in found)
    say(
        f"{counted(waiting, 'message')} not delivered yet: amplifier alert --test"
        if waiting
        else "next: amplifier status"
    )


def _undelivered(row: dict[str, Any]) -> str:
    if row["next_at"] is None:
        return f"no: {row['detail']}"
    return f"not yet: {row['detail']}" if row["detail"] else "not yet"
