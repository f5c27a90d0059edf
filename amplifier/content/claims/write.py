"""Write the ledger of a campaign: a new file, or changes to one that is there, which keep what a person wrote."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.claims.changed import changed_text
from amplifier.content.claims.entries import passage_lines, wording_lines
from amplifier.content.claims.ledger import LIMIT, ledger_path, parse_ledger
from amplifier.content.claims.scan import scan
from amplifier.content.files import read_with_findings, shown
from amplifier.content.yaml_edit import pair, scalar
from amplifier.errors import FileError, UsageError
from amplifier.model import Place, errors
from amplifier.whole import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amplifier.content.claims.model import Claim, Ledger
    from amplifier.model import Article, Campaign

HEAD = """\
# yaml-language-server: $schema=claims.schema.json
# What the article asserts, and how it stands. A claim is trusted when a person has opened its source and signed it in
# checked_by. The easy way: amplifier claims review {campaign}
"""
NOWHERE = Place("")


def update_ledger(
    campaign: Campaign, article: Article, change: Callable[[Ledger | None], Ledger]
) -> tuple[Ledger | None, Ledger]:
    """Read the ledger as it is now, change it and write it; return what it was (None: no file) and what it is.

    A file whose ledger does not change is left alone. Raises `FileError` when the file has mistakes, `UsageError`
    when it is written in a way that the change does not fit into, `ConfigurationError` when it cannot be written.
    """
    path = ledger_path(campaign)
    if not path.exists() and not path.is_symlink():
        new = change(None)
        write_text(path, _proven(new_text(new, campaign, article), new, campaign, article))
        return None, new
    source, findings = read_with_findings(path, campaign.workspace, LIMIT)
    old = parse_ledger(source, campaign, article, findings)[0]
    new = change(old)
    text = changed_text(source, old, new, article)
    if text.rstrip("\n") != source.rstrip("\n"):
        text = _proven(text, new, campaign, article)
        raw = path.read_bytes()
        bom = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
        write_text(path, bom + (text.replace("\n", "\r\n") if b"\r\n" in raw else text))
    return old, new


def write_scan(campaign: Campaign, article: Article) -> tuple[Ledger | None, Ledger]:
    """Look for claims in the article, and write them beside what a person wrote; as `update_ledger` does."""
    return update_ledger(campaign, article, lambda old: scan(article, campaign.language, old, exempt=campaign.hashtags))


def new_text(ledger: Ledger, campaign: Campaign, article: Article) -> str:
    """Return the text of a new file."""
    folder = campaign.path.parent
    lines = [pair("article", scalar(os.path.relpath(campaign.article, folder))), "sentences:"]
    lines += [f"  {line}" for passage in ledger.passages for line in passage_lines(passage, article)]
    if ledger.wordings:
        lines.append("wordings:")
        lines += [f"  {line}" for wording in ledger.wordings for line in wording_lines(wording)]
    head = HEAD.format(campaign=shown(campaign.path, campaign.workspace))
    return head + "\n".join(lines) + "\n"


def _proven(text: str, ledger: Ledger, campaign: Campaign, article: Article) -> str:
    """Return the text, if it is read as this very ledger: what a person wrote is never written over by a guess."""
    try:
        read = parse_ledger(text, campaign, article, [])[0]
    except FileError as exc:
        reason = str(errors(exc.findings)[0])
    else:
        if _said(read) == _said(ledger):
            return text
        reason = "it would be read differently"
    raise UsageError(
        f"{shown(ledger_path(campaign), campaign.workspace)} is left as it is: the change does not fit into it",
        f"{reason}; write its entries as lines, as in the shipped ledger, then try again",
    )


def _said(ledger: Ledger) -> tuple[object, ...]:
    """All that the file says, without where it stands."""

    def plain(claims: Sequence[Claim]) -> list[Claim]:
        return [replace(claim, place=NOWHERE, void=False) for claim in claims]

    passages = [(found.text, found.say, found.drop, plain(found.claims)) for found in ledger.passages]
    return passages, [replace(wording, place=NOWHERE) for wording in ledger.wordings]
