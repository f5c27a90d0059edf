"""Alternative first posts: which one a thread gets, and whether each of them could go out. Pure.

Chance chooses by names alone, so that preview, plan and queue agree, today and tomorrow.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.decorate import clean
from amplifier.content.lint import lint
from amplifier.content.render import Block
from amplifier.content.save import read_hand_written
from amplifier.content.text.length import measure
from amplifier.content.text.tags import kept_apart
from amplifier.model import Finding, Level, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from amplifier.content.decorate import Laid
    from amplifier.model import Campaign, Thread, ThreadEntry
    from amplifier.networks.limits import Limits


def choose_hook(hooks: Sequence[str], campaign: str, thread: str, account: str) -> int | None:
    """Return the number, from 1, of the hook that a thread begins with; None without hooks."""
    if not hooks:
        return None
    seed = hashlib.sha256(f"hook of {campaign}/{thread}/{account}".encode()).digest()
    return int.from_bytes(seed[:8], "big") % len(hooks) + 1


def with_hook(blocks: Sequence[Block], entry: ThreadEntry, number: int | None) -> list[Block]:
    """Return the texts of a thread with the first one replaced by a hook, whose place is the campaign file."""
    if number is None:
        return list(blocks)
    place = _place(entry, number)
    return [Block(_text(entry.hooks[number - 1]), place.line, place.path), *blocks[1:]]


def hook_mistakes(
    entry: ThreadEntry, texts: Sequence[str], limits: Limits, lay: Callable[[Sequence[str]], Sequence[Laid]]
) -> list[Finding]:
    """Return what keeps a hook, chosen or not, from being one post; `texts` are the thread's, `lay` lays them out."""
    return [
        finding for number in range(1, len(entry.hooks) + 1) for finding in _wrong(entry, number, texts, limits, lay)
    ]


def hook_findings(thread: Thread, campaign: Campaign) -> list[Finding]:
    """Return what the linter says about the hooks that chance did not choose for this thread."""
    found = []
    for number, hook in enumerate(thread.entry.hooks, start=1):
        if number != thread.hook:
            text = kept_apart(_text(hook), campaign.hashtags)
            first = replace(thread.posts[0], text=text, origin=_place(thread.entry, number))
            told = lint([replace(thread, posts=(first, *thread.posts[1:]))], campaign)
            about = f"with hook {number}: "
            found += [replace(one, message=about + one.message) for one in told if one.place == first.origin]
    return found


def unused_first_post(blocks: Sequence[Block], entry: ThreadEntry) -> Iterator[Finding]:
    """Say that the hooks take the place of what a thread written by hand begins with, if that is none of them."""
    if entry.text and entry.hooks and blocks[0].text not in map(_text, entry.hooks):
        message = "this first post is not used: the hooks in the campaign file take its place"
        hint = "make it one of the hooks, or delete hooks:"
        yield Finding(Level.NOTE, message, Place(blocks[0].template, blocks[0].line), hint)


def _wrong(
    entry: ThreadEntry,
    number: int,
    texts: Sequence[str],
    limits: Limits,
    lay: Callable[[Sequence[str]], Sequence[Laid]],
) -> Iterator[Finding]:
    written = read_hand_written(entry.hooks[number - 1])
    text = _text(entry.hooks[number - 1])
    length = measure(text, limits.count)
    if len(written) != 1:
        message, hint = "ends a post with a line ---" if written else "is empty", "a hook is one post"
    elif length > limits.length:
        message = f"is {length} long, {length - limits.length} over the limit of {limits.network}"
        hint = "shorten it: a hook is one post"
    else:
        first = [post.text for post in lay([text, *texts[1:]]) if post.source == 0]
        longest = max(measure(post, limits.count) for post in first)
        if len(first) == 1 and longest <= limits.length:
            return
        message = f"does not fit into one post of {limits.network} with the hashtags, link and number that join it"
        hint = f"shorten it: it is {length} long, of {limits.length}"
    place = _place(entry, number)
    yield Finding(Level.ERROR, f"hook {number} {message}", place, hint, post=f"{entry.id} 1")


def _text(hook: str) -> str:
    """A hook as a thread written by hand has it: trimmed, and fit to be published."""
    written = read_hand_written(hook)
    return clean(written[0][1] if written else "")


def _place(entry: ThreadEntry, number: int) -> Place:
    return entry.hook_places[number - 1] if entry.hook_places else entry.place
