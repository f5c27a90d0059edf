from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.east_asian import east_asian_figures


def values(text: str) -> list[tuple[str, str]]:
    return sorted({(text[start:end], str(value)) for start, end, value in east_asian_figures(text)})


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("350만 명이 숨졌다", [("350만", "3500000")]),
        ("3.5만 명", [("3.5만", "35000.0")]),
        ("3억 5000만 달러", [("3억 5000만", "350000000")]),
        ("12만 명", [("12만", "120000")]),
        ("5천 명", [("5천", "5000")]),
        ("다섯 발을 맞았다", [("다섯", "5")]),
        ("스물네 살 병사", [("스물네", "24")]),
        ("서른두 명", [("서른두", "32")]),
        ("열 번", [("열", "10")]),
        ("적어도 한 명", [("한", "1")]),
        ("삼백오십만 명", [("삼백오십만", "3500000")]),
        ("수만 명이 떠났다", [("수만", "10000s")]),
        ("三百五十万人", [("三百五十万", "3500000")]),
        ("約350万人", [("350万", "3500000")]),
        ("五発撃たれた", [("五", "5")]),
        ("三十四岁", [("三十四", "34")]),
        ("二〇一七年", [("二〇一七", "2017")]),
        ("數十人", [("數十", "10s")]),
    ),
)
def test_figures_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    (
        "한 명도 없다",
        "두 번째 탈북",
        "이 사람은",
        "천천히 읽어 주세요",
        "만약 당신이라면",
        "일은 이렇게 시작됐다",
        "네 생각은",
        "마음을 열 때",
        "一部の人",
        "十分です",
        "一人",
        "第三次",
        "plain English, five words",
    ),
)
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert values(text) == []
