"""Wordings for supporters: what a campaign's threads begin with, each ready to be posted by somebody's own hand. Pure.

A wording rests on what its post rests on: where an error stands beside a first post, it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from amplifier.content.text.entities import encode_link, urls
from amplifier.content.text.length import measure
from amplifier.content.utm import untagged
from amplifier.model import Level
from amplifier.networks.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from amplifier.content.draft import Draft
    from amplifier.model import Thread

ADDRESSES = {
    "x": "https://x.com/intent/post?text={}",
    "bluesky": "https://bsky.app/intent/compose?text={}",
    "mastodon": "https://share.joinmastodon.org/#text={}",
}
"""Where each network takes a text that a person then posts, or not; Mastodon's own page asks for the server first.
Sources: X's web intents, Bluesky's action intent links, Mastodon's share page."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text to post, with its hashtags and the link; and the networks that it fits, each with where it is opened."""

    text: str
    networks: Mapping[str, str]


def wordings(draft: Draft) -> tuple[Wording, ...]:
    """One for each thread that begins in words of its own, in their order; none where errors stand beside all."""
    texts = dict.fromkeys(_with_link(text, draft.campaign.link) for text in _first_posts(draft))
    return tuple(Wording(text, dict(_networks(text))) for text in texts)


def _first_posts(draft: Draft) -> Iterator[str]:
    for thread in draft.threads:
        if thread.entry.reply_to is None and not _is_stopped(thread):
            text = untagged(thread.posts[0].text)
            if draft.campaign.numbering and len(thread.posts) > 1:
                text = text.removesuffix(f" 1/{len(thread.posts)}")
            yield text


def _is_stopped(thread: Thread) -> bool:
    first = f"{thread.id} 1"
    return any(found.level is Level.ERROR and found.post == first for found in thread.findings)


def _with_link(text: str, link: str | None) -> str:
    """A single post has to say where the story is; the link has no tag, since nobody is counted."""
    return text if not link or urls(text) else f"{text}\n\n{encode_link(link)}"


def _networks(text: str) -> Iterator[tuple[str, str]]:
    for network, address in ADDRESSES.items():
        limits = LIMITS[network]
        if measure(text, limits.count) <= limits.length:
            yield network, address.format(quote(text, safe=""))
