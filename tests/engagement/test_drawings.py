from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from amplifier.engagement import drawings
from amplifier.engagement.drawings import ACCENT, FAINT, Line, Span
from amplifier.engagement.results import Slot

STEPS = ["15m", "1h", "6h", "24h"]
SVG = "{http://www.w3.org/2000/svg}"


def marks(svg: str, kind: str) -> list[dict[str, str]]:
    """The paths of one kind of mark, with the attributes that they have."""
    root = ET.fromstring(svg)
    return [path.attrib for path in root.iter(f"{SVG}path") if path.get("aria-roledescription") == kind]


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_line_breaks_where_there_is_no_number_and_has_a_dot_only_where_there_is_one() -> None:
    svg = drawings.lines([Line("story", [10, None, 30, 40])], STEPS, 300, axis="age")
    [line] = marks(svg, "line mark")
    assert re.sub(r"[^ML]", "", line["d"].replace("Z", "")) in {"MML", "MLML"}
    assert line["d"].count("M") == 2
    assert len(marks(svg, "point")) == 3
    assert {*STEPS, "story"} <= set(words(svg))


def test_a_line_ends_where_its_numbers_end_and_zero_is_a_number() -> None:
    svg = drawings.lines([Line("story", [0, 0]), Line("other", [None, None, None, 5])], STEPS, 300, axis="age")
    assert len(marks(svg, "point")) == 3


def test_of_many_lines_three_are_named_and_one_stands_out() -> None:
    series = [Line(f"thread {number}", [1, number]) for number in range(30)]
    svg = drawings.lines(series, STEPS, 300, axis="age")
    assert {word for word in words(svg) if word.startswith("thread")} == {"thread 29", "thread 28", "thread 27"}
    colours = [line["stroke"] for line in marks(svg, "line mark")]
    assert (colours.count(ACCENT), colours.count(FAINT), colours[-1]) == (1, 27, ACCENT)


def test_names_at_one_end_do_not_lie_on_each_other() -> None:
    series = [Line(f"thread {number}", [1, 100 + number / 10]) for number in range(6)]
    svg = drawings.lines(series, STEPS, 300, axis="age")
    texts = [text for text in ET.fromstring(svg).iter(f"{SVG}text") if (text.text or "").startswith("thread")]
    heights = sorted(float(re.findall(r"translate\([^,]+,([^)]+)\)", text.attrib["transform"])[0]) for text in texts)
    assert len(heights) == 6
    assert all(below - above >= 14 for above, below in pairwise(heights))


@pytest.mark.parametrize("width", (drawings.WIDE, drawings.NARROW))
def test_no_line_runs_through_the_name_of_one_that_ended_before(width: int) -> None:
    series = [
        Line("ended early", [100, 60, 50]),
        Line("goes on", [100, 70, 52, 47]),
        Line("and another", [100, 30, 48, 45]),
    ]
    svg = drawings.lines(series, STEPS, width, axis="age")
    [name] = [text for text in ET.fromstring(svg).iter(f"{SVG}text") if text.text == "ended early"]
    left, baseline = map(float, re.findall(r"translate\(([^,]+),([^)]+)\)", name.attrib["transform"])[0])
    for line in marks(svg, "line mark"):
        points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", line["d"])]
        for (x, y), (end, low) in pairwise(points):
            for at in range(int(left), int(left) + 65):
                if x <= at <= end:
                    assert abs(y + (low - y) * (at - x) / (end - x) - (baseline - 4)) > 6


def test_names_stay_in_the_order_of_their_lines() -> None:
    series = [Line(name, [100, 40 - place]) for place, name in enumerate("abc")] + [Line("on", [100, 41, 39, 37])]
    svg = drawings.lines(series, STEPS, 300, axis="age")
    places = {
        text.text: float(re.findall(r"translate\([^,]+,([^)]+)\)", text.attrib["transform"])[0])
        for text in ET.fromstring(svg).iter(f"{SVG}text")
        if text.text in set("abc")
    }
    assert sorted(places, key=lambda name: places[name or ""]) == ["a", "b", "c"]


def test_a_rate_without_an_interval_is_a_dot_alone_and_a_winner_stands_out() -> None:
    shown = [
        Span("hook 2", "9 threads", 0.03, 0.02, 0.04, sure=True, wins=True),
        Span("hook 1", "1 thread", 0.02, None, None, sure=False, wins=False),
    ]
    svg = drawings.spans(shown, 300)
    assert {"hook 1", "hook 2", "3.00% · 9 threads", "2.00% · 1 thread"} <= set(words(svg))
    assert [dot["fill"] for dot in marks(svg, "point")] == [ACCENT, FAINT]
    rules = [line for line in ET.fromstring(svg).iter(f"{SVG}line") if line.get("stroke-width") == "5"]
    assert [line.get("stroke") for line in rules] == [ACCENT]


def test_a_field_of_the_week_says_on_how_many_threads_it_rests_and_one_without_a_rate_has_no_colour() -> None:
    slots = [Slot("main", "x", 2, 9, 4, 0, 10, 1, 0.1), Slot("main", "x", 7, 21, 0, 3, None, None, None)]
    svg = drawings.week(slots, 300)
    assert {"Mon", "Sun", "09h", "21h", "4", "0"} <= set(words(svg))
    filled = [path for path in ET.fromstring(svg).iter(f"{SVG}path") if path.get("fill") == ACCENT]
    assert sorted(float(path.get("fill-opacity", "1")) for path in filled)[-2:] == [0, 1]


def test_a_name_of_somebody_elses_choosing_stays_a_name() -> None:
    name = '<script>alert("x")</script> & "more"'
    assert name in words(drawings.spans([Span(name, "1 thread", 0.1, None, None, sure=False, wins=False)], 300))
