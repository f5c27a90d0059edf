"""The parts of a report that are drawn: growth, retention, hooks and templates, hours of the week.

Every chart has its numbers in a table; where nothing draws, the tables stand alone, with small bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amplifier import pages
from amplifier.engagement import written
from amplifier.engagement.charts import NOT_TOLD, count
from amplifier.engagement.tables import Cell, Column, Table
from amplifier.engagement.variants import LEAST_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from markupsafe import Markup

    from amplifier.engagement.results import Comparison, PostResult, Slot, ThreadResult


@dataclass(frozen=True, slots=True)
class Figure:
    """A table, drawn for a wide and a narrow page where that can be done."""

    table: Table
    wide: Markup | None = None
    narrow: Markup | None = None
    title: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a campaign with its figures."""

    title: str
    note: str
    figures: Sequence[Figure]


class Artist:
    """Draws figures, or leaves them as tables."""

    def __init__(self, drawing: bool) -> None:
        self.drawing = drawing

    def figure(
        self, table: Table, draw: Callable[[Any, bool], str], label: str, *, title: str = "", said: str = ""
    ) -> Figure:
        """A figure of this table; `draw` is given the module `drawings`, and whether the page is narrow."""
        if not self.drawing:
            return Figure(table, title=title, said=said)
        from amplifier.engagement import drawings  # noqa: PLC0415 - an extra, and a heavy one

        told = "; ".join(", ".join(cell.text for cell in row) for row in table.rows)
        wide, narrow = (pages.picture(draw(drawings, small), label, told) for small in (False, True))
        return Figure(table, wide, narrow, title, said)


def _bars(values: Iterable[float | None]) -> Callable[[float | None], float | None]:
    top = max((value for value in values if value is not None), default=0)
    return lambda value: None if value is None or not top else value / top


def growth(threads: Sequence[tuple[str, ThreadResult]], artist: Artist) -> Part:
    """The impressions of named threads at each age; one of them was told at one."""
    marks = sorted({point.age_mark for _, thread in threads for point in thread.growth})
    steps = [written.age(mark) for mark in marks]
    found = [(name, {point.age_mark: point.impressions for point in thread.growth}) for name, thread in threads]
    found.sort(key=lambda one: -max((value for value in one[1].values() if value is not None), default=0))
    bar = _bars(told.get(marks[-1]) for _, told in found)
    rows = [
        [
            Cell(name),
            *(Cell(count(told.get(mark)), bar(told.get(mark)) if mark == marks[-1] else None) for mark in marks),
        ]
        for name, told in found
    ]
    table = Table([Column("thread", number=False), *map(Column, steps)], rows)

    def draw(drawings: Any, small: bool) -> str:
        series = [drawings.Line(name, [told.get(mark) for mark in marks]) for name, told in found]
        width = drawings.NARROW - 70 if small else drawings.WIDE
        drawn: str = drawings.lines(series, steps, width, axis="age of the posts")
        return drawn

    label = "Impressions of each thread as its posts aged"
    note = f"{label}. A line breaks where an age was missed or not every post was told."
    return Part("How it grew", note, [artist.figure(table, draw, label)])


def retention(threads: Sequence[tuple[str, ThreadResult]], artist: Artist) -> Part:
    """How many went on to each post of named threads, as a share of those who saw the first."""
    longest = max(thread.posts[-1].k for _, thread in threads)
    steps = [str(k) for k in range(1, longest + 1)]
    found = [(name, {post.k: post for post in thread.posts}) for name, thread in threads]

    def last(one: tuple[str, dict[int, PostResult]]) -> float:
        return next(
            (post.retention for _, post in sorted(one[1].items(), reverse=True) if post.retention is not None), 0.0
        )

    found.sort(key=last, reverse=True)
    rows = []
    for name, posts in found:
        ages = {post.retention_age for post in posts.values() if post.retention_age is not None}
        shares = [posts[k].retention if k in posts else None for k in range(1, longest + 1)]
        cells = [Cell(written.share(value), value if k == longest else None) for k, value in enumerate(shares, 1)]
        rows.append([Cell(name), Cell(" ".join(map(written.age, sorted(ages)))), *cells])
    table = Table([Column("thread", number=False), Column("at age"), *(Column(f"post {k}") for k in steps)], rows)

    def draw(drawings: Any, small: bool) -> str:
        series = [
            drawings.Line(name, [posts[k].retention if k in posts else None for k in range(1, max(posts) + 1)])
            for name, posts in found
        ]
        width = drawings.NARROW - 70 if small else drawings.WIDE
        drawn: str = drawings.lines(series, steps, width, axis="post of the thread", percent=True)
        return drawn

    label = "Impressions of each post as a share of its thread's first post"
    note = f"{label}, both at the same age: the greatest at which both were told."
    return Part("How far readers stayed", note, [artist.figure(table, draw, label)])


def comparisons(found: Sequence[Comparison], age: str, artist: Artist) -> Part:
    """Hooks and templates with their intervals, at this age."""
    several = len({one.network for one in found}) > 1
    figures = [_comparison(one, artist, f" on {one.network}" if several else "") for one in found]
    note = f"Rates when the posts were {age} old. The thread is the case; the intervals are of 95 %."
    return Part("Hooks and templates", note, figures)


def _comparison(one: Comparison, artist: Artist, where: str) -> Figure:
    names = written.short_names([variant.variant for variant in one.variants])
    ranked = sorted(one.variants, key=lambda variant: (variant.rate is None, -(variant.rate or 0)))
    bar = _bars(variant.rate for variant in ranked)
    rows = [
        [
            Cell(names[variant.variant]),
            Cell(written.rate(variant.rate), bar(variant.rate)),
            Cell(NOT_TOLD if variant.low is None else f"{written.rate(variant.low)} to {written.rate(variant.high)}"),
            Cell(written.chance(variant.best)),
            Cell(count(variant.threads)),
            Cell(count(variant.left_out)),
            Cell(count(variant.posts)),
        ]
        for variant in ranked
    ]
    heads = ("rate", "95 % interval", "best with", "threads", "left out", "posts")
    table = Table([Column(one.kind, number=False), *map(Column, heads)], rows)

    def draw(drawings: Any, small: bool) -> str:
        shown = [
            drawings.Span(
                names[variant.variant],
                written.threads(variant.threads),
                variant.rate,
                variant.low,
                variant.high,
                variant.threads >= LEAST_THREADS,
                variant.variant == one.winner,
            )
            for variant in ranked
            if variant.rate is not None
        ]
        drawn: str = drawings.spans(shown, drawings.NARROW if small else drawings.HALF)
        return drawn

    title = f"{one.kind.capitalize()}s{where}"
    told = any(variant.rate is not None for variant in ranked)
    said = written.verdict(one)
    if not told:
        return Figure(table, title=title, said=said)
    return artist.figure(table, draw, f"Rate of each {one.kind}, with its 95 % interval", title=title, said=said)


def slots(found: Sequence[Slot], age: str, artist: Artist) -> Part:
    """The hours in which threads began, an account at a time, at this age."""
    accounts = sorted({(slot.account, slot.network) for slot in found})
    shown = []
    for account, network in accounts:
        own = [slot for slot in found if (slot.account, slot.network) == (account, network)]
        bar = _bars(slot.rate for slot in own)
        rows = [
            [
                Cell(written.slot(slot.weekday, slot.hour)),
                Cell(written.rate(slot.rate), bar(slot.rate)),
                Cell(count(slot.threads)),
                Cell(count(slot.left_out)),
                Cell(count(slot.impressions)),
            ]
            for slot in own
        ]
        table = Table(
            [Column("began", number=False), *map(Column, ("rate", "threads", "left out", "impressions"))], rows
        )

        def draw(drawings: Any, small: bool, own: Sequence[Slot] = own) -> str:
            drawn: str = drawings.week(own, drawings.NARROW if small else drawings.HALF)
            return drawn

        label = "Rate by weekday and hour of the beginning, with the number of threads"
        title = f"{account} on {network}" if len(accounts) > 1 else ""
        shown.append(artist.figure(table, draw, label, title=title, said=written.best_slots(own)))
    note = (
        f"By the hour in which a thread began, in the campaign's zone, at the age of {age}. The numbers count threads."
    )
    return Part("When", note, shown)
