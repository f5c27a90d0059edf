"""Tables in every dress that spreadsheets and web pages give them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.files import SHOWN, error
from amplifier.engagement.sheets import capped, read_sheet
from amplifier.errors import FileError
from amplifier.model import Place

PLAIN = "Post id,Likes\n17,4\n18,\n"


def read(data: str | bytes) -> list[list[str]]:
    sheet, odd = read_sheet(data.encode() if isinstance(data, str) else data, "f.csv")
    assert odd == []
    return [[cell.text for cell in row] for row in (sheet.head, *sheet.rows)]


def refused(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        read_sheet(data, "f.csv")
    (finding,) = caught.value.findings
    assert finding.hint
    return f"{finding.place}: {finding.message}"


@pytest.mark.parametrize(
    "data",
    (
        pytest.param(PLAIN.encode(), id="as it is"),
        pytest.param(PLAIN.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(PLAIN.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xfe\xff" + PLAIN.encode("utf-16-be"), id="UTF-16, big end first"),
        pytest.param(PLAIN.replace("\n", "\r\n").encode(), id="lines of Windows"),
        pytest.param(PLAIN.replace("\n", "\r").encode(), id="lines of old Macs"),
        pytest.param(PLAIN.rstrip("\n").encode(), id="no last line end"),
        pytest.param(PLAIN.replace(",", ";").encode(), id="semicolons"),
        pytest.param(PLAIN.replace(",", "\t").encode("utf-16"), id="tabs"),
        pytest.param(b"# Free form 1\n# 20261201-20261208\n\n" + PLAIN.encode(), id="remarks above"),
        pytest.param(b"sep=;\r\n" + PLAIN.replace(",", ";").encode(), id="the sign that parts is named"),
        pytest.param(PLAIN.replace("\n", "\n\n,\n").encode(), id="empty rows"),
        pytest.param(b'"Post id", "Likes" \n"17" , 4\n18,""\n', id="quotation marks and blanks"),
        pytest.param(PLAIN.replace("\n", ",\n").encode(), id="an empty column at the end"),
    ),
)
def test_a_table_is_read_in_whatever_dress_it_comes(data: bytes) -> None:
    assert read(data) == [["Post id", "Likes"], ["17", "4"], ["18", ""]]


def test_a_sign_that_parts_cells_may_stand_within_quotation_marks() -> None:
    assert read('"a, b";c\n1;"2;3"\n') == [["a, b", "c"], ["1", "2;3"]]


def test_every_cell_knows_where_it_begins() -> None:
    sheet, _ = read_sheet('\ufeff# x\r\na,b,c\r\n1,"two\r\nlines","3"\r\n\r\nétat,"""x""",z'.encode(), "f.csv")
    assert [[str(cell.place) for cell in row] for row in (sheet.head, *sheet.rows)] == [
        ["f.csv:2:1", "f.csv:2:3", "f.csv:2:5"],
        ["f.csv:3:1", "f.csv:3:3", "f.csv:4:8"],
        ["f.csv:6:1", "f.csv:6:6", "f.csv:6:14"],
    ]
    assert sheet.rows[1][1].text == '"x"'


CELLS = st.text(st.sampled_from("a é,;\t\"'\r\n#1"), max_size=6)


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6), delimiter=st.sampled_from(",;\t"))
def test_what_others_write_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["one", "two", "three"], *rows])
    expected = [[cell.strip() for cell in row] for row in rows]
    assert read(out.getvalue())[1:] == [row for row in expected if any(row)]


@pytest.mark.parametrize(
    ("data", "expected"),
    (
        (b"", "f.csv: is empty"),
        (b"\n\n,,\n", "f.csv: is empty"),
        (b"PK\x03\x04rest", "f.csv: is a spreadsheet"),
        (b"a\0b", "f.csv: is no text"),
        (b"a,b\r\nc,Caf\xe9,1", "f.csv:2:6: is not UTF-8: byte 0xE9 begins no character"),
        (b"\xff\xfea", "f.csv:1:1: is not UTF-16-LE: byte 0x61 begins no character"),
        (b'a,b\n1,"2\n3,4\n', "f.csv:2:3: a quotation mark is opened and not closed"),
        (b'a,b\n1,"2"3\n', "f.csv:2:3: a quotation mark is opened and not closed, or something stands behind"),
    ),
)
def test_what_is_no_table_is_refused_with_its_place(data: bytes, expected: str) -> None:
    assert refused(data).startswith(expected)


def test_rows_of_another_width_are_named_and_left_out() -> None:
    sheet, odd = read_sheet(b"a,b,c\n1,2,3\n1,2\n1,2,3,\n1,2,3,4\n", "f.csv")
    assert [str(finding.place) for finding in odd] == ["f.csv:3:1", "f.csv:5:1"]
    assert odd[0].message == "has 2 cells, and the first row has 3"
    assert len(sheet.rows) == 2


def test_of_many_mistakes_of_a_kind_the_first_are_shown_and_the_rest_counted() -> None:
    many = [error(Place("f.csv", line, 1), f"wrong {line}", "mend it") for line in range(60, 0, -1)]
    shown = capped([*many, error(Place("f.csv", 70, 1), "other", "another way")])
    assert [finding.place.line for finding in shown] == [*range(1, SHOWN + 2), 70]
    assert shown[SHOWN].message == f"and {60 - SHOWN} more like this, from here on"
