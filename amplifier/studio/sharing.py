"""The share kit: what supporters get, to look at and to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from amplifier.content.kit import NAMES, ZIP, kit, who_wrote
from amplifier.content.share import wordings
from amplifier.planning.steps import SAME_WORDS
from amplifier.studio.approving import plan_of

if TYPE_CHECKING:
    from amplifier.studio.desk import Asked, Desk


def show(desk: Desk, asked: Asked) -> Response:
    """The wordings, and the button that takes the kit along."""
    name = asked.names["campaign"]
    draft = desk.draft(name)
    accounts = map(desk.app.settings.account, draft.campaign.accounts)
    found = plan_of(desk, draft, asked.person.name, desk.app.now())
    known = any(one.handle for one in accounts)
    return desk.show(
        asked,
        "share.html.j2",
        campaign=name,
        draft=draft,
        wordings=wordings(draft),
        networks=NAMES,
        known=known,
        unapproved=any(step.action not in SAME_WORDS for step in found.changes),
    )


def download(desk: Desk, asked: Asked) -> Response:
    """The kit as a ZIP, signed by the name given, else by the accounts' handles."""
    draft = desk.draft(asked.names["campaign"])
    files = kit(draft, who_wrote(draft, desk.app.settings.account, asked.query.get("from") or None))
    named = f'attachment; filename="{draft.campaign.name}-share-kit.zip"'
    return Response(files[ZIP], media_type="application/zip", headers={"content-disposition": named})
