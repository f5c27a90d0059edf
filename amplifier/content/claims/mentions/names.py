"""Names in a text: by capitals where the script has them, else by the names known from elsewhere. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.capitals import capital_names
from amplifier.content.claims.mentions.name_keys import Known, known, name_key
from amplifier.content.claims.mentions.stop_words import word_set
from amplifier.content.claims.model import Kind, Mention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_HAS_CAPITALS = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Armenian}]")
_WITHOUT_CAPITALS = frozenset({"ko", "ja", "zh", "ar", "th", "he", "hi", "fa"})
_KOREAN_TITLE = regex.compile(
    r"(?<!\p{Hangul})(?P<name>\p{Hangul}{2,4})(?:\s?(?:씨|대통령)"
    r"|\s(?:군|양|기자|의원|장관|대변인|총리|박사|교수|대표|감독|선수|병사|하사|중사|상사|대위|소령|중령|대령|위원장|이사장"
    r"|국장|총장|변호사|의사))(?=$|[\p{P}\s]|은|는|이|가|을|를|의|에|와|과|도|로|께)"
)
_NO_KOREAN_NAME = word_set(
    "당시 현직 전직 북한군 한국군 탈북 담당 익명 해당 어느 다른 여러 젊은 그런 이런 우리 모든 남성 여성"
)


def find_names(text: str, language: str, names: Collection[str], taken: Sequence[tuple[int, int]]) -> list[Mention]:
    """Every name of a text, in order, outside the spans that are `taken`. `language` is a primary code."""
    from_elsewhere = known(frozenset(names), language)
    spans = list(capital_names(text, language, from_elsewhere, taken)) if _HAS_CAPITALS.search(text) else []
    if language in _WITHOUT_CAPITALS:
        spans += _without_capitals(text, language, from_elsewhere)
    kept: list[Mention] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1].end:
            kept.append(Mention(Kind.NAME, start, end, text[start:end], name_key(text[start:end])))
    return kept


def _without_capitals(text: str, language: str, from_elsewhere: Known) -> Iterator[tuple[int, int]]:
    """Known names wherever they stand, since particles follow without a blank; and who has a title in Korean."""
    for name in from_elsewhere.spellings:
        if len(name) < 2 or _HAS_CAPITALS.match(name):
            continue
        start = text.find(name)
        while start >= 0:
            yield start, start + len(name)
            start = text.find(name, start + len(name))
    if language == "ko":
        for match in _KOREAN_TITLE.finditer(text):
            if match["name"] not in _NO_KOREAN_NAME:
                yield match.span("name")
