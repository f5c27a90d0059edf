"""For a campaign without a ledger: whether one of another campaign has the claims of its article."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.claims.gate import RULE
from amplifier.content.claims.ledger import LIMIT, ledger_path, parse_ledger
from amplifier.content.claims.model import GATES, SUFFIX
from amplifier.content.files import read_with_findings, shown
from amplifier.errors import FileError
from amplifier.model import Finding, Level, Place

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.content.claims.model import Ledger
    from amplifier.model import Article, Campaign

_ARTICLE = re.compile(r"""^article:[ ]*(["']?)(?P<name>[^\n]+?)\1[ ]*(?:[ ]\#.*)?$""", re.MULTILINE)


def note_of_other_ledger(campaign: Campaign, article: Article) -> Finding | None:
    """Return a note that names the ledger with the most claims of the campaign's article; None when there is none.

    A ledger belongs to one campaign: another one with the same article would know nothing of what was found out. Files
    with mistakes are passed over: their own campaign is told of those.
    """
    found = [ledger for path in _ledgers(campaign) if (ledger := _of_same_article(path, campaign, article))]
    if not found:
        return None
    other = max(found, key=lambda ledger: len(ledger.claims))
    counts = Counter(claim.status for claim in other.claims)
    doubts = [f"{counts[status]} {status.value}" for status in sorted(GATES) if counts[status]]
    about = ", ".join(doubts) or "none in doubt"
    message = f"has no ledger of claims, but {other.path} has the claims of the same article ({about})"
    hint = f"copy it to {shown(ledger_path(campaign), campaign.workspace)} to use it"
    return Finding(Level.NOTE, message, Place(shown(campaign.path, campaign.workspace)), hint, rule=RULE)


def _ledgers(campaign: Campaign) -> list[Path]:
    return sorted(path for path in campaign.path.parent.glob(f"*{SUFFIX}") if path != ledger_path(campaign))


def _of_same_article(path: Path, campaign: Campaign, article: Article) -> Ledger | None:
    try:
        source, findings = read_with_findings(path, campaign.workspace, LIMIT)
        named = _ARTICLE.search(source)  # at once: most ledgers are of other articles
        if not named or (path.parent / named["name"]).resolve() != campaign.article.resolve():
            return None
        owner = replace(campaign, name=path.name.removesuffix(SUFFIX))
        return parse_ledger(source, owner, article, findings)[0]
    except FileError:
        return None
