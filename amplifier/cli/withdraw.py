"""`withdraw`: take back a campaign, a thread or a post, because a person asked for it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import (
    as_json_option,
    at_terminal,
    banner,
    by_option,
    common,
    counted,
    print_json,
    reason,
    say,
    who,
    with_app,
)
from amplifier.errors import AccountBlocked, AmplifierError, NeedsYes, TryLater
from amplifier.model import Address, Mode
from amplifier.networks.port import Kind
from amplifier.networks.prices import prices_of, usd
from amplifier.publishing import withdraw as withdrawing
from amplifier.publishing.outcome import RATE_LIMIT_WAIT
from amplifier.publishing.withdraw import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amplifier.app import App
    from amplifier.publishing.withdraw import Cancelled, Deleted, Out

LATER = frozenset({Kind.LIMITED, Kind.NOT_SENT, Kind.UNCLEAR})
"""Answers after which the same command may succeed."""


class TargetType(click.ParamType[Target]):
    """CAMPAIGN, campaign/thread/account, or with /k one post and those after it; @dry or @simulated when not live."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        """Read what is to be withdrawn, or say what it looks like."""
        found = value if isinstance(value, Target) else Target.parse(str(value))
        if found is None:
            self.fail(f"{value!r} is neither a campaign, nor campaign/thread/account, nor a post of one", param, ctx)
        return found


@click.command()
@click.argument("target", type=TargetType(), metavar="CAMPAIGN|THREAD|POST")
@click.option("--because", metavar="REASON", required=True, help="Who asked for it, or why; recorded.")
@click.option("--confirm", type=TargetType(), metavar="ADDRESS", help="Delete what is out; the same address once more.")
@click.option("--undo", is_flag=True, help="Let the campaign file bring it back; deletes and queues nothing.")
@by_option
@as_json_option
@common
def withdraw(target: Target, because: str, confirm: Target | None, undo: bool, by: str | None, as_json: bool) -> None:
    """Cancel what is not out, and delete what is.

    Cancels at once; a post is withdrawn with those that follow it. Then lists what is out and deletes it from the
    network once its address was typed, or given with --confirm. No approval brings back what was withdrawn.

    Exit: 0 done, 1 a person has to look, 4 not deleted: nobody confirmed, 5 the account is blocked, 75 not all of it
    could be deleted yet: type it again.
    """
    because = reason("--because", because)
    if undo and confirm:
        raise click.UsageError("--undo and --confirm exclude each other")
    app, name = with_app(decides=True), who(by)
    if undo:
        still = withdrawing.allow(app.store, target, because=because, who=name, now=app.now())
        click.echo(f"may be approved again: {target}")
        for part in still:
            say(f"{part} was withdrawn on its own, and stays so: amplifier withdraw {part} --undo --because …")
        say("a thread that has begun never goes out again: give it another id in the campaign file")
        say("next: amplifier approve FILE")
        return
    at = app.now()
    left = withdrawing.cancel(app.store, target, because=because, who=name, now=at)
    if not as_json:
        _tell_cancelled(target, left, name)
    confirmed = bool(left.out) and _confirmed(target, confirm, left.out)
    done = list(_delete(app, left.out, because, name, quiet=as_json)) if confirmed else []
    if as_json:
        about = {"address": str(target), "by": name, "because": because, "at": at, "confirmed": confirmed}
        print_json(about | _record(left, done))
    ended = _ending(target, left, done, confirmed=confirmed)
    if ended:
        raise ended
    say(f"withdrawn; next: amplifier queue list --campaign {target.campaign}")


def _tell_cancelled(target: Target, left: Cancelled, name: str) -> None:
    doubtful = (*left.settling, *left.perhaps)
    named = (*(item.address for item in (*left.out, *left.later)), *map(Address.parse, doubtful))
    modes = {address.mode for address in named if address}
    say(f"{banner(modes) if modes else 'nothing is out'} · {target}, withdrawn by {name}")
    for address in left.cancelled:
        click.echo(f"cancelled: {address}")
    for item in (*left.out, *left.later):
        click.echo(f"out: {item.address}  {item.url or item.remote_id}")
    for address in doubtful:
        click.echo(f"may be out: {address}")


def _confirmed(target: Target, confirm: Target | None, out: tuple[Out, ...]) -> bool:
    """Whether a person has typed the address, here or on the command line."""
    if confirm is not None or not at_terminal():
        return confirm == target
    say(f"{_posts(out)} out. {_price(out)}")
    asked = f"Type {target} to delete (anything else leaves what is out):"
    typed: str = click.prompt(asked, default="", show_default=False, prompt_suffix=" ", err=True)
    return Target.parse(typed) == target


def _posts(out: tuple[Out, ...]) -> str:
    return f"{counted(len(out), 'post')} {'is' if len(out) == 1 else 'are'}"


def _cost(out: Iterable[Out]) -> Decimal:
    return sum((prices_of(item.network).delete for item in out if item.address.mode is Mode.LIVE), Decimal(0))


def _price(out: tuple[Out, ...]) -> str:
    cost = _cost(out)
    if not cost:
        return "Deleting costs nothing."
    live = next(item for item in out if item.address.mode is Mode.LIVE)
    return f"Deleting costs {usd(cost)} (prices of {prices_of(live.network).as_of})."


def _delete(app: App, out: tuple[Out, ...], because: str, name: str, *, quiet: bool) -> Iterable[Deleted]:
    lease = timedelta(seconds=app.settings.lease_seconds)
    for did in withdrawing.delete(
        app.store, out, network=app.network, because=because, who=name, lease=lease, now=app.now
    ):
        if not quiet:
            what = "deleted" if did.gone else "not deleted"
            click.echo("  ".join((f"{what}: {did.out.address}", did.out.url or did.out.remote_id, _said(did))).rstrip())
        yield did


def _said(did: Deleted) -> str:
    """What the network said; nothing where the post was simply deleted."""
    if did.answer is None:
        return "not asked, for the reason above"
    until = f"not before {did.answer.until:%Y-%m-%d %H:%M} UTC" if did.answer.until else ""
    if did.answer.kind is Kind.LIMITED and not until:
        until = f"it does not say until when; try again in {RATE_LIMIT_WAIT.seconds // 60} minutes"
    kind = "" if did.gone else did.answer.kind.value
    return ": ".join(filter(None, (kind, did.answer.detail, until)))


def _record(left: Cancelled, done: list[Deleted]) -> dict[str, Any]:
    """What was done, for the records of whoever was asked for it."""
    answers = {did.out.post_id: did for did in done}
    out = []
    for item in (*left.out, *left.later):
        did = answers.get(item.post_id)
        said = {"deleted": did.gone, "answer": _said(did) or "deleted"} if did else {"deleted": False, "answer": None}
        out.append({"post": str(item.address), "url": item.url, "remote_id": item.remote_id, **said})
    return {
        "cancelled": left.cancelled,
        "may_be_out": left.settling,
        "perhaps_sent": left.perhaps,
        "out": out,
        "cost_usd": _cost(did.out for did in done if did.answer),
    }


def _ending(target: Target, left: Cancelled, done: list[Deleted], *, confirmed: bool) -> AmplifierError | None:
    """What is left to do, with its exit code; None: it is done."""
    again = f"type the same again: amplifier withdraw {target} --because …"
    if left.out and not confirmed:
        needed = f"{_posts(left.out)} still out. {_price(left.out)}"
        return NeedsYes(f"nothing was deleted: {needed}", f"amplifier withdraw {target} --because … --confirm {target}")
    kinds = {did.answer.kind for did in done if did.answer and not did.gone}
    if Kind.BLOCKED in kinds:
        return AccountBlocked(
            "an account is refused, and its posts are still out", f"amplifier doctor --online; {again}"
        )
    if left.perhaps:
        resolve = " or ".join(f"amplifier queue resolve {name} --sent URL, or --not-sent" for name in left.perhaps)
        return AmplifierError(
            f"perhaps out, and not cancelled: {', '.join(left.perhaps)}",
            f"look on the network, then: {resolve}; then {again}",
        )
    if kinds - LATER:
        return AmplifierError("not everything was deleted", "look at it on the network, and delete it there by hand")
    if left.settling:
        return TryLater(
            f"may be out, and not cancelled: {', '.join(left.settling)}",
            f"amplifier run --drain settles it; then {again}",
        )
    return TryLater("not everything could be deleted now", again) if kinds else None
