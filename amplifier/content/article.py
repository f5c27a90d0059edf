r"""Read an article: title, sections, paragraphs and sentences with their positions, and what is no article text.

`Article.source` is the file's text without BOM and with `\n` at line ends; of Markdown, without its marks of
emphasis, links and quotations (`markdown.py`), so that positions and what a post shows agree. Lines keep their numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from amplifier.content.files import error, file_error, place_of, read_text, shown
from amplifier.content.markdown import plain_text
from amplifier.content.text.sentences import is_heading, sentence_spans
from amplifier.model import Article, Omission, Paragraph, Place, Section, Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KINDS = (".txt", ".md")
FURNITURE = re.compile(
    r"(?:ADVERTISEMENT|COMMENTS?|FOLLOW US|LEAVE A COMMENT|MORE|NEWSLETTER|READ MORE|READ NEXT|RELATED"
    r"|RELATED (?:ARTICLES|POSTS|STORIES)|SHARE|SHARE THIS|SIGN UP|SUBSCRIBE|TAGS|TOP STORIES|TRENDING)"
    r"(?: ?\(?\d+\)?)?:?"
)
"""Words of the page around an article, alone on a line in capitals, perhaps with a count."""
STOP = re.compile(r"[.!?…。！？:;][\"'”’»)\]]*$")
ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")
SHORTEST_TEASER = 20
"""Characters: a shorter first line that the next one repeats is a title (`North Korea` before `North Koreans …`)."""
WIDEST = 120
"""Characters: no editor or mail program wraps lines later."""
TEASER_AMONG = 3
"""A teaser stands first, or below a title and the author's name."""
MARK = re.compile(r"(?:(?P<heading>#{1,6})|[-*+•]|\d{1,3}[.)])[ \t]+")
CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
UNDERLINE = re.compile(r"=+|-+")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text: where it stands in the source, without blanks and block marks around it."""

    start: int
    end: int
    text: str
    level: int = 0
    """Of a Markdown heading, 1 to 6; else 0."""
    joins: bool = False
    """Whether it stands right below another line, without a blank line or a list mark between them."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading (level 1 to 6), or the lines of one paragraph (level 0)."""

    start: int
    end: int
    level: int


def load_article(path: Path, workspace: Path, language: str) -> Article:
    """Read a `.txt` or `.md` file of the workspace.

    Left out, each with its place and why: a teaser that the next line repeats, words of the page at the end, and in
    Markdown front matter, code, comments, pictures and link addresses. Raises `FileError` with all that is wrong.
    """
    name = shown(path, workspace)
    if path.suffix.lower() not in KINDS:
        hint = "save it as plain text (.txt, UTF-8) or Markdown (.md)"
        raise file_error(name, [error(Place(name), f"is {path.suffix or 'without a suffix'}, not .txt or .md", hint)])
    source = read_text(path, workspace)
    omissions: tuple[Omission, ...] = ()
    if path.suffix.lower() == ".md":
        source, omissions = plain_text(source, name)
        lines, left_out = _leave_out(_markdown_lines(source), source, name)
        blocks = _joined(lines)
    else:
        lines, left_out = _leave_out(_lines(source), source, name)
        blocks = _text_blocks(lines)
    title, sections = _sections(blocks, source, language)
    if not any(section.paragraphs for section in sections):
        hint = "an article has at least one sentence below its title"
        raise file_error(name, [error(Place(name), "has no text to make posts of", hint)])
    ordered = sorted((*omissions, *left_out), key=lambda omission: omission.place)
    return Article(path, source, title, sections, tuple(ordered))


def _lines(source: str) -> list[_Line]:
    lines: list[_Line] = []
    for match in re.finditer(r"[^\n]+", source):
        text = match[0].strip()
        if text:
            start = match.start() + match[0].index(text)
            joins = bool(lines) and source.count("\n", lines[-1].end, start) == 1
            lines.append(_Line(start, start + len(text), text, joins=joins))
    return lines


def _markdown_lines(source: str) -> list[_Line]:
    lines: list[_Line] = []
    for line in _lines(source):
        if UNDERLINE.fullmatch(line.text):
            if line.joins and lines and not lines[-1].level:
                lines[-1] = replace(lines[-1], level=1 if "=" in line.text else 2)
            continue
        mark = MARK.match(line.text)
        level = len(mark["heading"] or "") if mark else 0
        text = line.text[mark.end() :] if mark else line.text
        if level:
            text = CLOSING.sub("", text)
        start = line.end - len(line.text) + (mark.end() if mark else 0)
        joins = line.joins and not mark and bool(lines) and not lines[-1].level
        if text:
            lines.append(_Line(start, start + len(text), text, level, joins))
    return lines


def _leave_out(lines: list[_Line], source: str, path: str) -> tuple[list[_Line], list[Omission]]:
    """Part the article's lines from a teaser at its beginning and words of the page at its end."""
    kept, omissions = list(lines), []

    def omit(n: int, why: str) -> None:
        line = kept.pop(n)
        omissions.append(Omission(line.text, place_of(source, line.start, path), why))

    while kept and FURNITURE.fullmatch(kept[-1].text):
        omit(-1, "a word of the page around the article")
    for n, line in enumerate(kept[:TEASER_AMONG]):
        rest = " ".join(later.text for later in kept[n + 1 : n + 6])
        if not line.level and _is_teaser(line.text, rest):
            omit(n, "a teaser, cut off, that the next line repeats in full")
            break
    return kept, omissions


def _is_teaser(line: str, rest: str) -> bool:
    cut = ELLIPSIS.sub("", line)
    if len(cut) < SHORTEST_TEASER or not rest.startswith(cut) or len(rest) == len(cut):
        return False
    within_word = cut[-1].isalnum() and rest[len(cut)].isalnum()
    return within_word or cut != line or not is_heading(line)


def _joined(lines: Sequence[_Line]) -> list[_Block]:
    """Blocks of lines that join."""
    blocks: list[_Block] = []
    for line in lines:
        if line.joins and blocks:
            blocks[-1] = replace(blocks[-1], end=line.end)
        else:
            blocks.append(_Block(line.start, line.end, line.level))
    return blocks


def _text_blocks(lines: Sequence[_Line]) -> list[_Block]:
    """Blocks of a plain text: each line a paragraph or heading, unless lines are wrapped.

    Wrapped lines show: none is wide, and somewhere one without a final stop is followed by one that begins in lower
    case, or is too long for a heading. Then a paragraph lasts up to the next blank line, and only a line that stands
    alone can be a heading.
    """
    narrow = all(len(line.text) <= WIDEST for line in lines)
    wrapped = narrow and any(
        below.joins and not STOP.search(line.text) and (below.text[0].islower() or not is_heading(line.text))
        for line, below in pairwise(lines)
    )
    blocks = []
    for block, first in _grouped(lines, wrapped):
        alone = block.end == first.end
        blocks.append(replace(block, level=2) if alone and is_heading(first.text) else block)
    if len(blocks) > 1 and blocks[0].level:
        blocks[0] = replace(blocks[0], level=1)
    return blocks


def _grouped(lines: Sequence[_Line], wrapped: bool) -> list[tuple[_Block, _Line]]:
    loose = lines if wrapped else [replace(line, joins=False) for line in lines]
    firsts = [line for n, line in enumerate(loose) if n == 0 or not line.joins]
    return list(zip(_joined(loose), firsts, strict=True))


def _sections(blocks: Sequence[_Block], source: str, language: str) -> tuple[str | None, tuple[Section, ...]]:
    """Return the title (a heading of level 1 before all text) and the sections."""
    title: str | None = None
    sections: list[tuple[str | None, list[Paragraph]]] = [(None, [])]
    for n, block in enumerate(blocks):
        if n == 0 and block.level == 1:
            title = source[block.start : block.end]
        elif block.level:
            sections.append((source[block.start : block.end], []))
        else:
            sections[-1][1].append(_paragraph(source, block, language))
    filled = [(heading, paragraphs) for heading, paragraphs in sections if heading or paragraphs]
    return title, tuple(Section(heading, tuple(paragraphs)) for heading, paragraphs in filled)


def _paragraph(source: str, block: _Block, language: str) -> Paragraph:
    text = source[block.start : block.end]
    one_line = text.replace("\n", " ")  # of the same length: spans hold for the source too
    sentences = tuple(
        Sentence(text[start:end], block.start + start, block.start + end)
        for start, end in sentence_spans(one_line, language)
    )
    return Paragraph(re.sub(r"\s*\n\s*", " ", text), block.start, block.end, sentences)
