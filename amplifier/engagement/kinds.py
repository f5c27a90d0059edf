"""What kind of value each column of the views holds, and which column says when a row came to be. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """A kind of value, by the name of its SQL type."""

    TEXT = "VARCHAR"
    INSTANT = "TIMESTAMP WITH TIME ZONE"
    COUNT = "BIGINT"
    SHARE = "DOUBLE"


_COLUMNS = {
    Kind.TEXT: "account campaign day hashtag mode network not_told origin parent_remote_id remote_id reply_to "
    "sent_at_local state template text thread url what why",
    Kind.INSTANT: "deleted_at due_at found_at gone_at next_due_at sent_at taken_at",
    Kind.COUNT: "age_mark age_seconds bookmarks cancelled engagements failed followers gone held hook hour impressions "
    "impressions_gained interactions interactions_gained k left_out likes link_clicks n post_id posts profile_clicks "
    "quotes readings replies reposts seconds_gained sent taken_unix threads told units weekday",
    Kind.SHARE: "cost_usd highest_rate lowest_rate rate retention thread_rate",
}
_KINDS = {column: kind for kind, columns in _COLUMNS.items() for column in columns.split()}
_EXCEPTIONS = {("engagement_hourly", "hour"): Kind.INSTANT}
"""`hour` is the hour of a day elsewhere."""

TIMES = ("taken_at", "found_at", "hour", "day", "sent_at")
"""When a row came to be: a reading when it was taken, a gap when it was found, a sum of an hour or a day when that
began, and anything else when its post, or its thread's first one, went out. The first of these that a view has counts.
"""


def kind_of(view: str, column: str) -> Kind:
    """The kind of a view's column. Raises `KeyError` for one that is not named here."""
    return _EXCEPTIONS.get((view, column)) or _KINDS[column]


def time_of(view: str, columns: Sequence[str]) -> str | None:
    """The column that says when a row came to be; None for a view of sums over all times, or of what is now."""
    times = (name for name in TIMES if name in columns)
    return next((name for name in times if name == "day" or kind_of(view, name) is Kind.INSTANT), None)
