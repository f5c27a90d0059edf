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
from amplifier.engagement.columns import MOST, NOT_TOLD, Table, rows
from amplifier.engagement.sheets import Mistakes, brief, read_sheet
from amplifier.model import ACCOUNT_NAME, SLUG
from amplifier.networks.port import METRICS, Metrics, Untold
from amplifier.networks.x_answers import is_id
from amplifier.networks.x_posts import named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from amplifier.engagement.sheets import Cell, Row
    from amplifier.model import Finding, Place

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
HOSTS = ("x.com", "twitter.com")
TOTALS = {"total", "totals", "grand total", "sum"}
"""What stands for an id where a row sums up the others."""
_SIMULATED = re.compile(rf"simulated-{ACCOUNT_NAME}-[0-9]{{1,19}}")
"""A rehearsal's post: an export of it can be tried out, too."""
_DAMAGED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+|[0-9]+[.,]0+")
_NAME = re.compile(SLUG)
_TAG = re.compile(rf"({SLUG})-([1-9]\d{{0,2}})")
NAMED = 3
"""Of what could not be read, the first few are named."""
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
        network = f"utm_source={brief(self.network)}" if self.network else ""
        return " ".join(filter(None, (network, self.campaign, f"{self.thread}-{self.k}")))


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
    mistakes = Mistakes()
    table = Table(read_sheet(data, path, mistakes), mistakes)
    if table.has(POST_ID) or table.has(POST_LINK):
        kind, found = "posts", _posts(table)
    elif table.has(CONTENT) or (table.has(URL) and table.has(CLICKS)):
        kind, found = "clicks", _clicks(table)
    else:
        raise file_error(path, [_unknown(table)])
    if mistakes:
        raise file_error(path, mistakes.shown())
    return Facts(kind, tuple(found), tuple(table.notes))


# ---------------------------------------------------------------- X's analytics of posts


def _posts(table: Table) -> Collection[Fact]:
    columns = {metric: name for metric, names in COUNTS.items() if (name := table.has(names))}
    left = table.others({*columns.values(), *TEXTS})
    if not columns:
        hint = "the columns are called Impressions, Likes, Replies, Reposts and so on: export in English"
        table.wrong(table.sheet.head[0], "has no column with counts that we keep", hint)
        return ()
    if left:
        table.note(f"left out, since we keep no such counts: {left}")
    facts: dict[str, Fact] = {}
    empty = 0
    for row, post in _with_ids(table):
        counts = {metric: table.count(cell) for metric, name in columns.items() if (cell := table.cell(row, name))}
        if all(count is None for count in counts.values()):
            empty += 1
            continue
        fact = Fact(row.place(), post, _metrics(counts))
        before = facts.setdefault(post, fact)
        if before.metrics != fact.metrics:
            message = f"the post {post} stands in line {before.place.line} with other counts"
            table.wrong(row[0], message, "export the totals of each post, not its days; or delete what is older")
    table.left_out(empty, "no counts at all")
    return facts.values()


def _with_ids(table: Table) -> Iterator[tuple[Row, str]]:
    """The rows with the posts they are about. A link keeps what a spreadsheet has made of an id."""
    by_id, by_link = table.has(POST_ID), table.has(POST_LINK)
    nameless = mended = totals = 0
    all_rounded = Mistakes() if by_id and not by_link else None
    for row in table.sheet.rows:
        post, address = table.text(row, by_id).removeprefix("=").strip("\"'"), table.text(row, by_link)
        link = _linked(address) if address else ""
        if link and (not post or _same_but_rounded(post, link)):
            mended += bool(post) and post != link
            yield row, link
        elif not address and post.casefold().rstrip(":") in TOTALS:
            totals += 1
        elif wrong := _no_id(post, address, link):
            table.wrong(table.cell(row, by_id if post else by_link) or row[0], *wrong)
        elif post:
            if all_rounded is not None:
                all_rounded = _with_rounded(all_rounded, table.cell(row, by_id) or row[0], post)
            yield row, post
        else:
            nameless += 1
    if all_rounded is not None:
        table.mistakes.take(all_rounded)
    if mended:
        table.note(f"{rows(mended)}: a spreadsheet has rounded the ids; the links have them whole")
    table.left_out(totals, "a total of the others")
    table.left_out(nameless, "no post id")


def _with_rounded(found: Mistakes, cell: Cell, post: str) -> Mistakes | None:
    """One more id that ends in zeros; None for another: one true id in ten thousand ends like this, but not all."""
    if not _is_rounded(post):
        return None
    found.add(error(cell.place, f"“{post}” was a post's id", ROUNDED))
    return found


def _linked(address: str) -> str:
    """The id of the post that a link of X leads to, or the bare id; nothing for another link."""
    found = named(address)
    if found is None or is_id(address):
        return found[0] if found else ""
    host = (urlsplit(address if "//" in address else f"//{address}").hostname or "").casefold()
    return found[0] if host.removeprefix("www.").removeprefix("mobile.") in HOSTS else ""


def _no_id(post: str, address: str, link: str) -> tuple[str, str] | None:
    """What keeps these from naming a post, and the next step; None when nothing does, or both are empty."""
    if link and is_id(post):
        return f"the id {post} and the link {link} are two posts", "export it again"
    if _DAMAGED.fullmatch(post):
        return f"“{brief(post)}” was a post's id", ROUNDED
    if is_id(post) or _SIMULATED.fullmatch(post) or not (post or address):
        return None
    if not post:
        return f"“{brief(address)}” is no link to a post", "it is like https://x.com/name/status/1789012345678901234"
    return f"“{brief(post)}” is no post's id", "it has up to 19 digits and nothing else"


def _is_rounded(post: str) -> bool:
    return is_id(post) and len(post) > SIGNIFICANT and post.endswith("0" * (len(post) - SIGNIFICANT))


def _same_but_rounded(post: str, link: str) -> bool:
    """Whether this is the link's id, or may be what a spreadsheet has left of it."""
    if _DAMAGED.fullmatch(post):
        return True
    return len(post) == len(link) and post[: SIGNIFICANT - 1] == link[: SIGNIFICANT - 1]


# ---------------------------------------------------------------- clicks on tagged links


def _clicks(table: Table) -> Collection[Fact]:
    columns = [table.has(names) for names in (CONTENT, CAMPAIGN, SOURCE, URL)]
    counted = table.has(CLICKS)
    if counted is None:
        hint = f"one of these tells them: {', '.join(CLICKS)}"
        table.wrong(table.sheet.head[0], f"has no column of clicks, but {table.others(())}", hint)
        return ()
    if counted not in CLICKS[:3]:
        table.note(f"{table.title(counted)} are taken for clicks on links")
    facts: dict[Tag, Fact] = {}
    strange, elsewhere = _Left(), _Left()
    empty = added = 0
    for row in table.sheet.rows:
        content, campaign, source, url = (table.text(row, name) for name in columns)
        tag = _tag(content, campaign, source, url)
        if tag is None:
            strange.add(content or url or "nothing")
            continue
        if tag.campaign and not _NAME.fullmatch(tag.campaign):
            elsewhere.add(tag.campaign, table.cell(row, columns[1] or columns[3]))
            continue
        cell = table.cell(row, counted)
        clicks = table.count(cell) if cell else None
        if cell is None or clicks is None:
            empty += 1
            continue
        place = row.place()
        if before := facts.get(tag):
            clicks += before.metrics.link_clicks or 0
            place = before.place
            added += 1
        if clicks < MOST:
            facts[tag] = Fact(place, tag, _metrics({"link_clicks": clicks}))
        else:
            table.wrong(cell, f"with it, the clicks of {tag} are too many for a count", "look what the column counts")
    table.left_out(strange.number, f"no utm_content of a post, but {strange}")
    table.left_out(elsewhere.number, f"a post's utm_content, but no campaign's name: {elsewhere}", elsewhere.first)
    table.left_out(empty, "no clicks told")
    if added:
        table.note(f"{rows(added)} added to an earlier one of the same post: each link, day or device has its own")
    return facts.values()


class _Left:
    """Rows that were left out: how many, the first one, and what stood there."""

    def __init__(self) -> None:
        self.number = 0
        self.first: Cell | None = None
        self._told: dict[str, None] = {}

    def __str__(self) -> str:
        return ", ".join(f"“{told}”" for told in self._told)

    def add(self, told: str, cell: Cell | None = None) -> None:
        """Count one more; the first few are named."""
        self.first = self.first or cell
        self.number += 1
        if len(self._told) < NAMED:
            self._told.setdefault(brief(told))


def _tag(content: str, campaign: str, source: str, url: str) -> Tag | None:
    """The post that a row is about; what has a column of its own comes before what stands in a link.

    Its campaign is as the row has it, and perhaps no name of one.
    """
    try:
        asked = parse_qs(urlsplit(url).query)
    except ValueError:
        asked = {}

    def told(cell: str, name: str) -> str:
        parts = (cell.partition(" / ")[0].strip() if name == "utm_source" else cell, *asked.get(name, [])[:1])
        return next((part for part in parts if part.casefold() not in NOT_TOLD), "")

    found = _TAG.fullmatch(told(content, "utm_content"))
    if not found:
        return None
    written, network = told(campaign, "utm_campaign"), told(source, "utm_source").casefold()
    folded = written.casefold()
    return Tag(found[1], int(found[2]), (folded if _NAME.fullmatch(folded) else written) or None, network or None)


# ---------------------------------------------------------------- telling


def _metrics(counts: Mapping[str, int | None]) -> Metrics:
    """The counts, and why the others are not told."""
    untold = Untold.NOT_IN_FILE if len(counts) < len(METRICS) else Untold.NOTHING
    if None in counts.values():
        untold |= Untold.NOT_TOLD
    told: dict[str, Any] = dict(counts)
    return Metrics(**told, untold=untold)


def _unknown(table: Table) -> Finding:
    """Say what the table lacks."""
    place = table.sheet.head[0].place
    if table.has(("date", "time", "day")) and any(table.has(names) for names in COUNTS.values()):
        message = "tells counts by day, not by post: it has no post ids"
        return error(place, message, "export the analytics of your posts (“Content”): they have a column Post id")
    message = f"has neither a column Post id nor utm_content, but {table.others(()) or 'nothing'}"
    return error(place, message, "name X's analytics of posts, or clicks with the utm_content of each link")
