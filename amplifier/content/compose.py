"""Article × template × account becomes threads: every post as it will go out, to the byte."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from amplifier.content.claims.say import as_said, one_line, said_paragraph, values_of_claims
from amplifier.content.decorate import Decoration, clean, lay_out
from amplifier.content.files import nearest, read_text, shown
from amplifier.content.hooks import choose_hook, hook_findings, hook_mistakes, unused_first_post, with_hook
from amplifier.content.picks import picked_notes
from amplifier.content.render import MAX_POSTS, Block, Renderer
from amplifier.content.save import read_hand_written
from amplifier.content.text.length import measure, valid_range
from amplifier.content.text.tags import kept_apart
from amplifier.content.utm import Utm, host_of, untagged
from amplifier.errors import FileError, UsageError
from amplifier.model import Campaign, Finding, Level, Place, Post, Thread
from amplifier.networks.limits import limits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from amplifier.content.claims.model import Ledger
    from amplifier.content.decorate import Laid
    from amplifier.model import Article, Section, ThreadEntry
    from amplifier.networks.limits import Limits

TEMPLATES = "templates"
"""The folder of the workspace that templates lie in."""
ALMOST_BREAK = re.compile(r"[ \t]*(?:[—–]|--|-{4,}|[*_]{3,}|(?:[*_-] ){2}[*_-])[ \t]*")
"""A line that looks as if it was meant to end a post."""


def compose(
    campaign: Campaign,
    article: Article,
    networks: Mapping[str, str],
    only: str | None = None,
    ledger: Ledger | None = None,
    renderer: Renderer | None = None,
) -> tuple[Thread, ...]:
    """Return one thread for each entry and account, in the order of the file, then of the accounts.

    An entry with `reply_to` is for the account alone whose post it answers, and goes out without hashtags and link.
    `networks` maps the name of an account to its network; an account that is not in it counts as one on X. `only`
    names a single thread; templates see sentences as the `ledger` says them. A `renderer` for the campaign's templates
    may be given, begun already. Raises `FileError` with every mistake of all threads, `UsageError` for an unknown
    `only`.
    """
    entries = [entry for entry in campaign.threads if only in {None, entry.id}]
    if only and not entries:
        raise _unknown_thread(campaign, only)
    threads: list[Thread] = []
    mistakes: list[Finding] = []
    shared = template_values(campaign, article, ledger)
    with nullcontext(renderer) if renderer else Renderer(campaign.workspace / TEMPLATES) as rendering:
        for entry, account in product(entries, campaign.accounts):
            if entry.reply_to and entry.reply_to.account != account:
                continue  # an account answers its own post
            try:
                threads.append(_thread(campaign, shared, entry, account, networks.get(account, "x"), rendering))
            except FileError as exc:
                mistakes += (found for found in exc.findings if found not in mistakes)
    mistakes += _equal_posts(threads)
    if mistakes:
        path = shown(campaign.path, campaign.workspace)
        count = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise FileError(f"the threads of {path} have {count}", mistakes, "mend what is listed, then check again")
    return tuple(threads)


def template_values(campaign: Campaign, article: Article, ledger: Ledger | None = None) -> dict[str, Any]:
    """Return what every template sees: plain texts, lists and dicts (`rendering.tools.VALUES` describes them).

    Sentences are as the ledger says them. `account` and `network` are added for each thread.
    """
    said = as_said(article, ledger)
    sections = [_section(section, article.source, said) for section in article.sections]
    return {
        "title": campaign.title or article.title or "",
        "link": campaign.link or "",
        "hashtags": list(campaign.hashtags),
        "paragraphs": [paragraph for section in sections for paragraph in section["paragraphs"]],
        "sentences": [sentence for section in sections for sentence in section["sentences"]],
        "sections": sections,
        "campaign": campaign.name,
        "language": campaign.language,
    } | values_of_claims(article, ledger, campaign.language)


def _section(section: Section, source: str, said: Mapping[int, str | None]) -> dict[str, Any]:
    paragraphs = [said_paragraph(paragraph, source, said) for paragraph in section.paragraphs]
    sentences = [said.get(sentence.start, one_line(sentence.text)) for sentence in section.sentences]
    return {
        "heading": section.heading or "",
        "paragraphs": [paragraph for paragraph in paragraphs if paragraph],
        "sentences": [sentence for sentence in sentences if sentence],
    }


def _thread(
    campaign: Campaign, shared: Mapping[str, Any], entry: ThreadEntry, account: str, network: str, renderer: Renderer
) -> Thread:
    blocks, path = _blocks(campaign, shared, entry, account, network, renderer)
    if not blocks:
        hint = "write a post; a template whose conditions leave nothing makes no thread either"
        raise FileError(f"{path} makes no post", [Finding(Level.ERROR, "makes no post", Place(path), hint)])
    limits = limits_of(network)
    hook = choose_hook(entry.hooks, campaign.name, entry.id, account)
    notes = [*unused_first_post(blocks, entry)]
    blocks = with_hook(blocks, entry, hook)
    for block in blocks:
        if len(block.text) > MAX_POSTS * limits.length:  # said at once: splitting a book takes minutes
            message = f"a post of {len(block.text)} characters is more than {MAX_POSTS} posts can hold"
            hint = "choose what matters most; a line --- ends a post"
            raise FileError(f"{path} is too long", [Finding(Level.ERROR, message, _origin(block), hint)])
    decoration = Decoration(campaign.hashtags, campaign.link, campaign.numbering, utm_of(campaign, entry.id, network))
    if entry.reply_to:  # what it answers has them
        decoration = replace(decoration, hashtags=(), link=None)

    def lay(texts: Sequence[str]) -> list[Laid]:
        return lay_out([kept_apart(text, campaign.hashtags) for text in texts], decoration, campaign.language, limits)

    texts = [block.text for block in blocks]
    laid = lay(texts)
    posts = tuple(
        Post(k, post.text, measure(post.text, limits.count), limits.length, _origin(blocks[post.source]))
        for k, post in enumerate(laid, start=1)
    )
    mistakes = hook_mistakes(entry, texts, limits, lay) or list(_faults(entry, posts, path, limits))
    if mistakes:
        raise FileError(f"the thread {entry.id} cannot be published", mistakes)
    notes += [*_hints(blocks), *picked_notes(entry.id, posts, [blocks[post.source].picked for post in laid])]
    thread = Thread(campaign.name, entry.id, account, network, posts, entry, hook=hook)
    return replace(thread, findings=(*notes, *hook_findings(thread, campaign)))


def utm_of(campaign: Campaign, thread: str, network: str) -> Utm | None:
    """What the links of a thread on a network are tagged with; None where the campaign does not ask for it."""
    host = host_of(campaign.link) if campaign.utm and campaign.link else ""
    return Utm(network, campaign.name, thread, host) if host else None


def _blocks(
    campaign: Campaign, shared: Mapping[str, Any], entry: ThreadEntry, account: str, network: str, renderer: Renderer
) -> tuple[list[Block], str]:
    """Return the texts of a thread before anything is added, and the file they come from as it is shown."""
    if entry.text:
        path = shown(entry.text, campaign.workspace)
        written = read_hand_written(read_text(entry.text, campaign.workspace))
        blocks = [Block(text, line, path) for line, text in written]
    else:
        name = entry.template or ""
        path = f"{TEMPLATES}/{name}"
        rendered = renderer.render(name, {**shared, "account": account, "network": network})
        blocks = [replace(block, template=f"{TEMPLATES}/{block.template}") for block in rendered]
    cleaned = [replace(block, text=clean(block.text)) for block in blocks]
    return [block for block in cleaned if block.text], path


def _origin(block: Block) -> Place:
    return Place(block.template, block.line)


def _faults(entry: ThreadEntry, posts: Sequence[Post], path: str, limits: Limits) -> Iterator[Finding]:
    if len(posts) > MAX_POSTS:
        message = f"the thread {entry.id} has {len(posts)} posts; {MAX_POSTS} are the most"
        yield Finding(Level.ERROR, message, Place(path), "shorten it, or make two threads of it")
    for post in posts:
        if post.length > post.limit:
            message = f"is {post.length} long, {post.length - post.limit} over the limit, and cannot be split"
            hint = f"shorten it, or the hashtags and the link that come with it: {_excerpt(post.text)}"
            if limits.count == "weighted":
                hint += f"; beyond the limit: {_excerpt(post.text[valid_range(post.text, post.limit) :])}"
            yield Finding(Level.ERROR, message, post.origin, hint, post=f"{entry.id} {post.k}")


def _hints(blocks: Sequence[Block]) -> Iterator[Finding]:
    for block in blocks:
        for line in block.text.split("\n"):
            if ALMOST_BREAK.fullmatch(line):
                message = f"the line {line.strip()} stands in the post as text"
                yield Finding(
                    Level.NOTE, message, _origin(block), "only a line --- ends a post; is that what was meant?"
                )


def _equal_posts(threads: Sequence[Thread]) -> Iterator[Finding]:
    """Networks refuse a text that the account has posted before; so two equal posts stop a thread half-way.

    That their links are tagged for different posts makes no other text of them.
    """
    seen: dict[tuple[str, str], tuple[str, Post]] = {}
    for thread in threads:
        for post in thread.posts:
            name = f"{thread.id} {post.k}"
            key = (thread.account, " ".join(untagged(post.text).split()).casefold())
            other, earlier = seen.setdefault(key, (name, post))
            if earlier is not post:
                message = (
                    f"equals post {other} ({earlier.origin}) on the account {thread.account}: {_excerpt(post.text)}"
                )
                hint = "networks refuse a text posted twice; change one of them"
                yield Finding(Level.ERROR, message, post.origin, hint, post=name)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= 100 else f"“{line[:99]}…”"


def _unknown_thread(campaign: Campaign, name: str) -> UsageError:
    ids = [entry.id for entry in campaign.threads]
    near = nearest(name, ids)
    hint = (f"did you mean {near}? " if near else "") + f"the threads are {', '.join(ids)}"
    return UsageError(f"the campaign {campaign.name} has no thread {name}", hint)
