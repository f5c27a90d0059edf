"""Check what the values of a campaign file mean together: files, thread ids, fixed times, slots, quiet periods.

These checks read the raw values and pass over what has the wrong kind (that is reported elsewhere), so that one
mistake never hides another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amplifier.content import formats
from amplifier.content.article import KINDS
from amplifier.content.files import error, nearest, path_problem, shown
from amplifier.content.namesakes import campaigns_named
from amplifier.content.thread_ids import bare_stem
from amplifier.content.utm import own_parts
from amplifier.model import Address, Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.content.yaml_file import Loc, YamlFile


SOURCES = ("template", "text")


def check(file: YamlFile, folder: Path, workspace: Path) -> Iterator[Finding]:
    """Yield what is wrong or worth knowing; `folder` is the campaign file's own, which its paths start from."""
    yield from _article(file, folder, workspace)
    yield from _sources(file, folder, workspace)
    yield from _ids(file)
    yield from _namesakes(file, folder, workspace)
    yield from _utm(file)
    yield from _answers(file)
    yield from _fixed_times(file)
    yield from _slots(file)
    yield from _quiet(file)


def template_names(workspace: Path) -> list[str]:
    """Return the templates that a thread may name: `*.j2` in the workspace's templates folder."""
    return sorted(path.name for path in (workspace / "templates").glob("*.j2") if not path_problem(path, workspace))


def _article(file: YamlFile, folder: Path, workspace: Path) -> Iterator[Finding]:
    name = _text(file, ("article",))
    if not name:
        return
    problem = path_problem(folder / name, workspace)
    if problem:
        yield error(file.place(("article",)), f"article: {name} {problem[0]}", problem[1])
    elif (folder / name).suffix.lower() not in KINDS:
        yield error(file.place(("article",)), f"article: {name} is neither .txt nor .md", "save it as plain text")


def _sources(file: YamlFile, folder: Path, workspace: Path) -> Iterator[Finding]:
    names = template_names(workspace)
    for loc, thread in file.entries(("threads",)):
        template, text = _text(file, (*loc, "template")), _text(file, (*loc, "text"))
        given = [key for key in SOURCES if key in thread]
        if len(given) != 1 and (given or not any(nearest(key, SOURCES) for key in thread)):
            what = "has both template and text" if given else "has neither template nor text"
            yield error(file.place(loc), f"the thread {what}", "write one: template: story.j2, or text: threads/day.md")
        if template and template not in names:
            yield error(file.place((*loc, "template")), f"there is no template {template}", _names(template, names))
        if text:
            problem = path_problem(folder / text, workspace)
            if problem:
                hint = f"did you mean template: {text}?" if text in names else problem[1]
                yield error(file.place((*loc, "text")), f"text: {text} {problem[0]}", hint)
            elif (folder / text).resolve().suffix.lower() not in KINDS or (folder / text).resolve().name.startswith(
                "."
            ):
                message = f"text: {text} is neither .txt nor .md"
                yield error(file.place((*loc, "text")), message, "posts are written in a text file of their own")


def _names(template: str, names: list[str]) -> str:
    if template.endswith((".md", ".txt")):
        return f"a thread written by hand is named by text: {template}"
    near = nearest(template, names)
    if near:
        return f"did you mean {near}?"
    return f"the templates are {', '.join(names)}" if names else "put it into the workspace's folder templates"


def _ids(file: YamlFile) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for loc, thread in file.entries(("threads",)):
        name = _text(file, (*loc, "id"))
        source = _text(file, (*loc, "template")) or _text(file, (*loc, "text"))
        place = file.place((*loc, "id"))
        if name and name in first:
            yield error(place, f"id {name!r} stands twice; the first is in line {first[name]}", "choose another id")
        elif name:
            first[name] = place.line
        elif source and "id" not in thread and not bare_stem(source):
            yield error(place, f"{source} makes no name for the thread", "add an id of letters a-z and digits")


def _namesakes(file: YamlFile, folder: Path, workspace: Path) -> Iterator[Finding]:
    """Two files of one name are one campaign to the queue: approving one cancels the threads of the other."""
    name = _text(file, ("name",))
    if not name:
        return
    for path in (shown(other, workspace) for other in campaigns_named(name, folder, workspace)):
        if path != file.path:
            message = f"name: {path} has the same name {name}"
            hint = "choose another name for one of them: approving one cancels what the other has queued"
            yield Finding(Level.WARNING, message, file.place(("name",)), hint)


def _utm(file: YamlFile) -> Iterator[Finding]:
    """Tags go to the site of the campaign's link, and never over what a person wrote."""
    if file.value(("utm",)) is not True:
        return
    link = _text(file, ("link",))
    if "link" not in file.data:
        message = "utm: true does nothing without a link: it says which site is yours"
        yield Finding(Level.WARNING, message, file.place(("utm",)), "add link: https://… , or delete utm")
    elif link and own_parts(link):
        message = f"link: has {', '.join(own_parts(link))} of its own, so it is left as it is"
        hint = "take that out of it: else its clicks cannot be told by post"
        yield Finding(Level.WARNING, message, file.place(("link",)), hint)


def _answers(file: YamlFile) -> Iterator[Finding]:
    """An account answers its own published posts, as soon as the answer is approved."""
    accounts = file.value(("accounts",))
    for loc, thread in file.entries(("threads",)):
        written = _text(file, (*loc, "reply_to"))
        asked = Address.parse(written) if written else None
        if asked is None:
            continue
        here = file.place((*loc, "reply_to"))
        if isinstance(accounts, list) and asked.account not in accounts:
            message = f"reply_to: {asked.account} is not among the accounts of this campaign"
            yield error(here, message, f"an account answers its own posts: add {asked.account} to accounts")
        if "at" in thread:
            message = "the thread has both at and reply_to, but an answer goes out as soon as it is approved"
            yield error(file.place((*loc, "at")), message, "delete at, and approve when it is to go out")


def _fixed_times(file: YamlFile) -> Iterator[Finding]:
    zone = _zone(_text(file, ("schedule", "timezone")))
    for loc, _ in file.entries(("threads",)):
        here = (*loc, "at")
        written = _text(file, here)
        if zone is None or written is None or not formats.fits(formats.MOMENT, written):
            continue
        wall = formats.to_moment(written)
        first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
        if first.utcoffset() == second.utcoffset():
            continue
        real = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if real != wall:
            message = f"at: {written} does not exist in {zone.key}: the clock is put forward"
            yield error(file.place(here), message, f"write {real:%Y-%m-%d %H:%M}, or a time before the change")
        else:
            message = f"at: {written} happens twice in {zone.key}: the clock is put back; the first is taken"
            yield Finding(Level.NOTE, message, file.place(here), f"it is {_utc(first)} UTC")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _slots(file: YamlFile) -> Iterator[Finding]:
    schedule = file.data.get("schedule")
    if not isinstance(schedule, dict) or file.is_spoiled(("schedule", "slots")):
        return
    untimed = any("at" not in thread and "reply_to" not in thread for _, thread in file.entries(("threads",)))
    if schedule.get("slots", []) == [] and untimed:
        place = file.place(("schedule", "slots"))
        yield error(
            place, "slots are missing: a thread has no time", 'add slots: [{days: [tue, thu], at: "09:30"}], or an at'
        )


def _quiet(file: YamlFile) -> Iterator[Finding]:
    for loc, _ in file.entries(("schedule", "quiet")):
        first, last = _text(file, (*loc, "from")), _text(file, (*loc, "to"))
        if not (first and last and formats.fits(formats.DATE, first) and formats.fits(formats.DATE, last)):
            continue
        if formats.to_date(first) > formats.to_date(last):
            yield error(file.place(loc), f"quiet: ends ({last}) before it begins ({first})", "swap from and to")


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _text(file: YamlFile, loc: Loc) -> str | None:
    value = file.value(loc)
    return value if isinstance(value, str) else None
