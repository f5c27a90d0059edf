"""The charts of a report as SVG text, by Altair: growth, retention, rates with their intervals, hours of the week.

A missing number breaks its line. Colours are those of a light page; the page's style sheet turns them for a dark one.
Importing this needs the extra `analytics`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from amplifier.engagement.figures import NAMED
from amplifier.engagement.written import WEEKDAYS, rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.engagement.results import Slot

WIDE, HALF, NARROW = 920, 440, 320
"""Pixels of a chart's width: over the whole page, over half of it, on a telephone."""
INK, SOFT, LINE, FAINT, ACCENT, PAPER = "#1b2430", "#5c6675", "#e4e7ec", "#c5ccd6", "#0f6b7c", "#fbfbfa"
"""The page's style sheet knows these by their value."""
KINDS = ["first", "named", "other"]
"""The one that stands out, those that are read, and those behind them."""
LETTER = 15
"""Pixels between the names of two lines, at least."""
WIDTH = 6.8
"""Pixels of a letter of a name, about."""
BESIDE = 8
"""Pixels between a line's end and its name; above and below it a name takes as much."""
EDGE = 0.25
"""Steps left free on either side."""


@dataclass(frozen=True, slots=True)
class Line:
    """A named line over steps that all lines share; None where there is no number, and no step beyond its end."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Span:
    """A rate and its interval, if it has one; `sure` False: of too few threads."""

    name: str
    note: str
    rate: float
    low: float | None
    high: float | None
    sure: bool
    wins: bool


def lines(series: Sequence[Line], steps: Sequence[str], width: int, *, axis: str, percent: bool = False) -> str:
    """A line for each series over the same steps; the highest at its end stands out."""
    height = 240 if width < NARROW else 280
    ends = [(line, end) for line in series if (end := _end(line)) is not None]
    if len(ends) > NAMED:  # names at one end only, so that none lies over lines that go on
        ends = [pair for pair in ends if pair[1] == max(end for _, end in ends)]
    ends.sort(key=lambda pair: -(pair[0].values[pair[1]] or 0))
    named = {line.name: place for place, (line, _) in enumerate(ends[: NAMED if len(series) <= NAMED else 3])}
    top = max([1.0, *(value for line in series for value in line.values if value is not None)])
    top *= 1 if percent else 1.04  # room for the dot of the highest
    behind = sorted(series, key=lambda line: -named.get(line.name, len(series)))  # the later is drawn over the earlier
    rows = [
        {"name": line.name, "step": step, "value": value, "kind": _kind(named.get(line.name))}
        for line in behind
        for step, value in zip(steps, line.values, strict=False)
    ]
    x = alt.X("step:O", sort=list(steps), title=axis, scale=alt.Scale(padding=EDGE), axis=alt.Axis(labelAngle=0))
    ticks = alt.Axis(format="%" if percent else ",d", tickCount=4, grid=True)
    y = alt.Y("value:Q", title=None, axis=ticks, scale=alt.Scale(domain=[0, top], nice=False))
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y, detail="name:N")
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=KINDS, range=[ACCENT, SOFT, FAINT]))
    stroke = alt.Size("kind:N", legend=None, scale=alt.Scale(domain=KINDS, range=[2.5, 1.25, 1]))
    drawn = base.mark_line(invalid="break-paths-show-domains", strokeCap="round", strokeJoin="round").encode(
        color=colour, strokeWidth=stroke
    )
    dots = base.mark_point(filled=True, opacity=1, invalid="filter").encode(
        color=colour, size=alt.condition("datum.kind == 'first'", alt.value(42), alt.value(16))
    )
    apart = width / (len(steps) - 1 + 2 * EDGE)
    labels = _labels(ends[: len(named)], series, steps, (top / height, 1 / apart))
    names = (
        alt.Chart(alt.InlineData(values=labels))
        .mark_text(align="left", dx=BESIDE, fontSize=12, stroke=PAPER, strokeWidth=4)
        .encode(
            x=x,
            y=alt.Y("place:Q", scale=alt.Scale(domain=[0, top], nice=False)),
            text="name:N",
            fill=alt.Fill("kind:N", legend=None, scale=alt.Scale(domain=KINDS, range=[ACCENT, SOFT, SOFT])),
        )
    )
    return _svg(alt.layer(drawn, dots, names).properties(width=width, height=height))


def _end(line: Line) -> int | None:
    return max((place for place, value in enumerate(line.values) if value is not None), default=None)


def _kind(place: int | None) -> str:
    return "other" if place is None else "named" if place else "first"


def _labels(
    ends: Sequence[tuple[Line, int]], series: Sequence[Line], steps: Sequence[str], pixel: tuple[float, float]
) -> list[dict[str, Any]]:
    """Where each name stands: at its line's end, or as near as no name above and no line that goes on is in its way.

    `pixel` is what one is worth: of values, and of steps.
    """
    value_pixel, step_pixel = pixel
    found = []
    last: dict[int, float] = {}
    for place, (line, end) in enumerate(ends):
        reach = (BESIDE + WIDTH * len(line.name)) * step_pixel
        taken = [_crossed(other, end, reach, BESIDE * value_pixel) for other in series if other is not line]
        ceiling = last.get(end, math.inf) - LETTER * value_pixel
        last[end] = _nearest(line.values[end] or 0.0, ceiling, [one for one in taken if one])
        found.append({"name": line.name, "step": steps[end], "place": last[end], "kind": _kind(place)})
    return found


def _crossed(line: Line, start: int, reach: float, margin: float) -> tuple[float, float] | None:
    """Between which values a line runs, from a step on and so many steps far; None where it does not."""
    heights = []
    for step, (here, there) in enumerate(pairwise(line.values[start:])):
        if step < reach and here is not None and there is not None:
            heights += [here, here + (there - here) * min(1.0, reach - step)]
    return (min(heights) - margin, max(heights) + margin) if heights else None


def _nearest(value: float, ceiling: float, taken: Sequence[tuple[float, float]]) -> float:
    """The place nearest to a value that is not above the ceiling and in no span that is taken."""
    places = [place for place in (value, ceiling, *chain.from_iterable(taken)) if place <= ceiling]
    free = [place for place in places if not any(low < place < high for low, high in taken)]
    return min(free, key=lambda place: abs(place - value))


def spans(series: Sequence[Span], width: int) -> str:
    """A dot for each rate on its 95 % interval, under its name."""
    rows = [
        {
            "name": one.name,
            "note": f"{rate(one.rate)} · {one.note}",
            "rate": one.rate,
            "low": one.low,
            "high": one.high,
            "kind": "first" if one.wins else "named" if one.sure else "other",
        }
        for one in series
    ]
    order = [one.name for one in series]
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=KINDS, range=[ACCENT, SOFT, FAINT]))
    band = alt.Y("name:N", sort=order, title=None, axis=None)
    x = alt.X("rate:Q", title="interactions per impression", axis=alt.Axis(format=".1%", tickCount=4, grid=True))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=band)
    whole = base.transform_filter("isValid(datum.low)")
    rule = whole.mark_rule(strokeWidth=5, strokeCap="round", opacity=0.45).encode(
        x=alt.X("low:Q", title="interactions per impression"), x2="high:Q", color=colour
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, color=colour)
    name = base.mark_text(align="left", dy=-17, fontSize=12.5, fontWeight=600).encode(
        x=alt.value(0), text="name:N", color=alt.value(INK)
    )
    note = base.mark_text(align="right", dy=-17, fontSize=12).encode(
        x=alt.value(width), text="note:N", color=alt.value(SOFT)
    )
    return _svg(alt.layer(rule, dot, name, note).properties(width=width, height=alt.Step(54)))


def week(slots: Sequence[Slot], width: int) -> str:
    """Weekdays by hours: the deeper the colour the higher the rate, and in each field how many threads it rests on."""
    shown = sorted({slot.hour for slot in slots})
    highest = max((slot.thread_rate for slot in slots if slot.thread_rate is not None), default=None) or 1.0
    told = {(slot.weekday, slot.hour): slot for slot in slots}
    rows = []
    for weekday, day in enumerate(WEEKDAYS, 1):
        for hour in shown:
            slot = told.get((weekday, hour))
            value = slot.thread_rate if slot else None
            rows.append(
                {
                    "day": day,
                    "hour": f"{hour:02d}h",
                    "depth": 0 if value is None else 0.15 + 0.85 * value / highest,
                    "count": "" if slot is None else str(slot.threads),
                    "kind": "first" if value is not None and value / highest > 0.6 else "named",
                }
            )
    x = alt.X("day:O", sort=list(WEEKDAYS), title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False))
    y = alt.Y("hour:O", title=None, axis=alt.Axis(domain=False))
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    empty = base.mark_rect(cornerRadius=3, stroke=PAPER, strokeWidth=3, fill=LINE, fillOpacity=0.5)
    field = base.mark_rect(cornerRadius=3, stroke=PAPER, strokeWidth=3, fill=ACCENT).encode(
        fillOpacity=alt.FillOpacity("depth:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1]))
    )
    number = base.mark_text(fontSize=12).encode(
        text="count:N",
        color=alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["first", "named"], range=[PAPER, INK])),
    )
    return _svg(alt.layer(empty, field, number).properties(width=width, height=alt.Step(34)))


def _svg(chart: alt.LayerChart | alt.FacetChart) -> str:
    axis = {"labelColor": SOFT, "titleColor": SOFT, "domainColor": FAINT, "tickColor": FAINT, "gridColor": LINE}
    sized = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400, "titlePadding": 8, "labelPadding": 6}
    finished = chart.configure(
        background="transparent", font="DejaVu Sans, sans-serif", view=alt.ViewConfig(stroke=None), padding=4
    ).configure_axis(**axis, **sized, ticks=False)
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    return vl_convert.vegalite_to_svg(finished.to_dict(), vl_version=version, allowed_base_urls=[])
