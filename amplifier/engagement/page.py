"""The report as one HTML page: what is said where, with charts where the extra `analytics` is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from amplifier import pages
from amplifier.engagement import figures, tables, written
from amplifier.engagement.charts import NOT_TOLD, count
from amplifier.engagement.extras import HOW
from amplifier.engagement.method import MODES
from amplifier.model import Mode
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from amplifier.engagement.results import CampaignResult, Report, ThreadResult, TopPost

EXTRA = ("altair", "vl_convert")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its name."""

    name: str
    figure: str
    note: str = ""


def can_draw() -> bool:
    """Whether the extra `analytics` is installed."""
    return all(find_spec(name) is not None for name in EXTRA)


def page(report: Report, made: datetime, *, drawing: bool | None = None) -> str:
    """The page of a report, made at this instant (UTC); `drawing` False: no charts, as without the extra."""
    return pages.render("report.html.j2", values(report, made, drawing=drawing))


def values(report: Report, made: datetime, *, drawing: bool | None = None) -> dict[str, Any]:
    """What the page shows, as its template takes it."""
    drawing = can_draw() if drawing is None else drawing
    names = [one.campaign for one in report.campaigns]
    return {
        "title": names[0] if len(names) == 1 else "What came of it",
        "lead": _lead(report.campaigns[0]) if len(names) == 1 else f"{len(names)} campaigns",
        "mode": report.mode,
        "banner": Mode(report.mode).banner,
        "made_of": MODES[report.mode],
        "other_modes": report.other_modes,
        "drawing": drawing,
        "how": HOW,
        "campaigns": [_campaign(one, figures.Artist(drawing)) for one in report.campaigns],
        "notes": report.notes,
        "made": f"{made:%Y-%m-%d %H:%M} UTC",
        "ahead": _ahead(report, made),
    }


def _ahead(report: Report, made: datetime) -> str | None:
    """The newest reading of a rehearsal whose clock runs ahead of the page's."""
    read = _newest(thread for one in report.campaigns for thread in one.threads)
    ahead = report.mode == Mode.SIMULATED.value and read is not None and read > instant_text(made)
    return written.moment(read) if ahead else None


def _newest(threads: Iterable[ThreadResult]) -> str | None:
    return max((post.taken_at for thread in threads for post in thread.posts if post.taken_at), default=None)


def _lead(one: CampaignResult) -> str:
    states = [f"{getattr(one, name)} {name}" for name in ("held", "failed", "cancelled", "gone") if getattr(one, name)]
    begun = sorted(thread.sent_at for thread in one.threads if thread.sent_at)
    days = (
        [f"{begun[0][:10]} to {begun[-1][:10]}" if begun[0][:10] != begun[-1][:10] else begun[0][:10]] if begun else []
    )
    read = _newest(one.threads)
    newest = f"newest reading {written.moment(read)}" if read else "not read yet"
    return " · ".join(
        [f"{one.sent} of {one.posts} posts out", *states, written.threads(len(one.threads)), *days, newest]
    )


def _campaign(one: CampaignResult, artist: figures.Artist) -> dict[str, Any]:
    age = NOT_TOLD if one.age_mark is None else written.age(one.age_mark)
    listed = [tables.hashtags(one.hashtags, age)] if one.hashtags else []
    return {
        "name": one.campaign,
        "anchor": one.campaign,
        "lead": _lead(one),
        "age": age,
        "tiles": _tiles(one),
        "others": [
            Tile(tables.named(name), written.total(one.totals[name]))
            for name in ("likes", "reposts", "replies", "quotes", "bookmarks", "profile_clicks", "engagements")
        ],
        "rows": _drawn(one, age, artist),
        "top": [_card(post) for post in one.top],
        "tables": [
            [*listed, tables.cost(one.cost)],
            *([[tables.gaps(one)]] if one.gaps else []),
            *([[tables.gone(one)]] if one.gone else []),
        ],
        "threads": [_thread(thread) for thread in sorted(one.threads, key=_begun)],
    }


def _drawn(one: CampaignResult, age: str, artist: figures.Artist) -> list[list[figures.Part]]:
    """The parts with charts, row by row; a correction is in none of them."""
    own = [thread for thread in one.threads if thread.reply_to is None and thread.posts]
    names = _names(own)
    growing = [
        (name, thread) for name, thread in names if any(point.impressions is not None for point in thread.growth)
    ]
    kept = [(name, thread) for name, thread in names if any(post.retention is not None for post in thread.posts[1:])]
    missed = {(gap.thread, gap.account, gap.age_mark) for gap in one.gaps}
    compared = [figures.comparisons(one.comparisons, age, artist)] if one.comparisons else []
    timed = [figures.slots(one.slots, age, artist)] if one.slots else []
    rows = [
        [figures.growth(growing, one.age_mark, missed, artist)] if growing else [],
        [figures.retention(kept, artist)] if kept else [],
        *([[*compared, *timed]] if artist.drawing else [compared, timed]),  # a table needs the whole width
    ]
    return [row for row in rows if row]


def _names(threads: Sequence[ThreadResult]) -> list[tuple[str, ThreadResult]]:
    """Threads by their id; with the account where there are several."""
    several = len({thread.account for thread in threads}) > 1
    return [(f"{one.thread} ({one.account})" if several else one.thread, one) for one in threads]


def _tiles(one: CampaignResult) -> list[Tile]:
    def told(name: str) -> str:
        total = one.totals[name]
        return f"told for {total.told} of {total.posts} posts"

    cost = one.cost
    would = "" if one.mode == Mode.LIVE.value else "would "
    return [
        Tile("impressions", written.total(one.totals["impressions"]), told("impressions")),
        Tile("interactions", written.total(one.totals["interactions"]), told("interactions")),
        Tile("link clicks", written.total(one.totals["link_clicks"]), told("link_clicks")),
        Tile("cost" if not would else "it would cost", written.money(cost.total), "publishing and reading"),
        Tile("for 1,000 impressions", written.price(cost.per_thousand_impressions), "of that cost"),
    ]


def _card(post: TopPost) -> dict[str, Any]:
    counts = ("likes", "reposts", "replies", "quotes", "bookmarks")
    told = [f"{count(getattr(post, name))} {name}" for name in counts]
    seen = f"{count(post.impressions)} impressions · {written.rate(post.rate)}"
    return {
        "interactions": count(post.interactions),
        "where": f"{post.thread} · {post.account} · post {post.k}",
        "text": post.text,
        "counts": " · ".join([*told, seen]),
        "sent": written.moment(post.sent_at),
        "url": post.url,
        "gone": post.gone_at and post.gone_at[:10],
    }


def _begun(thread: ThreadResult) -> tuple[bool, str]:
    """In the order in which they began; those that have not begun last."""
    return thread.sent_at is None, thread.sent_at or ""


def _thread(thread: ThreadResult) -> dict[str, Any]:
    seen, done = (written.total(thread.totals[name]) for name in ("impressions", "interactions"))
    correction = " · a correction" if thread.reply_to is not None else ""
    return {
        "name": thread.thread,
        "state": f"· {thread.account} · {thread.sent} of {thread.n} out, {thread.state}{correction}",
        "sums": f"{seen} impressions · {done} interactions",
        "table": tables.posts(thread),
    }
