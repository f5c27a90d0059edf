"""`check`, `preview` and `schema`: for the people who write. Nothing here opens the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplifier.cli.cards import findings_as_json, show_findings, show_threads, threads_as_json
from amplifier.cli.common import as_json_option, banner, common, counted, locate, plain, print_json, say, typed
from amplifier.clock import system_now
from amplifier.content.claims.model import SUFFIX
from amplifier.content.draft import Draft, load_draft
from amplifier.errors import FileError
from amplifier.model import Finding, Level, errors

if TYPE_CHECKING:
    from datetime import datetime

    from amplifier.settings import Settings


def read(path: Path, only: str | None = None) -> tuple[Draft, Settings]:
    """One campaign file with the settings of its workspace; raises what is wrong with it."""
    workspace, settings = locate(path)
    return load_draft(path, workspace.root, lambda name: settings.account(name).platform, only), settings


def past_times(draft: Draft, now: datetime) -> list[Finding]:
    """Fixed times that are over: a warning here, since a thread that has begun may well have one."""
    from amplifier.planning.schedule import wall_to_utc  # noqa: PLC0415

    zone = draft.campaign.schedule.timezone
    return [
        Finding(
            Level.WARNING,
            f"thread {entry.id}: its time {entry.at:%Y-%m-%d %H:%M} is past",
            entry.place,
            "give it a later at, or approve with --now; one that has begun is not changed",
        )
        for entry in draft.campaign.threads
        if entry.at and wall_to_utc(entry.at, zone)[0] < now
    ]


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json_option
@common
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Name every mistake of campaign files, with file:line:column.

    Reads their articles, templates and texts too. Exit 3: something must be mended; warnings alone are no error.
    """
    told: list[Finding] = []
    for path in _campaigns(files):
        try:
            draft, settings = read(path)
        except FileError as exc:
            found = list(exc.findings)
            summary = f"{path}: {exc.message}"
        else:
            found = [*draft.findings, *past_times(draft, system_now())]
            posts = sum(len(thread.posts) for thread in draft.threads)
            modes = {settings.mode_of(name) for name in draft.campaign.accounts}
            summary = (
                f"{path}: fine: {counted(len(draft.threads), 'thread')}, {counted(posts, 'post')}, {banner(modes)}"
                f"\nnext: amplifier preview {path}"
            )
        told += found
        if not as_json:
            show_findings(found)
            wrong = counted(len(errors(found)), "mistake")
            click.echo(typed(plain(f"{path}: {wrong}; mend and check again" if errors(found) else summary)))
    if as_json:
        print_json({"ok": not errors(told), "findings": findings_as_json(told)})
    click.get_current_context().exit(3 if errors(told) else 0)


def _campaigns(files: tuple[Path, ...]) -> list[Path]:
    """The files without ledgers, which `campaigns/*.yaml` names too; all of them when there is nothing else."""
    campaigns = [path for path in files if not path.name.endswith(SUFFIX)]
    if campaigns and len(campaigns) < len(files):
        say("a ledger of claims is checked with its campaign")
    return campaigns or list(files)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--thread", "only", metavar="ID", help="Only this thread.")
@click.option("--save", is_flag=True, help="Write the thread as threads/ID.md, to change a word by hand.")
@click.option("--watch", "watching", is_flag=True, help="Show them again whenever a file is saved, until Ctrl-C.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write them as one page to this file, to mail it."
)
@as_json_option
@common
def preview(file: Path, only: str | None, save: bool, watching: bool, html: Path | None, as_json: bool) -> None:
    """Show each thread of FILE exactly as it will be published.

    Each post in full, with its length as the network counts it and where it comes from.
    """
    if save and not only:
        raise click.UsageError("--save needs --thread ID: one thread at a time becomes a text")
    if watching and (save or as_json):
        raise click.UsageError("--watch shows posts to a person: leave out --save and --json")
    if watching:
        from amplifier.cli.watch import watch  # noqa: PLC0415

        watch(lambda: _show(file, only, as_json=False), file, locate(file)[0].root, time.sleep)
        return
    if html is not None:
        if save or as_json:
            raise click.UsageError("--html writes a page: leave out --save and --json")
        _write_page(file, only, html)
        return
    draft = _show(file, only, as_json=as_json)
    if save and only:
        _save(draft, file, only)
    elif not as_json:
        say(f"next: amplifier plan {file}")


def _write_page(file: Path, only: str | None, html: Path) -> None:
    from amplifier.content.preview_page import preview_page  # noqa: PLC0415 - Jinja2 is not for those who want no page
    from amplifier.whole import write_text  # noqa: PLC0415

    draft, settings = read(file, only)
    accounts = draft.campaign.accounts
    modes = {name: settings.mode_of(name) for name in accounts}
    handles = {name: settings.account(name).handle for name in accounts}
    write_text(html, preview_page(draft, modes, handles, system_now()), private=True)
    say(
        f"{banner(set(modes.values()))}: {counted(len(draft.threads), 'thread')} in {html}",
        f"next: open {html} in a browser",
    )


def _show(file: Path, only: str | None, *, as_json: bool) -> Draft:
    draft, settings = read(file, only)
    modes = {name: settings.mode_of(name) for name in draft.campaign.accounts}
    if as_json:
        print_json(threads_as_json(draft.threads, modes, draft.traces))
    else:
        show_threads(draft.threads, modes, draft.traces, ledger=draft.ledger is not None)
        show_findings(draft.findings, err=True)
    return draft


def _save(draft: Draft, file: Path, only: str) -> None:
    from amplifier.content.save import save_thread  # noqa: PLC0415

    written = save_thread(draft.campaign, draft.threads[0])
    say(
        f"wrote {written}; in {file} the thread {only} now comes from it",
        f"change what you like, then: amplifier preview {file} --thread {only}",
    )


@click.command()
@common
def schema() -> None:
    """Print the JSON Schema that editors complete campaign files from."""
    from amplifier.content.schema import campaign_schema  # noqa: PLC0415

    print_json(campaign_schema())
