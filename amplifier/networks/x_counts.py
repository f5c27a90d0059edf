"""What X tells of posts in numbers: which counts may be asked for, which it told, and why not the others. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from amplifier.networks.port import PRIVATE, PUBLIC, Metrics, Untold
from amplifier.networks.x_answers import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amplifier.networks.x_answers import Reply

FIELDS = "tweet.fields"
"""X's name for the parameter that asks for more than id and text. Its description of 2026-08 says `post.fields`."""
MOST_IDS = 100
"""Ids in one request for metrics, and posts on one page of a timeline."""
PUBLIC_FIELDS = "public_metrics"
PRIVATE_FIELDS = "public_metrics,non_public_metrics"
"""What to ask for. X tells non-public metrics of own posts alone, and not for long."""
PRIVATE_WITHIN = timedelta(days=30) - timedelta(minutes=5)
"""X says 30 days after the creation. A little less: two clocks differ, and X may leave out a post that is too old."""

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
"""The instant from which the ids of X count milliseconds."""
_PUBLIC = dict(
    zip(
        PUBLIC,
        ("like_count", "retweet_count", "reply_count", "quote_count", "bookmark_count", "impression_count"),
        strict=True,
    )
)
_PRIVATE = dict(zip(PRIVATE, ("url_link_clicks", "user_profile_clicks", "engagements"), strict=True))
"""Our names of the counts to X's."""
_LARGEST = 2**63
"""What no database could keep is no count."""


def born(remote_id: str) -> datetime:
    """When a post was made: its id says it, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=int(remote_id) >> 22)


def is_young(remote_id: str, now: datetime) -> bool:
    """Whether X still tells the author the private counts of this post."""
    return is_id(remote_id) and now - born(remote_id) < PRIVATE_WITHIN


def metrics(item: Mapping[str, Any], missing: Untold = Untold.NOT_TOLD) -> Metrics:
    """The counts in a post as X shows it; what is absent or no count is None. `missing`: why a private one is."""
    open_to_all, own = _counts(item.get("public_metrics")), _counts(item.get("non_public_metrics"))
    told = {name: open_to_all.get(theirs) for name, theirs in _PUBLIC.items()}
    if told["impressions"] is None:  # X counts them once, and shows them in both places
        told["impressions"] = own.get("impression_count")
    told |= {name: own.get(theirs) for name, theirs in _PRIVATE.items()}
    untold = Untold.NOT_TOLD if _lacks(told, PUBLIC) else Untold.NOTHING
    return Metrics(**told, untold=untold | missing if _lacks(told, PRIVATE) else untold)


def tells_private(told: Metrics) -> bool:
    """Whether at least one private count is there."""
    return any(getattr(told, name) is not None for name in PRIVATE)


def refused(reply: Reply) -> frozenset[str]:
    """The ids of the posts whose private counts X does not tell this account; "" where it names no post."""
    return frozenset(
        str(error.get("resource_id") or error.get("value") or "")
        for error in reply.errors
        if is_refusal(error) and error.get("section") != "includes"
    )


def is_refusal(error: object) -> bool:
    """Whether this is X's word that private counts may not be seen: it says nothing about the post itself."""
    return (
        isinstance(error, dict)
        and (
            str(error.get("type")).endswith("/not-authorized-for-field")
            or error.get("title") == "Field Authorization Error"
        )
        and str(error.get("field", "non_public_metrics")).startswith("non_public_metrics")
    )


def followers(user: Mapping[str, Any]) -> int | None:
    """How many follow an account, in its record as X shows it; None: not told."""
    return _counts(user.get("public_metrics")).get("followers_count")


def _counts(told: object) -> dict[str, int]:
    """Those that are counts at all."""
    found = told.items() if isinstance(told, dict) else ()
    return {name: count for name, count in found if type(count) is int and 0 <= count < _LARGEST}


def _lacks(told: Mapping[str, int | None], names: Iterable[str]) -> bool:
    return any(told[name] is None for name in names)
