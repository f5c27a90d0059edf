"""Figures in a text, in digits or in words, with their value. Pure. Ordinals are no figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.east_asian import east_asian_figures
from amplifier.content.claims.mentions.spelled import spelled_figures

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Figure:
    """`text[start:end]` says the number `value`, written plainly: `3500000`, `2.5`; `1000s` for `thousands`."""

    start: int
    end: int
    value: str


_DIGITS = regex.compile(
    r"(?<![\p{Latin}\p{N}_]|\p{Latin}[-‐‑]|\d[.,:/])"
    r"(?:\d{1,3}(?P<separator>[.,’'\u00a0\u202f\ ])\d{3}(?:(?P=separator)\d{3}){0,7}(?!\d)(?:[.,]\d{1,24})?"
    r"|\d{1,24}(?:[.,]\d{1,24})?)(?!\d|[.,:/]\d)"
)
_POINT_IS_DECIMAL = frozenset({"en", "ko", "ja", "zh", "th", "he", "hi"})
_SEPARATORS = regex.compile(r"[.,]")
_GROUPING_BLANKS = regex.compile(r"[’'\u00a0\u202f ]")
_ORDINAL = regex.compile(r"(?i:st|nd|rd|th|er|ère|ème|e|º|ª|°)(?!\p{L}|\s?[CF])|\s?(?:번째|째|세기|世紀|世纪)")
_SCALE = regex.compile(r"[ \u00a0-]?(?P<word>\p{L}+)")
_POWERS = {
    "en": {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "K": 3, "mn": 6, "bn": 9},
    "es": {"mil": 3, "millón": 6, "millones": 6},
    "fr": {"mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9},
    "de": {"Tausend": 3, "tausend": 3, "Million": 6, "Millionen": 6, "Mio": 6, "Milliarde": 9, "Milliarden": 9},
}
"""Powers of ten that words behind digits say."""


def figures(text: str, language: str) -> list[Figure]:
    """Every figure of a text, in order. `language` is a primary code such as `en`."""
    found = list(_in_digits(text, language))
    for start, end, value in (*spelled_figures(text, language), *east_asian_figures(text)):
        found.append(Figure(start, end, _plain(value)))
    found.sort(key=lambda figure: (figure.start, -figure.end))
    kept: list[Figure] = []
    for figure in found:
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return kept


def _plain(value: Decimal | str) -> str:
    """Write a value the one plain way: no exponent, no separators, no zeros behind the decimal point."""
    text = f"{value:f}" if isinstance(value, Decimal) else value
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_digits(text: str, language: str) -> Iterator[Figure]:
    for match in _DIGITS.finditer(text):
        end = match.end()
        if _ORDINAL.match(text, end):
            continue
        value = _value(match[0], language)
        scale = _SCALE.match(text, end)
        power = _POWERS.get(language, {}).get(scale["word"]) if scale else None
        if scale and power:
            value, end = value.scaleb(power), scale.end()
        yield Figure(match.start(), end, _plain(value))


def _value(digits: str, language: str) -> Decimal:
    """Read separators: three digits after one are a group, unless the language puts its decimals there."""
    decimal_point = "." if language in _POINT_IS_DECIMAL else ","
    digits = _GROUPING_BLANKS.sub("", digits)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return Decimal(digits)
    several = len(_SEPARATORS.findall(digits)) > 1
    mixed = "." in digits and "," in digits
    group = len(digits) - last - 1 == 3 and not mixed and (several or digits[last] != decimal_point)
    whole = digits if group else digits[:last]
    fraction = "" if group else digits[last + 1 :]
    return Decimal(_SEPARATORS.sub("", whole) + (f".{fraction}" if fraction else ""))
