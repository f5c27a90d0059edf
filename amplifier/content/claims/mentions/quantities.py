"""Ages and quantities: figures with what they measure. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.east_asian import COUNTERS
from amplifier.content.claims.mentions.units import CURRENCIES, UNITS
from amplifier.content.claims.model import Kind, Mention

if TYPE_CHECKING:
    from amplifier.content.claims.mentions.numbers import Figure

_WORDS, _SIGNS = [
    "|".join(
        sorted((regex.escape(spelling) for spelling in UNITS if spelling.isascii() is latin), key=len, reverse=True)
    )
    for latin in (True, False)
]
_UNIT = regex.compile(
    rf"[\s-]?(?:(?P<modifier>(?i:square|cubic|nautical))[\s-]|(?i:metric)[\s-])?"
    rf"(?P<unit>(?i:{_WORDS})(?![\p{{Latin}}\p{{N}}])|(?i:{_SIGNS})(?!\p{{Latin}}))"
    r"(?:-(?:wide|long|high|deep|tall|thick|strong|plus|range)\b)?"
)
_CURRENCY = regex.compile(rf"(?:{'|'.join(regex.escape(sign) for sign in CURRENCIES)})\s?$")
_COUNTER = regex.compile(rf"\s?(?:{COUNTERS}|[人名発发發回次個个])")
_AGE_AFTER = regex.compile(
    r"[\s-]years?[\s-]olds?\b|\s(?:years|yrs)\sof\sage\b|\saños\sde\sedad\b|-?jährige?[nrs]?\b|\sJahre\salt\b"
    r"|\s?(?:세(?![기대트계])|살)|[歳岁歲]"
)
_AGE_BEFORE = regex.compile(r"(?:(?i:\b(?:aged|age|age\sof|im\sAlter\svon)\s)|\bâgée?s?\sde\s)$")
_YEARS = regex.compile(r"\s(?:years|ans|Jahren)\b")
_AFTER_NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}’'-]*,\s$")
_APPOSITION = regex.compile(r"[,;.)]|$")
OLDEST = 120
"""Years; an apposition such as `, 24,` behind a name is an age up to this."""


def age(text: str, figure: Figure) -> Mention | None:
    """The age that a figure says: `34-year-old`, `aged 34`, or `, 24,` behind a capitalised word."""
    start, end = figure.start, figure.end
    before = text[max(0, start - 40) : start]
    after = _AGE_AFTER.match(text, end)
    cue = _AGE_BEFORE.search(before)
    if after:
        end = after.end()
    elif cue:
        start -= len(cue[0])
        years = _YEARS.match(text, end)
        end = years.end() if years else end
    elif not (
        figure.value.isdigit()
        and int(figure.value) <= OLDEST
        and text[start:end].isdecimal()
        and _AFTER_NAME.search(before)
        and _APPOSITION.match(text, end)
    ):
        return None
    return Mention(Kind.AGE, start, end, text[start:end], f"{figure.value} year")


def quantity(text: str, figure: Figure) -> Mention | None:
    """A figure with its unit, in the unit's one spelling: `2.5-mile-wide` is `2.5 mile`."""
    unit = _UNIT.match(text, figure.end)
    money = _CURRENCY.search(text, max(0, figure.start - 4), figure.start)
    if money:
        start, end = money.start(), figure.end
        name = CURRENCIES[money[0].strip()]
    elif unit:
        start, end = figure.start, unit.end()
        modifier = f"{unit['modifier'].lower()} " if unit["modifier"] else ""
        name = modifier + UNITS[unit["unit"].lower()]
    else:
        return None
    return Mention(Kind.QUANTITY, start, end, text[start:end], f"{figure.value} {name}")


def number(text: str, figure: Figure) -> Mention:
    """A figure alone; a Korean, Japanese or Chinese one with its counter, which is no unit."""
    counter = _COUNTER.match(text, figure.end)
    end = counter.end() if counter else figure.end
    return Mention(Kind.NUMBER, figure.start, end, text[figure.start : end], figure.value)
