"""The parts of a report that are tables: hashtags, cost, gaps, what is gone, and the posts of each thread. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.engagement import written
from amplifier.engagement.charts import NOT_TOLD, count
from amplifier.networks.port import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.engagement.results import CampaignResult, Cost, Gap, HashtagResult, PostResult, ThreadResult

LISTED = 50
"""Gaps that are listed, those of a thread at one age together."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: figures to the right, a post's own text as it is."""

    head: str
    number: bool = True
    text: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table's field; `share` (of 1) is how long its bar is where there is no chart."""

    text: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of as many cells."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a campaign that is a table alone."""

    title: str
    note: str
    table: Table


def named(metric: str) -> str:
    """A metric's name for people."""
    return metric.replace("_", " ")


def hashtags(found: Sequence[HashtagResult], age: str) -> Listing:
    """The hashtags at this age, the highest rate first."""
    rows = [
        [
            Cell(f"#{one.hashtag}"),
            Cell(written.rate(one.rate)),
            Cell(count(one.threads)),
            Cell(count(one.posts)),
            Cell(count(one.told)),
            Cell(count(one.impressions)),
        ]
        for one in found
    ]
    heads = ("rate", "threads", "posts", "told", "impressions")
    note = f"At the age of {age}. A post with two hashtags counts for both."
    return Listing("Hashtags", note, Table([Column("hashtag", number=False), *map(Column, heads)], rows))


def cost(spent: Cost) -> Listing:
    """What the campaign cost, and what it got for that."""
    rows = [
        [Cell("publishing the posts"), Cell(written.money(spent.create))],
        [Cell("reading their counts"), Cell(written.money(spent.read))],
        [Cell("together"), Cell(written.money(spent.total))],
        [Cell("for 1,000 impressions"), Cell(written.price(spent.per_thousand_impressions))],
        [Cell("for one interaction"), Cell(written.price(spent.per_interaction))],
        [Cell("for one engagement"), Cell(written.price(spent.per_engagement))],
    ]
    return Listing(
        "Cost", "By the dated price list, in US dollars.", Table([Column("what", number=False), Column("USD")], rows)
    )


def gaps(one: CampaignResult) -> Listing:
    """The readings that were missed, and why."""
    missed: dict[tuple[str, str, int, str], list[Gap]] = {}
    for gap in one.gaps:
        missed.setdefault((gap.thread, gap.account, gap.age_mark, gap.why), []).append(gap)
    rows = [
        [
            Cell(f"{thread} · {account}"),
            Cell(written.age(mark)),
            Cell(", ".join(str(gap.k) for gap in those)),
            Cell(why),
            Cell(written.moment(max(gap.found_at for gap in those))),
        ]
        for (thread, account, mark, why), those in list(missed.items())[:LISTED]
    ]
    number = len(one.gaps)
    note = f"{number} reading{'' if number == 1 else 's'} missed. Nothing stands in their place."
    note += f" The first {LISTED} kinds are listed; the view reading_gaps has all." if len(missed) > LISTED else ""
    heads = ("thread", "age", "posts", "why", "found")
    return Listing("Gaps", note, Table([Column(head, number=False) for head in heads], rows))


def gone(one: CampaignResult) -> Listing:
    """The posts that no longer exist, since when."""
    rows = [
        [
            Cell(f"{thread.thread} · {thread.account}"),
            Cell(str(post.k)),
            Cell(written.moment(post.gone_at)),
            Cell(post.text),
        ]
        for thread in one.threads
        for post in thread.posts
        if post.gone_at
    ]
    heads = ("thread", "post", "since")
    columns = [*(Column(head, number=False) for head in heads), Column("text", number=False, text=True)]
    note = "The network says that these no longer exist. Their counts stay as they were told last."
    return Listing("Gone", note, Table(columns, rows))


def posts(thread: ThreadResult) -> Table:
    """The posts of a thread with all their counts."""
    others = (named(metric) for metric in METRICS if metric != "impressions")
    heads = ("impressions", "of post 1", *others, "interactions", "read at age")
    columns = [Column("k"), Column("post", number=False, text=True), *map(Column, heads)]
    return Table(columns, [_post(post) for post in thread.posts])


def _post(post: PostResult) -> list[Cell]:
    text = f"[gone since {post.gone_at[:10]}] {post.text}" if post.gone_at else post.text
    counts = [count(getattr(post, name)) for name in METRICS if name != "impressions"]
    read = NOT_TOLD if post.age_seconds is None else written.age(post.age_seconds)
    figures = [count(post.impressions), written.share(post.retention), *counts, count(post.interactions), read]
    return [Cell(str(post.k)), Cell(text), *map(Cell, figures)]
