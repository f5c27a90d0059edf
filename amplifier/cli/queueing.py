"""`queue`: list, show, cancel, retry, resolve and acknowledge posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import (
    as_json_option,
    banner,
    by_option,
    common,
    iso,
    print_json,
    say,
    table,
    who,
    with_app,
)
from amplifier.engagement.query import rows
from amplifier.errors import UsageError
from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import manual
from amplifier.publishing.mend import mend, steps
from amplifier.publishing.queue import address_of
from amplifier.publishing.receipts import receipt_of
from amplifier.publishing.story import story

if TYPE_CHECKING:
    from amplifier.app import App
    from amplifier.publishing.story import Happening

EVENT = ("at", "kind", "what", "who", "why", "from_state", "to_state", "data")
NEEDS_HELP = {State.HELD.value, State.FAILED.value, State.UNKNOWN.value}
ADDRESSES = (
    "write campaign/thread/account/NUMBER for a post, campaign/thread/account for a thread; with @dry or @simulated "
    "behind it when it is not live"
)
"""What an address looks like, for whoever has not seen one yet."""
because_option = click.option("--because", metavar="REASON", default="", help="Recorded with what you do.")


class AddressType(click.ParamType[Address]):
    """campaign/thread/account, or with /k one post of it; @dry or @simulated when it is not live."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Read an address, or say what one looks like."""
        found = value if isinstance(value, Address) else Address.parse(str(value))
        if found is None:
            self.fail(f"{value!r} is no address: {ADDRESSES}", param, ctx)
        return found


address_argument = click.argument("address", type=AddressType())


@click.group()
@common
def queue() -> None:
    """List, show, cancel, retry, resolve and acknowledge posts."""


@queue.command("list")
@click.option("--campaign", metavar="NAME", help="Only this campaign.")
@click.option("--account", metavar="NAME", help="Only this account.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only posts in this state.")
@as_json_option
@common
def list_posts(campaign: str | None, account: str | None, state: str | None, as_json: bool) -> None:
    """List posts with their states, in the order of their times."""
    app = with_app()
    where = {key: value for key, value in {"campaign": campaign, "account": account, "state": state}.items() if value}
    found = rows(app.store, "post_log", campaign=campaign, account=account, state=state)
    if not found and where:
        _say_what_there_is(app, where)
    found.sort(key=lambda row: (row["sent_at"] or row["due_at"], row["campaign"], row["thread"], row["k"]))
    if as_json:
        print_json([row | {"post": _address(row)} for row in found])
        return
    shown = [
        {
            "post": _address(row),
            "state": _state(row),
            "due or sent": _seconds(row["sent_at"] or row["due_at"]),
            "why": row["why"],
            "text": _start(row["text"]),
        }
        for row in found
    ]
    if not shown:
        say("no such post" if where else "nothing was approved yet; next: amplifier approve FILE")
        return
    say(f"{banner({Mode(row['mode']) for row in found})} · {app.store.shown}")
    columns = [name for name in ("post", "state", "due or sent", "why", "text") if any(row[name] for row in shown)]
    table(shown, columns, wraps=("why",), cut="text")
    say(f"next: amplifier queue show {shown[0]['post']}")


def _say_what_there_is(app: App, where: dict[str, str]) -> None:
    """A name that no post has is a slip of the pen; no post in a state is an answer."""
    everything = rows(app.store, "post_log")
    for key in ("campaign", "account"):
        known = sorted({row[key] for row in everything})
        if known and key in where and where[key] not in known:
            raise UsageError(f"there is no {key} {where[key]!r} in the queue", f"known: {', '.join(known)}")


def _seconds(instant: str) -> str:
    """A view's instant without the fraction that only data needs."""
    return instant.partition(".")[0] + "Z"


def _address(row: dict[str, Any]) -> str:
    mode = "" if row["mode"] == "live" else f"@{row['mode']}"
    return f"{row['campaign']}/{row['thread']}/{row['account']}/{row['k']}{mode}"


def _state(row: dict[str, Any]) -> str:
    """What became of it: what was deleted on the network was sent, and is out no more."""
    return f"{row['state']}, deleted {_seconds(row['deleted_at'])}" if row["deleted_at"] else str(row["state"])


def _start(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 48 else line[:47] + "…"


@queue.command("show")
@address_argument
@as_json_option
@common
def show(address: Address, as_json: bool) -> None:
    """Tell a post's, or a thread's, whole story from its events."""
    app = with_app()
    with app.store.read() as connection:
        told = [(row, story(connection, row)) for row in manual.find(connection, address)]
    if as_json:
        print_json([_data(row, happenings) for row, happenings in told])
        return
    for number, (row, happenings) in enumerate(told):
        said = ": ".join(filter(None, (row["why"], row["detail"])))
        mode = Mode(row["mode"]).banner
        click.echo(click.style(f"{address_of(row)}  {mode}  {row['state']}" + (f"  {said}" if said else ""), bold=True))
        if row["url"]:
            click.echo(f"  {row['url']}")
        for line in row["text"].split("\n"):
            click.echo(f"  │ {line}")
        # what happened to the whole thread is told with its first post
        for item in (item for item in happenings if item.of_post or not number):
            why = f"  ({item.why})" if item.why else ""
            by = f"  by {item.who}" if item.who else ""
            click.echo(f"  {iso(item.at)}  {item.what}{why}{by}")
    waiting = [row for row, _ in told if row["state"] in NEEDS_HELP and row["why"] != Why.EARLIER]
    for row in waiting[:1]:
        found = mend(address_of(row), State(row["state"]), Why(row["why"]) if row["why"] else None)
        say(*steps(found.data, "next: "))


def _data(row: Any, happenings: list[Happening]) -> dict[str, Any]:
    keys = ("state", "why", "detail", "text", "due_at", "sent_at", "remote_id", "url", "deleted_at")
    tries = [item for item in happenings if item.kind == "attempt"]
    return {
        "post": str(address_of(row)),
        **{key: row[key] for key in keys},
        "events": [{key: getattr(item, key) for key in EVENT} for item in happenings if item.kind != "attempt"],
        "attempts": [{"at": item.at, "worker": item.who, **item.data} for item in tries],
    }


@queue.command("cancel")
@address_argument
@because_option
@by_option
@common
def cancel(address: Address, because: str, by: str | None) -> None:
    """Take a post and those after it out of the queue.

    Refuses what may be out already.
    """
    app = with_app(decides=True)
    for name in manual.cancel(app.store, address, why=because, who=who(by), now=app.now()):
        click.echo(f"cancelled: {name}")
    say("next: amplifier queue list", f"to bring it back: amplifier queue retry {address}")


@queue.command("retry")
@address_argument
@because_option
@by_option
@common
def retry(address: Address, because: str, by: str | None) -> None:
    """Queue a post again that is proven not sent.

    That is one that failed, is held, or was cancelled by a person.
    """
    app = with_app(decides=True)
    name = manual.retry(app.store, address, why=because, who=who(by), now=app.now(), caps=app.caps)
    click.echo(f"queued again: {name}")
    say("next: amplifier run --drain")


@queue.command("resolve")
@address_argument
@click.option("--sent", "url", metavar="URL", help="It is out, and this is where.")
@click.option("--not-sent", is_flag=True, help="You have looked, and it is not out: queue it again.")
@click.option("--unchecked", is_flag=True, help="With --sent, when the account's timeline cannot be read.")
@because_option
@by_option
@common
def resolve(address: Address, url: str | None, not_sent: bool, unchecked: bool, because: str, by: str | None) -> None:
    """Say what became of a post that is unknown, or held: perhaps sent."""
    if bool(url) == not_sent:
        raise click.UsageError("say either --sent URL or --not-sent")
    app = with_app(decides=True)
    if not_sent:
        name = manual.resolve_not_sent(app.store, address, why=because, who=who(by), now=app.now())
        click.echo(f"queued again: {name}")
        say("next: amplifier run --drain")
        return
    _resolve_sent(app, address, str(url), because, who(by), unchecked=unchecked)


def _resolve_sent(app: App, address: Address, url: str, because: str, name: str, *, unchecked: bool) -> None:
    manual.resolve_sent(
        app.store,
        address,
        receipt_of(url, app.settings.account(address.account).network, address.mode),
        network=app.network(address.account, address.mode),
        why=because,
        who=name,
        now=app.now(),
        unchecked=unchecked,
    )
    click.echo(f"sent: {address}")
    say("next: amplifier run --drain, for what follows it")


@queue.command("ack")
@address_argument
@by_option
@common
def ack(address: Address, by: str | None) -> None:
    """Acknowledge what is held or failed.

    Exits and `status` are no longer red for it.
    """
    app = with_app()
    for name in manual.acknowledge(app.store, address, who=who(by), now=app.now()):
        click.echo(f"acknowledged: {name}")
    say("next: amplifier status")
