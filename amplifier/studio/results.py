"""What came of it: the report's charts and caveats, in the studio's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.engagement.page import values
from amplifier.engagement.query import rows
from amplifier.engagement.report import report
from amplifier.model import Mode

if TYPE_CHECKING:
    from starlette.responses import Response

    from amplifier.studio.desk import Asked, Desk


def show(desk: Desk, asked: Asked) -> Response:
    """All campaigns, or the one that is asked for; live posts unless there are none."""
    campaign, mode = asked.query.get("campaign") or None, asked.query.get("mode")
    found = report(desk.app.store, campaign, mode if mode in set(Mode) else None)
    out = bool(rows(desk.app.store, "post_log", mode=found.mode, state="sent"))
    return desk.show(asked, "results.html.j2", results=values(found, desk.app.now()), out=out)
