"""What stands against finished threads, or is worth a second look: mentions, hashtags, links, length, twins. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.text.entities import hashtags, mentions, urls
from amplifier.content.text.particles import is_particle
from amplifier.content.text.tags import Spoilt, folded, own_tag, spoilt
from amplifier.content.twins import twins
from amplifier.model import Finding, Level
from amplifier.networks.prices import prices_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amplifier.model import Campaign, Post, Thread

LONG_THREAD = 12
"""Posts; more is too much for most readers."""
PARTICLE_APART = re.compile(r" ([가-힣]+)")
UNFILLED = re.compile(r"\{[{%#]")
JOINERS = re.compile("[-\u2010\u2011&]")


def lint(threads: Sequence[Thread], campaign: Campaign) -> list[Finding]:
    """Return the findings about composed threads, in their order.

    Mentions and hashtags that the campaign does not list, and near twins on two accounts, are errors.
    """
    findings: list[Finding] = []
    for thread in threads:
        findings += _names(thread, campaign)
        findings += _tags(thread, campaign)
        findings += _links(thread)
        findings += _unfilled(thread)
        if len(thread.posts) > LONG_THREAD:
            message = f"the thread has {len(thread.posts)} posts; few readers go on after {LONG_THREAD}"
            findings.append(_finding(Level.NOTE, message, "choose what matters most", thread, thread.posts[-1]))
    return [*findings, *twins(threads)]


def _names(thread: Thread, campaign: Campaign) -> Iterator[Finding]:
    agreed = {name.casefold() for name in campaign.mentions}
    for post in thread.posts:
        for mention in mentions(post.text):
            if mention.text.casefold() not in agreed:
                message = f"names @{mention.text}, which is not among the campaign's mentions"
                hint = f"add {mention.text} to mentions: if they know of it, else take it out; nobody is named unasked"
                yield _finding(Level.ERROR, message, hint, thread, post)


def _tags(thread: Thread, campaign: Campaign) -> Iterator[Finding]:
    own = {folded(tag) for tag in campaign.hashtags}
    for post in thread.posts:
        # a longer word joined to one of the campaign's own hashtags (`#DMZ-Flucht`) takes nothing from it
        cases = {case.start: case for case in spoilt(post.text) if folded(case.posted) not in own}
        for case in cases.values():
            yield _spoilt(case, thread, post, campaign)
        for tag in hashtags(post.text):
            if folded(tag.text) not in own and tag.start not in cases:
                message = f"has #{tag.text}, which is not among the campaign's hashtags"
                hint = f"add {tag.text} to hashtags:, or take the # out of the text"
                yield _finding(Level.ERROR, message, hint, thread, post)
            following = PARTICLE_APART.match(post.text, tag.end)
            if following and folded(tag.text) in own and is_particle(following[1]):
                message = f"a blank stands between #{tag.text} and {following[1]}"
                hint = f"without it the hashtag would be #{tag.text}{following[1]}"
                yield _finding(Level.NOTE, message, hint, thread, post)


def _spoilt(case: Spoilt, thread: Thread, post: Post, campaign: Campaign) -> Finding:
    """A hashtag of the campaign's that would be lost, and a wrong one that would be posted, are errors."""
    if case.posted:
        message = f"has #{case.word}, of which only #{case.posted} would be the hashtag: {case.why}"
        hint = f"write #{JOINERS.sub('', case.word)}, or #{case.posted} and a blank after it"
        return _finding(Level.ERROR, message, hint, thread, post)
    level = Level.ERROR if own_tag(case.word, campaign.hashtags) else Level.WARNING
    message = f"has #{case.word}, which would be no hashtag: {case.why}"
    hint = "put a blank there, or take the # out of the text" if "stands" in case.why else "take the # out of the text"
    return _finding(level, message, hint, thread, post)


def _unfilled(thread: Thread) -> Iterator[Finding]:
    """What only a template fills in goes out as it stands from a text or a hook."""
    for post in thread.posts:
        found = UNFILLED.search(post.text)
        if found:
            message = f"has {found[0]} in its text, which readers will see as it stands"
            yield _finding(Level.WARNING, message, "only templates (.j2) fill such brackets in", thread, post)


def _links(thread: Thread) -> Iterator[Finding]:
    with_link = [post for post in thread.posts if urls(post.text)]
    links = [link.text for post in with_link for link in urls(post.text)]
    if len(links) > 1:
        message = f"the thread has {len(links)} links: {', '.join(links)}"
        yield _finding(Level.WARNING, message, _price(thread.network), thread, with_link[-1])
    for post in with_link:
        if post is not thread.posts[-1]:
            hint = "readers who leave for a page do not come back to the thread"
            yield _finding(Level.NOTE, "has a link before the last post", hint, thread, post)


def _price(network: str) -> str:
    prices = prices_of(network)
    bare = "a bare name such as example.com counts as one"
    if not prices.create_with_url:
        return f"one link at the end is enough; {bare}"
    return (
        f"a post with a link costs {prices.create_with_url:.3f} USD, one without {prices.create:.3f} "
        f"({prices.as_of}); {bare}"
    )


def _finding(level: Level, message: str, hint: str, thread: Thread, post: Post) -> Finding:
    return Finding(level, message, post.origin, hint, post=f"{thread.id} {post.k}")
