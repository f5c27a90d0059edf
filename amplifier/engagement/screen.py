"""The report in a terminal: tables and small charts. A dash is "not told", and numbers that are made up say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from amplifier.engagement.charts import NOT_TOLD, bar, count, sparkline
from amplifier.engagement.method import MODES
from amplifier.engagement.written import (
    age,
    best_slots,
    moment,
    money,
    price,
    rate,
    short_names,
    threads,
    total,
    verdict,
)
from amplifier.model import Mode

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

    from amplifier.engagement.results import CampaignResult, Comparison, Cost, PostResult, Report, ThreadResult

SHOWN = ("impressions", "likes", "reposts", "replies")
"""The metrics that fit a terminal; `export` has them all."""
LEAST_EXCERPT = 12
"""Columns of a post's text that may still tell which it is."""
COMPARED = 4
"""Variants that are told in a line: the ones with the highest rates."""
ROOM_FOR_BARS = 72
"""Columns from which retention is drawn, not only told."""


def render(report: Report, console: Console) -> None:
    """Print the report. Whether there is colour, and how wide a line is, is the console's business."""
    banner = Mode(report.mode).banner
    also = "".join(f"; also here: --mode {mode}" for mode in report.other_modes)
    _line(console, f"{banner}: results of posts in mode {report.mode}{also}", "bold")
    if report.mode != Mode.LIVE.value:
        _line(console, MODES[report.mode])
    if report.since is not None:
        _line(console, f"Only threads that began on {moment(report.since)} or later.")
        if not any(campaign.threads for campaign in report.campaigns):
            _line(console, "\nNo thread began then or later.")
            return
    if not report.campaigns:
        _line(console, f"\nNothing was approved in mode {report.mode} yet.")
        return
    for campaign in report.campaigns:
        _campaign(campaign, banner, console)
    _line(console, f"\n{NOT_TOLD} not told (never 0); ≥ told for some of the posts only")


def _line(console: Console, text: str, style: str = "") -> None:
    """Print plainly: nothing in a text is markup. At a terminal a line goes on between words, elsewhere it is whole."""
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)


def _campaign(campaign: CampaignResult, banner: str, console: Console) -> None:
    states = [f"{getattr(campaign, name)} {name}" for name in ("held", "failed", "cancelled")]
    states = [text for text in states if not text.startswith("0 ")]
    out = ", ".join([f"{campaign.sent} of {campaign.posts} posts out", *states])
    _line(console, f"\n{campaign.campaign} [{banner}]: {out}", "bold")
    _line(console, " · ".join(f"{name} {total(campaign.totals[name])}" for name in SHOWN))
    for thread in campaign.threads:
        _thread(thread, banner, console)
    if campaign.sent:
        _compared(campaign, banner, console)


def _compared(campaign: CampaignResult, banner: str, console: Console) -> None:
    """What the threads show beside each other, a line for each; then cost, gaps, and what is gone."""
    at = "" if campaign.age_mark is None else f" at {age(campaign.age_mark)}"
    _line(console, f"\n{campaign.campaign} [{banner}]: threads compared{at}", "bold")
    if campaign.age_mark is None:
        _line(console, "nothing to compare: no reading counts for an age yet")
    elif campaign.age_mark not in campaign.ages:
        _line(console, f"nothing was read at that age; there are {', '.join(map(age, campaign.ages)) or 'none'}")
    for comparison in campaign.comparisons:
        _comparison(comparison, console)
    for account in dict.fromkeys((slot.account, slot.network) for slot in campaign.slots):
        own = [slot for slot in campaign.slots if (slot.account, slot.network) == account]
        _line(console, f"slots ({account[0]}): {best_slots(own)}")
    _line(console, _cost(campaign.cost, would=campaign.mode != Mode.LIVE.value))
    if campaign.gaps:
        where = f"campaign = '{campaign.campaign}' AND mode = '{campaign.mode}'"
        missed = f"{len(campaign.gaps)} reading{'' if len(campaign.gaps) == 1 else 's'} missed"
        _line(console, f'{missed}: amplifier sql "SELECT * FROM reading_gaps WHERE {where}"')
    if campaign.gone:
        _line(console, f"{campaign.gone} post{'' if campaign.gone == 1 else 's'} gone: counted as told last")


def _comparison(comparison: Comparison, console: Console) -> None:
    names = short_names([variant.variant for variant in comparison.variants])
    ranked = sorted(comparison.variants, key=lambda variant: (variant.rate is None, -(variant.rate or 0)))
    told = [
        f"{names[one.variant]} {rate(one.rate)}"
        + (f" [{rate(one.low)} to {rate(one.high)}]" if one.low is not None else "")
        + f" ({threads(one.threads)})"
        for one in ranked[:COMPARED]
    ]
    told += [f"{len(ranked) - COMPARED} more"] if len(ranked) > COMPARED else []
    _line(console, f"{comparison.kind}s: {verdict(comparison)}")
    _line(console, f"  {' · '.join(told)}")


def _cost(cost: Cost, *, would: bool) -> str:
    parts = f"publishing {money(cost.create)}, reading {money(cost.read)}"
    told = [
        f"{price(one)} {what}"
        for one, what in (
            (cost.per_thousand_impressions, "for 1,000 impressions"),
            (cost.per_interaction, "an interaction"),
            (cost.per_engagement, "an engagement"),
        )
        if one.value is not None
    ]
    return " · ".join([f"{'would cost' if would else 'cost'} {money(cost.total)} ({parts})", *told])


def _thread(thread: ThreadResult, banner: str, console: Console) -> None:
    _line(console, "")
    title = f"{thread.thread} ({thread.account}) [{banner}]: {thread.sent} of {thread.n} out, {thread.state}"
    _line(console, title, "bold")
    if not thread.posts:
        return
    console.print(_table(thread, console.width))
    _line(console, _when(thread))
    if thread.growth:
        marks = " ".join(age(point.age_mark) for point in thread.growth)
        line = sparkline([point.impressions for point in thread.growth])
        last = count(thread.growth[-1].impressions)
        _line(console, f"impressions as it aged ({marks}): {line} {last}")


def _table(thread: ThreadResult, width: int) -> Table:
    """One line a post. Where it gets narrow the text is cut first, then the bars go, and no number is ever cut."""
    bars = width >= ROOM_FOR_BARS
    heads = ("k", "post", "impressions", "of post 1", *SHOWN[1:])
    lines = [
        [
            str(post.k),
            "",
            count(post.impressions),
            _retention(post, bars),
            *(count(getattr(post, name)) for name in SHOWN[1:]),
        ]
        for post in thread.posts
    ]
    impressions, *others = (total(thread.totals[name]) for name in SHOWN)
    lines.append(["", "", impressions, "", *others])
    taken = sum(max(cell_len(cell) for cell in column) + 1 for column in zip(*lines, heads, strict=True))
    room = max(width - taken + cell_len(heads[1]), LEAST_EXCERPT)
    for line, excerpt in zip(lines, [*map(_excerpt, thread.posts), "all"], strict=True):
        line[1] = excerpt if cell_len(excerpt) <= room else set_cell_size(excerpt, room - 1).rstrip() + "…"
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for head in heads:
        justify: JustifyMethod = "left" if head in {"post", "of post 1"} else "right"
        table.add_column(head, justify=justify, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line), style="bold" if line is lines[-1] else "")
    return table


def _excerpt(post: PostResult) -> str:
    text = " ".join(post.text.split())
    return f"[gone since {post.gone_at[:10]}] {text}" if post.gone_at else text


def _retention(post: PostResult, bars: bool) -> str:
    if post.retention is None:
        return NOT_TOLD
    return f"{bar(post.retention, 6) if bars else ''} {post.retention:.0%}".strip()


def _when(thread: ThreadResult) -> str:
    times = [(post.taken_at, post.age_seconds) for post in thread.posts if post.taken_at is not None]
    if not times:
        return "not read yet"
    taken_at, seconds = max(times)
    some = "" if len(times) == len(thread.posts) else f" ({len(times)} of {len(thread.posts)} posts)"
    return f"newest reading {taken_at[:16].replace('T', ' ')} UTC, at age {age(seconds or 0)}{some}"
