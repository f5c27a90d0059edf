"""What came of a campaign, put together from the views; the values behind terminal, page and `--json`.

Sums are of what was told, and say of how many posts. What is compared is compared at one age.
"""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from amplifier.engagement import method, spending, weigh
from amplifier.engagement.query import rows
from amplifier.engagement.readings import MARKS
from amplifier.engagement.results import CampaignResult, Gap, Growth, PostResult, Report, ThreadResult, Total
from amplifier.errors import UsageError
from amplifier.model import Mode, Why
from amplifier.networks.port import METRICS
from amplifier.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from amplifier.store.engine import Store

PREFERENCE = (Mode.LIVE.value, Mode.SIMULATED.value, Mode.DRY.value)
"""Which mode is reported when none is asked for: the first that has rows."""
SUMMED = (*METRICS, "interactions")
USUAL_AGE = 86400
"""Seconds: the age at which things are compared when none is asked for, or the greatest one below it that was read."""
_TAGS = text(
    "SELECT h.post_id, h.key, h.tag FROM post_tag h JOIN post p ON p.id = h.post_id "
    "JOIN thread t ON t.id = p.thread_id JOIN campaign c ON c.id = t.campaign_id "
    "WHERE c.name = :campaign AND p.mode = :mode"
)
_READINGS = text("SELECT readings FROM campaign WHERE name = :campaign")
Key = tuple[str, str]
"""A thread of a campaign in one mode: its id, and its account."""


def report(
    store: Store,
    campaign: str | None = None,
    mode: str | None = None,
    *,
    since: datetime | None = None,
    age: timedelta | None = None,
) -> Report:
    """The report on one campaign, or on all; live posts unless there are none or `mode` says otherwise.

    `since` leaves out threads that began before it, or have not begun; `age` is where things are compared. Raises
    `UsageError` for a campaign that was never approved.
    """
    summaries = rows(store, "campaign_summary", campaign=campaign)
    if campaign is not None and not summaries:
        raise _unknown(store, campaign)
    held = [name for name in PREFERENCE if any(row["mode"] == name for row in summaries)]
    chosen = mode or (held[0] if held else Mode.LIVE.value)
    first = None if since is None else instant_text(since)
    seconds = None if age is None else int(age.total_seconds())
    return Report(
        chosen,
        tuple(name for name in held if name != chosen),
        first,
        method.notes(chosen, first),
        tuple(_campaign(store, row, first, seconds) for row in summaries if row["mode"] == chosen),
    )


def _unknown(store: Store, campaign: str) -> UsageError:
    known = sorted({row["campaign"] for row in rows(store, "campaign_summary")})
    near = get_close_matches(campaign, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    listed = f"approved so far: {', '.join(known)}" if known else "none was approved yet: amplifier approve FILE"
    return UsageError(f"no campaign {campaign!r} was ever approved", hint + listed)


def _campaign(store: Store, summary: Mapping[str, Any], since: str | None, age: int | None) -> CampaignResult:
    where = {"campaign": summary["campaign"], "mode": summary["mode"]}
    log = rows(store, "post_log", **where)
    out: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in log:
        if row["state"] == "sent":
            out[_key(row)].append(row)
    statuses = [
        row
        for row in rows(store, "thread_status", **where)
        if since is None or any(post["sent_at"] >= since for post in out[_key(row)] if post["k"] == 1)
    ]
    kept = {_key(row) for row in statuses}

    def told(view: str, **more: Any) -> list[dict[str, Any]]:
        return [row for row in rows(store, view, **where, **more) if _key(row) in kept]

    latest = {row["post_id"]: row for row in told("engagement_latest")}
    retained = {row["post_id"]: row for row in told("thread_retention")}
    marked: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in told("engagement_at_age"):
        marked[row["age_mark"]][row["post_id"]] = row
    ages = tuple(sorted(marked))
    compared = _age(ages, age)
    results = [] if compared is None else told("thread_results", age_mark=compared)
    at_age = [] if compared is None else list(marked[compared].values())
    marks = _marks(store, where["campaign"])
    threads = tuple(_thread(row, out[_key(row)], latest, retained, marked, marks) for row in statuses)
    posts = [post for thread in threads for post in thread.posts]
    totals = _totals(posts)
    counted = summary if since is None else _counted(threads, log, kept)
    gone = {post.post_id: post.gone_at for post in posts if post.gone_at}
    return CampaignResult(
        **where,
        posts=counted["posts"],
        sent=counted["sent"],
        held=counted["held"],
        failed=counted["failed"],
        cancelled=counted["cancelled"],
        gone=len(gone),
        totals=totals,
        age_mark=compared,
        ages=ages,
        comparisons=weigh.comparisons(results),
        slots=weigh.slots(results),
        top=weigh.top(at_age, gone),
        hashtags=weigh.hashtags(at_age, _tags(store, where)),
        cost=spending.spent(posts, rows(store, "cost_log", **where), totals, since),
        gaps=tuple(_gap(row) for row in told("reading_gaps")),
        threads=threads,
    )


def _key(row: Mapping[str, Any]) -> Key:
    return row["thread"], row["account"]


def _age(ages: Sequence[int], asked: int | None) -> int | None:
    """The age that was asked for, read or not; else the usual one, or the nearest one that was read."""
    if asked is not None:
        return asked
    return max((one for one in ages if one <= USUAL_AGE), default=min(ages, default=None))


def _counted(threads: Sequence[ThreadResult], log: Sequence[Mapping[str, Any]], kept: set[Key]) -> dict[str, int]:
    """The posts of some threads by state; rows that a newer approval replaced are of an older content."""
    states: dict[str, int] = defaultdict(int)
    for row in log:
        if _key(row) in kept and not (row["why"] or "").startswith(Why.REPLACED.value):
            states[row["state"]] += 1
    posts, sent = sum(thread.n for thread in threads), sum(thread.sent for thread in threads)
    return {"posts": posts, "sent": sent, **{name: states[name] for name in ("held", "failed", "cancelled")}}


def _thread(
    status: Mapping[str, Any],
    out: Sequence[Mapping[str, Any]],
    latest: Mapping[int, Mapping[str, Any]],
    retained: Mapping[int, Mapping[str, Any]],
    marked: Mapping[int, Mapping[int, Mapping[str, Any]]],
    marks: Sequence[int],
) -> ThreadResult:
    out = sorted(out, key=lambda row: row["k"])
    posts = tuple(_post(row, latest.get(row["post_id"], {}), retained.get(row["post_id"], {})) for row in out)
    names = ("thread", "account", "network", "state", "n", "sent", "hook", "template", "reply_to")
    return ThreadResult(
        **{name: status[name] for name in names},
        sent_at=min((post.sent_at for post in posts), default=None),
        totals=_totals(posts),
        growth=_growth([row["post_id"] for row in out], marked, marks),
        posts=posts,
    )


def _post(row: Mapping[str, Any], reading: Mapping[str, Any], retained: Mapping[str, Any]) -> PostResult:
    told = ("taken_at", "age_seconds", "gone_at", *METRICS, "interactions", "rate", "not_told")
    read: dict[str, Any] = {name: reading.get(name) for name in told}
    return PostResult(
        **{name: row[name] for name in ("post_id", "k", "text", "url", "sent_at", "cost_usd")},
        **read,
        retention=retained.get("retention"),
        retention_age=retained.get("age_mark"),
    )


def _totals(posts: Iterable[PostResult]) -> dict[str, Total]:
    posts = list(posts)
    totals = {}
    for name in SUMMED:
        told = [value for post in posts if (value := getattr(post, name)) is not None]
        totals[name] = Total(sum(told) if told else None, len(told), len(posts))
    return totals


def _growth(
    posts: Sequence[int], marked: Mapping[int, Mapping[int, Mapping[str, Any]]], marks: Sequence[int]
) -> tuple[Growth, ...]:
    """The thread's line up to its last mark with a reading; a sum that lacks a post would be a dip that never was."""
    reached = {mark for mark, read in marked.items() if any(post in read for post in posts)}
    passed = {mark for mark in marks if mark <= max(reached, default=0)}

    def whole(mark: int, name: str) -> int | None:
        read = marked.get(mark, {})
        known = [value for post in posts if (value := read.get(post, {}).get(name)) is not None]
        return sum(known) if len(known) == len(posts) else None

    return tuple(
        Growth(mark, whole(mark, "impressions"), whole(mark, "interactions")) for mark in sorted(passed | reached)
    )


def _gap(row: Mapping[str, Any]) -> Gap:
    return Gap(**{name: row[name] for name in ("post_id", "thread", "account", "k", "age_mark", "why", "found_at")})


def _marks(store: Store, campaign: str) -> list[int]:
    """The ages (seconds) at which a campaign's posts are read: its own, or the usual ones."""
    with store.read() as connection:
        own: str | None = connection.execute(_READINGS, {"campaign": campaign}).scalar()
    return [int(mark) for mark in own.split(",")] if own else [int(mark.total_seconds()) for mark in MARKS]


def _tags(store: Store, where: Mapping[str, str]) -> dict[int, list[tuple[str, str]]]:
    """The hashtags of each post that was read: how they are counted, and how they are written."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    with store.read() as connection:
        for post, key, tag in connection.execute(_TAGS, dict(where)):
            found[post].append((key, tag))
    return found
