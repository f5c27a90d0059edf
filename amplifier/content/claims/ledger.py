"""Read the ledger of a campaign: a `Ledger` anchored to the article, or every mistake of the file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.content.claims.anchor import anchors
from amplifier.content.claims.ledger_checks import check
from amplifier.content.claims.ledger_model import FORM, LedgerPart
from amplifier.content.claims.model import SUFFIX, Claim, Kind, Ledger, Passage, Source, Status, Wording
from amplifier.content.files import error, file_error, read_with_findings, shown
from amplifier.content.mistakes import mistakes
from amplifier.content.yaml_file import read_yaml
from amplifier.model import errors

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.content.claims.ledger_model import ClaimPart, SentencePart
    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Article, Campaign, Finding

LIMIT = 500_000
"""Bytes of a ledger: some thousand claims."""


def ledger_path(campaign: Campaign) -> Path:
    """Return where the ledger of a campaign lies: beside it, under the campaign's name."""
    return campaign.path.parent / f"{campaign.name}{SUFFIX}"


def load_ledger(campaign: Campaign, article: Article) -> tuple[Ledger | None, tuple[Finding, ...]]:
    """Return the ledger and what is worth knowing about it (warnings); None when the campaign has no such file.

    Raises `FileError` with every mistake of the file, in the order of its lines.
    """
    path = ledger_path(campaign)
    if not path.exists() and not path.is_symlink():
        return None, ()
    source, findings = read_with_findings(path, campaign.workspace, LIMIT)
    return parse_ledger(source, campaign, article, findings)


def parse_ledger(
    source: str, campaign: Campaign, article: Article, findings: list[Finding]
) -> tuple[Ledger, tuple[Finding, ...]]:
    """As `load_ledger`, for the text of the file; `findings` are those about the text itself."""
    path = ledger_path(campaign)
    file = read_yaml(source, shown(path, campaign.workspace))
    findings = [*findings, *file.findings]
    starts: list[int | None] = []
    if isinstance(file.data, dict):
        findings += mistakes(file, FORM)
        starts = anchors(_texts(file), article)
        findings += check(file, starts, campaign, article)
    elif not findings:
        hint = f"move it away and type: amplifier claims scan {shown(campaign.path, campaign.workspace)}"
        findings.append(error(file.place(()), "is no ledger: it has no keys", hint))
    findings.sort(key=lambda finding: finding.place)
    if errors(findings):
        raise file_error(file.path, findings)
    return _ledger(LedgerPart.model_validate(file.data), file, starts), tuple(findings)


def _texts(file: YamlFile) -> list[str]:
    """Return the text of each entry under `sentences:`; empty where it has none."""
    sentences = file.data.get("sentences")
    entries = sentences if isinstance(sentences, list) else []
    texts = [entry.get("text") if isinstance(entry, dict) else None for entry in entries]
    return [text if isinstance(text, str) else "" for text in texts]


def _ledger(part: LedgerPart, file: YamlFile, starts: list[int | None]) -> Ledger:
    passages = tuple(
        _passage(sentence, file, ("sentences", n), start)
        for n, (sentence, start) in enumerate(zip(part.sentences or (), starts, strict=True))
    )
    wordings = tuple(
        Wording(
            text=_line(wording.text),
            place=file.place(("wordings", n)),
            claims=tuple(wording.claims or ()),
            approved_by=_line(wording.approved_by),
            note=_line(wording.note),
        )
        for n, wording in enumerate(part.wordings or ())
    )
    return Ledger(file.path, passages, wordings)


def _passage(part: SentencePart, file: YamlFile, loc: Loc, start: int | None) -> Passage:
    claims = tuple(
        _claim(claim, file, (*loc, "claims", n), void=start is None) for n, claim in enumerate(part.claims or ())
    )
    return Passage(
        text=_line(part.text),
        place=file.place(loc),
        claims=claims,
        say=_line(part.say),
        drop=bool(part.drop),
        start=start,
    )


def _claim(part: ClaimPart, file: YamlFile, loc: Loc, *, void: bool) -> Claim:
    source = part.source
    return Claim(
        id=part.id,
        quote=_line(part.quote),
        kind=Kind(part.kind or Kind.STATEMENT),
        status=Status(part.status or Status.UNVERIFIED),
        place=file.place(loc),
        source=Source(_line(source.title), _line(source.publisher), _line(source.date), source.link or "")
        if source
        else Source(),
        checked_by=_line(part.checked_by),
        checked_on=part.checked_on or "",
        because=_line(part.because),
        note=_line(part.note),
        void=void,
    )


def _line(text: str | None) -> str:
    """Return a text on one line; empty for None."""
    return " ".join((text or "").split())
