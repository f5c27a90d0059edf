"""`run`, `pause` and `resume`: what the operator types, or cron does."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import click
from filelock import FileLock, Timeout
from sqlalchemy import select

from amplifier.cli.common import banner, by_option, common, iso, say, who, with_app
from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.publishing import pause as pauses
from amplifier.publishing.run import needs_a_person
from amplifier.publishing.run import run as run_queue
from amplifier.store.tables import account as account_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from amplifier.app import App
    from amplifier.publishing.beat import Done
    from amplifier.publishing.pause import Scope
    from amplifier.publishing.run import Ran


@click.command()
@click.option("--once", is_flag=True, help="For cron: begin what is due, stay until every begun thread is settled.")
@click.option("--drain", is_flag=True, help="Stay until nothing is due, waiting out gaps, leases and short limits.")
@common
def run(once: bool, drain: bool) -> None:
    """Operator: publishes every approved post that is due.

    Without an option: the daemon, until stopped by Ctrl-C or SIGTERM.

    Exit: 0 nothing due left, 1 something is held or failed, 5 an account is blocked, 75 waiting or paused,
    78 live posts are due but AMPLIFIER_LIVE is not 1.
    """
    if once and drain:
        raise click.UsageError("--once and --drain exclude each other")
    app = with_app()
    stop = Event()
    if not once and not drain:
        _daemon(app)
        return
    with _stopped_by_signal(stop.set):
        code = _drain(app, stop) if drain else _once(app, stop)
    if stop.is_set():  # a stop that was asked for is no failure; the next run goes on
        code = 0
    click.get_current_context().exit(code)


def _drain(app: App, stop: Event) -> int:
    return _finish(app, _run(app, stop, drain=True, quiet=False), stop, quiet=False)


def _once(app: App, stop: Event) -> int:
    app.workspace.private.mkdir(mode=0o700, exist_ok=True)
    try:
        with FileLock(app.workspace.lock_file, timeout=0):
            return _finish(app, _run(app, stop, drain=False, quiet=True), stop, quiet=True)
    except Timeout:  # a slow cron does not pile up
        return 0


def _run(app: App, stop: Event, *, drain: bool, quiet: bool) -> Ran:
    def report(done: Done) -> None:
        app.tell(done)  # first: stdout may be a closed pipe
        if not quiet or needs_a_person(done):
            click.echo(f"{done.address.mode.banner}  {done}")

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    return run_queue(
        app.publisher("drain" if drain else "once"),
        drain=drain,
        sleep=sleep,
        stopping=stop.is_set,
        report=report,
    )


def _finish(app: App, ran: Ran, stop: Event, *, quiet: bool) -> int:
    """Say what needs a person, and with which command to go on."""
    ahead = ran.outlook
    for name in ahead.blocked:
        say(f"account {name} is blocked: amplifier account list, then amplifier account unblock {name}")
    if ahead.troubled:
        say(f"{ahead.troubled} posts wait for a person: amplifier queue list --state held, --state failed")
    if ahead.live_left:
        say(
            f"{ahead.live_left} LIVE posts are due and were left: AMPLIFIER_LIVE is not 1",
            "next: set AMPLIFIER_LIVE=1, or amplifier queue cancel what should not go out",
        )
    if not quiet:
        if ahead.paused or app.workspace.pause_file.exists():
            say("paused: amplifier resume --why …" if ahead.paused else "paused by the file PAUSE: delete it to go on")
        elif ahead.partly_paused:
            say("an account or a campaign is paused: amplifier status")
        stopped = "stopped; " if stop.is_set() else ""
        say(f"{banner(_may_publish(app))}: {stopped}{_what_is_next(ran)}")
    return ran.exit_code


def _what_is_next(ran: Ran) -> str:
    if ran.waiting:
        return "something due waits: amplifier status"
    later = ran.outlook.next_at
    return f"nothing due; next at {later:%Y-%m-%d %H:%M} UTC" if later else "nothing due left; next: amplifier report"


def _daemon(app: App) -> None:
    from amplifier.daemon import Daemon  # noqa: PLC0415 - apscheduler is for the daemon alone

    def report(done: Done) -> None:
        app.tell(done)
        click.echo(f"{iso(done.at)}  {done.address.mode.banner}  {done}")

    daemon = Daemon(app, report)
    say(f"{banner(_may_publish(app))}: publishing from {app.store.shown}; stop with Ctrl-C or SIGTERM")
    with _stopped_by_signal(daemon.stop):
        daemon.run()


def _may_publish(app: App) -> set[Mode]:
    """The modes in which a run publishes now: those of the queue's and of the settings' accounts."""
    with app.store.read() as connection:
        found = {Mode(mode) for mode in connection.execute(select(account_table.c.mode).distinct()).scalars()}
    found |= {app.mode_of(name) for name in app.settings.accounts}
    return found & app.modes() or {Mode.DRY}


@contextmanager
def _stopped_by_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop` here: the request on the wire is finished and settled first."""
    before = {name: signal.signal(name, lambda *_: stop()) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


account_option = click.option("--account", metavar="NAME", help="Only this account.")
campaign_option = click.option("--campaign", metavar="NAME", help="Only this campaign.")


def _scope(account: str | None, campaign: str | None) -> tuple[Scope, str]:
    if account and campaign:
        raise click.UsageError("--account and --campaign exclude each other")
    if account:
        return "account", account
    return ("campaign", campaign) if campaign else ("all", "")


def _words(scope: Scope, name: str) -> str:
    return "everything" if scope == "all" else f"{scope} {name}"


@click.command()
@account_option
@campaign_option
@click.option("--why", metavar="REASON", help="Recorded with the pause.")
@by_option
@common
def pause(account: str | None, campaign: str | None, why: str | None, by: str | None) -> None:
    """Stop publishing: everything, an account, or a campaign.

    At once and without asking; it takes effect between two posts, and survives a restart.
    """
    scope, name = _scope(account, campaign)
    app = with_app()
    fresh = pauses.stop(app.store, scope, name, why=why, who=who(by), now=app.now())
    click.echo(f"paused: {_words(scope, name)}" if fresh else f"was paused already: {_words(scope, name)}")
    option = "" if scope == "all" else f"--{scope} {name} "
    say(f"next: amplifier resume {option}--why …")


@click.command()
@account_option
@campaign_option
@click.option("--why", metavar="REASON", required=True, help="Recorded with the resumption.")
@by_option
@common
def resume(account: str | None, campaign: str | None, why: str, by: str | None) -> None:
    """Go on after a pause.

    What was missed by more than its campaign's `late` is held, not flooded out.
    """
    scope, name = _scope(account, campaign)
    app = with_app()
    held = pauses.go_on(app.store, scope, name, why=why, who=who(by), now=app.now())
    if held is None:
        raise UsageError(f"{_words(scope, name)} is not paused", "amplifier status shows what is")
    click.echo(f"goes on: {_words(scope, name)}")
    for address in held:
        say(f"held as too late: {address}: amplifier queue retry {address}, or cancel it")
    if app.workspace.pause_file.exists():
        say(f"the file {app.workspace.pause_file} still stops everything: delete it")
    say("next: amplifier status")
