from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.yaml_edit import YamlText, pair, scalar
from amplifier.content.yaml_file import read_yaml

ORDER = ("a", "b", "c", "d")


@given(st.text(max_size=30))
def test_a_scalar_reads_back_as_the_same_text(text: str) -> None:
    source = f"key: {scalar(text)}\nlist:\n  - {pair('key', scalar(text))}   # why\n"
    file = read_yaml(source, "x")
    assert file.findings == []
    assert file.data == {"key": text or None, "list": [{"key": text or None}]}
    assert "\n" not in scalar(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("Oh ran.", "Oh ran."),
        ("자매는 만났다", "자매는 만났다"),
        ("2026-12-01", "2026-12-01"),
        ("1998", '"1998"'),
        ("no", '"no"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("https://example.org/#a", "https://example.org/#a"),
        ("C#: a", '"C#: a"'),
        ("“so”", '"“so”"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("", ""),
    ),
)
def test_quotes_stand_where_they_are_needed(text: str, expected: str) -> None:
    assert scalar(text) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    (
        ("l:\n  - a: 1\n    c: 3\n", "l:\n  - a: 1\n    b: x\n    c: 3\n"),
        ("l:\n  - a: 1\n    b: old   # why\n", "l:\n  - a: 1\n    b: x   # why\n"),
        ("l:\n  - a: 1\n    b:   # why\n    c: 3\n", "l:\n  - a: 1\n    b: x   # why\n    c: 3\n"),
        ("l:\n  - c: 3\n    # about d\n    d: 4", "l:\n  - c: 3\n    b: x\n    # about d\n    d: 4\n"),
        ("l:\n  - b: |\n      old\n      # old\n\n    c: 3\n", "l:\n  - b: x\n\n    c: 3\n"),
        ("l:\n- a:\n    - 1\n- a: 2\n", "l:\n- a:\n    - 1\n  b: x\n- a: 2\n"),
        ("l:\n  - a: 1\n# the end\n", "l:\n  - a: 1\n    b: x\n# the end\n"),
        ("l:\n  - \"b\": 'it''s\n      old'\nm: 1\n", 'l:\n  - "b": x\nm: 1\n'),
    ),
)
def test_a_value_is_set_where_it_belongs(source: str, expected: str) -> None:
    text = YamlText(source, "x")
    text.set(("l", 0), "b", "x", ORDER)
    assert text.text() == expected


def test_a_value_is_taken_out_and_its_key_stays() -> None:
    text = YamlText("l:\n  - a: 1  # why\n    b: 2\n", "x")
    text.set(("l", 0), "a", "", ORDER)
    text.set(("l", 0), "b", "", ORDER)
    assert text.text() == "l:\n  - a:  # why\n    b:\n"


def test_entries_change_their_places_with_their_edits_and_comments() -> None:
    source = "# head\nl:\n  # the list\n  - a: 1\n    # in one\n\n  # two\n  - a: 2\nm: 3\n"
    text = YamlText(source, "x")
    text.set(("l", 1), "a", "5", ORDER)
    text.set(("l", 1), "b", "6", ORDER)
    text.relist(("l",), [text.entry(("l", 1)), "  - a: 9\n", text.entry(("l", 0))])
    assert text.text() == (
        "# head\nl:\n  # the list\n\n  # two\n  - a: 5\n    b: 6\n  - a: 9\n  - a: 1\n    # in one\nm: 3\n"
    )


def test_what_is_in_braces_has_no_lines() -> None:
    text = YamlText("a: {x: 1}\nb: [1]\nc:\n  - {x: 1}\nd:\n  x: 1\ne:\nf: []\ng: 1\n", "x")
    found = {key: text.in_lines((key,)) for key in "abcdefg"}
    assert found == {"a": False, "b": False, "c": True, "d": True, "e": False, "f": False, "g": False}
    assert not text.in_lines(("c", 0))
