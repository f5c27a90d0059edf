"""Dates in a text: days, months, years, decades and times of day, with ISO 8601 keys. Pure.

Keys: `2017-11-13`, `2017-11`, `2017`, `1990s`; without a year `--11-13` and `--11`; a time of day `15:14`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.stop_words import word_set
from amplifier.content.claims.model import Kind, Mention

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {
    "en": "January/Jan February/Feb March/Mar April/Apr May June/Jun July/Jul August/Aug September/Sept/Sep"
    " October/Oct November/Nov December/Dec",
    "de": "Januar/Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ar": "يناير فبراير مارس أبريل/ابريل مايو يونيو يوليو أغسطس/اغسطس سبتمبر أكتوبر/اكتوبر نوفمبر ديسمبر",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_ALONE = {
    "en": word_set("January February April June July August September October November December"),
    "de": word_set("Januar Februar März April Juni Juli August September Oktober November Dezember"),
    "es": word_set("enero febrero marzo abril junio julio agosto septiembre octubre noviembre diciembre"),
    "fr": word_set("janvier février avril juin juillet août septembre octobre novembre décembre"),
}
"""Months that are nothing else when they stand without day and year."""
_WEEKDAYS = {
    "en": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "de": "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag",
    "fr": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "es": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
}
_YEAR = r"(?P<year>1\d{3}|20\d{2})"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_MONTH = r"(?P<month>1[0-2]|0?[1-9])"
_NO_FIGURE_BEFORE = r"(?<![\p{L}\p{N}]|\d[.,/:-]|\p{Latin}-)"
_ISO = regex.compile(rf"{_NO_FIGURE_BEFORE}{_YEAR}-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>3[01]|[12]\d|0[1-9]))?(?![\d-])")
_EAST_ASIAN = regex.compile(
    rf"{_NO_FIGURE_BEFORE}(?:{_YEAR}\s?[년年](?!대|代)(?:\s?{_MONTH}\s?[월月](?:\s?{_DAY}\s?[일日號号])?)?"
    rf"|{_MONTH}\s?[월月](?:\s?{_DAY}\s?[일日號号])?"
    rf"|{_YEAR}\.\s?{_MONTH}\.(?:\s?{_DAY}(?!\d)\.?)?)"
)
_SLASHED = regex.compile(rf"{_NO_FIGURE_BEFORE}(?P<first>\d{{1,2}})[./](?P<second>\d{{1,2}})[./]{_YEAR}(?!\d)")
_DECADE = regex.compile(
    rf"{_NO_FIGURE_BEFORE}(?P<whole>1\d\d0|20\d0)(?:[’']?s\b|er\b(?:[\s-]Jahren?\b)?|\s?[년年][대代])"
    r"|(?i:\bmid-|\bearly-|\blate-)(?P<part>1\d\d0|20\d0)[’']?s\b"
    r"|(?<!\w)[’'](?P<short>[2-9]0)s\b|(?i:\baños|\bannées|\banni|\banos)\s(?P<latin>1\d\d0|20\d0)(?!\d)"
)
_SHORT_RANGE = regex.compile(rf"{_NO_FIGURE_BEFORE}(?P<first>1\d|20)(?P<from>\d\d)–(?P<to>\d\d)(?![\d,.]\d|\d)")
_CLOCK = regex.compile(
    r"(?<![\d.:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<![\d.,:])(?P<hour12>1[0-2]|[1-9])\s?(?P<half12>[ap])(?:\.m\.|m\b)"
    r"|(?P<korean_half>오전|오후)?\s?(?<!\d)(?P<korean_hour>\d{1,2})시(?!간)(?:\s?(?P<korean_minute>\d{1,2})분)?"
)
_BARE_YEAR = regex.compile(
    r"(?<![\p{L}\p{N}_]|\d[.,/:]|\p{Latin}[-‐‑])(?:(?i:mid-|early-|late-|pre-|post-))?(?P<year>1[0-9]\d\d|20\d\d)"
    r"(?![\d%]|\p{Latin}|[.,:/]\d)"
)
_YEAR_CUE = regex.compile(
    r"(?i:\b(?:in|since|from|until|till|by|of|before|after|around|circa|year|desde|en|depuis|seit|ab|bis|im Jahr)\s)$"
)
_COUNTED = regex.compile(
    r"\s(?:people|men|women|children|persons|soldiers|troops|defectors|refugees|prisoners|families|others|times|shots"
    r"|bullets|deaths|victims|[Pp]ersonas|[Pp]ersonnes|Menschen|명|사람|人)\b"
)
FIRST_PLAIN_YEAR = 1900
"""A bare number from here up to 2099 is a year; an earlier one only after a word such as `since`."""


def dates(text: str, language: str) -> list[Mention]:
    """Every date that more than a bare year says, in order. `language` is a primary code such as `en`."""
    found = [*_numeric(text), *_written(text, language), *_times(text)]
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def years(text: str) -> Iterator[Mention]:
    """Bare years such as `1953`, in order."""
    for match in _BARE_YEAR.finditer(text):
        cue = _YEAR_CUE.search(text, max(0, match.start() - 12), match.start())
        plain = int(match["year"]) >= FIRST_PLAIN_YEAR and not _COUNTED.match(text, match.end())
        if plain or cue:
            yield _mention(text, match.span(), match["year"])


def _mention(text: str, span: tuple[int, int], key: str) -> Mention:
    return Mention(Kind.DATE, span[0], span[1], text[slice(*span)], key)


def _key(year: str | None, month: int | None, day: str | None) -> str:
    if month is None:
        return year or ""
    return f"{year or '-'}-{month:02}" + (f"-{int(day):02}" if day else "")


def _numeric(text: str) -> Iterator[Mention]:
    for match in _DECADE.finditer(text):
        whole = match["whole"] or match["part"] or match["latin"] or f"19{match['short']}"
        yield _mention(text, match.span(), f"{whole}s")
    for match in _SHORT_RANGE.finditer(text):
        century = match["first"]
        yield _mention(text, match.span(), f"{century}{match['from']}/{century}{match['to']}")
    for pattern in (_ISO, _EAST_ASIAN):
        for match in pattern.finditer(text):
            month = int(match["month"]) if match["month"] else None
            yield _mention(text, match.span(), _key(match["year"], month, match["day"]))
    for match in _SLASHED.finditer(text):
        first, second = int(match["first"]), int(match["second"])
        dotted = "." in match[0]
        if first > 12 or dotted:
            first, second = second, first  # the day stands first
        if first <= 12 and (second > 12 or dotted):
            yield _mention(text, match.span(), _key(match["year"], first, str(second)))
        else:
            yield _mention(text, match.span(), match[0])  # either order: only its like is equal


@cache
def _months(language: str) -> dict[str, int]:
    return {spelling: n for n, month in enumerate(_MONTHS[language].split(), start=1) for spelling in month.split("/")}


@cache
def _patterns(language: str) -> tuple[regex.Pattern[str], ...]:
    months = "|".join(sorted(_months(language), key=len, reverse=True))
    names = rf"\b(?P<name>{months})\b\.?"
    weekday = (
        rf"(?:\b(?:{_WEEKDAYS[language]})\b\.?,?\s+(?:the\s|den\s|der\s|le\s|el\s)?)?" if language in _WEEKDAYS else ""
    )
    day = r"(?<![\d.,])(?P<day>3[01]|[12]\d|0?[1-9])"
    of = r"(?:\s+|\s+(?:of|de|du)\s+|\.\s*|-)"
    year = r"(?:(?:,?\s+|\s+(?:de|del|of)\s+|-)(?P<year>1\d{3}|20\d{2})(?!\d))"
    ordinal = r"(?:st|nd|rd|th|er|º|°)?"
    patterns = [
        rf"{weekday}{day}{ordinal}{of}{names}{year}?",
        rf"{weekday}{names}\s+{day}{ordinal}(?![\d,.]\d|\d|:){year}?",
        rf"{names}{year}",
    ]
    alone = _ALONE.get(language)
    if alone:
        patterns.append(rf"\b(?P<name>{'|'.join(sorted(alone))})\b")
    return tuple(regex.compile(pattern) for pattern in patterns)


def _written(text: str, language: str) -> Iterator[Mention]:
    if language not in _MONTHS:
        return
    for pattern in _patterns(language):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            yield _mention(
                text, match.span(), _key(parts.get("year"), _months(language)[parts["name"]], parts.get("day"))
            )


def _times(text: str) -> Iterator[Mention]:
    for match in _CLOCK.finditer(text):
        hour = int(match["hour"] or match["hour12"] or match["korean_hour"])
        minute = int(match["minute"] or match["korean_minute"] or 0)
        half = match["half"] or match["half12"] or {"오전": "a", "오후": "p"}.get(match["korean_half"] or "")
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        yield _mention(text, (start, match.end()), f"{hour:02}:{minute:02}")
