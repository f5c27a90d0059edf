from __future__ import annotations

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.claims.mentions.dates import dates, years


def keys(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(mention.words, mention.key) for mention in dates(text, language)]


def bare(text: str) -> list[str]:
    return [mention.key for mention in years(text)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    (
        ("In November 2017, Oh", "en", [("November 2017", "2017-11")]),
        ("on Monday, November 13th, 2017", "en", [("Monday, November 13th, 2017", "2017-11-13")]),
        ("Nov. 13 was cold", "en", [("Nov. 13", "--11-13")]),
        ("the 13th of November", "en", [("13th of November", "--11-13")]),
        ("in November he ran", "en", [("November", "--11")]),
        ("May 2018 and March 3", "en", [("May 2018", "2018-05"), ("March 3", "--03-03")]),
        ("In May he may march on", "en", []),
        ("the 1990s famine", "en", [("1990s", "1990s")]),
        ("the ’90s, the mid-1990s", "en", [("’90s", "1990s"), ("mid-1990s", "1990s")]),
        ("1994–98", "en", [("1994–98", "1994/1998")]),
        ("2017-11-13 and 2017-11", "en", [("2017-11-13", "2017-11-13"), ("2017-11", "2017-11")]),
        ("13/11/2017, 11/13/2017", "en", [("13/11/2017", "2017-11-13"), ("11/13/2017", "2017-11-13")]),
        ("12/13/2017", "en", [("12/13/2017", "2017-12-13")]),
        ("11/12/2017", "en", [("11/12/2017", "11/12/2017")]),
        ("11.12.2017", "de", [("11.12.2017", "2017-12-11")]),
        ("am 13. November 2017", "de", [("13. November 2017", "2017-11-13")]),
        ("die 1990er-Jahre", "de", [("1990er-Jahre", "1990s")]),
        ("le 1er mai 1998", "fr", [("1er mai 1998", "1998-05-01")]),
        ("les années 1990", "fr", [("années 1990", "1990s")]),
        ("el 13 de noviembre de 2017", "es", [("13 de noviembre de 2017", "2017-11-13")]),
        ("2017년 11월 13일", "ko", [("2017년 11월 13일", "2017-11-13")]),
        ("2017년에", "ko", [("2017년", "2017")]),
        ("2017. 11. 13.", "ko", [("2017. 11. 13.", "2017-11-13")]),
        ("11월에 1990년대", "ko", [("11월", "--11"), ("1990년대", "1990s")]),
        ("2017年11月13日、1990年代", "ja", [("2017年11月13日", "2017-11-13"), ("1990年代", "1990s")]),
        ("13 نوفمبر 2017", "ar", [("13 نوفمبر 2017", "2017-11-13")]),
        ("3개월, 10일", "ko", []),
    ),
)
def test_dates_have_the_key_of_their_day(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert keys(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("at 3:14 p.m. he", [("3:14 p.m.", "15:14")]),
        ("at 12:05 am", [("12:05 am", "00:05")]),
        ("at 15:14", [("15:14", "15:14")]),
        ("at 3 pm", [("3 pm", "15:00")]),
        ("오후 3시 14분", [("오후 3시 14분", "15:14")]),
        ("3시간 동안", []),
    ),
)
def test_a_time_of_day_is_a_date(text: str, expected: list[tuple[str, str]]) -> None:
    assert keys(text) == expected


def test_a_weekday_alone_is_no_date() -> None:
    assert keys("It was a Monday.") == []


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_day_is_the_same_however_it_is_written(day: date) -> None:
    month = calendar.month_name[day.month]
    ways = [f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat()]
    ways += [f"{day.year}년 {day.month}월 {day.day}일", f"{day.day}. {month} {day.year}"]
    assert [keys(f"On {way} he ran.") for way in ways] == [[(way, day.isoformat())] for way in ways]


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("In 2017, per 2024 data, since 1953", ["2017", "2024", "1953"]),
        ("since 1812", ["1812"]),
        ("all 1812 of them", []),
        ("2000 soldiers ran, 2000 of them", ["2000"]),
        ("1500 and 2150", []),
        ("2017.5, 2,017, 20170, 2017%, F-2017", []),
        ("the post-2017 years", ["2017"]),
    ),
)
def test_bare_years(text: str, expected: list[str]) -> None:
    assert bare(text) == expected
