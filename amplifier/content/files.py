"""Read a text file that a person wrote: UTF-8 text from inside the workspace, or every reason why not."""

from __future__ import annotations

import difflib
import os
import re
import stat
import unicodedata
from typing import TYPE_CHECKING

from amplifier.errors import FileError
from amplifier.model import Finding, Level, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LIMIT = 500_000
"""Bytes of a text file: some 80,000 words, and reading it takes a second; no article comes near."""
SHOWN = 20
"""At most so many findings of one kind: a file full of them needs another answer than a list."""
SIGNATURES = (
    (b"%PDF", "a PDF", "copy its text into a .txt file"),
    (b"PK\x03\x04", "a Word, OpenDocument or ZIP file", "save it as plain text (.txt, UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old Word file", "save it as plain text (.txt, UTF-8)"),
    (b"{\\rtf", "a rich text (RTF) file", "save it as plain text (.txt, UTF-8)"),
    (b"\xff\xfe", "in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "in UTF-16", "save it as UTF-8"),
)
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, and those that turn the reading order of what follows."""


def read_text(path: Path, workspace: Path, limit: int = LIMIT) -> str:
    r"""Return the text of `path`, without BOM and with every line end as `\n`.

    Never waits: a FIFO or device is refused, not opened for reading. Raises `FileError` with all that is wrong:
    outside the workspace (also by symlink), missing, a folder, no regular file, more than `limit` bytes, binary,
    empty, not UTF-8, control and bidirectional override characters.
    """
    text, findings = read_with_findings(path, workspace, limit)
    if findings:
        raise file_error(shown(path, workspace), findings)
    return text


def read_with_findings(path: Path, workspace: Path, limit: int = LIMIT) -> tuple[str, list[Finding]]:
    """As `read_text`, but mistakes within the text come back as findings, with U+FFFD standing for each.

    For readers that go on, so as to report all mistakes of the file at once.
    """
    place = Place(shown(path, workspace))
    problem = path_problem(path, workspace)
    if problem:
        raise file_error(place.path, [error(place, *problem)])
    data = _bytes(path, limit, place)
    problem = _binary(data) if len(data) <= limit else _too_large(limit)
    if problem:
        raise file_error(place.path, [error(place, *problem)])
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = plain.decode(errors="replace")
    findings = [*_not_utf8(plain, place.path), *_characters(text, place.path)]
    if not text.strip():
        findings.append(error(place, "is empty", "write the text, save, and try again"))
    return FORBIDDEN.sub("\ufffd", text), findings


def path_problem(path: Path, workspace: Path) -> tuple[str, str] | None:
    """Say what keeps `path` from being a text file of the workspace, and the next step; None when nothing does."""
    try:
        if not path.resolve().is_relative_to(workspace.resolve()):
            return "leaves the workspace", "copy the file into the workspace and name the copy"
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "does not exist", _similar(path)
    except (OSError, RuntimeError, ValueError) as exc:  # a loop of links, a name too long, a NUL in the name
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        return f"cannot be read: {reason}", "check the name and who may read it"
    if stat.S_ISDIR(mode):
        return "is a folder", "name a file in it"
    if not stat.S_ISREG(mode):
        return "is not a regular file", "name a text file: a pipe or a device has no text to come back to"
    return None


def shown(path: Path, workspace: Path) -> str:
    """Return a path as people read it best: relative to the workspace when inside, else as given."""
    base = workspace.absolute()
    absolute = path.absolute()
    return str(absolute.relative_to(base)) if absolute.is_relative_to(base) else str(path)


def place_of(source: str, offset: int, path: str) -> Place:
    """Return the line and column, counted from 1, of the character at `offset` in `source`."""
    return Place(path, source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset))


def nearest(word: str, names: Sequence[str]) -> str | None:
    """Return the name that `word` was most likely meant to be; None when none is near."""
    lowered = {name.lower(): name for name in reversed(names)}
    found = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def error(place: Place, message: str, hint: str) -> Finding:
    """Return a finding that stops."""
    return Finding(Level.ERROR, message, place, hint)


def file_error(path: str, findings: Sequence[Finding]) -> FileError:
    """Return the error that carries all mistakes of one file."""
    count = "one mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
    return FileError(f"{path} has {count}", findings, "mend what is listed, then check again")


def _bytes(path: Path, limit: int, place: Place) -> bytes:
    try:
        # non-blocking: should the file have become a FIFO since it was looked at, opening it must not wait
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(limit + 1)
    except OSError as exc:
        finding = error(place, f"cannot be read: {exc.strerror}", "check who may read it")
        raise file_error(place.path, [finding]) from None


def _too_large(limit: int) -> tuple[str, str]:
    return f"is larger than {limit / 1e6:g} MB", "name a text file; an article has some thousand words"


def _binary(data: bytes) -> tuple[str, str] | None:
    for signature, kind, hint in SIGNATURES:
        if data.startswith(signature):
            return f"is {kind}", hint
    head = data[:8192]
    controls = len(head) - len(head.translate(None, CONTROLS))
    if controls >= 8 and controls * 20 > len(head):
        return "is a binary file", "save it as plain text (.txt, UTF-8)"
    return None


def _not_utf8(data: bytes, path: str) -> Iterator[Finding]:
    try:
        data.decode()
    except UnicodeDecodeError as exc:
        before = data[: exc.start].decode()
        message = f"is not UTF-8: byte 0x{data[exc.start]:02X} begins no character"
        hint = "save the file as UTF-8; it is perhaps in Windows-1252 or Latin-1"
        yield error(place_of(before, len(before), path), message, hint)


def _characters(text: str, path: str) -> Iterator[Finding]:
    found = list(FORBIDDEN.finditer(text))
    for match in found[:SHOWN]:
        code = ord(match[0])
        name = unicodedata.name(match[0], "NUL" if code == 0 else "control character")
        message = f"has U+{code:04X} ({name}), which cannot be seen"
        yield error(place_of(text, match.start(), path), message, "delete it, or type the line anew")
    if len(found) > SHOWN:
        place = place_of(text, found[SHOWN].start(), path)
        yield error(place, f"has {len(found) - SHOWN} more such characters", "copy the text again as plain text")


def _similar(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"there is no folder {path.parent.name!r} here; check the name"
    near = nearest(path.name, names)
    return f"did you mean {near!r}?" if near else "check the name, or put the file there"
