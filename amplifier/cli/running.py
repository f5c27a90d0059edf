"""`run`: what the operator types, or cron does."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import SimpleQueue
from shlex import quote
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import click
from filelock import FileLock, Timeout
from sqlalchemy import select

from amplifier.cli.common import banner, common, iso, locate, say, with_app
from amplifier.errors import AmplifierError, ConfigurationError, TryLater
from amplifier.model import Mode
from amplifier.networks.redact import clean
from amplifier.publishing.outlook import Waiting
from amplifier.publishing.run import needs_a_person
from amplifier.publishing.run import run as run_queue
from amplifier.settings import service_manager
from amplifier.store.tables import account as account_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from filelock import AcquireReturnProxy

    from amplifier.app import App
    from amplifier.publishing.beat import Done
    from amplifier.publishing.outlook import Holder
    from amplifier.publishing.run import Ran
    from amplifier.workspace import Workspace


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
    stop = Event()
    with _pause_file_counts():
        app = with_app()
        if not once and not drain:
            _daemon(app)
            return
        code = 0
        with stoppable(stop, app.settings.secrets):
            code = _drain(app, stop) if drain else _once(app, stop)
    click.get_current_context().exit(0 if stop.is_set() else code)


@contextmanager
def stoppable(stop: Event, secrets: Collection[str]) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop`, and what was asked to stop does not fail for what time will mend.

    In this order: whether a stop was asked for is known only when the thread that hears of it has ended.
    """
    with a_stop_is_no_failure(stop, secrets), stopped_by_signal(stop.set):
        yield


@contextmanager
def a_stop_is_no_failure(stop: Event, secrets: Collection[str]) -> Iterator[None]:
    """Where a stop was asked for, what time will mend is said and is no error: the next run goes on."""
    try:
        yield
    except TryLater as exc:
        if not stop.is_set():
            raise
        say(clean(f"stopped; {exc}", secrets))


@contextmanager
def _pause_file_counts() -> Iterator[None]:
    """A PAUSE file is obeyed, and said, also where the database cannot be used."""
    try:
        yield
    except AmplifierError as exc:
        workspace, _ = locate()
        if not workspace.pause_file.exists():
            raise
        say(f"paused by the file {workspace.pause_file}: nothing is published until it is deleted", f"besides: {exc}")
        click.get_current_context().exit(75)


def _drain(app: App, stop: Event) -> int:
    return _finish(app, _run(app, stop, drain=True, quiet=False), stop, quiet=False)


def _once(app: App, stop: Event) -> int:
    try:
        with _alone(app.workspace):
            return _finish(app, _run(app, stop, drain=False, quiet=True), stop, quiet=True)
    except Timeout:  # a slow cron does not pile up
        return 0


def _alone(workspace: Workspace) -> AcquireReturnProxy[Any]:
    """The lock that one `run --once` of a workspace holds. Raises `Timeout` where another one has it, and
    `ConfigurationError` where it cannot be made: a run as another user, or a copy, may have left what is there.
    """
    private, lock = workspace.private, workspace.lock_file
    try:
        private.mkdir(mode=0o700, exist_ok=True)
        return FileLock(lock, timeout=0).acquire()
    except Timeout:  # an OSError too
        raise
    except OSError as exc:
        raise ConfigurationError(
            f"{lock} cannot be written: {exc.strerror or exc}", f"type: {_way_to(private, lock, exc)}"
        ) from exc


def _way_to(private: Path, lock: Path, exc: OSError) -> str:
    """The command that makes way for the lock."""
    match exc:
        case IsADirectoryError():
            return f"rmdir {quote(str(lock))}"
        case FileExistsError():  # in the place of the folder
            return f"rm {quote(str(private))}"
        case _:
            mine = private if private.exists() else private.parent
            return f"sudo chown -R USER {quote(str(mine))}, with the user that runs Amplifier"


def _run(app: App, stop: Event, *, drain: bool, quiet: bool) -> Ran:
    def report(done: Done) -> None:
        if not quiet or needs_a_person(done):
            click.echo(f"{done.address.mode.banner}  {done}")

    def lost(holder: Holder) -> None:
        if not quiet:
            say(f"{holder}; this run waits for it")

    runner = "drain" if drain else "once"
    messenger = app.messenger(runner)

    def sleep(seconds: float) -> None:
        messenger.beat()
        stop.wait(seconds)

    messenger.open()
    try:
        publisher = replace(app.publisher(runner), leaving=stop.is_set)
        ran = run_queue(publisher, drain=drain, sleep=sleep, stopping=stop.is_set, report=report, lost=lost)
        messenger.beat()
    finally:  # also when nobody reads stdout any more
        messenger.close(stop.is_set)
    return ran


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
    for holder in ran.others if ran.waiting else ():
        say(f"left to another worker: {holder}")
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
    if later is None:
        return "nothing due left; next: amplifier report"
    waits = ran.outlook.until(Waiting.BUDGET) is not None
    what = "a thread waits for its account's budget: amplifier status" if waits else "nothing due"
    return f"{what}; next at {later:%Y-%m-%d %H:%M} UTC"


def _daemon(app: App) -> None:
    from amplifier.daemon import Daemon  # noqa: PLC0415 - apscheduler is for the daemon alone

    def report(done: Done) -> None:
        with suppress(BrokenPipeError):  # nobody reads it any more, and the beats go on
            click.echo(f"{iso(done.at)}  {done.address.mode.banner}  {done}")

    daemon = Daemon(app, report, service_manager())
    say(f"{banner(_may_publish(app))}: publishing from {app.store.shown}; stop with Ctrl-C or SIGTERM")
    with stopped_by_signal(daemon.stop):
        daemon.run()


def _may_publish(app: App) -> set[Mode]:
    """The modes in which a run publishes now: those of the queue's and of the settings' accounts."""
    with app.store.read() as connection:
        found = {Mode(mode) for mode in connection.execute(select(account_table.c.mode).distinct()).scalars()}
    found |= {app.mode_of(name) for name in app.settings.accounts}
    return found & app.modes() or {Mode.DRY}


@contextmanager
def stopped_by_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop` once: the request on the wire is finished and settled first.

    A handler may interrupt whoever holds the very lock that `stop` needs, so it only puts a word into a queue that is
    made for that, and a thread of its own calls `stop`.
    """
    asked: SimpleQueue[bool] = SimpleQueue()

    def listen() -> None:
        if asked.get():
            stop()

    thread = Thread(target=listen, name="signals", daemon=True)
    thread.start()
    before = {name: signal.signal(name, lambda *_: asked.put(True)) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        asked.put(False)
        thread.join()
