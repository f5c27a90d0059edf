"""`studio`: the page for staff, on this machine's own address."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import click

from amplifier.cli.common import at_terminal, by_option, common, say, who, with_app
from amplifier.cli.loopback import HOST, listen, open_browser
from amplifier.cli.running import stopped_by_signal
from amplifier.errors import UsageError

if TYPE_CHECKING:
    import socket

    from amplifier.app import App

USUAL_PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Default: {USUAL_PORT}, or another one if that is taken.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@by_option
@common
def studio(port: int | None, no_browser: bool, by: str | None) -> None:
    """Open the page on which staff see, edit, approve and stop threads.

    It prints an address that opens it once, for you alone. Only this machine can reach it. From elsewhere, with the
    same port on both sides: ssh -L 8000:127.0.0.1:8000 HOST.
    """
    from amplifier.studio.doors import Doors  # noqa: PLC0415 - as below
    from amplifier.studio.people import people  # noqa: PLC0415

    app = with_app(decides=True)
    if by is not None and app.settings.studio_people:
        raise UsageError("--by and AMPLIFIER_STUDIO_PEOPLE both say who comes in", "leave one of them out")
    doors = Doors(app.ticks)
    codes = doors.invite(people(app.settings.studio_people, who(by)))
    with closing(listen(port, USUAL_PORT)) as listening:
        base = f"http://{HOST}:{listening.getsockname()[1]}/enter/"
        for person, code in codes.items():
            known = "" if len(codes) == 1 else f"  {person.name} ({person.role.name.lower()})"
            click.echo(f"{base}{code}{known}")
        say("opens once, for each their own" if len(codes) > 1 else f"opens once, for {next(iter(codes)).name}")
        say("for this machine alone; Ctrl-C ends it")
        if at_terminal() and not no_browser and len(codes) == 1:
            open_browser(base + next(iter(codes.values())))
        _serve(app, doors, listening)


def _serve(app: App, doors: object, listening: socket.socket) -> None:
    from amplifier.cli.connections import server as serving  # noqa: PLC0415 - not for commands that serve nothing
    from amplifier.studio.serve import studio as application  # noqa: PLC0415

    port = listening.getsockname()[1]
    # with this port, so that `ssh -L` needs the same one on both sides: any other might be another program's
    hosts = frozenset(f"{name}:{port}" for name in (HOST, "localhost"))
    # how many clients it bears, and how slow they may be, stands in `connections`; while it serves, signals are its own
    server = serving(application(app, doors, hosts, lambda: server.should_exit))  # type: ignore[arg-type]

    def stop() -> None:
        server.should_exit = True

    with stopped_by_signal(stop):
        asyncio.run(server.serve([listening]))
