"""What the posts of threads cost to create, by a network's dated price table. Pure.

Only creating is priced: readings, looks and deletions come on top and depend on what happens. A link is never left
out to save money; the summary says where it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from amplifier.content.text.entities import urls
from amplifier.content.utm import untagged
from amplifier.networks.prices import micros, usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.model import Thread
    from amplifier.networks.prices import Prices


@dataclass(frozen=True, slots=True)
class PostPrice:
    """What one post costs in USD; `link` is the link or bare domain that makes it dearer, "" for none."""

    thread: str
    account: str
    k: int
    amount: Decimal
    link: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What a set of threads costs on one network: every post in order, and the table it comes from."""

    posts: tuple[PostPrice, ...]
    prices: Prices

    @property
    def total(self) -> Decimal:
        """USD for all posts."""
        return sum((post.amount for post in self.posts), Decimal())

    @property
    def with_link(self) -> tuple[PostPrice, ...]:
        """The posts that have a link."""
        return tuple(post for post in self.posts if post.link)

    def lines(self) -> list[str]:
        """The summary for people: the total and the table's date, then the posts that cost more, and why."""
        source = f"({self.prices.source}, {self.prices.as_of})"
        if not self.total:
            return [f"{_count(len(self.posts))}: nothing to pay {source}"]
        dear = self.with_link
        kinds = (
            (len(self.posts) - len(dear), self.prices.create, ""),
            (len(dear), self.prices.create_with_url, "with a link "),
        )
        parts = [f"{_count(number)} {what}at {usd(amount)}" for number, amount, what in kinds if number]
        summary = f"{usd(self.total)}: {', '.join(parts)} {source}"
        extra = self.prices.create_with_url - self.prices.create
        by_link: dict[str, list[PostPrice]] = {}
        for post in dear if extra > 0 else ():
            by_link.setdefault(post.link, []).append(post)
        return [summary, *(_dearer(link, posts, extra) for link, posts in by_link.items())]


def price(threads: Sequence[Thread], prices: Prices) -> Price:
    """Price every post of `threads`, which are all on the network of `prices`."""
    return Price(
        tuple(
            _price(thread.id, thread.account, post.k, post.text, prices) for thread in threads for post in thread.posts
        ),
        prices,
    )


def costs(texts: Sequence[str], prices: Prices) -> tuple[int, ...]:
    """What creating each of these posts costs, in millionths of a dollar, as the queue keeps it."""
    return tuple(micros(_amount(text, prices)) for text in texts)


def _price(thread: str, account: str, k: int, text: str, prices: Prices) -> PostPrice:
    found = urls(text)
    return PostPrice(thread, account, k, _amount(text, prices), untagged(found[0].text) if found else "")


def _amount(text: str, prices: Prices) -> Decimal:
    """The one rule: a link or a bare domain anywhere in the text makes the post dearer."""
    return prices.create_with_url if urls(text) else prices.create


def _dearer(link: str, posts: Sequence[PostPrice], extra: Decimal) -> str:
    bare = "" if "://" in link else " (a bare domain counts as a link)"
    if len(posts) == 1:
        (post,) = posts
        return f"{post.thread}/{post.account}/{post.k} costs {usd(extra)} more for {link}{bare}"
    named = ", ".join(f"{post.thread}/{post.account}/{post.k}" for post in posts)
    return f"{_count(len(posts))} cost {usd(extra)} more each for {link}{bare}: {named}"


def _count(number: int) -> str:
    return f"{number} post" if number == 1 else f"{number} posts"
