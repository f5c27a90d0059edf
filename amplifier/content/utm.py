"""Tag the links to the organisation's own site, so that its web statistics tell one post's clicks from another's. Pure.

A tag is `utm_source=x&utm_campaign=dmz-escape&utm_content=story-5`: the network, the campaign, the thread and the
post's number. It joins what the link asks already, before a `#`. Lengths on X do not change: every link counts 23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from amplifier.content.text.entities import urls
from amplifier.model import SLUG

OWN = re.compile(r"[?&#;](utm_(?:source|campaign|content))=", re.IGNORECASE)
"""A part of a tag that a link has already: a person wrote it, and means it."""
TAG = rf"utm_source=[A-Za-z0-9._~%-]+&utm_campaign={SLUG}&utm_content={SLUG}-[1-9][0-9]*"
_END = "(?![A-Za-z0-9_-])"


@dataclass(frozen=True, slots=True)
class Utm:
    """What the tags of one thread say; only links to `host`, as `host_of` gives it, get them."""

    network: str
    campaign: str
    thread: str
    host: str

    def tag(self, k: int) -> str:
        """The tag of post `k`."""
        return f"utm_source={quote(self.network, safe='')}&utm_campaign={self.campaign}&utm_content={self.thread}-{k}"


def host_of(link: str) -> str:
    """The site that a link leads to, as sites are compared: without `www.`, in ASCII; "" for one without a scheme."""
    try:
        host = (urlsplit(link).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:  # such as `https://[`
        return ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def own_parts(link: str) -> list[str]:
    """The parts of a tag that a link has of its own, each once, in lower case."""
    return list(dict.fromkeys(found.lower() for found in OWN.findall(link)))


def tagged(text: str, utm: Utm, k: int) -> str:
    """Return the text of post `k` with its links to the own site tagged.

    Left as they are: links to other sites, links without `https://`, links that have a part of a tag of their own, and
    links that a network would no longer read as they stand, since a sign follows them directly.
    """
    links = urls(text)
    read = [link.text for link in links]
    for n, link in reversed(list(enumerate(links))):
        if host_of(link.text) != utm.host or own_parts(link.text):
            continue
        address, mark, fragment = link.text.partition("#")
        new = f"{address}{'&' if '?' in address else '?'}{utm.tag(k)}{mark}{fragment}"
        changed = text[: link.start] + new + text[link.end :]
        expected = [*read[:n], new, *read[n + 1 :]]
        if [found.text for found in urls(changed)] == expected:
            text, read = changed, expected
    return text


def untagged(text: str, tag: str | None = None) -> str:
    """Return the text without the tags of any post's links; with `tag`, without this one alone."""
    if "utm_content=" not in text:
        return text
    return re.sub(rf"[?&](?:{re.escape(tag) if tag else TAG}){_END}", "", text)
