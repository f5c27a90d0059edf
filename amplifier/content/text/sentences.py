"""Where sentences begin and end: lines first, then sentencex, then rules for what it cuts too often.

Everything here decides about cuts, never about characters, so no character can be lost. In doubt two sentences stay
one: a long sentence reads well, a cut one does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
import sentencex

from amplifier.content.text.entities import has_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSING = r"[\"'”’»›」』）)\]}〉》】]"
_TAIL = regex.compile(
    rf"[\p{{M}}\p{{Cf}}]*(?:[.!?…。！？؟]*{_CLOSING})*[.!?…。！？؟]*"
    r"(?:\s*(?:(?![#*0-9©®])\p{Emoji}|\p{RI})[\p{Emoji_Modifier}\p{M}\u200d\p{Extended_Pictographic}\p{RI}"
    r"\U000e0020-\U000e007f]*)*"
)
"""What belongs to the sentence that has just ended: marks, closing quotes, more stops, emoji."""

_MERGE_RIGHT = regex.compile(
    # goes on in lower case, after at most an opening mark or a dash
    r"[\s\"'“‘«‹„(\[¿¡—–-]*\p{Ll}"
    # a comma or the like
    r"|[,;:)\]}»›”’、，；：،؛]"
)
_DATE = regex.compile(r"\b\d{4}\.\s?\d{1,2}\.(?:\s?\d{1,2}\.)?$")
_DATE_BEGUN = regex.compile(r"\b\d{4}\.$")
_DATE_NEXT = regex.compile(r"\d{1,2}\.")
_ENUMERATOR = regex.compile(r"[\s*•·\-–—(]*(?:\d{1,3}|\p{Latin})[.)]\s*$")
_SINGLE_LETTER = regex.compile(r"(?<![\p{L}\p{N}.])(?:[\p{Lu}--I]|\p{Arabic})\.$", regex.VERSION1)
"""An initial. `I.` ends more sentences than it begins names."""
_ABBREVIATION = regex.compile(r"(?<!\p{L})(?:vs|cf|Mme|Mgr|Hrsg)\.$")
_BEFORE_NUMBER = regex.compile(r"(?<!\p{L})(?:approx|[Vv]ol|[Cc]h|n)\.$")
"""Abbreviations that sentencex lacks."""
_GERMAN_ORDINAL = regex.compile(r"(?<!\p{L})(?:de[rnsm]|die|das|am|im|vom|zum|zur|beim|bis|seit|ab)\s\d{1,3}\.$")
_AFTER_QUOTE = {
    "ko": regex.compile(r"\p{Hangul}|\s+(?:이?라(?:고|며|는|면서|던)|하(?:고|며|는))(?!\p{Hangul})"),
    "ja": regex.compile(r"\s*(?:[とを]|って|など|[のがにへ]|は(?!い)|で(?!も)|も(?!し|う))"),
    "zh": regex.compile(r"[^。！？\s]{1,8}?(?:说|說|(?<!知)道|表示|写道|寫道|问|問|喊|答|称|稱)"),
}
"""How a sentence goes on after the quotation in it: with a particle, or with who said it."""
_QUOTE_CLOSED = regex.compile(rf"{_CLOSING}$")
_IN_BRACKETS = regex.compile(r"\([^()]*[.!?]\)(?=\s+[\p{Lu}\"“«¿¡])")
_ASCII_STOP = frozenset(".!?\"')")


def _continues(left: str, gap: str, right: str, language: str) -> bool:
    """Whether the sentence `left` goes on with `right`; `gap` is the white space between them."""
    if not gap and left[-1] in _ASCII_STOP:
        return True  # inside 3.5, U.S.A., a file name or a link
    if _MERGE_RIGHT.match(right) or _ENUMERATOR.fullmatch(left) or _DATE.search(left):
        return True
    if _DATE_BEGUN.search(left) and _DATE_NEXT.match(right):
        return True
    if _SINGLE_LETTER.search(left) or _ABBREVIATION.search(left):
        return True
    if _BEFORE_NUMBER.search(left) and right[0].isdigit():
        return True
    if language == "de" and _GERMAN_ORDINAL.search(left):
        return True
    after_quote = _AFTER_QUOTE.get(language)
    return bool(after_quote and _QUOTE_CLOSED.search(left) and after_quote.match(gap + right))


def _cuts(line: str, language: str) -> list[int]:
    """Candidate cuts, each moved behind what still belongs to the sentence before it."""
    ends = [boundary["end_index"] for boundary in sentencex.get_sentence_boundaries(language, line)]
    brackets = [found.end() for start in [0, *ends] if (found := _IN_BRACKETS.match(line, start))]
    cuts = {_TAIL.match(line, len(line[:end].rstrip())).end() for end in [*ends, *brackets]}
    return sorted(cut for cut in cuts if 0 < cut < len(line))


def _line_spans(line: str, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in _cuts(line, language):
        left, rest = line[start:cut].strip(), line[cut:]
        right = rest.strip()
        if not left or not right:
            continue
        gap = rest[: len(rest) - len(rest.lstrip())]
        if not _continues(left, gap, right, language):
            yield start, cut
            start = cut
    yield start, len(line)


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """The sentences of a text as spans without white space around them, in order.

    `language` is a code such as `en` or `pt-BR`; one that sentencex does not know is read like English. No sentence
    goes over a line's end. Every character that is not white space is in exactly one span.
    """
    primary = language.replace("_", "-").partition("-")[0].lower()
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        for start, end in _line_spans(line, primary):
            piece = line[start:end]
            if piece.strip():
                left = len(piece) - len(piece.lstrip())
                spans.append((offset + start + left, offset + start + len(piece.rstrip())))
        offset += len(line)
    return spans


_FINAL = regex.compile(rf"[.!?…:;,。！？：；、，؟؛،。।]{_CLOSING}*$")
_NOT_A_HEADING = regex.compile(r"[#＃@＠\-–—*•·>\"“«「『]|\d+[.)]")
LONGEST_HEADING = 80
"""Columns; a character of a wide script takes two."""
_WIDE = regex.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")


def is_heading(line: str) -> bool:
    """Whether a line reads like a heading: short, with letters, and without a final stop, comma or colon."""
    line = line.strip()
    if len(line) + len(_WIDE.findall(line)) > LONGEST_HEADING or len(line.splitlines()) != 1:
        return False
    if not regex.search(r"\p{L}", line) or _NOT_A_HEADING.match(line) or _FINAL.search(line):
        return False
    return not has_url(line)
