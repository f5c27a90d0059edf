"""What the threads and posts of a campaign show beside each other at one age: hooks, templates, slots, hashtags. Pure.

Everything is taken from rows of views: `thread_results` at one age mark, where a sum is None unless every post of the
thread was told, and `engagement_at_age`. A thread is one case. Corrections answer another post and are left out.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, Any

from amplifier.engagement.results import Comparison, HashtagResult, Slot, TopPost
from amplifier.engagement.variants import ThreadRate, compare
from amplifier.networks.port import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN = 5
"""Posts that are named as those with the most interactions."""
KINDS = ("hook", "template")
SLOT = ("account", "network", "weekday", "hour")


def comparisons(threads: Sequence[Mapping[str, Any]]) -> tuple[Comparison, ...]:
    """The hooks, and the templates, that the threads of each network were tried with."""
    own = _own(threads)
    found = []
    for kind in KINDS:
        for network in sorted({row["network"] for row in own}):
            tried: dict[str, list[ThreadRate]] = defaultdict(list)
            for row in own:
                if row["network"] == network and row[kind] is not None:
                    rate = ThreadRate(row["posts"], row["impressions"], row["interactions"])
                    tried[f"hook {row[kind]}" if kind == "hook" else row[kind]].append(rate)
            if tried:
                said = compare({name: tried[name] for name in sorted(tried)})
                found.append(Comparison(kind, network, said.verdict, said.winner, said.sentence, said.variants))
    return tuple(found)


def slots(threads: Sequence[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """The hours in which threads began, the one with the highest rate first; those without a rate last."""
    begun = (row for row in _own(threads) if row["weekday"] is not None)
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in begun:
        groups[tuple(row[name] for name in SLOT)].append(row)
    found = [_slot(dict(zip(SLOT, key, strict=True)), rows) for key, rows in groups.items()]
    return tuple(
        sorted(found, key=lambda slot: (slot.thread_rate is None, -(slot.thread_rate or 0), slot.weekday, slot.hour))
    )


def top(posts: Sequence[Mapping[str, Any]], gone: Mapping[int, str]) -> tuple[TopPost, ...]:
    """The posts with the most interactions, the one that fewer saw first where they are level; `gone` since when."""
    told = [row for row in _own(posts) if row["interactions"] is not None]
    told.sort(key=lambda row: (-row["interactions"], row["impressions"] or 0, row["post_id"]))
    counts = (*PUBLIC, "interactions", "rate")
    names = ("post_id", "thread", "account", "k", "text", "url", "sent_at", *counts)
    return tuple(
        TopPost(**{name: row[name] for name in names}, gone_at=gone.get(row["post_id"])) for row in told[:SHOWN]
    )


def hashtags(
    posts: Sequence[Mapping[str, Any]], tags: Mapping[int, Sequence[tuple[str, str]]]
) -> tuple[HashtagResult, ...]:
    """The posts by their hashtags (how they are counted, and how written), the highest rate first."""
    written: dict[tuple[str, str], str] = {}
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in posts:
        for key, tag in tags.get(row["post_id"], ()):
            where = key, row["network"]
            written[where] = min(written.get(where, tag), tag)
            groups[where].append(row)
    found = []
    for where, rows in groups.items():
        told = [row for row in rows if row["impressions"] is not None and row["interactions"] is not None]
        seen, done = _sum(told, "impressions"), _sum(told, "interactions")
        threads = len({(row["thread"], row["account"]) for row in rows})
        found.append(
            HashtagResult(written[where], where[1], threads, len(rows), len(told), seen, done, _rate(done, seen))
        )
    return tuple(sorted(found, key=lambda tag: (tag.rate is None, -(tag.rate or 0), tag.hashtag)))


def _slot(key: Mapping[str, Any], threads: Sequence[Mapping[str, Any]]) -> Slot:
    told = [row for row in threads if row["rate"] is not None]
    return Slot(
        **key,
        threads=len(told),
        left_out=len(threads) - len(told),
        impressions=_sum(told, "impressions"),
        interactions=_sum(told, "interactions"),
        thread_rate=fmean(row["rate"] for row in told) if told else None,
    )


def _own(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["reply_to"] is None]


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int | None:
    return sum(row[name] for row in rows) if rows else None


def _rate(interactions: int | None, impressions: int | None) -> float | None:
    return interactions / impressions if interactions is not None and impressions else None
