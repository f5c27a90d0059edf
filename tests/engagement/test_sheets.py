"""Tables in every dress that spreadsheets and web pages give them."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.files import SHOWN, error
from amplifier.engagement.sheets import LONGEST, QUOTED, WIDEST, Mistakes, brief, read_sheet
from amplifier.errors import FileError
from amplifier.model import Place
from tests.support.memory import peak

PLAIN = "Post id,Likes\n17,4\n18,\n"


def read(data: str | bytes) -> list[list[str]]:
    odd = Mistakes()
    sheet = read_sheet(data.encode() if isinstance(data, str) else data, "f.csv", odd)
    rows = [[cell.text for cell in sheet.head], *(list(row.texts) for row in sheet.rows)]
    assert odd.shown() == []
    return rows


def refused(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        list(read_sheet(data, "f.csv", Mistakes()).rows)
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
    data = '\ufeff# x\r\na,b,c\r\n1,"two\r\nlines","3"\r\n\r\nétat,"""x""",z\r\n 7, 8,9'.encode()
    sheet = read_sheet(data, "f.csv", Mistakes())
    rows = [sheet.head, *([row[n] for n in range(3)] for row in sheet.rows)]
    assert [[str(cell.place) for cell in row] for row in rows] == [
        ["f.csv:2:1", "f.csv:2:3", "f.csv:2:5"],
        ["f.csv:3:1", "f.csv:3:3", "f.csv:4:8"],
        ["f.csv:6:1", "f.csv:6:6", "f.csv:6:14"],
        ["f.csv:7:1", "f.csv:7:4", "f.csv:7:7"],
    ]
    assert rows[2][1].text == '"x"'


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
        (PLAIN.encode("utf-32"), "f.csv: is in UTF-32"),
        (b"\0\0\xfe\xff" + PLAIN.encode("utf-32-be"), "f.csv: is in UTF-32"),
        (b"a,b\r\nc,Caf\xe9,1", "f.csv:2:6: is not UTF-8: byte 0xE9 begins no character"),
        (b"\xff\xfea", "f.csv:1:1: is not UTF-16-LE: byte 0x61 begins no character"),
        (b'a,b\n1,"2\n3,4\n', "f.csv:2:3: a quotation mark is opened and not closed"),
        (b'a,b\n1,"2"3\n', "f.csv:2:3: a quotation mark is opened and not closed, or something stands behind"),
    ),
)
def test_what_is_no_table_is_refused_with_its_place(data: bytes, expected: str) -> None:
    assert refused(data).startswith(expected)


def test_rows_of_another_width_are_named_and_left_out() -> None:
    odd = Mistakes()
    sheet = read_sheet(b"a,b,c\n1,2,3\n1,2\n1,2,3,\n1,2,3,4\n", "f.csv", odd)
    assert len(list(sheet.rows)) == 2
    assert [str(finding.place) for finding in odd.shown()] == ["f.csv:3:1", "f.csv:5:1"]
    assert odd.shown()[0].message == "has 2 cells, and the first row has 3"


@pytest.mark.parametrize("cell", ("", "1", '""'))
def test_a_row_that_is_far_too_wide_ends_the_reading_where_it_stands(cell: str) -> None:
    wide = ",".join([cell] * 15)
    assert refused(f"a,b\n1,2\n{wide}\n".encode()) == "f.csv:3:1: has more than 14 cells, and the first row has 2"
    empty = ",".join(["1", "2", *[""] * 12])
    assert read(f"a,b\n{empty}\n") == [["a", "b"], ["1", "2"]]


def test_a_spreadsheets_empty_columns_are_as_wide_in_the_rows_as_in_the_names() -> None:
    idle = "," * 200
    assert read(f"a,b{idle}\n1,2{idle}\n") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("data", (b"#\n" * 500_000, b"a,b" + b"\n1,2" * 25_000, b'a,b\n1,"' + b'""' * 500_000 + b'"'))
def test_reading_takes_little_more_room_than_the_text(data: bytes) -> None:
    def whole() -> None:
        with suppress(FileError):
            for _ in read_sheet(data, "f.csv", Mistakes()).rows:
                pass

    assert peak(whole) < 8 * len(data)


def test_no_table_has_so_many_columns() -> None:
    assert refused(b"a" + b"," * WIDEST) == f"f.csv:1:1: has more than {WIDEST} cells"


@pytest.mark.parametrize("cell", ("x", '"x"'))
def test_no_cell_is_so_long(cell: str) -> None:
    long = cell.replace("x", "x" * LONGEST)
    assert len(read(f"a,b\n1,{long}\n")[1][1]) == LONGEST
    expected = f"f.csv:2:3: a cell has more than {LONGEST} characters"
    assert refused(f"a,b\n1,{long.replace('xx', 'xxx', 1)}\n3,4\n".encode()) == expected


def test_of_many_mistakes_of_a_kind_the_first_are_shown_and_the_rest_counted() -> None:
    found = Mistakes()
    for line in range(1, 61):
        found.add(error(Place("f.csv", line, 1), f"wrong {line}", "mend it"))
    found.add(error(Place("f.csv", 70, 1), "other", "another way"))
    shown = found.shown()
    assert [finding.place.line for finding in shown] == [*range(1, SHOWN + 2), 70]
    assert shown[SHOWN].message == f"and {60 - SHOWN} more like this, from here on"


def test_mistakes_found_apart_are_counted_together() -> None:
    one, other = Mistakes(), Mistakes()
    for line in range(1, 31):
        one.add(error(Place("f.csv", line, 1), "wrong", "mend it"))
        other.add(error(Place("f.csv", 30 + line, 1), "wrong", "mend it"))
    one.take(other)
    assert [finding.place.line for finding in one.shown()] == list(range(1, SHOWN + 2))
    assert one.shown()[SHOWN].message == f"and {60 - SHOWN} more like this, from here on"


def test_what_is_quoted_of_a_cell_is_short_and_nothing_that_a_terminal_obeys() -> None:
    assert brief("a\x1b]0;pwn\x07\u202eb\r\n\x9b2J c") == "a\ufffd]0;pwn\ufffd\ufffdb \ufffd2J c"
    assert brief("9" * 5000) == "9" * (QUOTED - 1) + "…"
    assert brief("9" * QUOTED) == "9" * QUOTED
