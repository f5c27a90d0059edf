"""Figures in Korean, Japanese and Chinese: `350만`, `다섯 발`, `三百万人`. Pure.

A figure in words needs a counter behind it, since most of the words mean something else as well.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.number_words import (
    NATIVE_KOREAN,
    NATIVE_KOREAN_TENS,
    SINO_DIGITS,
    SINO_MYRIADS,
    SINO_TENS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTERS = (
    "명|사람|분|살|세(?!기)|발|번(?!째)|개월|개국|개|년|해|달|주|일|시간|초|가지|대|마리|채|권|장|곳|군데|나라|건|회|차례|배|원|달러|유로|퍼센트|톤|킬로미터"
    "|킬로그램|킬로|미터|마일|야드|발짝|걸음|줄|쪽|단계|마디|문장"
)
_SINO_COUNTERS = (
    "人|名|歳|岁|歲|年|か月|ヶ月|カ月|个月|個月|日|週間|周|時間|小时|小時|発|发|發|回|次|個|个|キロ|メートル|マイル|ヤード|公里|米|英里|円|元"
    "|ドル|美元|ユーロ|欧元|倍|件|台|頭|匹|本|枚|隻|座|位|条|條|つ"
)
_HANGUL_COUNTER = rf"(?=\s?(?:{COUNTERS}))(?!\s?(?:번째|세기))"
_MIXED = regex.compile(
    r"(?<![\p{Latin}\p{N}.,])(?:\d[\d,]*(?:\.\d+)?\s?[십백천千百十]?\s?[만억조万萬億亿兆](?:여\s?)?\s?)+"
    r"(?:\d[\d,]*(?![\d.,년月年월]))?|(?<![\p{Latin}\p{N}.,])\d[\d,]*(?:\.\d+)?[천百千](?=\s?(?:명|人|名|원|円|元|여))"
)
_NATIVE = regex.compile(
    rf"(?<!\p{{Hangul}})(?P<tens>{'|'.join(NATIVE_KOREAN_TENS)})?(?P<ones>{'|'.join(NATIVE_KOREAN)})?{_HANGUL_COUNTER}"
)
_ONE_IN_KOREAN = regex.compile(r"(?:적어도|최소|최소한|단|단지|겨우|불과|약)\s$")
_NUMERALS = "〇零一二两兩三四五六七八九十百千万萬億亿兆"
_SINO = regex.compile(
    rf"(?<![\p{{Hangul}}\p{{N}}])[일이삼사오육칠팔구십백천만억조]{{2,24}}{_HANGUL_COUNTER}"
    rf"|(?<![第数數\d{_NUMERALS}])[{_NUMERALS}]{{1,24}}(?=(?:{_SINO_COUNTERS}))"
)
_VAGUE = regex.compile(
    r"(?<!\p{Hangul})수(?P<size>십만|백만|천만|십|백|천|만|억)(?=\s?(?:여\s?)?(?:명|개|년|건|발|번|달러|원|대))"
    r"|[数數](?P<hanja>[十百千]?万|[十百千億])(?=[人名年])"
)


def east_asian_figures(text: str) -> Iterator[tuple[int, int, Decimal | str]]:
    """Start, end and value of every figure that is written with East Asian words or digit groups."""
    if text.isascii() or not regex.search(r"[\p{Hangul}\p{Han}]", text):
        return
    for match in _MIXED.finditer(text):
        end = match.start() + len(match[0].rstrip())
        yield match.start(), end, _mixed(match[0])
    for match in _NATIVE.finditer(text):
        value = NATIVE_KOREAN_TENS.get(match["tens"], 0) + NATIVE_KOREAN.get(match["ones"], 0)
        if value > 1 or (value == 1 and _ONE_IN_KOREAN.search(text[: match.start()])):
            yield match.start(), match.end(), Decimal(value)
    for match in _SINO.finditer(text):
        value = _sino(match[0])
        if value > 1:
            yield match.start(), match.end(), Decimal(value)
    for match in _VAGUE.finditer(text):
        yield match.start(), match.end(), f"{_sino(match['size'] or match['hanja'])}s"


def _mixed(words: str) -> Decimal:
    """Value of digits with names of powers: `3억 5000만`."""
    total = Decimal(0)
    for digits, ten, myriad in regex.findall(
        r"(\d[\d,]*(?:\.\d+)?)\s?([십백천十百千]?)\s?([만억조万萬億亿兆]?)", words
    ):
        part = Decimal(digits.replace(",", ""))
        total += part * SINO_TENS.get(ten, 1) * SINO_MYRIADS.get(myriad, 1)
    return total


def _sino(words: str) -> int:
    """Value of numerals such as `三百五十万` or `삼백오십만`; digits in a row are read as digits."""
    if all(character in SINO_DIGITS for character in words):
        return int("".join(str(SINO_DIGITS[character]) for character in words))
    total = part = digit = 0
    for character in words:
        if character in SINO_DIGITS:
            digit = SINO_DIGITS[character]
        elif character in SINO_TENS:
            part, digit = part + (digit or 1) * SINO_TENS[character], 0
        else:
            total, part, digit = total + ((part + digit) or 1) * SINO_MYRIADS[character], 0, 0
    return total + part + digit
