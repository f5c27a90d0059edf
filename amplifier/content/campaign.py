"""Read a campaign file: a `Campaign`, or every mistake of the file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.content import formats
from amplifier.content.campaign_checks import check
from amplifier.content.campaign_model import FORM, CampaignPart, SchedulePart
from amplifier.content.claims.model import SUFFIX
from amplifier.content.files import error, file_error, read_with_findings, shown
from amplifier.content.mistakes import mistakes
from amplifier.content.thread_ids import thread_ids
from amplifier.content.yaml_file import YamlFile, read_yaml
from amplifier.errors import UsageError
from amplifier.model import READINGS, Address, Campaign, Finding, Policy, Quiet, Schedule, SlotRule, ThreadEntry, errors

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 100_000
"""Bytes of a campaign file: a thousand threads, read in about a second."""


def load_campaign(path: Path, workspace: Path) -> tuple[Campaign, tuple[Finding, ...]]:
    """Return the campaign and what is worth knowing about it (warnings and notes).

    Raises `FileError` with every mistake of the file, in the order of its lines, and `UsageError` for a ledger. The
    article and the texts are only looked for here; whoever reads them reports what is wrong inside.
    """
    path, workspace = path.absolute(), workspace.absolute()
    if path.name.endswith(SUFFIX):
        of = shown(path.with_name(path.name.removesuffix(SUFFIX) + ".yaml"), workspace)
        raise UsageError(f"{shown(path, workspace)} is a ledger of claims, not a campaign", f"name its campaign: {of}")
    source, findings = read_with_findings(path, workspace, LIMIT)
    file = read_yaml(source, shown(path, workspace))
    findings += file.findings
    if isinstance(file.data, dict):
        findings += mistakes(file, FORM)
        findings += check(file, path.parent, workspace)
    elif not findings:
        hint = "begin with a line such as name: my-campaign; amplifier new ARTICLE writes a whole campaign"
        findings.append(error(file.place(()), "is no campaign: it has no keys", hint))
    findings.sort(key=lambda finding: finding.place)
    if errors(findings):
        raise file_error(file.path, findings)
    return _campaign(CampaignPart.model_validate(file.data), file, path, workspace), tuple(findings)


def _campaign(part: CampaignPart, file: YamlFile, path: Path, workspace: Path) -> Campaign:
    folder = path.parent
    ids = thread_ids([(thread.id, thread.template or thread.text or "") for thread in part.threads])
    threads = tuple(
        ThreadEntry(
            id=name,
            template=thread.template,
            text=folder / thread.text if thread.text else None,
            at=formats.to_moment(thread.at) if thread.at else None,
            place=file.place(("threads", n)),
            hooks=tuple(thread.hooks or ()),
            hook_places=tuple(file.place(("threads", n, "hooks", k)) for k in range(len(thread.hooks or ()))),
            reply_to=Address.parse(thread.reply_to) if thread.reply_to else None,
        )
        for n, (name, thread) in enumerate(zip(ids, part.threads, strict=True))
    )
    return Campaign(
        path=path,
        workspace=workspace,
        name=part.name,
        title=part.title,
        article=folder / part.article,
        link=part.link,
        language=part.language,
        hashtags=tuple(part.hashtags),
        mentions=tuple(part.mentions),
        accounts=tuple(part.accounts),
        numbering=part.numbering,
        schedule=_schedule(part.schedule),
        threads=threads,
        claims=Policy(part.claims),
        approvals=part.approvals,
        readings=READINGS if part.readings is None else tuple(sorted(set(map(formats.to_age, part.readings)))),
        utm=part.utm,
    )


def _schedule(part: SchedulePart) -> Schedule:
    return Schedule(
        timezone=part.timezone,
        slots=tuple(
            SlotRule(tuple(formats.DAYS.index(day) for day in slot.days), formats.to_time(slot.at))
            for slot in part.slots
        ),
        start=formats.to_date(part.start) if part.start else None,
        thread_gap=formats.to_duration(part.thread_gap),
        post_gap=formats.to_duration(part.post_gap),
        jitter=formats.to_duration(part.jitter),
        quiet=tuple(
            Quiet(formats.to_date(quiet.first), formats.to_date(quiet.last), quiet.why) for quiet in part.quiet
        ),
        late=formats.to_duration(part.late),
        resume_within=formats.to_duration(part.resume_within),
    )
