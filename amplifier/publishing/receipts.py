"""What a person says that a post is, read from the address that they copied."""

from __future__ import annotations

import re

from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.networks import x_posts
from amplifier.networks.port import Receipt

ID = re.compile(r"(\d{2,}|[\w-]+)/?(?:[?#].*)?$")


def receipt_of(url: str, network: str, mode: Mode) -> Receipt:
    """The post that an address names; where nobody else looks at it, on X it has an id, or is none.

    Raises `UsageError` for what names no post.
    """
    if mode is Mode.LIVE and network == "x":
        post = x_posts.named(url)
        if post is None:
            raise UsageError(f"{url!r} names no post of X", "write https://x.com/NAME/status/ID, or the ID alone")
        return Receipt(*post)
    found = ID.search(url)
    if not found:
        raise UsageError(f"{url!r} names no post", "copy the post's address from the network")
    return Receipt(found[1], url if "://" in url else None)
