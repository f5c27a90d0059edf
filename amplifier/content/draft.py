"""One campaign file, read to the end: campaign, article, threads, and everything worth saying about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.compose import compose
from amplifier.content.lint import lint
from amplifier.model import Article, Campaign, Finding, Level, Thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Draft:
    """What `check`, `preview`, `plan` and `approve` all start from: what staff see is what is queued."""

    campaign: Campaign
    article: Article
    threads: tuple[Thread, ...]
    findings: tuple[Finding, ...]


def load_draft(path: Path, workspace: Path, platform: Callable[[str], str], only: str | None = None) -> Draft:
    """Read and compose; `platform` tells an account's network, `only` composes a single thread.

    Raises `FileError` with every mistake of the file, its article or its templates.
    """
    campaign, findings = load_campaign(path, workspace)
    article = load_article(campaign.article, workspace, campaign.language)
    threads = compose(campaign, article, {name: platform(name) for name in campaign.accounts}, only)
    omissions = [Finding(Level.NOTE, f"left out: {found.why}", found.place) for found in article.omissions]
    of_threads = [finding for thread in threads for finding in thread.findings]
    return Draft(
        campaign, article, threads, tuple(dict.fromkeys((*findings, *omissions, *of_threads, *lint(threads, campaign))))
    )
