"""What Datasette shows of the engagement log: titles, descriptions, questions and charts, its metadata. Pure.

Words come from where they stand already: views and columns from views.sql, questions from questions.sql.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from amplifier.engagement import written
from amplifier.engagement.readings import MARKS
from amplifier.engagement.variants import LEAST_THREADS, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from amplifier.engagement.questions import Question

DATABASE = "amplifier"
"""The database's name in every address."""
STATIC = "amplifier-files"
"""Where the files of this package are served."""
DASHBOARD = "results"
TITLE = "Amplifier: what came of it"
RECORD = frozenset({"event"})
"""What was done, and by whom: it is listed beside the views, since none of them has that."""
OWN_BUSINESS = frozenset({"alembic_version", "alert", "attempt", "beat", "meta", "pause"})
"""Tables that Amplifier keeps for itself; they say nothing about results, so their pages are closed."""
TABLE = "Raw rows. Tables may change from version to version; the views are the contract."
SETTINGS: Mapping[str, Any] = {
    "allow_download": False,  # the whole file holds posts that are not out: that is what `backup` is for
    "default_page_size": 50,
    "max_returned_rows": 2000,
    "sql_time_limit_ms": 5000,
    "truncate_cells_html": 300,
}
"""Datasette's settings: a question may take five seconds, and an answer has two thousand rows at most."""

MADE_UP = "In mode simulated the numbers are made up."
TOO_EARLY = f"under {LEAST_THREADS} threads: {Verdict.TOO_EARLY}"
UNKNOWN = ("missed reading", "gone", "counts not told", "not read yet")
"""What can be missing: the chart has a line for each, also where it is none."""
COLOURS = ("#3b7dd8", "#d9692b", "#239b73", "#b065c4", "#a8841a", "#d9534f", "#3d9bb0", "#8a8f3c")
"""At least three to one against the page, in light and in dark."""
GROWTH = """\
SELECT thread, age_mark, impressions
FROM thread_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
ORDER BY thread, age_mark"""


def meanings(statements: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
    """What the statements of views.sql say about each view, and about each of its columns."""
    found = {}
    for statement in statements:
        head, name, body = re.split(r"CREATE VIEW (\w+)", statement, maxsplit=1)
        own = head.rstrip("\n").split("\n\n")[-1].replace("`", "")  # what the file begins with is about all of them
        said = " ".join(line.removeprefix("--").strip() for line in own.splitlines())
        found[name] = (said, dict(re.findall(r" AS (\w+),?\s*--\s*(.*)", body)))
    return found


def metadata(
    statements: Sequence[str], tables: Collection[str], questions: Sequence[Question], modes: Sequence[str]
) -> dict[str, Any]:
    """Everything that Datasette is told.

    `statements` are those of views.sql, `tables` the names of the tables, `modes` those that have rows. It opens with
    live ones, if there are any; where there are simulated ones, every page has a banner that says so.
    """
    views = meanings(statements)
    mode = next((mode for mode in ("live", "simulated", "dry") if mode in modes), "live")
    shown: dict[str, Any] = {name: {"description": said, "columns": columns} for name, (said, columns) in views.items()}
    for name in tables:
        closed = {"allow": False} if name in OWN_BUSINESS else {}
        shown[name] = {"description": TABLE, "hidden": name not in RECORD} | closed
    return {
        "title": TITLE,
        "description_html": _welcome(questions, mode, modes),
        "extra_css_urls": [f"/{STATIC}/explore.css", *([f"/{STATIC}/simulated.css"] if "simulated" in modes else [])],
        "extra_js_urls": [{"url": f"/{STATIC}/explore.js", "module": True}],
        "databases": {
            DATABASE: {
                "title": "The engagement log",
                "description_html": _contract(views),
                "tables": shown,
                "queries": {question.name: _query(question, modes) for question in questions},
            }
        },
        "plugins": {"datasette-dashboards": {DASHBOARD: _dashboard(questions, mode, modes)}},
    }


def _welcome(questions: Sequence[Question], mode: str, modes: Sequence[str]) -> str:
    items = "".join(f'<li><a href="{_address(one, mode)}">{escape(one.title)}</a></li>' for one in questions)
    return (
        f'<p class="big"><a href="/-/dashboards/{DASHBOARD}">Charts</a></p><ol class="questions">{items}</ol>'
        f"<p>{escape(_about(mode, modes))} An empty field was not told, or has not happened yet; it is never 0. "
        f'Or write SQL of your own: <a href="/{DATABASE}">the engagement log</a>, its views and columns.</p>'
    )


def _about(mode: str, modes: Sequence[str]) -> str:
    if not modes:
        return "Nothing was approved here yet."
    others = [other for other in modes if other != mode]
    also = f" There are also rows in mode {' and '.join(others)}: never add modes up." if others else ""
    return f"The answers are about posts in mode {mode}.{_made_up(modes)}{also}"


def _made_up(modes: Sequence[str]) -> str:
    return f" {MADE_UP}" if "simulated" in modes else ""


def _address(question: Question, mode: str) -> str:
    values = {name: mode if name == "mode" else "" for name in question.names}
    return f"/{DATABASE}/{question.name}?{escape(urlencode(values))}"


def _contract(views: Mapping[str, tuple[str, dict[str, str]]]) -> str:
    items = "".join(
        f'<dt><a href="/{DATABASE}/{name}">{name}</a></dt><dd>{escape(said)}</dd>' for name, (said, _) in views.items()
    )
    return (
        "<p>The views are the contract: columns may be added at a view's end, and are never renamed or removed. "
        "Instants are UTC. NULL means not told, or not yet; it is never 0. Always say which mode: only live says "
        f"something about readers.</p><dl>{items}</dl>"
    )


def _query(question: Question, modes: Sequence[str]) -> dict[str, Any]:
    links = " · ".join(f'<a href="{_address(question, mode)}">{mode}</a>' for mode in modes)
    defaults = "Empty values: mode live, campaign all of them" + (
        ", age_mark 24h (or in seconds: 86400)." if "age_mark" in question.names else "."
    )
    said = question.description + _made_up(modes)
    return {
        "title": question.title,
        "description": said,
        "description_html": f"<p>{escape(said)}</p><p>{defaults} Show: {links or 'nothing yet'}.</p>",
        "sql": question.sql,
        "params": list(question.names),
        "hide_sql": True,
    }


# ---------------------------------------------------------------- charts


def _dashboard(questions: Sequence[Question], mode: str, modes: Sequence[str]) -> dict[str, Any]:
    asked = {question.name: question for question in questions}
    charts: dict[str, dict[str, Any]] = {
        "growth": {"title": "How threads grew: impressions by age in hours", "query": GROWTH, "display": _growth()}
    }
    for name, display in _displays().items():
        few = f" ({TOO_EARLY})" if name in {"hooks", "templates", "slots"} else ""
        charts[name] = {"title": asked[name].title + few, "query": asked[name].sql, "display": display}
    charts["unknown"]["query"] = _counted(asked["unknown"].sql)
    for chart in charts.values():
        chart |= {"db": DATABASE, "library": "vega-lite"}
    return {
        "title": "What came of it",
        "description": f"What was not told is missing in a chart, and never drawn as 0.{_made_up(modes)}",
        "filters": {
            "mode": {"name": "mode", "type": "select", "options": list(modes) or [mode], "default": mode},
            "campaign": {
                "name": "campaign (empty: all)",
                "type": "select",
                "db": DATABASE,
                "query": "SELECT name FROM campaign ORDER BY name",
            },
            "age_mark": {
                "name": "age",
                "type": "select",
                "options": [written.age(round(mark.total_seconds())) for mark in MARKS],
                "default": "24h",
            },
        },
        "charts": charts,
    }


def _counted(sql: str) -> str:
    """How often each thing is missing: the question's own rows, counted; 0 where nothing is."""
    kinds = ", ".join(f"('{kind}')" for kind in UNKNOWN)
    return (
        f"SELECT kind.column1 AS what, COUNT(found.what) AS times FROM (VALUES {kinds}) AS kind\n"
        f"LEFT JOIN (\n{sql}\n) AS found ON found.what = kind.column1 GROUP BY kind.column1"
    )


def _displays() -> dict[str, dict[str, Any]]:
    """How the answers to questions are drawn, by the names of the questions."""
    percent = "interactions per 100 impressions"
    thread = {"field": "thread", "type": "nominal", "title": None, "scale": {"range": list(COLOURS)}}
    return {
        "best": _chart(
            {"type": "bar", "color": COLOURS[0]},
            x={"field": "interactions", "type": "quantitative"},
            y={"field": "thread", "type": "nominal", "sort": "-x", "title": None},
            tooltip=_tooltip("thread", "account", "sent_at_local", "posts", "told", "impressions", "interactions"),
        ),
        "retention": _chart(
            {"type": "line", "point": True},
            x={"field": "k", "type": "ordinal", "title": "post", "axis": {"labelAngle": 0}},
            y={"field": "stayed_percent", "type": "quantitative", "title": "impressions, % of post 1's"},
            color=thread,
            tooltip=_tooltip("thread", "k", "impressions", "stayed_percent", "age_mark"),
        ),
        "hooks": _ranges("hook", percent),
        "templates": _ranges("template", percent),
        "slots": _slots(),
        "hashtags": _chart(
            {"type": "bar", "color": COLOURS[2]},
            x={"field": "rate_percent", "type": "quantitative", "title": percent},
            y={"field": "hashtag", "type": "nominal", "sort": "-x", "title": None},
            tooltip=_tooltip("hashtag", "threads", "posts", "told", "impressions", "interactions", "rate_percent"),
        ),
        "unknown": _unknown(),
    }


def _chart(mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    return {"mark": mark, "encoding": encoding} | _LOOK


def _tooltip(*fields: str) -> list[dict[str, str]]:
    return [{"field": field} for field in fields]


def _growth() -> dict[str, Any]:
    return _chart(
        {"type": "line", "point": True},
        x={
            "field": "hours",
            "type": "quantitative",
            "scale": {"type": "log"},
            "title": "age in hours",
            "axis": {
                "grid": False,
                "values": [round(mark.total_seconds()) / 3600 for mark in MARKS],
                "labelOverlap": True,
            },
        },
        y={"field": "impressions", "type": "quantitative"},
        color={"field": "thread", "type": "nominal", "title": None, "scale": {"range": list(COLOURS)}},
        tooltip=_tooltip("thread", "hours", "impressions"),
    ) | {"transform": [{"calculate": "datum.age_mark / 3600", "as": "hours"}]}


def _ranges(field: str, percent: str) -> dict[str, Any]:
    """A point for the mean of the threads, a line from the lowest to the highest, and how many threads that is."""
    y = {"field": field, "type": "nominal", "title": None, "axis": {"labelLimit": 130}}
    x = {"type": "quantitative", "title": percent, "scale": {"zero": True}}
    tooltip = _tooltip(field, "threads", "left_out", "verdict", "rate_percent", "lowest_percent", "highest_percent")
    return {
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.5, "color": COLOURS[0]},
                "encoding": {"y": y, "x": x | {"field": "lowest_percent"}, "x2": {"field": "highest_percent"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "color": COLOURS[0]},
                "encoding": {"y": y, "x": x | {"field": "rate_percent"}, "tooltip": tooltip},
            },
            {
                "name": "words",
                "mark": {"type": "text", "dy": -11, "fontSize": 11},
                "encoding": {"y": y, "x": x | {"field": "rate_percent"}, "text": {"field": "label"}},
            },
        ],
        "transform": [_LABEL],
    } | _LOOK


def _slots() -> dict[str, Any]:
    """A field for each weekday and hour, with the number of threads in it; the colours begin at 0."""
    names = "['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']"
    where = {
        "x": {"field": "hour", "type": "ordinal", "axis": {"labelAngle": 0}},
        "y": {"field": "day", "type": "ordinal", "title": None, "sort": {"field": "weekday"}},
    }
    colour = {
        "field": "rate_percent",
        "type": "quantitative",
        "title": "per 100",
        "scale": {"domainMin": 0, "range": ["#dbe9fb", "#5c9ae6"]},
    }
    tooltip = _tooltip("day", "hour", "threads", "left_out", "rate_percent", "impressions", "interactions")
    return {
        "layer": [
            {"mark": "rect", "encoding": where | {"color": colour, "tooltip": tooltip}},
            {
                "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "fill": "#111a35"},
                "encoding": where | {"text": {"field": "label"}},
            },
        ],
        "transform": [{"calculate": f"{names}[datum.weekday]", "as": "day"}, _LABEL],
    } | _LOOK


def _unknown() -> dict[str, Any]:
    """How often each thing is missing; where nothing is, that in words."""
    axis = {"grid": False, "ticks": False, "labelExpr": "datum.value % 1 ? '' : format(datum.value, 'd')"}
    often = {"type": "quantitative", "title": "how often", "axis": axis}
    where = {
        "x": often | {"field": "times"},
        "y": {"field": "what", "type": "nominal", "sort": list(UNKNOWN), "title": None},
    }
    none = {"transform": [{"filter": f"datum.all == 0 && datum.what == '{UNKNOWN[0]}'"}]}
    middle = {"x": {"expr": "width / 2"}, "y": {"expr": "height / 2"}}
    return {
        "layer": [
            {"mark": {"type": "bar", "color": COLOURS[5]}, "encoding": where | {"tooltip": _tooltip("what", "times")}},
            # unseen: else the axis would have nothing but 0
            {"mark": {"type": "rule", "opacity": 0}, "encoding": {"x": often | {"datum": 1}}},
            none | {"name": "words", "mark": {"type": "text", "fontSize": 14, "text": "nothing is missing"} | middle},
        ],
        "transform": [{"joinaggregate": [{"op": "sum", "field": "times", "as": "all"}]}],
    } | _LOOK


_LABEL = {"calculate": "datum.threads + (datum.threads == 1 ? ' thread' : ' threads')", "as": "label"}
_LOOK: dict[str, Any] = {
    "height": 240,
    # letters of SVG take their colour from our style sheet, in light and in dark; no link to an editor elsewhere
    "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
}
