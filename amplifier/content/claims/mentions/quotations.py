"""Quotations in a text, by their marks. Pure."""

from __future__ import annotations

import regex

from amplifier.content.claims.model import Kind, Mention

_QUOTATION = regex.compile(
    r"“[^”\n]*+[”\n]?|„[^“”\n]*+[“”]?|«[^»\n]*+»?|»[^«»\n]+«|「[^」\n]*+」?|『[^』\n]*+』?|《[^》\n]+》|〈[^〉\n]+〉"
    r"|(?<![\p{L}\p{N}])\"[^\"\n]+\"|(?<!\w)‘[^‘\n]+?’(?!\w)"
)
_CLOSED_ONLY = regex.compile(r"^[^“„«「『\n]*[”»」』]", regex.MULTILINE)
"""A sentence that ends a quotation which an earlier one began."""
_NOT_A_LETTER = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def words_key(text: str) -> str:
    """The words alone, in lower case and without marks: equal for texts that differ in nothing else."""
    words: str = _NOT_A_LETTER.sub(" ", text.casefold().replace("’", "").replace("'", ""))
    return words.strip()


def quotations(text: str) -> list[Mention]:
    """Every quotation with its marks, in order; one that is not closed goes to the end of its line."""
    spans = [match.span() for match in _QUOTATION.finditer(text)]
    for match in _CLOSED_ONLY.finditer(text):
        if not any(start <= match.end() - 1 < end for start, end in spans):
            spans.append(match.span())
    found = []
    for start, end in sorted(spans):
        words = text[start:end].strip()
        first = text.index(words, start)
        if words_key(words):
            found.append(Mention(Kind.QUOTATION, first, first + len(words), words, words_key(words)))
    return found
