"""`share-kit`: what supporters need to pass a campaign on by their own hand."""

from __future__ import annotations

from pathlib import Path

import click

from amplifier.cli.cards import show_findings
from amplifier.cli.common import common, counted, say
from amplifier.cli.writing import read
from amplifier.content.share import wordings
from amplifier.errors import ConfigurationError
from amplifier.model import errors


@click.command(name="share-kit")
@click.argument("file", metavar="CAMPAIGN", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Write it to this folder.")
@click.option("--from", "named", metavar="NAME", help="Who wrote it. Default: the handles of the campaign's accounts.")
@common
def share_kit(file: Path, out: Path, named: str | None) -> None:
    """Make a page with which supporters pass CAMPAIGN on by their own hand.

    It has a wording for each thread, buttons that copy it or open it on X, Bluesky or Mastodon, and a QR code of the
    link; beside it lie the texts, and all of it as a ZIP. It loads nothing and counts nobody.
    """
    from amplifier.content.kit import ZIP, kit, who_wrote, write_kit  # noqa: PLC0415 - Jinja2 is not for those who want no page

    draft, settings = read(file)
    files = kit(draft, who_wrote(draft, settings.account, named))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigurationError(f"cannot make the folder {out}: {exc.strerror}", "name another") from exc
    write_kit(files, out)
    show_findings(errors(draft.findings), err=True)
    say(
        f"{counted(len(wordings(draft)), 'wording')} in {out / 'index.html'}; everything in {out / ZIP}",
        "next: open it in a browser, then put the folder or the ZIP where supporters find it",
    )
