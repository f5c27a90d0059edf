"""Write the first draft of a campaign for an article: guesses that a person reads over, a comment per line."""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amplifier.content.article import load_article
from amplifier.content.files import read_text
from amplifier.content.guess import guess_hashtags, guess_language, guess_name
from amplifier.errors import ConfigurationError, UsageError
from amplifier.model import SLUG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amplifier.workspace import Workspace

SHIPPED = ("story.j2", "timeline.j2", "qa.j2", "facts.j2", "quote.j2", "call_to_action.j2")
"""Templates for any article, in the order in which their threads go out."""
COLUMN = 42
"""Where the comments begin, unless a value is longer."""
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
"""What stands in YAML without quotes."""
NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Plain words that a reader of YAML may take for something else."""
HEADER = re.compile(r"\s*\{#-?\s*(?:\w+:\s)?\s*([^\n]+?)\.?\s*(?:\n|-?#\})")
"""A comment at the head of a template: the name of the template, then what it makes."""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """The files of a new campaign; `copied` says whether the article was put there from elsewhere."""

    path: Path
    article: Path
    copied: bool


def write_new(
    article: Path,
    workspace: Workspace,
    *,
    name: str | None = None,
    language: str | None = None,
    timezone: str | None = None,
    link: str | None = None,
    accounts: Sequence[str] = ("main",),
) -> NewCampaign:
    """Write `campaigns/NAME.yaml` for an article, which is copied to `campaigns/articles/` unless it lies in
    `campaigns/` already. What is not given is guessed; slots are the next free ones. Never overwrites.

    Raises `FileError` for an article that cannot be used, `UsageError` for a name that is taken or none.
    """
    here = Path(os.path.realpath(article.parent)) / article.name  # a link stays one: inside it must not lead out
    inside = here.is_relative_to(workspace.campaigns)
    source = here if inside else Path(os.path.realpath(article))
    boundary = workspace.root if inside else source.parent
    text = read_text(source, boundary)
    language = language or guess_language(text)
    title = load_article(source, boundary, language).title
    name = name or guess_name(title, source.stem)
    if not re.fullmatch(SLUG, name):
        raise UsageError(f"{name!r} is no name", "write lower-case letters and digits, joined by single hyphens")
    templates = _templates(workspace)
    goal = source if inside else workspace.articles / f"{name}{source.suffix.lower()}"
    shown = goal.relative_to(workspace.campaigns).as_posix()
    if not shown.isprintable():
        raise UsageError(f"{shown!r} has characters that cannot be seen", "rename the article")
    written = draft(
        shown,
        name=name,
        titled=title is not None,
        language=language,
        timezone=timezone or machine_timezone(),
        templates=templates,
        hashtags=guess_hashtags(text),
        link=link,
        accounts=accounts,
    )
    path = workspace.campaigns / f"{name}.yaml"
    _refuse_taken(path, "choose another name with --name")
    copied = False
    try:
        copied = not inside and _is_new(source, goal)
        if copied:
            goal.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, goal)
        path.write_text(written, encoding="utf-8")
    except OSError as exc:
        for half_written in (path, goal) if copied else (path,):
            with suppress(OSError):  # the reason why it could not be written is what matters
                half_written.unlink()
        raise ConfigurationError(
            f"cannot write {exc.filename or path}: {exc.strerror}", "check who may write there, and the disk"
        ) from exc
    return NewCampaign(path, goal, copied)


def draft(
    article: str,
    *,
    name: str,
    titled: bool,
    language: str,
    timezone: str,
    templates: Sequence[tuple[str, str]],
    hashtags: Sequence[str] = (),
    link: str | None = None,
    accounts: Sequence[str] = ("main",),
) -> str:
    """The text of a campaign file.

    `article` is its path from `campaigns/`, `titled` whether it has a title; `templates` are names and what they make.
    """
    lines = [
        "# yaml-language-server: $schema=campaign.schema.json",
        f"# A draft. Read it over and change what you like, then type: amplifier check campaigns/{name}.yaml",
        _line(f"name: {_scalar(name)}", "the campaign's name; keep it once anything is approved"),
        _line(f"article: {_scalar(article)}", "beside this file, never outside the workspace"),
        *([] if titled else [_line("# title: Your title", "the article has none: remove the # to give it one")]),
        _line(f"link: {_scalar(link)}", "stands once in each thread, in its last post") if link else
        _line("# link: https://example.org/story", "where the article can be read: remove the # and put it here"),
        _line(f"language: {_scalar(language)}", "of the article"),
        _line(f"hashtags: {_list(hashtags)}", "guessed: the first goes into each first post, the rest into the last"),
        _line("mentions: []", "accounts that the posts may name"),
        _line(f"accounts: {_list(accounts)}", "who publishes; as named in .env, else a dry run"),
        _line("numbering: false", "true ends every post in its number, as 2/5"),
        _line("claims: warn", "wrong claims stop an approval; block: unsigned ones too; off: none is looked for"),
        "schedule:",
        _line(f"  timezone: {_scalar(timezone)}", "all times of this file are in it"),
        _line("  # start: 2026-12-01", "without it: the next free slots from the day of approval"),
        _line("  slots:", "each thread takes the next free one"),
        _line('    - {days: [tue, thu], at: "09:30"}', "days: mon, tue, wed, thu, fri, sat, sun"),
        _line("  thread_gap: 2h", "at least this between threads of one account"),
        _line("  post_gap: 20s", "between the posts of a thread"),
        _line("  jitter: 10m", "each start moves by 0 to 10 minutes, the same in preview and queue"),
        _line("  quiet: []", "as [{from: 2026-12-24, to: 2026-12-26, why: holidays}]"),
        _line("  late: 90m", "missed by more than this, a thread waits for a person"),
        _line("  resume_within: 6h", "interrupted for longer, a begun thread waits for a person"),
        _line("threads:", "in the order they go out"),
        *(_line(f"  {_mark(name, templates)}- {{template: {_scalar(name)}}}", makes) for name, makes in templates),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def machine_timezone() -> str:
    """The IANA name of this machine's time zone; `UTC` where it has none."""
    import tzlocal  # noqa: PLC0415 - looks at files and the environment; only `new` needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a machine without a zone is told about by the draft itself
            name = tzlocal.get_localzone_name()
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        return "UTC"


def _templates(workspace: Workspace) -> list[tuple[str, str]]:
    names = sorted(path.name for path in workspace.templates.glob("*.j2") if path.is_file())
    if not names:
        raise UsageError(
            f"{workspace.templates} has no template", "copy the ones that amplifier init DIR puts into a new workspace"
        )
    ordered = [*(name for name in SHIPPED if name in names), *(name for name in names if name not in SHIPPED)]
    return [(name, _what_it_makes(read_text(workspace.templates / name, workspace.root))) for name in ordered]


def _mark(template: str, templates: Sequence[tuple[str, str]]) -> str:
    """Put a template of the workspace's own behind a `#`: it was perhaps written for one article alone."""
    own = template not in SHIPPED and any(name in SHIPPED for name, _ in templates)
    return "# " if own else ""


def _what_it_makes(template: str) -> str:
    found = HEADER.match(template)
    return found[1] if found else "one thread"


def _refuse_taken(path: Path, hint: str) -> None:
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already and is left as it is", hint)


def _is_new(source: Path, goal: Path) -> bool:
    """Whether the article has to be copied; False when it is there already, to the byte."""
    if goal.is_file() and goal.read_bytes() == source.read_bytes():
        return False
    _refuse_taken(goal, "it is another article: choose another name with --name")
    return True


def _line(code: str, comment: str) -> str:
    return f"{code.ljust(COLUMN - 2)}  # {comment}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, values))}]"


def _scalar(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)
