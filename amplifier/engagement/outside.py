"""Bring facts from outside into the ledger: whose counts they are, each file once, in one transaction.

They stay apart from what a network told us itself, with the file that they came from: no reading is changed by them,
and none of them counts for an age mark.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text

from amplifier.content.text.entities import has_url
from amplifier.engagement.columns import MOST
from amplifier.engagement.facts import Fact, Tag
from amplifier.errors import UsageError
from amplifier.model import Address, Mode, State
from amplifier.networks.port import METRICS
from amplifier.store.bulk import insert_rows
from amplifier.store.engagement import imported, latest, outside
from amplifier.store.tables import account, campaign, post, thread
from amplifier.store.types import Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.engagement.facts import Facts
    from amplifier.networks.port import Metrics
    from amplifier.store.engine import Store

CHUNK = 5_000
"""Values in one statement."""
NETWORK = "x"
"""Whose analytics of posts can be read."""
_IMPORT = text(
    "INSERT INTO import (sha256, name, kind, at, imported_at, who, rows) "
    "VALUES (:sha256, :name, :kind, :at, :imported_at, :who, :rows) "
    # two at once: the second one waits, and then finds that it is in
    "ON CONFLICT (sha256) DO NOTHING RETURNING id"
).bindparams(bindparam("at", type_=Instant), bindparam("imported_at", type_=Instant))


@dataclass(frozen=True, slots=True)
class Source:
    """The file: what makes it the same one again, what it is called, when its counts were true, and who brings it."""

    sha256: str
    name: str
    at: datetime
    mode: Mode
    who: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same bytes, brought in before under the same mode."""

    name: str
    at: datetime
    imported_at: datetime
    who: str
    rows: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What is told about one of our posts."""

    post_id: int
    address: Address
    sent_at: datetime
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Brought:
    """What came in, or would; what did not, since it is none of our posts, or could be more than one of them."""

    posts: tuple[Counts, ...]
    unknown: tuple[Fact, ...]
    several: tuple[tuple[Fact, tuple[Address, ...]], ...]
    earlier: Earlier | None = None
    linkless: tuple[Address, ...] = ()
    """Of `posts`, those with clicks on a tagged link though they have no link at all."""


def sha256_of(data: bytes, mode: Mode) -> str:
    """What makes a file the same one again: its bytes, and of which posts it was said to tell."""
    return hashlib.sha256(data if mode is Mode.LIVE else mode.value.encode() + b"\0" + data).hexdigest()


def newest(store: Store, mode: Mode) -> datetime | None:
    """The newest moment that the log of a mode knows: a rehearsal's clock runs ahead of ours."""
    query = (
        select(func.max(post.c.sent_at, type_=Instant), func.max(latest.c.taken_at, type_=Instant))
        .select_from(post.outerjoin(latest, latest.c.post_id == post.c.id))
        .where(post.c.mode == mode.value)
    )
    with store.read() as connection:
        return max(filter(None, connection.execute(query).one()), default=None)


def preview(store: Store, facts: Facts, source: Source) -> Brought:
    """What `bring_in` would do now."""
    with store.read() as connection:
        return _already(connection, source) or _matched(connection, facts, source)


def bring_in(store: Store, facts: Facts, source: Source, now: datetime) -> Brought:
    """Write the counts of our posts. Nothing is written when the file is in already, or none of its posts is ours.

    Raises `UsageError` when a post went out only after `source.at`.
    """
    with store.write() as connection:
        already = _already(connection, source)
        if already:
            return already
        found = _matched(connection, facts, source)
        if not found.posts:
            return found
        import_id = connection.execute(
            _IMPORT,
            {
                "sha256": source.sha256, "name": source.name, "kind": facts.kind, "at": source.at, "imported_at": now,
                "who": source.who, "rows": len(found.posts),
            },
        ).scalar()  # fmt: skip
        if import_id is None:
            return _already(connection, source) or found
        second = int(source.at.timestamp())
        insert_rows(
            connection,
            outside,
            [
                {"post_id": told.post_id, "import_id": import_id, "taken_at": second}
                | {name: getattr(told.metrics, name) for name in METRICS}
                | {"untold": int(told.metrics.untold)}
                for told in found.posts
            ],
        )
        return found


def _already(connection: Connection, source: Source) -> Brought | None:
    row = connection.execute(select(imported).where(imported.c.sha256 == source.sha256)).mappings().first()
    if row is None:
        return None
    return Brought((), (), (), Earlier(row["name"], row["at"], row["imported_at"], row["who"], row["rows"]))


# ---------------------------------------------------------------- whose counts they are


def _matched(connection: Connection, facts: Facts, source: Source) -> Brought:
    posts: dict[int, Counts] = {}
    linkless: dict[int, Address] = {}
    unknown, several = [], []
    for fact, rows in _pairs(connection, facts, source.mode):
        if not rows:
            unknown.append(fact)
        elif len(rows) > 1:
            several.append((fact, tuple(map(_address, rows))))
        else:
            (row,) = rows
            metrics = fact.metrics
            if row["id"] in posts:  # two spellings of one tag
                clicks = (posts[row["id"]].metrics.link_clicks or 0) + (metrics.link_clicks or 0)
                _refuse_too_many(clicks, fact, row)
                metrics = replace(metrics, link_clicks=clicks)
            posts[row["id"]] = Counts(row["id"], _address(row), row["sent_at"], metrics)
            if isinstance(fact.of, Tag) and not has_url(row["text"]):
                linkless[row["id"]] = _address(row)
    _refuse_early(posts.values(), source)
    told = tuple(posts[key] for key in sorted(posts))
    return Brought(told, tuple(unknown), tuple(several), linkless=tuple(linkless[key] for key in sorted(linkless)))


def _refuse_too_many(clicks: int, fact: Fact, row: RowMapping) -> None:
    if clicks >= MOST:
        raise UsageError(
            f"{fact.place}: with it, the clicks of {_address(row)} are too many for a count",
            "look what the column counts",
        )


def _refuse_early(posts: Iterable[Counts], source: Source) -> None:
    """A file's own time may be wrong; counts from before a post was there are none."""
    early = [told for told in posts if told.sent_at.timestamp() >= int(source.at.timestamp()) + 1]
    if early:
        more = f" (and {len(early) - 1} more)" if len(early) > 1 else ""
        raise UsageError(
            f"the counts are said to be of {source.at:%Y-%m-%d %H:%M:%S} UTC, but {early[0].address}{more} went out "
            f"only on {early[0].sent_at:%Y-%m-%d %H:%M:%S}",
            "say when they were true, such as --at 2026-12-10T09:00Z: the time of the export",
        )


def _pairs(connection: Connection, facts: Facts, mode: Mode) -> Iterator[tuple[Fact, Sequence[RowMapping]]]:
    """Each fact with the published posts that it may be about."""
    ids = [fact.of for fact in facts.rows if isinstance(fact.of, str)]
    by_id = {
        row["remote_id"]: row
        for begin in range(0, len(ids), CHUNK)
        for row in _published(
            connection, mode, (post.c.network == NETWORK) & post.c.remote_id.in_(ids[begin : begin + CHUNK])
        )
    }
    names = sorted({fact.of.thread for fact in facts.rows if isinstance(fact.of, Tag)})
    by_tag: defaultdict[tuple[str, int], list[RowMapping]] = defaultdict(list)
    for begin in range(0, len(names), CHUNK):
        for row in _published(connection, mode, thread.c.name.in_(names[begin : begin + CHUNK])):
            by_tag[row["thread"], row["k"]].append(row)
    for fact in facts.rows:
        if isinstance(fact.of, str):
            yield fact, [by_id[fact.of]] if fact.of in by_id else []
        else:
            tag = fact.of
            rows = by_tag.get((tag.thread, tag.k), [])
            yield fact, [row for row in rows if _fits(row, tag)]


def _fits(row: RowMapping, tag: Tag) -> bool:
    return tag.campaign in {None, row["campaign"]} and tag.network in {None, row["network"].casefold()}


def _published(connection: Connection, mode: Mode, which: ColumnElement[bool]) -> Sequence[RowMapping]:
    query = (
        select(
            post.c.id, post.c.k, post.c.mode, post.c.network, post.c.remote_id, post.c.sent_at, post.c.text,
            campaign.c.name.label("campaign"), thread.c.name.label("thread"), account.c.name.label("account"),
        )
        .join(thread, thread.c.id == post.c.thread_id)
        .join(campaign, campaign.c.id == post.c.campaign_id)
        .join(account, account.c.id == post.c.account_id)
        .where(post.c.mode == mode.value, post.c.state == State.SENT.value, which)
        .order_by(post.c.id)
    )  # fmt: skip
    return connection.execute(query).mappings().all()


def _address(row: RowMapping) -> Address:
    return Address(row["campaign"], row["thread"], row["account"], row["k"], Mode(row["mode"]))
