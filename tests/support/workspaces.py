"""A small workspace on disk: a campaign, its article, templates and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.compose import compose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from amplifier.model import Campaign, Thread

ARTICLE = """The river is wide. Nobody swims it.

The crossing
She crossed it at night, in 1998. Why? Her children were there.
"""


class Workspace:
    """Writes files, and composes what they say."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "templates").mkdir()
        (path / "campaigns").mkdir()
        self.article(ARTICLE)

    def article(self, text: str, name: str = "article.txt") -> None:
        (self.path / "campaigns" / name).write_text(text, "utf-8")

    def template(self, name: str, source: str) -> None:
        (self.path / "templates" / name).write_text(source, "utf-8")

    def text(self, name: str, source: str) -> None:
        (self.path / "campaigns" / name).write_text(source, "utf-8")

    def campaign(self, *threads: str, **keys: str) -> Campaign:
        """Load a campaign with these threads, each as `template: x.j2` or `text: x.md`, and these other keys."""
        given = {"article": "article.txt", "language": "en", "accounts": "[main]", "hashtags": "[One, Two]", **keys}
        lines = ["name: sample", *(f"{key}: {value}" for key, value in given.items())]
        lines += ["schedule: {timezone: UTC, slots: [{days: [mon], at: '09:00'}]}", "threads:"]
        lines += [f"  - {{{thread}}}" for thread in threads]
        path = self.path / "campaigns" / "sample.yaml"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return load_campaign(path, self.path)[0]

    def compose(
        self, *threads: str, networks: Mapping[str, str] | None = None, only: str | None = None, **keys: str
    ) -> tuple[Thread, ...]:
        campaign = self.campaign(*threads, **keys)
        article = load_article(campaign.article, campaign.workspace, campaign.language)
        return compose(campaign, article, networks or {}, only)
