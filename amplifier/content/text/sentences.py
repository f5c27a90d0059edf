"""Where sentences begin and end: lines first, then sentencex, then rules for what it cuts too often.

Everything here decides about cuts, never about characters, so no character can be lost. In doubt two sentences stay
one: a long sentence reads well, a cut one does not.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import regex
import sentencex

from amplifier.content.text.entities import has_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    r"|[,;:)\]}”’、，；：،؛]"
    # one that closes here, and does not open as in German
    r"|[»›](?![\p{L}\p{N}])"
)
_DATE = regex.compile(r"\b\d{4}\.\s?\d{1,2}\.(?:\s?\d{1,2}\.)?$")
_DATE_BEGUN = regex.compile(r"\b\d{4}\.$")
_DATE_NEXT = regex.compile(r"\d{1,2}\.")
_ENUMERATOR = regex.compile(r"[\s*•·\-–—(]*(?:\d{1,3}|\p{Latin})[.)]\s*$")
_SINGLE_LETTER = regex.compile(r"(?<![\p{L}\p{N}.])(?:[\p{Lu}--I]|\p{Arabic})\.$", regex.VERSION1)
"""An initial. `I.` ends more sentences than it begins names."""
_ABBREVIATION = regex.compile(r"(?<!\p{L})(?:vs|cf|Mme|Mgr|Hrsg)\.$")
_BEFORE_NUMBER = regex.compile(r"(?<!\p{L})(?:approx|para|[Vv]ol|[Cc]h|n|janv|févr|avr|juil|sept|oct|nov|déc)\.$")
"""Abbreviations that sentencex lacks."""
_ORDINARY = {
    "de": regex.compile(r"(?<!\p{L})(?:mich|Art)\.(?=\s+[„»\"]?\p{Lu})"),
    "es": regex.compile(r"(?<!\p{L})(?:bien|contra|mar|no)\.(?=\s+[¿¡«“\"]*\p{Lu})"),
    "fr": regex.compile(r"(?<!\p{L})sec\.(?=\s+[«“\"]?\s?\p{Lu})"),
    # of words it knows enough, but not that a figure may begin a sentence
    "ja": regex.compile(r"[。！？](?=\d)"),
    "zh": regex.compile(r"[。！？](?=\d)"),
}
"""What ends a sentence though sentencex takes it for an abbreviation."""
_QUOTES = {"de": ("„»(", "“«)")}
_OTHER_QUOTES = ("“«「『（(", "”»」』）)")
_GERMAN_ORDINAL = regex.compile(r"(?<!\p{L})(?i:de[rnsm]|die|das|am|im|vom|zum|zur|beim|bis|seit|ab)\s\d{1,3}\.$")
_AFTER_QUOTE = {
    "ko": regex.compile(r"\p{Hangul}|\s+(?:이?라(?:고|며|는|면서|던)|하(?:고|며|는))(?!\p{Hangul})"),
    "ja": regex.compile(r"\s*(?:[とを]|って|など|[のがにへ]|は(?!い)|で(?!も)|も(?!し|う))"),
    "zh": regex.compile(r"[^。！？\s]{1,8}?(?:说|說|(?<!知)道|表示|写道|寫道|问|問|喊|答|称|稱)"),
}
"""How a sentence goes on after the quotation in it: with a particle, or with who said it."""
NEAR = 40
"""Characters; no rule looks back further than that."""
WINDOW = 1500
"""Characters of a line that are read at a time; twice and four times as many where no sentence ends in them."""
LONGEST_WINDOW = 4 * WINDOW
MARGIN = WINDOW // 3
"""Characters at the end of a window in which what ends a sentence is not sure yet."""
_NO_BLANK = regex.compile(r"\S")
_QUOTE_CLOSED = regex.compile(rf"{_CLOSING}$")
_IN_BRACKETS = regex.compile(r"\([^()]*[.!?]\)(?=\s+[\p{Lu}\p{Lo}\"“«¿¡])|（[^（）]*[。！？]）(?=\S)")
_ASCII_STOP = frozenset(".!?\"')")


def _continues(line: str, start: int, cut: int, right: int, language: str) -> bool:
    """Whether the sentence from `start` on goes on behind the `cut`; what follows begins at `right`."""
    end = _behind_blanks(line, cut)
    near = max(start, end - NEAR)

    def ends(pattern: regex.Pattern[str]) -> bool:
        return pattern.search(line, near, end) is not None

    if end == right and line[end - 1] in _ASCII_STOP:
        return True  # inside 3.5, U.S.A., a file name or a link
    if _MERGE_RIGHT.match(line, right) or _ENUMERATOR.fullmatch(line, start, end):
        return True
    if line[end - 1] == "." and (
        any(map(ends, (_DATE, _SINGLE_LETTER, _ABBREVIATION)))
        or (ends(_DATE_BEGUN) and _DATE_NEXT.match(line, right))
        or (ends(_BEFORE_NUMBER) and line[right].isdigit())
        or (language == "de" and ends(_GERMAN_ORDINAL))
    ):
        return True
    after_quote = _AFTER_QUOTE.get(language)
    return bool(after_quote and ends(_QUOTE_CLOSED) and after_quote.match(line, end))


def _ends(line: str, language: str) -> Iterator[int]:
    """Where sentencex ends sentences. Its time grows with the square of a line, so a long one is read in windows."""
    start, width = 0, WINDOW
    while True:
        window = line[start : start + width]
        ends = [start + boundary["end_index"] for boundary in sentencex.get_sentence_boundaries(language, window)]
        if start + width >= len(line):
            yield from ends
            return
        # near the window's end they may stand in a quotation that goes on behind it
        sure = [end for end in ends if end <= start + width - MARGIN]
        yield from sure
        if sure:
            start, width = sure[-1], WINDOW
        elif width < LONGEST_WINDOW:
            width *= 2
        else:
            start, width = start + width - MARGIN, WINDOW


def _cuts(line: str, language: str) -> list[int]:
    """Candidate cuts, each moved behind what still belongs to the sentence before it."""
    ends = list(_ends(line, language))
    missed = _missed(line, ends, language)
    brackets = [found.end() for start in [0, *ends] if (found := _IN_BRACKETS.match(line, start))]
    cuts = {_TAIL.match(line, _behind_blanks(line, end)).end() for end in [*ends, *missed, *brackets]}
    return sorted(cut for cut in cuts if 0 < cut < len(line))


def _missed(line: str, ends: Sequence[int], language: str) -> Iterator[int]:
    """Ends of sentences that sentencex does not see; inside a quotation none is wanted."""
    opening, closing = _QUOTES.get(language, _OTHER_QUOTES)
    read = opened = straight = 0
    for found in _ORDINARY[language].finditer(line) if language in _ORDINARY else ():
        earlier = bisect_right(ends, found.start())
        if earlier and ends[earlier - 1] > read:
            read, opened, straight = ends[earlier - 1], 0, 0
        between = line[read : found.start()]
        opened += sum(map(between.count, opening)) - sum(map(between.count, closing))
        straight += between.count('"')
        read = found.start()
        if opened <= 0 and straight % 2 == 0:
            yield found.end()


def _behind_blanks(line: str, end: int) -> int:
    """The offset at which the blanks before `end` begin."""
    while end and line[end - 1].isspace():
        end -= 1
    return end


def _line_spans(line: str, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in _cuts(line, language):
        right = _NO_BLANK.search(line, cut)
        if not right or not _NO_BLANK.search(line, start, cut):
            continue
        if not _continues(line, start, cut, right.start(), language):
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
