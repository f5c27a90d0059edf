"""Facts from outside: what an exported table tells about posts, as typed rows, or every mistake in it at once. Pure.

Two kinds of tables are known, by the names of their columns. `posts`: X's own analytics of single posts, in the words
of any year. `clicks`: what a web statistic or a link shortener counted for links that `utm: true` has tagged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from amplifier.content.files import error, file_error
from amplifier.engagement.sheets import capped, read_sheet
from amplifier.model import SLUG, Finding, Level
from amplifier.networks.port import METRICS, Metrics, Untold
from amplifier.networks.x_answers import is_id
from amplifier.networks.x_posts import named

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from amplifier.engagement.sheets import Cell, Sheet
    from amplifier.model import Place

POST_ID = ("post id", "tweet id")
POST_LINK = ("post link", "tweet permalink", "post permalink", "permalink")
COUNTS = {
    "impressions": ("impressions",),
    "likes": ("likes", "favorites"),
    "reposts": ("reposts", "retweets"),
    "replies": ("replies",),
    "quotes": ("quotes", "quote posts", "quote tweets"),
    "bookmarks": ("bookmarks",),
    "link_clicks": ("url clicks", "link clicks"),
    "profile_clicks": ("user profile clicks", "profile clicks", "profile visits"),
    "engagements": ("engagements",),
}
"""What X has called our counts; of two in one table the first is taken. Its `shares` are sent links, no reposts."""
TEXTS = {*POST_ID, *POST_LINK, "post text", "tweet text", "date", "time"}
CONTENT = ("utm content", "session manual ad content", "manual ad content", "ad content", "campaign content")
CAMPAIGN = (
    "utm campaign", "session manual campaign name", "session campaign", "manual campaign name", "campaign name",
    "campaign",
)  # fmt: skip
SOURCE = (
    "utm source", "session manual source", "session source", "session source / medium", "manual source",
    "source / medium", "campaign source", "source",
)  # fmt: skip
URL = (
    "url", "long url", "destination url", "destination", "target url", "full url", "link",
    "landing page + query string", "landing page", "page",
)  # fmt: skip
CLICKS = (
    "clicks", "link clicks", "total clicks", "sessions", "visits", "visitors", "total users", "active users", "users",
)  # fmt: skip
"""What stands for clicks on a link, the nearest first."""
NOT_TOLD = {"", "-", "–", "—", "n/a", "null", "(not set)"}
MOST = 10**15
"""No count is larger: it would be an id in the wrong column."""
_SPACED = r"[0-9]{1,3}(?:[ \u00a0\u202f'’][0-9]{3})+"
_COUNT = (
    re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+|{_SPACED})(?:\.00?)?"),
    re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+|{_SPACED})(?:[.,]00?)?"),
)
"""A count, perhaps with its thousands parted and an idle `.0`; where semicolons part the cells, a comma is decimal."""
_SIMULATED = re.compile(r"simulated-.+-[0-9]+")
"""A rehearsal's post: an export of it can be tried out, too."""
_DAMAGED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+|[0-9]+[.,]0+")
_TAG = re.compile(rf"({SLUG})-([1-9]\d{{0,2}})")
ROUNDED = "a spreadsheet has rounded it: import the column as text, or take the file as it was exported"
SIGNIFICANT = 15
"""Digits of a number that a spreadsheet keeps; those behind become 0."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Which post a tagged link stands in; None: the table does not tell."""

    thread: str
    k: int
    campaign: str | None
    network: str | None

    def __str__(self) -> str:
        parts = (f"utm_source={self.network}" if self.network else "", self.campaign or "", f"{self.thread}-{self.k}")
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Fact:
    """The counts of one post: by its id on the network, or by the tag of its links."""

    place: Place
    of: str | Tag
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table tells, each post once, and what is worth knowing about how it was read."""

    kind: str
    """`posts` or `clicks`."""
    rows: tuple[Fact, ...]
    notes: tuple[Finding, ...]


def read_facts(data: bytes, path: str) -> Facts:
    """Return what the bytes of a CSV file tell; raises `FileError` with every mistake in it."""
    sheet, mistakes = read_sheet(data, path)
    table = _Table(sheet)
    if table.has(POST_ID) or table.has(POST_LINK):
        kind, rows = "posts", _posts(table)
    elif table.has(CONTENT) or (table.has(URL) and table.has(CLICKS)):
        kind, rows = "clicks", _clicks(table)
    else:
        raise file_error(path, [_unknown(table)])
    mistakes += table.mistakes
    if mistakes:
        raise file_error(path, capped(mistakes))
    return Facts(kind, tuple(rows), tuple(table.notes))


class _Table:
    """A sheet whose columns are found by their names, whatever their case; gathers mistakes and notes."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.mistakes: list[Finding] = []
        self.notes: list[Finding] = []
        self._at: dict[str, int] = {}
        for n, cell in enumerate(sheet.head):
            name = " ".join(re.sub(r"[_\s]+", " ", cell.text).casefold().split())
            if name in self._at and name:
                message = f"there are two columns {cell.text}"
                self.mistakes.append(error(cell.place, message, "delete one of them"))
            self._at.setdefault(name, n)

    def has(self, names: Sequence[str]) -> str | None:
        """The first of these names that a column has."""
        return next((name for name in names if name in self._at), None)

    def cell(self, row: Sequence[Cell], name: str | None) -> Cell | None:
        return row[self._at[name]] if name is not None else None

    def title(self, name: str) -> str:
        """A column's name as it stands in the file."""
        return self.sheet.head[self._at[name]].text

    def others(self, used: Collection[str]) -> list[str]:
        return [self.title(name) for name in self._at if name and name not in used]

    def wrong(self, cell: Cell, message: str, hint: str) -> None:
        self.mistakes.append(error(cell.place, message, hint))

    def note(self, message: str, hint: str = "", cell: Cell | None = None) -> None:
        self.notes.append(Finding(Level.NOTE, message, (cell or self.sheet.head[0]).place, hint))

    def count(self, cell: Cell) -> int | None:
        """A whole number of 0 or more; None: not told. What cannot be one is a mistake."""
        if cell.text.casefold() in NOT_TOLD:
            return None
        found = _COUNT[self.sheet.delimiter == ";"].fullmatch(cell.text)
        count = int(re.sub(r"\D", "", found[1])) if found else MOST
        if count < MOST:
            return count
        self.wrong(
            cell, f"“{cell.text}” is no count", "write a whole number such as 1234; leave empty what is not told"
        )
        return None


# ---------------------------------------------------------------- X's analytics of posts


def _posts(table: _Table) -> list[Fact]:
    columns = {metric: name for metric, names in COUNTS.items() if (name := table.has(names))}
    left = table.others({*columns.values(), *TEXTS})
    if not columns:
        hint = "the columns are called Impressions, Likes, Replies, Reposts and so on: export in English"
        table.wrong(table.sheet.head[0], "has no column with counts that we keep", hint)
        return []
    if left:
        table.note(f"left out, since we keep no such counts: {', '.join(left)}")
    facts: dict[str, Fact] = {}
    empty = 0
    for row, post in _with_ids(table):
        counts = {metric: table.count(cell) for metric, name in columns.items() if (cell := table.cell(row, name))}
        if all(count is None for count in counts.values()):
            empty += 1
            continue
        fact = Fact(row[0].place, post, _metrics(counts))
        before = facts.setdefault(post, fact)
        if before.metrics != fact.metrics:
            message = f"the post {post} stands in line {before.place.line} with other counts"
            table.wrong(row[0], message, "export the totals of each post, not its days; or delete what is older")
    _left_out(table, empty, "no counts at all")
    return list(facts.values())


def _with_ids(table: _Table) -> list[tuple[Sequence[Cell], str]]:
    """The rows with the posts they are about. A link keeps what a spreadsheet has made of an id."""
    by_id, by_link = table.has(POST_ID), table.has(POST_LINK)
    found: list[tuple[Sequence[Cell], str]] = []
    nameless = mended = 0
    for row in table.sheet.rows:
        id_cell, link_cell = table.cell(row, by_id), table.cell(row, by_link)
        post = id_cell.text.removeprefix("=").strip("\"'") if id_cell else ""
        address = link_cell.text if link_cell else ""
        link, _ = named(address) or ("", None)
        if link and (not post or _same_but_rounded(post, link)):
            mended += bool(post) and post != link
            found.append((row, link))
        elif wrong := _no_id(post, address, link):
            table.wrong(id_cell or link_cell or row[0], *wrong)
        elif post:
            found.append((row, post))
        else:
            nameless += 1
    if by_id and not by_link and found and all(_is_rounded(post) for _, post in found):
        for cells, post in found:  # one true id in ten thousand ends like this
            table.wrong(table.cell(cells, by_id) or cells[0], f"“{post}” was a post's id", ROUNDED)
    if mended:
        table.note(f"{_rows(mended)}: a spreadsheet has rounded the ids; the links have them whole")
    _left_out(table, nameless, "no post id")
    return found


def _no_id(post: str, address: str, link: str) -> tuple[str, str] | None:
    """What keeps these from naming a post, and the next step; None when nothing does, or both are empty."""
    if link and is_id(post):
        return f"the id {post} and the link {link} are two posts", "export it again"
    if _DAMAGED.fullmatch(post):
        return f"“{post}” was a post's id", ROUNDED
    if is_id(post) or _SIMULATED.fullmatch(post) or not (post or address):
        return None
    return f"“{post or address}” is no post's id", "it has up to 19 digits and nothing else"


def _is_rounded(post: str) -> bool:
    return is_id(post) and len(post) > SIGNIFICANT and post.endswith("0" * (len(post) - SIGNIFICANT))


def _same_but_rounded(post: str, link: str) -> bool:
    """Whether this is the link's id, or may be what a spreadsheet has left of it."""
    if _DAMAGED.fullmatch(post):
        return True
    return len(post) == len(link) and post[: SIGNIFICANT - 1] == link[: SIGNIFICANT - 1]


# ---------------------------------------------------------------- clicks on tagged links


def _clicks(table: _Table) -> list[Fact]:
    content, campaign, source, url = (table.has(names) for names in (CONTENT, CAMPAIGN, SOURCE, URL))
    counted = table.has(CLICKS)
    if counted is None:
        hint = f"one of these tells them: {', '.join(CLICKS)}"
        table.wrong(table.sheet.head[0], f"has no column of clicks, but {_list(table.others(()))}", hint)
        return []
    if counted not in CLICKS[:3]:
        table.note(f"{table.title(counted)} are taken for clicks on links")
    facts: dict[Tag, Fact] = {}
    strange: list[str] = []
    empty = added = 0
    for row in table.sheet.rows:
        told = [cell.text if (cell := table.cell(row, name)) else "" for name in (content, campaign, source, url)]
        tag = _tag(*told)
        if tag is None:
            strange.append(told[0] or told[3] or "nothing")
            continue
        cell = table.cell(row, counted)
        clicks = table.count(cell) if cell else None
        if clicks is None:
            empty += 1
            continue
        if tag in facts:
            clicks += facts[tag].metrics.link_clicks or 0
            added += 1
        place = facts[tag].place if tag in facts else row[0].place
        facts[tag] = Fact(place, tag, _metrics({"link_clicks": clicks}))
    named_so = ", ".join(f"“{told}”" for told in list(dict.fromkeys(strange))[:NAMED])
    _left_out(table, len(strange), f"no utm_content of a post, but {named_so}")
    _left_out(table, empty, "no clicks told")
    if added:
        table.note(f"{_rows(added)} added to an earlier one of the same post: each link, day or device has its own")
    return list(facts.values())


def _tag(content: str, campaign: str, source: str, url: str) -> Tag | None:
    """The post that a row is about; what has a column of its own comes before what stands in a link."""
    try:
        asked = parse_qs(urlsplit(url).query)
    except ValueError:
        asked = {}
    told = _TAG.fullmatch(content or asked.get("utm_content", [""])[0])
    named_campaign = campaign or asked.get("utm_campaign", [""])[0]
    network = (source or asked.get("utm_source", [""])[0]).partition(" / ")[0].strip().casefold()
    if not told or (named_campaign and not re.fullmatch(SLUG, named_campaign)):
        return None
    return Tag(told[1], int(told[2]), named_campaign or None, None if network in NOT_TOLD else network)


# ---------------------------------------------------------------- telling


def _metrics(counts: Mapping[str, int | None]) -> Metrics:
    """The counts, and why the others are not told."""
    untold = Untold.NOTHING
    if any(count is None for count in counts.values()):
        untold |= Untold.NOT_TOLD
    if counts.keys() != set(METRICS):
        untold |= Untold.NOT_IN_FILE
    told: dict[str, Any] = dict(counts)
    return Metrics(**told, untold=untold)


NAMED = 3
"""Of what could not be read, the first few are named."""


def _left_out(table: _Table, number: int, why: str) -> None:
    if number:
        table.note(f"{_rows(number)} left out: {why}")


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _unknown(table: _Table) -> Finding:
    """Say what the table lacks."""
    head = table.sheet.head[0]
    if table.has(("date", "time", "day")) and any(table.has(names) for names in COUNTS.values()):
        message = "tells counts by day, not by post: it has no post ids"
        return error(head.place, message, "export the analytics of your posts (“Content”): they have a column Post id")
    message = f"has neither a column Post id nor utm_content, but {_list(table.others(()))}"
    return error(head.place, message, "name X's analytics of posts, or clicks with the utm_content of each link")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) or "nothing"
