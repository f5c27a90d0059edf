"""Asks X for the counts of posts, by their ids or on the own timeline: the private ones where it may tell them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.networks import x_answers, x_counts
from amplifier.networks.port import Answer, Kind, Measured, Metrics, Untold
from amplifier.networks.x_counts import FIELDS, MOST_IDS, PRIVATE_FIELDS, PUBLIC_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from amplifier.networks.x_answers import Reply

BLIND_FOR = timedelta(days=1)
"""How long an account that may not see its private counts is not asked for them: a daemon runs for months."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What one request told."""

    told: Mapping[str, Metrics] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    """Posts whose private counts X does not tell this account; "" for it does not matter which."""
    detail: str = ""
    """What could not be read."""

    def __or__(self, later: _Page) -> _Page:
        """Both; the first may know private counts, the second was whole."""
        return _Page({**later.told, **self.told}, self.gone | later.gone, self.refused, later.detail)


class Readings:
    """One account's. Remembers for a day that X refused it all private counts, and then asks for public ones alone.

    X answers a request for one set of fields, and may leave out a post rather than a field of it. So posts that were
    left out because of their private counts are asked about once more without them. X bills by the post and not by
    the request: that costs nothing.
    """

    def __init__(self, get: Callable[[str, Mapping[str, str]], Reply | Answer], now: Callable[[], datetime]) -> None:
        """`get` makes one request: a 200, or the answer that was heard instead."""
        self._get = get
        self._now = now
        self._blind_until: datetime | None = None

    def by_ids(self, ids: Sequence[str]) -> Measured:
        """The counts of up to 100 posts: one request for those that are young enough for private counts, one for the
        others. When the second fails, `detail` says why the rest was not told."""
        now = self._now()
        young = [] if self._is_blind(now) else [key for key in ids if x_counts.is_young(key, now)]
        told: dict[str, Metrics] = {}
        gone: set[str] = set()
        for private, asked in ((True, young), (False, [key for key in ids if key not in young])):
            page, failure = self._looked_up(asked, now, private=private) if asked else (_Page(), None)
            told |= {key: counts for key, counts in page.told.items() if key in asked}
            gone |= page.gone & set(asked) - page.told.keys()
            if failure:
                return Measured(told, frozenset(gone), failure.detail, failure.until)
        detail = "" if told or gone or not ids else "X answered without any of the posts"
        return Measured({key: told[key] for key in ids if key in told}, frozenset(gone), detail)

    def _looked_up(self, ids: Sequence[str], now: datetime, *, private: bool) -> tuple[_Page, Answer | None]:
        def without(page: _Page) -> dict[str, str]:
            left_out = [key for key in ids if key not in page.told.keys() | page.gone]
            return {"ids": ",".join(left_out)} if left_out else {}

        return self._pages("/2/tweets", {"ids": ",".join(ids)}, without, now, private=private)

    def by_timeline(self, author: str, oldest: str, newest: str) -> Measured:
        """The counts of the account's own posts from one to another, the newest 100; not of what it reposted.

        Private counts are asked for when the newest post is young enough: of a span that reaches further back, X then
        leaves out what is too old. A page that is read in part tells what it tells.
        """
        now, first, last = self._now(), int(oldest), int(newest)
        params = {
            "max_results": str(MOST_IDS),
            "exclude": "retweets",
            "since_id": str(first - 1),  # X leaves out both ends
            "until_id": str(last + 1),
        }

        def without(page: _Page) -> dict[str, str]:
            return params if page.refused - page.told.keys() else {}

        private = x_counts.is_young(newest, now) and not self._is_blind(now)
        page, failure = self._pages(f"/2/users/{author}/tweets", params, without, now, private=private)
        told = {key: counts for key, counts in page.told.items() if first <= int(key) <= last}
        if failure:
            return Measured(told, detail=failure.detail, until=failure.until)
        return Measured(told, detail=page.detail)

    def _pages(
        self,
        route: str,
        params: Mapping[str, str],
        without: Callable[[_Page], Mapping[str, str]],
        now: datetime,
        *,
        private: bool,
    ) -> tuple[_Page, Answer | None]:
        """One request; `without` says what to ask once more without private counts, nothing for nothing."""
        page = self._page(route, params, now, private=private)
        if isinstance(page, Answer):
            return _Page(), page
        again = without(page) if page.refused else {}
        if again:
            later = self._page(route, {**params, **again}, now, private=False)
            if isinstance(later, Answer):
                return page, later
            page |= later
        self._learn(page, now)
        return page, None

    def _page(self, route: str, params: Mapping[str, str], now: datetime, *, private: bool) -> _Page | Answer:
        heard = self._get(route, {**params, FIELDS: PRIVATE_FIELDS if private else PUBLIC_FIELDS})
        if isinstance(heard, Answer):
            # X may refuse a request for one of its fields: what else is wrong with it shows when it is made without
            return _Page(refused=frozenset({""})) if private and heard.kind is Kind.REFUSED else heard
        refused = x_counts.refused(heard) if private else frozenset()
        items = heard.data if isinstance(heard.data, list) else []
        shown = [item for item in items if isinstance(item, dict) and x_answers.is_id(item.get("id"))]
        told = {
            item["id"]: x_counts.metrics(
                item, _why(item["id"], now, hidden=not private or bool({"", item["id"]} & refused))
            )
            for item in shown
        }
        return _Page(told, x_answers.missing(heard), refused, _unread(heard, whole=len(shown) == len(items)))

    def _is_blind(self, now: datetime) -> bool:
        return self._blind_until is not None and now < self._blind_until

    def _learn(self, page: _Page, now: datetime) -> None:
        """Refused for a post that is young, and told of none: that is the account, not the post."""
        young = any(not key or x_counts.is_young(key, now) for key in page.refused)
        if young and not any(map(x_counts.tells_private, page.told.values())):
            self._blind_until = now + BLIND_FOR


def _why(remote_id: str, now: datetime, *, hidden: bool) -> Untold:
    """Why a private count of this post is missing, if one is."""
    if not x_counts.is_young(remote_id, now):
        return Untold.TOO_OLD
    return Untold.NOT_VISIBLE if hidden else Untold.NOT_TOLD


def _unread(heard: Reply, *, whole: bool) -> str:
    """What of a timeline's page could not be read; "" for nothing."""
    others = [error for error in heard.errors if not x_counts.is_refusal(error)]
    meta = heard.body.get("meta") if isinstance(heard.body, dict) else None
    empty = isinstance(meta, dict) and meta.get("result_count") == 0
    if others or not whole or not (isinstance(heard.data, list) or (heard.data is None and empty)):
        words = x_answers.said(others)
        return "the timeline is not readable, or only in part" + (f": {words}" if words else "")
    return ""
