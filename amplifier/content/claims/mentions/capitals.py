"""Names in scripts with capitals: runs of capitalised words that are not merely a sentence's first word. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.name_keys import Known, name_key
from amplifier.content.claims.mentions.stop_words import (
    BODIES,
    FUNCTION,
    NAMES_TOO,
    OPENERS,
    PARTICLES,
    SHOUTED,
    TITLES,
    WEEKDAYS,
)
from amplifier.content.text.sentences import LONGEST_HEADING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN = regex.compile(
    r"(?:\p{Lu}\.){2,}|\p{Lu}\.(?=\s\p{Lu})|\p{Latin}[\p{Latin}\p{M}\p{N}]*(?:[-‐‑’'][\p{Latin}\p{N}]+)*"
    r"|[\p{Cyrillic}\p{Greek}\p{Armenian}][\p{Cyrillic}\p{Greek}\p{Armenian}\p{M}\p{N}]*(?:[-‐‑][\p{L}\p{N}]+)*"
)
_POSSESSIVE = regex.compile(r"[’'][sS]$")
_ELISION = regex.compile(r"(?:\p{Ll}+|[LDNSJMTC]|Qu)[’']")
_ELISIONS = frozenset({"fr", "it", "ca"})
_JOINED_ADJECTIVE = regex.compile(
    r"-(?:based|led|born|backed|style|era|related|type|like|held|run|made|controlled|wide|trained|only|bound)$"
)
_JOINTS = frozenset({" ", "\u00a0", " & "})
_DOTTED_JOINTS = frozenset({". ", ".\u00a0"})
_DOTTED = frozenset({"st", "mt", "ft"})
"""Written with a dot, and a part of the name: `St. Petersburg`."""
_NO_START = frozenset({"de", "lb"})
"""Languages that capitalise every noun."""
LONGEST_ACRONYM = 6
"""Letters; longer words in capitals are shouted."""
_BEFORE = 24
"""Characters that are looked at to tell whether a sentence begins."""
_AFTER_QUOTE = regex.compile(r"[“„«「『‘\"]\s?$")
_AFTER_STOP = regex.compile(r"(?:^|[.!?…:;。！？\n¿¡][”\"’»)\]]*)[\s–—•·*(\[-]*$")
_AFTER_TITLE = regex.compile(r"(?<!\p{L})(?i:mr|mrs|ms|dr|prof|gen|col|lt|sgt|capt|sen|rep|gov|st|mt)\.\s$")
_SPEAKS = regex.compile(r"\s(?:says|said|reported|reports|told|tells|wrote|writes|estimates|announced|confirmed)\b")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a text."""

    start: int
    end: int
    """Without a possessive `’s`."""
    lower: str
    name: bool
    """Whether it can be a part of a name."""
    acronym: bool
    possessive: bool


def capital_names(
    text: str, language: str, known: Known, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Where the names of a text stand, outside the spans that are `taken`; in order."""
    tokens = _tokens(text, language, known, taken)
    n = 0
    while n < len(tokens):
        if not tokens[n].name:
            n += 1
            continue
        end = _run_end(tokens, n, text)
        for run in _without_titles(tokens[n:end]):
            yield from _names_of_run(run, text, language, known)
        n = end


def _tokens(text: str, language: str, known: Known, taken: Sequence[tuple[int, int]]) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        word, start = match[0], match.start()
        if word.islower():
            tokens.append(_Token(start, match.end(), word, name=False, acronym=False, possessive=False))
            continue
        elision = _ELISION.match(word) if language in _ELISIONS else None
        if elision:
            start, word = start + elision.end(), word[elision.end() :]
        possessive = _POSSESSIVE.search(word)
        if possessive:
            word = word[:-2]
        adjective = _JOINED_ADJECTIVE.search(word)
        if adjective:
            word = word[: adjective.start()]
        end = start + len(word)
        letters = word.replace(".", "")
        acronym = len(letters) > 1 and letters.isupper()
        lower = word.lower().replace("’", "'")
        surname = lower in NAMES_TOO and bool(tokens) and tokens[-1].name and text[tokens[-1].end : start] == " "
        name = (
            word[0].isupper()
            and not any(start < right and left < end for left, right in taken)
            and (surname or _can_be_name(lower, language, known, acronym=acronym))
        )
        tokens.append(_Token(start, end, lower, name, acronym, bool(possessive)))
    return tokens


def _can_be_name(lower: str, language: str, known: Known, *, acronym: bool) -> bool:
    function = lower in FUNCTION.get(language, ())
    if acronym:
        return lower not in SHOUTED and (not function or "." in lower or name_key(lower) in known.keys)
    return not function and lower not in WEEKDAYS


def _run_end(tokens: Sequence[_Token], first: int, text: str) -> int:
    """Index behind the last token of the run of names that begins with `first`, small words within it included."""
    last = first
    body = tokens[first].lower in BODIES
    while not tokens[last].possessive:
        n = last + 1
        small = 0
        while n < len(tokens) and small < 3 and _joins(tokens, n, text) and not tokens[n].name:
            word = tokens[n].lower
            if not (word in PARTICLES or (body and word in {"of", "for", "on", "the", "without", "against"})):
                return last + 1
            n, small = n + 1, small + 1
        if n >= len(tokens) or not tokens[n].name or not _joins(tokens, n, text):
            return last + 1
        body = body or tokens[n].lower in BODIES
        last = n
    return last + 1


def _joins(tokens: Sequence[_Token], n: int, text: str) -> bool:
    left = tokens[n - 1]
    between = text[left.end : tokens[n].start]
    return between in _JOINTS or (between in _DOTTED_JOINTS and left.lower in TITLES | _DOTTED)


def _without_titles(run: Sequence[_Token]) -> Iterator[Sequence[_Token]]:
    """Cut a run at titles: `South Korean President Moon` are two names. A title alone is none."""
    part: list[_Token] = []
    for n, token in enumerate(run):
        if token.lower in TITLES and not token.acronym and (not part or n + 1 < len(run)):
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _names_of_run(run: Sequence[_Token], text: str, language: str, known: Known) -> Iterator[tuple[int, int]]:
    if _reads_like_title(_line(text, run[0].start), language):
        yield from _known_parts(run, text, known)
        return
    if _starts_sentence(text, run[0].start):
        run = _at_start(run, text, language, known)
    if not run or (len(run) == 1 and run[0].end - run[0].start == 1):
        return
    if language in _NO_START and len(run) == 1 and not run[0].acronym and _key(run, text) not in known.words:
        return
    yield run[0].start, run[-1].end


def _key(run: Sequence[_Token], text: str) -> str:
    return name_key(text[run[0].start : run[-1].end])


# ---------------------------------------------------------------- at a sentence's beginning


def _starts_sentence(text: str, start: int) -> bool:
    """Whether a word at `start` would have a capital anyway."""
    before = text[max(0, start - _BEFORE) : start]
    if _AFTER_QUOTE.search(before):
        return True
    stop = _AFTER_STOP.search(before)
    return bool(stop) and (stop.start() > 0 or start <= _BEFORE) and not _AFTER_TITLE.search(before)


def _at_start(run: Sequence[_Token], text: str, language: str, known: Known) -> Sequence[_Token]:
    """What of a run of capitals at a sentence's beginning is a name."""
    first, rest = run[0], run[1:]
    if _key(run, text) in known.keys:
        return run
    if not first.acronym and first.lower in OPENERS.get(language, ()):
        return rest
    if _key(run[:1], text) in known.words or first.acronym:
        return run
    if rest:
        undecided = language in _NO_START and len(rest) == 1
        return rest if undecided or _key(rest, text) in known.keys else run
    speaks = _SPEAKS.match(text, first.end) and not first.lower.endswith("s")
    inner_capital = any(character.isupper() for character in text[first.start + 1 : first.end])
    return run if first.possessive or inner_capital or speaks else rest


# ---------------------------------------------------------------- titles and headings


def _known_parts(run: Sequence[_Token], text: str, known: Known) -> Iterator[tuple[int, int]]:
    """Names of a heading: only what is known, the longest first, and acronyms among words in lower case."""
    shouted = _line(text, run[0].start).isupper()
    n = 0
    while n < len(run):
        ends = [end for end in range(len(run), n, -1) if _key(run[n:end], text) in known.words]
        if ends or (run[n].acronym and not shouted):
            end = ends[0] if ends else n + 1
            yield run[n].start, run[end - 1].end
            n = end
        else:
            n += 1


def _line(text: str, position: int) -> str:
    end = text.find("\n", position)
    return text[text.rfind("\n", 0, position) + 1 : len(text) if end < 0 else end].strip()


@lru_cache(maxsize=1024)
def _reads_like_title(line: str, language: str) -> bool:
    """Whether a line is all in capitals, or capitalises words that no sentence would: `What We Learn`."""
    if len(line) > LONGEST_HEADING:
        return False
    words = regex.findall(r"\p{L}[\p{L}\p{M}’'-]*", line)
    function = FUNCTION.get(language, frozenset())
    if len(words) > 1 and line.isupper():
        return any(len(word) > LONGEST_ACRONYM or word.lower() in function for word in words)
    if language in _NO_START or len(words) < 3 or not words[0][0].isupper() or regex.search(r"[.!?…:,;]", line):
        return False
    if not all(word[0].isupper() for word in words if len(word) > 4):
        return False
    capitals = any(word.istitle() and word.lower() in function - NAMES_TOO for word in words[1:])
    small = any(word.islower() for word in words[1:])
    return capitals or (small and words[0].lower() in function)
