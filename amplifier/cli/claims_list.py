"""`claims list`: every sentence of every post, what it rests on, and where that stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.cards import show_findings
from amplifier.cli.common import as_json_option, common, print_json, say
from amplifier.content.claims.model import Basis
from amplifier.content.claims.traced import as_json as traced_as_json
from amplifier.content.claims.traced import standing
from amplifier.content.files import place_of, shown
from amplifier.model import Policy

if TYPE_CHECKING:
    from amplifier.content.claims.model import Traced
    from amplifier.content.draft import Draft
    from amplifier.model import Place

WIDTH = max(len(basis.value) for basis in Basis)


@click.command("list")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--thread", "only", metavar="ID", help="Only this thread.")
@as_json_option
@common
def list_(file: Path, only: str | None, as_json: bool) -> None:
    """List every sentence of the posts of FILE, what it rests on, and how its claims stand.

    article: a part of a sentence of the article. say: of the words to use instead of one. wording: approved by a
    person; unsigned: not yet. voice: your own, with nothing to check in it. nothing: none of these.
    """
    from amplifier.cli.writing import read  # noqa: PLC0415 - the commands that write take long to load

    draft, _ = read(file, only)
    places = _places(draft)
    posts = [
        (thread, post, draft.traces.get((thread.id, thread.account, post.k), ()))
        for thread in draft.threads
        for post in thread.posts
    ]
    if as_json:
        print_json(
            [
                {
                    "thread": thread.id,
                    "account": thread.account,
                    "k": post.k,
                    "origin": str(post.origin),
                    "sentences": [
                        told | {"place": _shown(places, one)}
                        for told, one in zip(traced_as_json(traced), traced, strict=True)
                    ],
                }
                for thread, post, traced in posts
            ]
        )
        return
    for thread, post, traced in posts:
        click.echo(click.style(f"{thread.id} {post.k} · {thread.account} · {post.origin}", bold=True))
        for one in traced:
            click.echo(f"  {one.basis.value:<{WIDTH}}  {' '.join(one.text.split())}")
            about = [_shown(places, one), *(f"{claim.id} {standing(claim, one)}" for claim in one.claims)]
            if any(about):
                click.echo(click.style(f"  {'':<{WIDTH}}  {' · '.join(filter(None, about))}", dim=True))
    show_findings([found for found in draft.findings if found.rule == "claims" and not found.post], err=True)
    if draft.campaign.claims is Policy.OFF:
        say(f"{draft.campaign.name} says claims: off, so nothing is traced; take the key away to see the sentences")
    say(f"next: amplifier claims review {file}" if draft.ledger else f"next: amplifier claims scan {file}")


def _places(draft: Draft) -> dict[tuple[Basis, str], Place]:
    """Where the texts stand that sentences rest on: in the article, or in the ledger."""
    path = shown(draft.article.path, draft.campaign.workspace)
    places: dict[tuple[Basis, str], Place] = {}
    for sentence in draft.article.sentences:
        place = place_of(draft.article.source, sentence.start, path)
        places.setdefault((Basis.ARTICLE, " ".join(sentence.text.split())), place)
    for passage in draft.ledger.passages if draft.ledger else ():
        places.setdefault((Basis.SAY, " ".join(passage.say.split())), passage.place)
    for wording in draft.ledger.wordings if draft.ledger else ():
        for basis in (Basis.WORDING, Basis.UNSIGNED):
            places.setdefault((basis, wording.text), wording.place)
    return places


def _shown(places: dict[tuple[Basis, str], Any], one: Traced) -> str:
    """The place of what the sentence rests on; of what rests on nothing, the words that it resembles."""
    if one.basis is Basis.NOTHING:
        return f"resembles “{one.near}”" if one.near else ""
    return str(places.get((one.basis, one.near), ""))
