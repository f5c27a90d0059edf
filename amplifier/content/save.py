"""Threads written by hand: how one is written to a file, read back, and named in its campaign."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from amplifier.content.files import nearest
from amplifier.content.thread_ids import thread_ids
from amplifier.content.yaml_file import read_yaml
from amplifier.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Campaign, Place, Thread

BREAK = "---"
"""A line that ends a post; in a post's own text it is written with a backslash before it."""
LIKE_BREAK = re.compile(r"\\*---[ \t]*")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")


def hand_written(thread: Thread, *, numbering: bool) -> str:
    """Return a thread's posts as staff edit them, a line `---` between two.

    `numbering` is the campaign's: with it the numbers at the posts' ends are taken off, since they are added again.
    """
    count = len(thread.posts)
    texts = [
        post.text.removesuffix(f" {post.k}/{count}") if numbering and count > 1 else post.text for post in thread.posts
    ]
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
    with campaign_file.open(encoding="utf-8", newline="") as stream:
        written = stream.read()
    source = written.removeprefix("\ufeff").replace("\r\n", "\n")
    file = read_yaml(source, str(campaign_file))
    loc = _entry(file, thread_id)
    entry = file.data["threads"][loc[1]]
    old = (*loc, "template" if "template" in entry else "text")
    start, end = _offset(source, file.keys[old]), _offset(source, file.ends[old])
    new = f"text: {text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)}"
    if "id" not in entry:
        in_braces = source[_offset(source, file.places[loc])] == "{"
        gap = ", " if in_braces else "\n" + " " * (file.keys[old].column - 1)
        new = f"id: {thread_id}{gap}{new}"
    changed = source[:start] + new + source[end:]
    bom = "\ufeff" if written.startswith("\ufeff") else ""
    return bom + (changed.replace("\n", "\r\n") if "\r\n" in written else changed)


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


def save_thread(campaign: Campaign, thread: Thread) -> Path:
    """Write a thread as a text file beside its campaign, and let the campaign's entry name it; the file's path.

    The file is `threads/ID.md`, or `threads/CAMPAIGN-ID.md` where that is taken; none is ever overwritten. Raises
    `UsageError` for a thread that is written by hand already.
    """
    if thread.entry.text:
        raise UsageError(f"the thread {thread.id} is written by hand already", f"edit {thread.entry.text}")
    folder = campaign.path.parent / "threads"
    names = [f"{thread.id}.md", f"{campaign.name}-{thread.id}.md"]
    path = next((folder / name for name in names if not (folder / name).exists()), None)
    if path is None:
        raise UsageError(f"{folder / names[-1]} is there already", "move it away, then save again")
    pointed = point_to_text(campaign.path, thread.id, f"threads/{path.name}")
    folder.mkdir(exist_ok=True)
    path.write_text(hand_written(thread, numbering=campaign.numbering), encoding="utf-8", newline="\n")
    goal = campaign.path.resolve()  # a link stays a link
    half = goal.with_name(f".{goal.name}.half")
    half.write_text(pointed, encoding="utf-8", newline="")
    half.chmod(goal.stat().st_mode & 0o777)
    half.replace(goal)
    return path
