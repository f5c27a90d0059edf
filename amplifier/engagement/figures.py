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
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from markupsafe import Markup

    from amplifier.engagement.results import Comparison, PostResult, Slot, ThreadResult


NAMED = 8
"""Lines that are named in a chart; of more, only the highest three that go furthest."""
NOT_YET = "not yet"
"""An age that a thread's posts have not reached."""
NOT_OUT = "not out"
"""A post of the thread that is not out."""
Missed = tuple[str, str, int]
"""A thread, its account, and an age that passed without a reading."""


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

        told = "; ".join(", ".join(cell.text for cell in row if cell.text) for row in table.rows)
        wide, narrow = (pages.picture(draw(drawings, small), label, told) for small in (False, True))
        return Figure(table, wide, narrow, title, said)


def _bars(values: Iterable[float | None]) -> Callable[[float | None], float | None]:
    top = max((value for value in values if value is not None), default=0)
    return lambda value: None if value is None or not top else value / top


def growth(
    threads: Sequence[tuple[str, ThreadResult]], compared: int | None, missed: Collection[Missed], artist: Artist
) -> Part:
    """The impressions of named threads at each age; one of them was told at one. Bars are those of the age compared."""
    marks = sorted({point.age_mark for _, thread in threads for point in thread.growth})
    steps = [written.age(mark) for mark in marks]
    found = [(name, {point.age_mark: point.impressions for point in thread.growth}) for name, thread in threads]
    found.sort(key=lambda one: -max((value for value in one[1].values() if value is not None), default=0))
    bar = _bars(told.get(compared) for _, told in found if compared is not None)
    passed = {name: _passed(thread, missed) for name, thread in threads}

    def cell(name: str, told: Mapping[int, int | None], mark: int) -> Cell:
        if mark not in told and not passed[name](mark):
            return Cell(NOT_YET)
        return Cell(count(told.get(mark)), bar(told.get(mark)) if mark == compared else None)

    rows = [[Cell(name), *(cell(name, told, mark) for mark in marks)] for name, told in found]
    table = Table([Column("thread", number=False), *map(Column, steps)], rows)

    def draw(drawings: Any, small: bool) -> str:
        series = [drawings.Line(name, [told.get(mark) for mark in marks]) for name, told in found]
        width = drawings.NARROW - 70 if small else drawings.WIDE
        drawn: str = drawings.lines(series, steps, width, axis="age of the posts")
        return drawn

    label = "Impressions of each thread as its posts aged"
    broken = "an age was missed or not every post was told."
    drawn, listed = f"A line breaks where {broken} {_coloured(threads)}", f"{NOT_TOLD} stands where {broken}"
    listed += f" The bars are those of {written.age(compared)}." if compared in marks else ""
    note = f"{label}. {drawn if artist.drawing else listed}"
    return Part("How it grew", note, [artist.figure(table, draw, label)])


def _passed(thread: ThreadResult, missed: Collection[Missed]) -> Callable[[int], bool]:
    """Whether a thread is past an age without a reading: it was missed, or a post is gone and not read again."""
    gone = any(post.gone_at for post in thread.posts)
    return lambda mark: gone or (thread.thread, thread.account, mark) in missed


def _coloured(threads: Sequence[Any]) -> str:
    """Which line stands out."""
    if len(threads) == 1:
        return ""
    return f"In colour is the one that ends highest{', of those that go furthest' if len(threads) > NAMED else ''}."


def retention(threads: Sequence[tuple[str, ThreadResult]], artist: Artist) -> Part:
    """The impressions of each post of named threads, as a share of those of the first."""
    longest = max(thread.posts[-1].k for _, thread in threads)
    steps = [str(k) for k in range(1, longest + 1)]
    found = [(name, {post.k: post for post in thread.posts}) for name, thread in threads]
    whole = {name: thread.n for name, thread in threads}

    def last(one: tuple[str, dict[int, PostResult]]) -> float:
        return next(
            (post.retention for _, post in sorted(one[1].items(), reverse=True) if post.retention is not None), 0.0
        )

    found.sort(key=last, reverse=True)
    rows = []
    for name, posts in found:
        ages = {post.retention_age for post in posts.values() if post.retention_age is not None}
        told = {k: post.retention for k, post in posts.items() if post.retention is not None}
        cells = [
            Cell(written.share(told.get(k)), told[k] if k == max(told, default=0) else None)
            if k in posts
            else Cell(NOT_OUT if k <= whole[name] else "")
            for k in range(1, longest + 1)
        ]
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
    note = f"{label}, both at the same age: the greatest at which both were told. "
    note += _coloured(threads) if artist.drawing else "The bar is that of the last post."
    return Part("How far readers stayed", note, [artist.figure(table, draw, label)])


def comparisons(found: Sequence[Comparison], age: str, artist: Artist) -> Part:
    """Hooks and templates with their intervals, at this age."""
    several = len({one.network for one in found}) > 1
    figures = [_comparison(one, artist, f" on {one.network}" if several else "") for one in found]
    note = f"Rates when the posts were {age} old. The thread is the case; the intervals are of 95 %."
    note += f" In colour is a winner, and pale what has fewer than {LEAST_THREADS} threads." if artist.drawing else ""
    return Part("Hooks and templates", note, figures)


def _comparison(one: Comparison, artist: Artist, where: str) -> Figure:
    names = written.short_names([variant.variant for variant in one.variants])
    ranked = sorted(one.variants, key=lambda variant: (variant.rate is None, -(variant.rate or 0)))
    bar = _bars(variant.rate for variant in ranked)
    rows = [
        [
            Cell(names[variant.variant]),
            Cell(count(variant.threads)),
            Cell(written.rate(variant.rate), bar(variant.rate)),
            Cell(NOT_TOLD if variant.low is None else f"{written.rate(variant.low)} to {written.rate(variant.high)}"),
            Cell(written.chance(variant.best)),
            Cell(count(variant.left_out)),
            Cell(count(variant.posts)),
        ]
        for variant in ranked
    ]
    heads = ("threads", "rate", "95 % interval", "best with", "left out", "posts")
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
        bar = _bars(slot.thread_rate for slot in own)
        rows = [
            [
                Cell(written.slot(slot.weekday, slot.hour)),
                Cell(count(slot.threads)),
                Cell(written.rate(slot.thread_rate), bar(slot.thread_rate)),
                Cell(count(slot.left_out)),
                Cell(count(slot.impressions)),
            ]
            for slot in own
        ]
        table = Table(
            [Column("began", number=False), *map(Column, ("threads", "rate", "left out", "impressions"))], rows
        )

        def draw(drawings: Any, small: bool, own: Sequence[Slot] = own) -> str:
            drawn: str = drawings.week(own, drawings.NARROW if small else drawings.HALF)
            return drawn

        label = "Rate by weekday and hour of the beginning, with the number of threads"
        title = f"{account} on {network}" if len(accounts) > 1 else ""
        shown.append(artist.figure(table, draw, label, title=title, said=written.best_slots(own)))
    note = f"By the hour in which a thread began, in the campaign's zone, at the age of {age}."
    note += " The numbers count threads; the deeper the colour, the higher the rate." if artist.drawing else ""
    return Part("When", note, shown)
