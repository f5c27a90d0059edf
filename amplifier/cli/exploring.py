"""`explore`: Datasette on the workspace's file, read-only and for this machine alone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
from sqlalchemy import select

from amplifier.cli.common import at_terminal, common, say, with_app
from amplifier.cli.loopback import HOST, listen, open_browser
from amplifier.cli.running import stopped_by_signal
from amplifier.engagement import explore as shown
from amplifier.engagement.extras import HOW
from amplifier.engagement.questions import questions
from amplifier.errors import ConfigurationError
from amplifier.store import engagement, tables
from amplifier.store.schema import view_statements

if TYPE_CHECKING:
    import socket

    from amplifier.store.engine import Store

USUAL_PORT = 8001
LAST_ANSWERS = 3
"""Seconds that an answer under way may still take when the server is stopped."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Default: {USUAL_PORT}, or another one if that is taken.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@common
def explore(port: int | None, no_open: bool) -> None:
    """Open the results in the browser: tables, questions and charts.

    Read-only, while runs go on, until stopped by Ctrl-C or SIGTERM. Only this machine can reach it, and everybody who
    works on this machine can. It needs an SQLite database, and Datasette: make analyst, in the folder of Amplifier's
    code.
    """
    app = with_app(made=True)
    if app.store.path is None:
        raise ConfigurationError(
            f"explore opens SQLite files, and the database here is {app.store.shown}",
            "amplifier sql --question NAME answers the same questions; amplifier export takes the views out",
        )
    _needs_datasette()
    path, told = app.store.path.absolute(), metadata_of(app.store)
    app.close()
    with closing(listen(port, USUAL_PORT)) as listening:
        url = f"http://{HOST}:{listening.getsockname()[1]}/"
        click.echo(url)
        say("read-only, for this machine alone; Ctrl-C ends it")
        if at_terminal() and not no_open:
            open_browser(url)
        _serve(listening, path, told)


def metadata_of(store: Store) -> dict[str, Any]:
    """What Datasette is told about this ledger."""
    modes = select(tables.account.c.mode).distinct().order_by(tables.account.c.mode)
    with store.read() as connection:
        found = list(connection.execute(modes).scalars())
    names = sorted({*engagement.snapshot.metadata.tables, "alembic_version"})
    return shown.metadata(view_statements(), names, questions(), found)


def _needs_datasette() -> None:
    try:
        import datasette_dashboards  # noqa: F401, PLC0415 - of the extra
    except ImportError:
        raise ConfigurationError("explore needs Datasette, which is not installed here", f"type: {HOW}") from None


def _serve(listening: socket.socket, path: Path, told: dict[str, Any]) -> None:
    import uvicorn  # noqa: PLC0415 - of the extra
    from datasette.app import Datasette  # noqa: PLC0415
    from datasette.database import Database  # noqa: PLC0415

    files = str(Path(shown.__file__).parent / "explore_files")
    datasette = Datasette(
        [], metadata=told, settings=dict(shown.SETTINGS), static_mounts=[(shown.STATIC, files)], pdb=False
    )
    from datasette import handle_exception  # noqa: PLC0415 - after the app, which has it as its plug-in

    handle_exception.rich = None  # else each mistake in somebody's SQL is a coloured traceback here, and takes seconds
    datasette.remove_database("_memory")
    ledger = Database(datasette, path=str(path), is_mutable=True)
    ledger.connect = _connector(path)  # its own way puts a path into an address as it is, whatever signs it has
    datasette.add_database(ledger, name=shown.DATABASE)
    config = uvicorn.Config(
        _guarded(datasette.app(), listening.getsockname()[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    async def serve() -> None:
        await datasette.invoke_startup()
        await server.serve([listening])

    with stopped_by_signal(stop):
        asyncio.run(serve())


def _connector(path: Path) -> Any:
    def connect(*, write: bool = False) -> sqlite3.Connection:
        if write:
            raise PermissionError(path)
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection

    return connect


def _guarded(app: Any, port: int) -> Any:
    """Answer only what reads, and only where the browser was sent here by this machine's name: another site may point a
    name of its own here.
    """
    names = {f"{host}:{port}".encode() for host in (HOST, "localhost")}

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif dict(scope["headers"]).get(b"host") not in names:
            await _refuse(send, 421, f"open http://{HOST}:{port}/ instead\n")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _refuse(send, 405, "nothing is changed here\n")
        else:
            with suppress(asyncio.CancelledError):  # the server is stopped, and waits for it no longer
                await app(scope, receive, send)

    return guarded


async def _refuse(send: Any, status: int, said: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": said.encode()})
