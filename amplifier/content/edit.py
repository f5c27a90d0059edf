"""Change one post of a thread in the file that it is written in; a template's thread becomes a text first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.content.files import read_text
from amplifier.content.save import hand_written, read_hand_written, save_thread, text_of
from amplifier.errors import TryLater, UsageError
from amplifier.whole import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from amplifier.model import Campaign, Thread


ALIKE = 0.5
"""Share of words in common below which two texts are told one after the other: nobody reads them woven."""


def as_written(campaign: Campaign, thread: Thread) -> tuple[str, ...]:
    """The posts of a thread as a person edits them: as they stand in its file, else as they are published, without what
    is added again (numbers, tags of links).
    """
    if thread.entry.text:
        blocks = [text for _, text in read_hand_written(read_text(thread.entry.text, campaign.workspace))]
        if len(blocks) == len(thread.posts):
            return tuple(blocks)
    whole = hand_written(thread, numbering=campaign.numbering, utm=campaign.utm)
    return tuple(text for _, text in read_hand_written(whole))


def as_typed(text: str) -> str:
    """A post as it is typed into a file: a line that would begin a new post is marked."""
    return text_of([text]).removesuffix("\n")


def change_post(campaign: Campaign, thread: Thread, k: int, was: str, text: str, *, leave_out: bool = False) -> Path:
    """Write a post anew, and return the file it stands in now.

    `text` is as a person types it into a file: a line with `---` begins a new post. `leave_out`: the post goes. `was`
    is what the person saw: raises `TryLater` when somebody else has changed it since, and `UsageError` for a text
    without words, a post that is not there, or the only one of its thread that is to go.
    """
    if k == 1 and thread.hook:
        raise UsageError("the first post is one of the thread's hooks", "change its words in the campaign file: hooks")
    texts = as_written(campaign, thread)
    if not 1 <= k <= len(texts):
        raise UsageError(f"the thread {thread.id} has no post {k}", f"it has {len(texts)}")
    if as_typed(texts[k - 1]) != was.strip():
        raise TryLater(
            "somebody else has changed this post since you opened it", "look at it again; nothing was written"
        )
    blocks = [] if leave_out else [block for _, block in read_hand_written(text)]
    if text.strip() == was.strip() and not leave_out:
        raise UsageError("nothing is changed in this post", "change a word of it; nothing was written")
    if not blocks and not leave_out:
        raise UsageError("a post needs words", "to take a post out of its thread, choose to delete it")
    if leave_out and len(texts) == 1:
        raise UsageError(f"it is the only post of {thread.id}", "to take the thread out, edit the campaign file")
    path = thread.entry.text or save_thread(campaign, thread)
    write_text(path, text_of([*texts[: k - 1], *blocks, *texts[k:]]))
    return path


def changed_words(before: str, after: str) -> Sequence[tuple[str, str]]:
    """What became of a text, word by word: pieces that are kept, `gone` or `new`, in reading order. Pure."""
    import difflib  # noqa: PLC0415 - only for whoever looks at changes
    import re  # noqa: PLC0415

    old, new = (re.findall(r"\S+|\s+", text) for text in (before, after))
    pieces: list[tuple[str, str]] = []
    words = [[word for word in text if word.strip()] for text in (old, new)]
    if difflib.SequenceMatcher(None, words[0], words[1], autojunk=False).ratio() < ALIKE:
        return [(kind, text) for kind, text in (("gone", before), ("new", after)) if text]
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(("", "".join(old[a:b])))
            continue
        if a < b:
            pieces.append(("gone", "".join(old[a:b])))
        if c < d:
            pieces.append(("new", "".join(new[c:d])))
    return pieces
