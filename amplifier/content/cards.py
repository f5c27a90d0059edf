"""Threads as cards: what a page shows of each post, as its network will show it. Pure.

The texts are those that are queued, cut into runs where a network makes links of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from amplifier.content.claims import traced
from amplifier.content.claims.anchor import same
from amplifier.content.text.entities import hashtags, mentions, urls
from amplifier.content.utm import untagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amplifier.content.claims.gate import PostKey
    from amplifier.content.claims.model import Traced
    from amplifier.content.draft import Draft
    from amplifier.model import Finding, Mode, Place, Post, Thread

NEAR = 0.9
"""From this share of the limit on, the ring warns."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a post's text: plain, or what the network makes a `link`, a `hashtag` or a `mention` of."""

    text: str
    kind: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class LinkCard:
    """What stands below the last link of a post: its host, and the title of the article if it leads there."""

    host: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One post."""

    k: int
    total: int
    text: str
    runs: tuple[Run, ...]
    length: int
    limit: int
    origin: Place
    link: LinkCard | None
    rests: str
    """What its sentences rest on, in a line; empty when claims are off."""
    findings: tuple[Finding, ...]
    source: int | None = None
    """Where the first sentence of the article that it rests on begins; None: it rests on none."""

    @property
    def left(self) -> int:
        """Characters that are left, as the network counts; below 0: too many."""
        return self.limit - self.length

    @property
    def share(self) -> float:
        """How full it is, 0 to 1."""
        return min(self.length / self.limit, 1.0)

    @property
    def room(self) -> str:
        """How full it is, in a word: over, near or fine."""
        return "over" if self.left < 0 else "near" if self.share >= NEAR else "fine"


@dataclass(frozen=True, slots=True)
class ThreadCards:
    """One thread of one account."""

    id: str
    account: str
    network: str
    mode: Mode
    name: str
    """Handle with its @, or the account's name where none is set."""
    hook: tuple[int, int] | None
    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]
    """Those that are about the thread and none of its posts."""

    @property
    def anchor(self) -> str:
        """Where it stands in a page."""
        return f"{self.id}-{self.account}"


def cards(
    draft: Draft,
    modes: Mapping[str, Mode],
    handles: Mapping[str, str | None],
    threads: Sequence[Thread] | None = None,
) -> tuple[ThreadCards, ...]:
    """Every thread of a campaign, in its order; or only these of them."""
    shown = draft.threads if threads is None else threads
    return tuple(_thread(draft, thread, modes[thread.account], handles.get(thread.account)) for thread in shown)


def anchor(thread: Thread) -> str:
    """Where a thread stands in a page."""
    return f"{thread.id}-{thread.account}"


def runs(text: str) -> tuple[Run, ...]:
    """A text cut where the network makes links: the runs joined are the text."""
    found = sorted(
        [
            *((one.start, one.end, "link") for one in urls(text)),
            *((one.start, one.end, "hashtag") for one in hashtags(text)),
            *((one.start, one.end, "mention") for one in mentions(text)),
        ]
    )
    pieces: list[Run] = []
    at = 0
    for start, end, kind in found:
        if start < at:
            continue
        if at < start:
            pieces.append(Run(text[at:start]))
        piece = text[start:end]
        pieces.append(Run(piece, kind, _href(piece) if kind == "link" else None))
        at = end
    return (*pieces, Run(text[at:])) if at < len(text) else tuple(pieces)


def _href(link: str) -> str:
    return link if "://" in link else f"https://{link}"


def _thread(draft: Draft, thread: Thread, mode: Mode, handle: str | None) -> ThreadCards:
    hook = (thread.hook, len(thread.entry.hooks)) if thread.hook else None
    posts = {f"{thread.id} {post.k}" for post in thread.posts}
    return ThreadCards(
        thread.id,
        thread.account,
        thread.network,
        mode,
        f"@{handle.removeprefix('@')}" if handle else thread.account,
        hook,
        tuple(_card(draft, thread, post, draft.traces) for post in thread.posts),
        tuple(found for found in thread.findings if found.post not in posts),
    )


def _card(draft: Draft, thread: Thread, post: Post, traces: Mapping[PostKey, Sequence[Traced]]) -> Card:
    rests = traced.line(traces.get((thread.id, thread.account, post.k), ()), ledger=draft.ledger is not None)
    return Card(
        post.k,
        len(thread.posts),
        post.text,
        runs(post.text),
        post.length,
        post.limit,
        post.origin,
        _link_card(draft, post.text),
        rests,
        tuple(found for found in thread.findings if found.post == f"{thread.id} {post.k}"),
        _source(draft, traces.get((thread.id, thread.account, post.k), ())),
    )


def _source(draft: Draft, traces: Sequence[Traced]) -> int | None:
    starts = {same(sentence.text): sentence.start for sentence in draft.article.sentences}
    says = (
        {same(passage.say): passage.start for passage in draft.ledger.passages if passage.say} if draft.ledger else {}
    )
    for one in traces:
        found = starts.get(same(one.near or one.text), says.get(same(one.near or one.text)))
        if found is not None:
            return found
    return None


def _link_card(draft: Draft, text: str) -> LinkCard | None:
    links = urls(text)
    if not links:
        return None
    last = links[-1].text
    ours = draft.campaign.link is not None and untagged(last) == draft.campaign.link
    host = urlsplit(_href(last)).hostname or last
    return LinkCard(host.removeprefix("www."), (draft.article.title or draft.campaign.title) if ours else None)
