"""Which posts are read where the budget does not allow all of them: those that cannot wait. Pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

from amplifier.engagement.lanes import read_on
from amplifier.engagement.readings import slack, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from amplifier.engagement.lanes import Published


def affordable(
    posts: Sequence[Published], room: int, cost: Callable[[Sequence[Published]], int], now: datetime
) -> tuple[Published, ...]:
    """As many of the posts, in their order, as cost no more than `room`: the most pressing ones.

    `cost` is what reading some of them costs, nothing for those that were read today; more posts never cost less.
    """
    if cost(posts) <= room:
        return tuple(posts)
    line = sorted(posts, key=lambda post: _haste(post, now))
    count = bisect_right(range(1, len(line) + 1), max(room, 0), key=lambda number: cost(line[:number]))
    chosen = {post.post_id for post in line[:count]}
    return tuple(post for post in posts if post.post_id in chosen)


def _haste(post: Published, now: datetime) -> tuple[bool, bool, datetime, datetime, int]:
    """What is free, then what counts for an age and will soon be too late for it, then what is too late; longest due
    first."""
    mark = standing(max(now - post.sent_at, timedelta()), post.last_mark, post.marks).mark
    until = post.sent_at if mark is None else post.sent_at + mark + slack(mark)
    return not read_on(post, now), mark is None, until, post.due_at or post.sent_at, post.post_id
