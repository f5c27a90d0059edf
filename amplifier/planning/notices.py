"""What a person should know before approving that the campaign file alone cannot tell: the queue tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.model import Finding, Level, Mode, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import RowMapping

    from amplifier.model import Campaign


def queued_live(source: Campaign, queued: Sequence[RowMapping], modes: Mapping[str, Mode]) -> list[Finding]:
    """A dry run never touches what is queued live; say that it is there."""
    fallback = Mode.LIVE if Mode.LIVE in modes.values() else Mode.DRY
    live = sorted(
        {
            f"{row['name']}/{row['account']}"
            for row in queued
            if row["current"] and row["mode"] == "live" and row["cancelled"] < row["n"]
            and modes.get(row["account"], fallback) is not Mode.LIVE
        }
    )  # fmt: skip
    if not live:
        return []
    message = f"queued LIVE already, and not changed by this: {', '.join(live)}"
    return [
        Finding(Level.WARNING, message, Place(str(source.path)), "with AMPLIFIER_LIVE=1 an approval is about those")
    ]
