"""Threads written by hand: how one is written to a file, read back, and named in its campaign."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import TYPE_CHECKING

from amplifier.content.files import nearest
from amplifier.content.thread_ids import thread_ids
from amplifier.content.utm import Utm, untagged
from amplifier.content.yaml_file import read_yaml
from amplifier.errors import UsageError
from amplifier.whole import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Campaign, Place, Thread

BREAK = "---"
"""A line that ends a post; in a post's own text it is written with a backslash before it."""
LIKE_BREAK = re.compile(r"\\*---\s*")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")


def hand_written(thread: Thread, *, numbering: bool, utm: bool = False) -> str:
    """Return a thread's posts as staff edit them, a line `---` between two.

    `numbering` and `utm` are the campaign's: with them the numbers at the posts' ends and the tags of their links are
    taken off, since they are added again.
    """
    total = len(thread.posts)
    texts = [
        post.text.removesuffix(f" {post.k}/{total}") if numbering and total > 1 else post.text for post in thread.posts
    ]
    if utm:
        tags = Utm(thread.network, thread.campaign, thread.id, "")
        texts = [untagged(text, tags.tag(post.k)) for text, post in zip(texts, thread.posts, strict=True)]
    return text_of(texts)


def text_of(texts: Iterable[str]) -> str:
    """Posts as a file holds them."""
    return f"\n{BREAK}\n".join(map(_escaped, texts)) + "\n"


def read_hand_written(source: str) -> list[tuple[int, str]]:
    """Return the posts of a file's text, each with the line it begins in; blocks without text are passed over."""
    posts: list[tuple[int, str]] = []
    block: list[str] = []
    first = 1
    for number, line in enumerate([*source.split("\n"), BREAK], start=1):
        if line.rstrip() != BREAK:
            block.append(line[1:] if line.startswith("\\") and LIKE_BREAK.fullmatch(line) else line)
            continue
        text = "\n".join(block)
        if text.strip():
            blank = next(n for n, above in enumerate(block) if above.strip())
            posts.append((first + blank, text.strip()))
        block, first = [], number + 1
    return posts


def point_to_text(campaign_file: Path, thread_id: str, text: str) -> str:
    """Return the campaign file's content with one thread's `template:` changed to `text:`.

    `text` is the path as it is to stand in the file, relative to it. The thread's id is written out; everything else,
    comments and line ends too, stays as it is. The file must load without mistakes. Raises `UsageError` when it has
    no such thread.
    """
    source, as_written = _source(campaign_file)
    file = read_yaml(source, str(campaign_file))
    loc = _entry(file, thread_id)
    entry = file.data["threads"][loc[1]]
    old = (*loc, "template" if "template" in entry else "text")
    start, end = _offset(source, file.keys[old]), _offset(source, file.ends[old])
    new = f"text: {_scalar(text)}"
    if "id" not in entry:
        in_braces = source[_offset(source, file.places[loc])] == "{"
        gap = ", " if in_braces else "\n" + " " * (file.keys[old].column - 1)
        new = f"id: {thread_id}{gap}{new}"
    return as_written(source[:start] + new + source[end:])


def with_time(campaign_file: Path, thread_id: str, at: str | None) -> str:
    """Return the campaign file's content with one thread's `at:` set, or without it; everything else stays.

    `at` is a wall time: 2026-12-10 09:00. The file must load without mistakes. Raises `UsageError` when it has no such
    thread, or is written in a way that the change does not fit into.
    """
    source, as_written = _source(campaign_file)
    file = read_yaml(source, str(campaign_file))
    loc = _entry(file, thread_id)
    changed = _with_time(source, file, loc, at)
    again = read_yaml(changed, file.path)
    wanted = [dict(entry) for entry in file.data["threads"]]
    entry = wanted[int(loc[1])]
    entry.pop("at", None)
    entry |= {"at": at} if at else {}
    if again.findings or again.data != {**file.data, "threads": wanted}:
        raise UsageError(f"the time does not fit into {campaign_file} as it is written", "change it in the file")
    return as_written(changed)


def _with_time(source: str, file: YamlFile, loc: Loc, at: str | None) -> str:
    entry = file.data["threads"][loc[1]]
    key = (*loc, "at")
    in_braces = source[_offset(source, file.places[loc])] == "{"
    if "at" in entry:
        start, end = _offset(source, file.keys[key]), _offset(source, file.ends[key])
        if at:
            return f"{source[:start]}at: {at}{source[end:]}"
        before = source[:start].rstrip(" ")
        if in_braces:
            return before.removesuffix(",") + source[end:]
        return before.rstrip("\n") + source[end:]
    if not at:
        return source
    last = (*loc, next(name for name in ("text", "template") if name in entry))
    end = _offset(source, file.ends[last])
    gap = ", " if in_braces else "\n" + " " * (file.keys[last].column - 1)
    return f"{source[:end]}{gap}at: {at}{source[end:]}"


def with_entry(campaign_file: Path, entry: Mapping[str, str]) -> str | None:
    """Return the campaign file's content with one more entry at the end of its threads; everything else stays.

    None where that cannot be done safely: the threads are not a list with a dash before each.
    """
    source, as_written = _source(campaign_file)
    file = read_yaml(source, str(campaign_file))
    lines = source.split("\n")
    first = file.place(("threads",)).line - 1
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    last = first
    for number, line in enumerate(lines[first + 1 :], start=first + 1):
        words = line.lstrip()
        deeper = len(line) - len(words) > len(indent) or line.startswith(f"{indent}-")
        if words and not words.startswith("#"):
            if not deeper:
                break
            last = number
    changed = "\n".join([*lines[: last + 1], f"{indent}- {entry_line(entry)}", *lines[last + 1 :]])
    again = read_yaml(changed, file.path)
    if again.findings or again.data != {**file.data, "threads": [*file.data["threads"], dict(entry)]}:
        return None
    return as_written(changed)


def entry_line(entry: Mapping[str, str]) -> str:
    """Return an entry of `threads:` on one line, in braces."""
    return "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in entry.items()) + "}"


def _scalar(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _source(campaign_file: Path) -> tuple[str, Callable[[str], str]]:
    """Return a file's text with plain line ends, and what gives a changed text the file's own again."""
    with campaign_file.open(encoding="utf-8", newline="") as stream:
        written = stream.read()
    bom = "\ufeff" if written.startswith("\ufeff") else ""

    def as_written(changed: str) -> str:
        return bom + (changed.replace("\n", "\r\n") if "\r\n" in written else changed)

    return written.removeprefix("\ufeff").replace("\r\n", "\n"), as_written


def _entry(file: YamlFile, thread_id: str) -> Loc:
    entries = file.data["threads"]
    ids = thread_ids([(entry.get("id"), entry.get("template") or entry["text"]) for entry in entries])
    if thread_id not in ids:
        near = nearest(thread_id, ids)
        hint = f"did you mean {near}?" if near else f"the threads are {', '.join(ids)}"
        raise UsageError(f"{file.path} has no thread {thread_id}", hint)
    return ("threads", ids.index(thread_id))


def _offset(source: str, place: Place) -> int:
    start = 0
    for _ in range(place.line - 1):
        start = source.index("\n", start) + 1
    return start + place.column - 1


def _escaped(text: str) -> str:
    return "\n".join(f"\\{line}" if LIKE_BREAK.fullmatch(line) else line for line in text.split("\n"))


def made_text(campaign: Campaign, thread: Thread) -> Path:
    """The file that `save_thread` would write. Raises `UsageError` where every name is taken."""
    folder = campaign.path.parent / "threads"
    names = [f"{thread.id}.md", f"{campaign.name}-{thread.id}.md"]
    path = next((folder / name for name in names if not (folder / name).exists()), None)
    if path is None:
        raise UsageError(f"{folder / names[-1]} is there already", "move it away, then save again")
    return path


def save_thread(campaign: Campaign, thread: Thread) -> Path:
    """Write a thread as a text file beside its campaign, and let the campaign's entry name it; the file's path.

    The file is `threads/ID.md`, or `threads/CAMPAIGN-ID.md` where that is taken; none is ever overwritten. Raises
    `UsageError` for a thread that is written by hand already.
    """
    if thread.entry.text:
        raise UsageError(f"the thread {thread.id} is written by hand already", f"edit {thread.entry.text}")
    path = made_text(campaign, thread)
    pointed = point_to_text(campaign.path, thread.id, f"threads/{path.name}")
    path.parent.mkdir(exist_ok=True)
    written = hand_written(thread, numbering=campaign.numbering, utm=campaign.utm)
    path.write_text(written, encoding="utf-8", newline="\n")
    write_text(campaign.path, pointed)
    return path


def add_answer(campaign: Campaign, stem: str, texts: Sequence[str], reply_to: str) -> tuple[str, Path, str]:
    """Write a thread that answers a published post, and name it in the campaign file, at the end of its threads.

    Its id is `stem`, with `-2` and so on where the campaign has that or the file is there. Returns the id, the text
    file, and the entry to paste by hand where the campaign file cannot be changed safely, else "".
    """
    folder = campaign.path.parent / "threads"
    ids = {entry.id for entry in campaign.threads}
    names = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
    name = next(name for name in names if name not in ids and not (folder / f"{name}.md").exists())
    path = folder / f"{name}.md"
    entry = {"id": name, "text": f"threads/{path.name}", "reply_to": reply_to}
    pointed = with_entry(campaign.path, entry)
    folder.mkdir(exist_ok=True)
    path.write_text(text_of(texts), encoding="utf-8", newline="\n")
    if pointed is None:
        return name, path, entry_line(entry)
    write_text(campaign.path, pointed)
    return name, path, ""
