"""One campaign file, read to the end: campaign, article, ledger, threads, and everything worth saying about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.claims.beside import note_of_other_ledger
from amplifier.content.claims.gate import gate
from amplifier.content.claims.ledger import load_ledger
from amplifier.content.compose import TEMPLATES, compose
from amplifier.content.lint import lint
from amplifier.content.render import Renderer
from amplifier.model import Article, Campaign, Finding, Level, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from amplifier.content.claims.gate import PostKey
    from amplifier.content.claims.model import Ledger, Traced


@dataclass(frozen=True, slots=True)
class Draft:
    """What `check`, `preview`, `plan` and `approve` all start from: what staff see is what is queued."""

    campaign: Campaign
    article: Article
    threads: tuple[Thread, ...]
    """Each with the findings about its posts."""
    findings: tuple[Finding, ...]
    """All of them, those of the threads too, each once."""
    ledger: Ledger | None
    """None when there is no file of it."""
    traces: Mapping[PostKey, tuple[Traced, ...]]
    """The sentences of each post and what they rest on, by thread, account and `k`; empty when claims are off."""


def load_draft(path: Path, workspace: Path, platform: Callable[[str], str], only: str | None = None) -> Draft:
    """Read and compose; `platform` tells an account's network, `only` composes a single thread.

    Raises `FileError` with every mistake of the file, its article, its ledger or its templates.
    """
    campaign, findings = load_campaign(path, workspace)
    networks = {name: platform(name) for name in campaign.accounts}
    with Renderer(campaign.workspace / TEMPLATES) as renderer:
        if any(entry.template for entry in campaign.threads):
            renderer.begin()
        article = load_article(campaign.article, workspace, campaign.language)
        ledger, of_ledger = load_ledger(campaign, article)
        composed = compose(campaign, article, networks, only, ledger, renderer)
    threads, of_claims, traces = gate(_with(composed, lint(composed, campaign)), campaign, article, ledger)
    if ledger is None and of_claims:
        other = note_of_other_ledger(campaign, article)
        of_claims = (other,) if other else of_claims
    omissions = [Finding(Level.NOTE, f"left out: {found.why}", found.place) for found in article.omissions]
    of_threads = [finding for thread in threads for finding in thread.findings]
    told = dict.fromkeys((*findings, *omissions, *of_ledger, *of_threads, *of_claims))
    return Draft(campaign, article, threads, tuple(told), ledger, traces)


def _with(threads: Sequence[Thread], findings: Sequence[Finding]) -> list[Thread]:
    """The threads with the findings about their posts; two accounts with the same thread share them."""
    of_thread: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_thread[finding.post.split(" ")[0]].append(finding)
    return [
        replace(thread, findings=tuple(dict.fromkeys((*thread.findings, *of_thread[thread.id])))) for thread in threads
    ]
