"""The command line: one file per group of commands; errors become exit codes, once.

`amplifier --help` imports click alone: a command's module is imported when it is called.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from amplifier import __version__
from amplifier.errors import AmplifierError, FileError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a full disk says."""
COMMANDS = {
    "init": ("starting", "Make a workspace in DIR from the starter files."),
    "new": ("starting", "Write a campaign file for ARTICLE."),
    "check": ("writing", "Name every mistake of campaign files, with file:line:column."),
    "preview": ("writing", "Show each thread of FILE exactly as it will be published."),
    "claims": ("claims", "Keep the ledger of what the article asserts: scan, review, list."),
    "share-kit": ("sharing", "Make a page with which supporters pass CAMPAIGN on by their own hand."),
    "schema": ("writing", "Print the JSON Schema that editors complete campaign files from."),
    "plan": ("approving", "Show what approving FILE would queue, when, and at what price."),
    "rehearse": ("rehearsing", "Run FILE from its approval to its last post, without a network."),
    "calendar": ("calendar", "Write when the threads of FILE, or of all campaigns, start: as iCalendar, in UTC."),
    "approve": ("approving", "Seal the threads of FILE and queue them."),
    "correct": ("correct", "Compose a correction for a published post, for approval."),
    "queue": ("queueing", "List, show, cancel, retry, resolve and acknowledge posts."),
    "withdraw": ("withdraw", "Cancel what is not out, and delete what is."),
    "account": ("accounts", "List accounts, and unblock one."),
    "run": ("running", "Operator: publishes every approved post that is due."),
    "pause": ("pausing", "Stop publishing: everything, an account, or a campaign."),
    "resume": ("pausing", "Go on after a pause."),
    "alert": ("alerting", "Try the way to a person, and list what was told."),
    "studio": ("studio", "Open the page on which staff see, edit, approve and stop threads."),
    "status": ("status", "Say in one screen what is next, and what needs a person."),
    "collect": ("results", "Read the metrics of published posts that are due for it."),
    "import-metrics": ("importing", "Bring counts from FILE, a CSV, into the log."),
    "report": ("results", "Show what came of the posts of CAMPAIGN, or of all."),
    "export": ("results", "Write VIEW, or with --all every view, as csv, json or parquet."),
    "sql": ("asking", "Ask the database one question in SQL; it cannot change anything."),
    "explore": ("exploring", "Open the results in the browser: tables, questions and charts."),
    "doctor": ("doctor", "Check workspace, database, clock, permissions and accounts."),
    "backup": ("backup", "Copy the database to a file of its own, checked."),
    "demo": ("demo", "Run the whole pipeline on a scratch copy: no account, no network."),
    "completion": ("completion", "Print the shell's completion script."),
}
"""Each command: its module here, and the line that help shows for it: the first of its own help."""


class Commands(click.Group):
    """Finds commands without importing them, and says errors in words."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the pipeline."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module when it is called for."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"amplifier.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        from difflib import get_close_matches  # noqa: PLC0415

        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names from the table: a shell cannot wait for every module to be imported."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415

        found = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what a user can mend is said in words, with its exit code and no traceback."""
        if sys.stdout is None:  # closed by whoever started this: nobody reads it
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()  # here, where what goes wrong is said in words, not at the interpreter's end
        except FileError as exc:
            for finding in exc.findings:
                click.echo(_plain(str(finding)), err=True)
            click.echo(_said(ctx, exc), err=True)
            ctx.exit(exc.exit_code)
        except AmplifierError as exc:
            click.echo(_said(ctx, exc), err=True)
            ctx.exit(exc.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own business: a closed pipe ends quietly too
        except Exception as exc:
            import logging  # noqa: PLC0415

            if isinstance(exc, OSError) and exc.errno in NO_ROOM:
                click.echo(f"error: it cannot be written: {exc.strerror}", err=True)
                click.echo("  make room, or write it elsewhere", err=True)
                _forget_output()
                ctx.exit(1)

            logging.getLogger("amplifier").debug("unexpected", exc_info=True)
            said = _plain(f"error: this is a mistake of Amplifier's: {type(exc).__name__}: {exc}")
            click.echo(_without_secrets(ctx, said), err=True)
            click.echo("  run it again with -vv and report what it says; nothing is lost", err=True)
            ctx.exit(1)
        return done


def _forget_output() -> None:
    """Drop what could not be written: Python would try again at its end, and end with another code."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(ctx: click.Context, exc: AmplifierError) -> str:
    """An error in words, its next step as it can be typed."""
    from amplifier.cli.common import typed  # noqa: PLC0415 - only where something went wrong

    return _without_secrets(ctx, _plain(typed(f"error: {exc}")))


def _plain(said: str) -> str:
    from amplifier.cli.common import plain  # noqa: PLC0415 - as above

    return plain(said)


def _without_secrets(ctx: click.Context, said: str) -> str:
    """An error's words may come from outside: from a database, from a network of somebody else's."""
    from amplifier.networks.redact import clean  # noqa: PLC0415 - only where something went wrong

    return clean(said, ctx.find_root().ensure_object(dict).get("secrets", ()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="amplifier")
@click.option("-C", "--workspace", metavar="DIR", help="The workspace folder; default: upwards from the file or here.")
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice for everything.")
@click.pass_context
def main(ctx: click.Context, workspace: str | None, verbose: int) -> None:
    """Turn an article into threads, publish every post exactly once, and log what came of it.

    The usual way: new, check, preview, plan, approve, run, report.
    """
    ctx.obj = {"workspace": workspace, "verbose": verbose}
    if os.environ.get("NO_COLOR"):
        ctx.color = False
