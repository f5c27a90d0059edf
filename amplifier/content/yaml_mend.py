"""Report what YAML stumbles over in a file of staff, and mend it so that the rest of the file is read as well. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amplifier.content.files import error, place_of

if TYPE_CHECKING:
    from amplifier.model import Finding, Place

FLOW_LIST = re.compile(r"^(?:accounts|hashtags|mentions)[ ]*:[ ]*\[(?:[^\]\n]|\n(?=[ \n]))*", re.MULTILINE)
"""A list in brackets, up to its end or to the next key."""
LIST_MARK = re.compile(r"(?<=[\[,\s])(?:#(?!\w).*|(?P<mark>[#@])(?=\w))")
"""A `#` or `@` glued to a word; a comment (with a blank after its `#`) is passed over whole."""
BLOCK_MARK = re.compile(r"^[ ]*-[ ]+(?P<mark>@)(?=\w)", re.MULTILINE)
TAB_INDENT = re.compile(r"^[ ]*(?P<mark>\t)[ \t]*", re.MULTILINE)
TAB = "  "
"""What a tab in front of a line is taken for: one level, as most files indent."""


def mend(source: str, path: str) -> tuple[str, list[Finding], dict[int, int]]:
    """Return the mended text, the findings, and how many tabs were made `TAB` in which lines (from 1)."""
    text = list(source)
    findings: list[Finding] = []
    tabs: dict[int, int] = {}
    for match in TAB_INDENT.finditer(source):
        place = place_of(source, match.start("mark"), path)
        findings.append(error(place, "a tab indents the line", "indent with spaces, two a level"))
        text[match.start() : match.end()] = [TAB if character == "\t" else character for character in match[0]]
        tabs[place.line] = match[0].count("\t")
    in_brackets = [
        mark
        for listing in FLOW_LIST.finditer(source)
        for mark in LIST_MARK.finditer(source, listing.start(), listing.end())
    ]
    for match in (*in_brackets, *BLOCK_MARK.finditer(source)):
        if match["mark"]:
            offset = match.start("mark")
            findings.append(_finding(source, offset, place_of(source, offset, path)))
            text[offset] = " "
    return "".join(text), findings, tabs


def commented(place: Place, tag: str) -> Finding:
    """Return the finding about a hashtag that YAML takes for a comment."""
    return error(place, f"{tag} without quotes is a comment to YAML", f'write "{tag}" in quotes, or {tag[1:]}')


def _finding(source: str, offset: int, place: Place) -> Finding:
    word = re.match(r".\w+", source[offset : offset + 80])
    name = word[0] if word else source[offset]
    if name.startswith("#"):
        return commented(place, name)
    return error(place, f"{name} without quotes cannot stand in YAML", f'write "{name}" in quotes, or {name[1:]}')
