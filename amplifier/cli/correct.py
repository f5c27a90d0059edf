"""`correct`: compose the correction of a published post, as a reply that goes the usual way to an approval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplifier.cli.cards import show_findings, show_threads
from amplifier.cli.common import common, say, with_app
from amplifier.cli.queueing import AddressType
from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.claims.correction import WORDS, correction, slips, without_form
from amplifier.content.claims.ledger import load_ledger
from amplifier.content.claims.model import GATES
from amplifier.content.claims.trace import Tracer
from amplifier.content.draft import load_draft
from amplifier.content.files import read_text, shown
from amplifier.content.namesakes import campaigns_named
from amplifier.content.save import add_answer, read_hand_written
from amplifier.content.text.length import measure
from amplifier.content.utm import untagged
from amplifier.errors import UsageError
from amplifier.model import Address, Mode, State
from amplifier.networks.limits import limits_of
from amplifier.planning.answers import posts_at, published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import RowMapping

    from amplifier.app import App
    from amplifier.content.claims.correction import Slip
    from amplifier.content.claims.model import Claim, Ledger, Traced
    from amplifier.model import Article, Campaign

NUMBERING = 6
"""Room for ` 12/12`."""


@click.command()
@click.argument("post", type=AddressType())
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--because", metavar="WORDS", default="", help="What is wrong, where no claim says it: goes out.")
@common
def correct(post: Address, file: Path | None, because: str) -> None:
    """Compose a correction for a published post, for approval.

    What the post claims and the ledger contradicts by now is quoted, with the words to use instead and the source. It
    becomes a thread of the campaign that replies to the post; nothing is queued before you approve it.
    """
    app = with_app(file)
    row = _published(app, post)
    path = file or _file_of(app, post.campaign)
    campaign, article, ledger = _read(path, post, app.workspace.root)
    tracer = Tracer(article, ledger, campaign.language)
    traced = tracer.trace(untagged(row["text"]), f"{post.k}/{row['n']}") if ledger else ()
    found = slips(traced, ledger) if ledger else []
    because = " ".join(because.split())
    if not found and not because:
        raise UsageError(*_as_it_stands(post, path, traced, ledger))
    limits = limits_of(row["network"])
    room = limits.length - (NUMBERING if campaign.numbering else 0)
    texts = correction(found, campaign.language, lambda text: measure(text, limits.count) <= room, because)
    _refuse_again(campaign, post, texts)
    name, text_file, by_hand = add_answer(
        campaign, f"correct-{post.thread}-{post.k}", texts, str(replace(post, mode=Mode.LIVE))
    )
    say(f"wrote {shown(text_file, app.workspace.root)}: a reply to {post}; nothing is queued yet")
    if campaign.language.split("-")[0] not in WORDS:
        say(f"the words around it are English: put them into the campaign's language ({campaign.language})")
    if by_hand:
        click.echo(f"- {by_hand}")
        say(f"add this line to threads: in {path}, then: amplifier preview {path} --thread {name}")
        return
    draft = load_draft(path, app.workspace.root, app.platform, name)
    show_threads(draft.threads, dict(app.modes_of(campaign.accounts)), draft.traces, ledger=draft.ledger is not None)
    show_findings([told for thread in draft.threads for told in thread.findings], err=True)
    for other in _alike(app, replace(post, mode=Mode(row["mode"])), found, tracer, ledger) if ledger else ():
        say(f"{other} says the same: amplifier correct {other}")
    say(f"change what you like in it; next: amplifier preview {path} --thread {name}, then plan and approve {path}")


def _published(app: App, post: Address) -> RowMapping:
    """The published post at an address; without a mode also the one in the mode that its account has now.

    Raises `UsageError` that says what is there instead.
    """
    if not post.k:
        raise UsageError(f"{post} is a thread", f"name one post of it, such as {replace(post, k=1)}")
    with app.store.read() as connection:
        found = posts_at(connection, post)
    row = found.get(post.mode) or (found.get(app.mode_of(post.account)) if post.mode is Mode.LIVE else None)
    if row is None:
        others = ", ".join(str(replace(post, mode=mode)) for mode in found)
        hint = f"there is {others}" if others else "`amplifier queue list --state sent` shows what is published"
        raise UsageError(f"there is no post {post} in the queue", hint)
    if row["state"] != State.SENT.value:
        raise UsageError(
            f"{post} is {row['state']}: only what is published can be corrected",
            f"`amplifier queue show {replace(post, mode=Mode(row['mode']))}` tells its story; what is not out yet is "
            "changed in its own thread, and approved again",
        )
    if row["deleted_at"]:
        raise UsageError(
            f"{post} was deleted on {row['deleted_at']:%Y-%m-%d}: there is nothing left to correct",
            "what should still be said needs a thread of its own in the campaign file",
        )
    if row["gone_at"]:
        say(f"the network says that {post} is gone since {row['gone_at']:%Y-%m-%d %H:%M} UTC: it may refuse a reply")
    return row


def _file_of(app: App, name: str) -> Path:
    """The campaign file of that name in the workspace."""
    found = campaigns_named(name, app.workspace.campaigns, app.workspace.root)
    if len(found) != 1:
        several = ", ".join(shown(path, app.workspace.root) for path in found)
        message = (
            f"several campaign files are named {name}: {several}" if found else f"no campaign file is named {name}"
        )
        raise UsageError(message, "name the file: amplifier correct POST FILE")
    here = Path.cwd()
    return found[0].relative_to(here) if found[0].is_relative_to(here) else found[0]


def _read(path: Path, post: Address, root: Path) -> tuple[Campaign, Article, Ledger | None]:
    """The campaign that the post belongs to, with its article and its ledger."""
    campaign, _ = load_campaign(path, root)
    if campaign.name != post.campaign:
        raise UsageError(f"{path} is the campaign {campaign.name}, and the post is of {post.campaign}")
    if post.account not in campaign.accounts:
        hint = f"an account answers its own posts: add {post.account} to accounts in {path}"
        raise UsageError(f"{post.account} is not among the accounts of {campaign.name}", hint)
    article = load_article(campaign.article, root, campaign.language)
    return campaign, article, load_ledger(campaign, article)[0]


def _as_it_stands(post: Address, path: Path, traced: Sequence[Traced], ledger: Ledger | None) -> tuple[str, str]:
    """Why there is nothing to correct, and what to do where it is wrong nevertheless."""
    own_words = f'say it in your own words: amplifier correct {post} --because "…"'
    if ledger is None:
        return f"{path} has no ledger of claims", f"amplifier claims scan {path} writes one; or {own_words}"
    claims = {claim.id: _stands(claim, one) for one in traced for claim in one.claims}
    made = "; ".join(claims.values()) or "it makes no claim that the ledger knows"
    return (
        f"nothing that {post} claims is contradicted, or disputed with a say: {made}",
        f"enter what has turned out wrong in {ledger.path}; or {own_words}",
    )


def _stands(claim: Claim, made: Traced) -> str:
    if made.settled and claim.status in GATES:
        how = f"{claim.status.value}, and the post has the words to use instead"
    elif claim.excused:
        how = f"{claim.status.value}, let pass by {claim.checked_by}"
    else:
        how = claim.standing.value
    return f"{claim.id} “{claim.quote}” is {how}"


def _alike(app: App, post: Address, found: Sequence[Slip], tracer: Tracer, ledger: Ledger) -> list[Address]:
    """The other published posts of the campaign that make a claim which is being corrected."""
    wrong = {claim.id for slip in found for claim in slip.claims}
    with app.store.read() as connection:
        others = published(connection, post.campaign, post.mode)
    return [
        address
        for address, n, text in others
        if address != post
        and wrong & {claim.id for slip in slips(tracer.trace(without_form(text, ledger), f"{address.k}/{n}"), ledger)
                     for claim in slip.claims}
    ]  # fmt: skip


def _refuse_again(campaign: Campaign, post: Address, texts: Sequence[str]) -> None:
    """The same correction twice would be refused by the network as a duplicate."""
    for entry in campaign.threads:
        if entry.reply_to and entry.text and replace(entry.reply_to, mode=post.mode) == post:
            written = [text for _, text in read_hand_written(read_text(entry.text, campaign.workspace))]
            if written == list(texts):
                raise UsageError(
                    f"the thread {entry.id} says this already",
                    f"next: amplifier preview {campaign.path} --thread {entry.id}",
                )
