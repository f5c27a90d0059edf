"""`account`: list accounts, and unblock one."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from amplifier.cli.common import as_json_option, by_option, common, print_json, say, table, who, with_app
from amplifier.model import Mode
from amplifier.publishing import manual
from amplifier.store.tables import account as account_table
from amplifier.store.tables import thread


@click.group()
@common
def account() -> None:
    """List accounts, and unblock one."""


@account.command("list")
@as_json_option
@common
def list_accounts(as_json: bool) -> None:
    """List accounts, with what stops them.

    Those of the queue, and those of the settings.
    """
    app = with_app()
    with app.store.read() as connection:
        queued = connection.execute(
            select(account_table, thread.c.name.label("open_thread"))
            .outerjoin(thread, thread.c.id == account_table.c.open_thread_id)
            .order_by(account_table.c.name, account_table.c.mode)
        ).mappings()
        found: list[dict[str, Any]] = [
            {key: row[key] for key in ("name", "mode", "network", "handle", "open_thread", "blocked_at", "blocked_why",
                                       "wait_until", "wait_why")}
            for row in queued
        ]  # fmt: skip
    for name, settings in app.settings.accounts.items():
        mode = app.mode_of(name).value
        if not any(row["name"] == name and row["mode"] == mode for row in found):
            found.append({"name": name, "mode": mode, "network": settings.platform, "handle": settings.handle})
    if as_json:
        print_json(found)
        return
    if not found:
        say("no account is configured or queued: .env.example shows how; without one an account is an X dry run")
        return
    columns = ("name", "mode", "network", "handle", "open_thread", "blocked_why", "wait_until")
    shown = [row | {"mode": Mode(row["mode"]).banner} for row in found]
    table(shown, [column for column in columns if any(row.get(column) for row in found)], wraps=("blocked_why",))
    say("next: amplifier status")


@account.command("unblock")
@click.argument("name")
@click.option("--because", metavar="REASON", default="", help="Recorded with it.")
@by_option
@common
def unblock(name: str, because: str, by: str | None) -> None:
    """Let an account publish again.

    After `amplifier doctor --online` found it well.
    """
    app = with_app()
    overdue, ready = manual.unblock(app.store, name, why=because, who=who(by), now=app.now())
    click.echo(f"unblocked: {name}")
    for address in overdue:
        say(
            f"held as too late: {address}",
            f"    amplifier queue retry {address}",
            f"    or: amplifier queue cancel {address}",
        )
    for address in ready:
        say(f"was held with the account: amplifier queue retry {address}")
    say("next: amplifier run --drain")
