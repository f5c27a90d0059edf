"""Turn Markdown into the plain text of an article, line for line. Pure.

Posts are plain text, so marks of emphasis, code, links and quotations are taken out, and what is no article text
(front matter, pictures, code blocks, comments, link addresses) is left out and reported. Headings and list marks stay:
the article's reader needs them. Every line keeps its number; columns of a line with marks count without them.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from amplifier.model import Omission, Place

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?=[\w-]+[ \t]*:|---)(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
FENCE = re.compile(r"^[ ]{0,3}(?P<mark>```+|~~~+).*(?:\n.*)*?(?:\n[ ]{0,3}(?P=mark)[ \t]*$|\Z)", re.MULTILINE)
COMMENT = re.compile(r"<!--(?:.|\n)*?(?:-->|\Z)")
REFERENCE = re.compile(r"^[ ]{0,3}\[(?!\^)[^\]\n]+\]:[ \t]+\S.*$", re.MULTILINE)
TABLE = re.compile(r"(?:^[ ]{0,3}\|.*(?:\n|\Z))+", re.MULTILINE)
PICTURE = re.compile(r"!\[[^\[\]\n]*\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
RULE = re.compile(r"^[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?<=\n\n)(?:-[ \t]*){3,})$", re.MULTILINE)
LINK = re.compile(
    r"(?<!\\)\[(?P<text>[^\[\]\n]+)\]"
    r"(?:\((?P<address>[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+)(?:[ \t][^()\n]{0,300})?\)|\[[^\[\]\n]*\])"
)
AUTOLINK = re.compile(r"<(https?://[^<>\s]+)>")
QUOTE = re.compile(r"^[ ]{0,3}(?:>[ ]?)+", re.MULTILINE)
EMPHASIS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\\*\w])\*(?=[^\s*])([^*\n]*[^\s*\\])\*(?![*\w])",
        r"(?<![\\*])\*\*(?=[^\s*])([^*\n]*[^\s*\\])\*\*(?!\*)",
        r"(?<![\\*])\*\*\*(?=[^\s*])([^*\n]*[^\s*\\])\*\*\*(?!\*)",
        r"(?<![\\_\w])_(?=[^\s_])([^_\n]*[^\s_\\])_(?![_\w])",
        r"(?<![\\_\w])__(?=[^\s_])([^_\n]*[^\s_\\])__(?![_\w])",
        r"(?<![\\~])~~(?=[^\s~])([^~\n]*[^\s~\\])~~(?!~)",
        r"(?<![\\`])`([^`\n]+)`(?!`)",
    )
)
"""The inner ones first: `**a *b* c**`."""
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|<&])")
HARD_BREAK = re.compile(r"(?:(?<![ ])[ ]{2,}+|\\)$", re.MULTILINE)

ADDRESS = "a link address; posts carry the campaign's link"
LEFT_OUT = (
    (FRONT_MATTER, "front matter is not article text"),
    (FENCE, "a code block is not article text"),
    (COMMENT, "a comment is not article text"),
    (TABLE, "a table is not article text"),
    (REFERENCE, ADDRESS),
    (PICTURE, "a picture; posts are text"),
)


def plain_text(source: str, path: str) -> tuple[str, tuple[Omission, ...]]:
    """Return the text without marks, with as many lines as `source`, and what was left out, by its place there."""
    omissions: list[Omission] = []
    starts = [0, *(match.end() for match in re.finditer("\n", source))]

    def omit(text: str, offset: int, why: str) -> None:
        line = bisect_right(starts, offset)
        omissions.append(Omission(text, Place(path, line, offset - starts[line - 1] + 1), why))

    text = source
    for pattern, why in LEFT_OUT:
        for match in pattern.finditer(text):
            omit(match[0].strip("\n"), match.start(), why)
        text = pattern.sub(_blank, text)
    for match in LINK.finditer(text):
        if match["address"]:
            omit(match["address"], match.start("address"), ADDRESS)
    text = HARD_BREAK.sub("", QUOTE.sub("", RULE.sub("", text)))
    text = AUTOLINK.sub(r"\1", LINK.sub(r"\g<text>", text))
    for pattern in EMPHASIS:
        text = pattern.sub(r"\1", text)
    return ESCAPE.sub(r"\1", text), tuple(sorted(omissions, key=lambda omission: omission.place))


def _blank(match: re.Match[str]) -> str:
    """Keep line breaks and length, so that later places are still those in the file."""
    return re.sub(r"[^\n]", " ", match[0])
