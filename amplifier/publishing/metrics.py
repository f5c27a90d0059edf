"""The overview as figures in Prometheus' text format, and the file that a collector reads them from.

Instants are Unix seconds, so that a file that nobody writes any more grows old in the collector's eyes too.
Source of the format: prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.model import State
from amplifier.store import beats
from amplifier.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from amplifier.publishing.overview import Account, Overview

Sample = tuple[dict[str, str], float]
Family = tuple[str, str, list[Sample]]
"""Name without its prefix, help, samples."""
PREFIX = "amplifier_"


def prometheus(found: Overview) -> str:
    """The figures; a family without a sample is left out."""
    told = []
    for name, help_text, samples in _families(found):
        if samples:
            told += [f"# HELP {PREFIX}{name} {help_text}", f"# TYPE {PREFIX}{name} gauge"]
            told += [f"{PREFIX}{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
    return "\n".join(told) + "\n"


def write(path: Path, found: Overview) -> None:
    """Replace the file in one step, readable by all: a collector never sees half of it.

    Raises `ConfigurationError` where it cannot be written.
    """
    with whole(path, "mend AMPLIFIER_METRICS_FILE, or its folder") as half:
        half.write_text(prometheus(found), encoding="utf-8")
        half.chmod(0o644)


def _families(found: Overview) -> Iterator[Family]:
    accounts = found.accounts
    yield (
        "posts",
        "Posts by account, mode and state.",
        [
            (_of(account) | {"state": state.value}, account.posts.get(state, 0))
            for account in accounts
            for state in State
        ],
    )
    yield (
        "next_due_timestamp_seconds",
        "When the next queued post may be tried.",
        [(_of(account), account.next_at.timestamp()) for account in accounts if account.next_at],
    )
    yield (
        "account_blocked",
        "1 where the network refuses the account.",
        [(_of(account), int(account.blocked_at is not None)) for account in accounts],
    )
    yield from _budgets(found)
    yield (
        "last_beat_timestamp_seconds",
        "When a runner of this kind was last seen serving this mode.",
        [({"kind": kind, "mode": mode}, at.timestamp()) for (kind, mode), at in sorted(_last(found).items())],
    )
    yield (
        "held_unacknowledged_posts",
        "Posts held or failed that nobody has acknowledged.",
        [({}, sum(1 + entry.behind for entry in found.stopped))],
    )
    yield (
        "oldest_held_timestamp_seconds",
        "Since when the oldest of them is.",
        [({}, entry.since.timestamp()) for entry in found.stopped[:1]],
    )
    yield "undelivered_alerts", "Messages to people that wait to be taken.", [({}, found.messages.undelivered)]
    yield (
        "oldest_undelivered_alert_timestamp_seconds",
        "When the oldest of them was written.",
        [({}, found.messages.oldest.timestamp()) for _ in range(1) if found.messages.oldest],
    )
    yield "paused", "1 where something is paused.", [({}, int(bool(found.paused) or found.pause_file))]
    yield "status", "The exit code of amplifier status: 0 is well.", [({}, found.exit_code)]


def _budgets(found: Overview) -> Iterator[Family]:
    own = [(_of(account), account.budget) for account in found.accounts if account.budget]
    yield (
        "budget_spent_usd",
        "Spent in this month, UTC, and promised by begun threads.",
        [(labels, (budget.used.month_cost + budget.used.open_cost) / 1e6) for labels, budget in own],
    )
    yield (
        "budget_cap_usd",
        "The most that may be spent in a month.",
        [(labels, float(budget.caps.monthly_usd)) for labels, budget in own if budget.caps.monthly_usd is not None],
    )
    yield (
        "budget_posts",
        "Published on this day, UTC, and promised by begun threads.",
        [(labels, budget.used.day_posts + budget.used.open_posts) for labels, budget in own],
    )
    yield (
        "budget_cap_posts",
        "The most posts that may be published in a day.",
        [(labels, budget.caps.daily_posts) for labels, budget in own if budget.caps.daily_posts is not None],
    )


def _last(found: Overview) -> dict[tuple[str, str], datetime]:
    last: dict[tuple[str, str], datetime] = {}
    for row in found.beats:
        if row["kind"] in {beats.PUBLISH, beats.COLLECT}:
            key = (row["kind"], row["mode"])
            last[key] = max(last.get(key, row["at"]), row["at"])
    return last


def _of(account: Account) -> dict[str, str]:
    return {"account": account.name, "mode": account.mode.value}


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
