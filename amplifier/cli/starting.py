"""`init` and `new`: a workspace from the starter files, a campaign from an article."""

from __future__ import annotations

from pathlib import Path

import click

from amplifier.cli.common import common, locate, say
from amplifier.workspace import init_workspace


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common
def init(folder: Path) -> None:
    """Make a workspace in DIR from the starter files.

    DIR is a missing or an empty folder.
    """
    made = init_workspace(folder)
    click.echo(str(made.root))
    say(
        "a workspace: campaigns/, templates/, .env.example",
        f"next: cd {folder} && amplifier check campaigns/dmz-escape.yaml, or amplifier new YOUR-ARTICLE.txt",
    )


@click.command()
@click.argument("article", metavar="ARTICLE", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="The campaign's name; default: from the title or the file.")
@click.option("--language", metavar="CODE", help="en, ko, es, …; default: guessed from the text.")
@click.option("--timezone", metavar="ZONE", help="Like Asia/Seoul; default: this machine's.")
@click.option("--link", metavar="URL", help="Where the story can be read.")
@common
def new(article: Path, name: str | None, language: str | None, timezone: str | None, link: str | None) -> None:
    """Write a campaign file for ARTICLE.

    ARTICLE is a .txt or .md file; one from outside is copied into the workspace. The campaign passes `amplifier check`
    as it is, and says in a comment what each line is for.
    """
    from amplifier.content.new import write_new  # noqa: PLC0415

    workspace, _ = locate()
    made = write_new(article, workspace, name=name, language=language, timezone=timezone, link=link)
    path = made.path.relative_to(workspace.root) if made.path.is_relative_to(Path.cwd()) else made.path
    click.echo(str(path))
    if made.copied:
        say(f"the article was copied to {made.article}")
    say(f"next: amplifier check {path}")
