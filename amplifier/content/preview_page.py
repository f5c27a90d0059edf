"""The preview as one page that can be mailed: every thread as cards, with what is to be said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier import pages
from amplifier.content.cards import cards
from amplifier.pages.words import speaking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from amplifier.content.draft import Draft
    from amplifier.model import Mode


def preview_page(draft: Draft, modes: Mapping[str, Mode], handles: Mapping[str, str | None], made: datetime) -> str:
    """The page, in the campaign's language where its words are there, else in English."""
    campaign = draft.campaign
    language, say = speaking(campaign.language)
    threads = cards(draft, modes, handles)
    shown = {
        found for thread in threads for found in (*thread.findings, *(f for c in thread.cards for f in c.findings))
    }
    return pages.render(
        "preview.html.j2",
        {
            "language": language,
            "say": say,
            "title": campaign.title or campaign.name,
            "banner": " + ".join(sorted({mode.banner for mode in modes.values()})),
            "threads": threads,
            "posts": sum(len(thread.cards) for thread in threads),
            "several": len({thread.account for thread in threads}) > 1,
            "findings": [found for found in draft.findings if found not in shown],
            "made": f"{made:%Y-%m-%d %H:%M} UTC",
        },
    )
