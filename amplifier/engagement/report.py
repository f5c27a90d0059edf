"""What came of a campaign, put together from the views; the values behind the terminal's tables and `--json`.

None is "not told" everywhere here. Sums are of what was told, and say of how many posts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from amplifier.engagement.query import rows
from amplifier.engagement.readings import MARKS
from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.networks.port import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amplifier.store.engine import Store

PREFERENCE = (Mode.LIVE.value, Mode.SIMULATED.value, Mode.DRY.value)
"""Which mode is reported when none is asked for: the first that has rows."""


@dataclass(frozen=True, slots=True)
class PostResult:
    """A post that is out, with its newest reading; `taken_at` None: not read yet."""

    k: int
    text: str
    url: str | None
    sent_at: str
    taken_at: str | None
    age_seconds: int | None
    gone_at: str | None
    likes: int | None
    reposts: int | None
    replies: int | None
    quotes: int | None
    bookmarks: int | None
    impressions: int | None
    link_clicks: int | None
    profile_clicks: int | None
    engagements: int | None
    retention: float | None
    """Its impressions as a share of the first post's; None when either is not told, or the first has none."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over posts that are out: `value` of the `told` posts among `posts`; None when none was told."""

    value: int | None
    told: int
    posts: int


@dataclass(frozen=True, slots=True)
class Growth:
    """A thread's impressions at one age (seconds); None unless every post that is out was told at that age."""

    age_mark: int
    impressions: int | None


@dataclass(frozen=True, slots=True)
class ThreadResult:
    """A thread as it was last approved: how far it is, its posts that are out, and how it grew."""

    thread: str
    account: str
    state: str
    n: int
    sent: int
    totals: dict[str, Total]
    growth: tuple[Growth, ...]
    posts: tuple[PostResult, ...]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """A campaign in one mode."""

    campaign: str
    mode: str
    posts: int
    sent: int
    held: int
    failed: int
    cancelled: int
    totals: dict[str, Total]
    threads: tuple[ThreadResult, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The results in one mode; `other_modes` also hold posts of what was asked for."""

    mode: str
    other_modes: tuple[str, ...]
    campaigns: tuple[CampaignResult, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists; instants are UTC text ending in Z."""
        return asdict(self)


def report(store: Store, campaign: str | None = None, mode: str | None = None) -> Report:
    """The report on one campaign, or on all; live posts unless there are none or `mode` says otherwise.

    Raises `UsageError` for a campaign that was never approved.
    """
    summaries = rows(store, "campaign_summary", campaign=campaign)
    if campaign is not None and not summaries:
        raise _unknown(store, campaign)
    held = [name for name in PREFERENCE if any(row["mode"] == name for row in summaries)]
    chosen = mode or (held[0] if held else Mode.LIVE.value)
    return Report(
        chosen,
        tuple(name for name in held if name != chosen),
        tuple(_campaign(store, row) for row in summaries if row["mode"] == chosen),
    )


def _unknown(store: Store, campaign: str) -> UsageError:
    known = sorted({row["campaign"] for row in rows(store, "campaign_summary")})
    near = get_close_matches(campaign, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    listed = f"approved so far: {', '.join(known)}" if known else "none was approved yet: amplifier approve FILE"
    return UsageError(f"no campaign {campaign!r} was ever approved", hint + listed)


def _campaign(store: Store, summary: dict[str, Any]) -> CampaignResult:
    where = {"campaign": summary["campaign"], "mode": summary["mode"]}
    out: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows(store, "post_log", state="sent", **where):
        out.setdefault((row["thread"], row["account"]), []).append(row)
    latest = {row["post_id"]: row for row in rows(store, "engagement_latest", **where)}
    marked: dict[tuple[int, int], int | None] = {
        (row["post_id"], row["age_mark"]): row["impressions"]
        for row in rows(store, "engagement_readings", **where)
        if row["age_mark"] is not None
    }
    threads = tuple(
        _thread(status, out.get((status["thread"], status["account"]), []), latest, marked)
        for status in rows(store, "thread_status", **where)
    )
    return CampaignResult(
        **where,
        **{name: summary[name] for name in ("posts", "sent", "held", "failed", "cancelled")},
        totals=_totals([post for thread in threads for post in thread.posts]),
        threads=threads,
    )


def _thread(
    status: dict[str, Any],
    out: Sequence[dict[str, Any]],
    latest: dict[int, dict[str, Any]],
    marked: dict[tuple[int, int], int | None],
) -> ThreadResult:
    out = sorted(out, key=lambda row: row["k"])
    first = latest.get(out[0]["post_id"], {}).get("impressions") if out and out[0]["k"] == 1 else None
    posts = tuple(_post(row, latest.get(row["post_id"], {}), first) for row in out)
    return ThreadResult(
        **{name: status[name] for name in ("thread", "account", "state", "n", "sent")},
        totals=_totals(posts),
        growth=_growth([row["post_id"] for row in out], marked),
        posts=posts,
    )


def _post(row: dict[str, Any], reading: dict[str, Any], first: int | None) -> PostResult:
    impressions = reading.get("impressions")
    return PostResult(
        k=row["k"],
        text=row["text"],
        url=row["url"],
        sent_at=row["sent_at"],
        **{name: reading.get(name) for name in ("taken_at", "age_seconds", "gone_at", *METRICS)},
        retention=impressions / first if first and impressions is not None else None,
    )


def _totals(posts: Iterable[PostResult]) -> dict[str, Total]:
    posts = list(posts)
    totals = {}
    for name in METRICS:
        told = [value for post in posts if (value := getattr(post, name)) is not None]
        totals[name] = Total(sum(told) if told else None, len(told), len(posts))
    return totals


def _growth(posts: Sequence[int], marked: dict[tuple[int, int], int | None]) -> tuple[Growth, ...]:
    """The thread's line up to its last mark with a reading; a sum that lacks a post would be a dip that never was."""
    wanted = set(posts)
    reached = {mark for post, mark in marked if post in wanted}
    marks = {int(mark.total_seconds()) for mark in MARKS if int(mark.total_seconds()) <= max(reached, default=0)}
    line = []
    for mark in sorted(marks | reached):
        told = [marked.get((post, mark)) for post in posts]
        known = [value for value in told if value is not None]
        line.append(Growth(mark, sum(known) if len(known) == len(posts) else None))
    return tuple(line)
