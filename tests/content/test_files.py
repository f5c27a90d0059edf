from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.files import FORBIDDEN, LIMIT, _bytes, nearest, place_of, read_text, read_with_findings, shown
from amplifier.errors import FileError
from amplifier.model import Place


def write(folder: Path, data: bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refusal(path: Path, workspace: Path) -> list[str]:
    with pytest.raises(FileError) as raised:
        read_text(path, workspace)
    assert raised.value.exit_code == 3
    assert all(finding.hint for finding in raised.value.findings)
    return [f"{finding.place}: {finding.message}" for finding in raised.value.findings]


def test_a_bom_is_dropped_and_every_line_end_becomes_a_line_feed(tmp_path: Path) -> None:
    assert read_text(write(tmp_path, b"\xef\xbb\xbfone\r\ntwo\rthree\n"), tmp_path) == "one\ntwo\nthree\n"


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path, b"x", "dmz-escape.txt")
    with pytest.raises(FileError) as raised:
        read_text(tmp_path / "dmz-escpe.txt", tmp_path)
    (finding,) = raised.value.findings
    assert (str(finding.place), finding.message) == ("dmz-escpe.txt", "does not exist")
    assert finding.hint == "did you mean 'dmz-escape.txt'?"


def test_a_file_in_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no" / "a.txt", tmp_path) == ["no/a.txt: does not exist"]


@pytest.mark.parametrize("data", (b"", b" \n\t\r\n", b"\xef\xbb\xbf"))
def test_a_file_without_text_is_empty(tmp_path: Path, data: bytes) -> None:
    assert refusal(write(tmp_path, data), tmp_path) == ["a.txt: is empty"]


def test_a_file_of_ten_megabytes_is_too_large(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, b"a" * 10_000_000), tmp_path) == ["a.txt: is larger than 0.5 MB"]


def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(tmp_path: Path) -> None:
    assert len(read_text(write(tmp_path, b"a" * LIMIT), tmp_path)) == LIMIT
    assert refusal(write(tmp_path, b"a" * (LIMIT + 1)), tmp_path) == ["a.txt: is larger than 0.5 MB"]
    assert read_text(write(tmp_path, b"abc"), tmp_path, limit=3) == "abc"


@pytest.mark.parametrize(
    ("data", "kind"),
    (
        (b"%PDF-1.7 text", "is a PDF"),
        (b"PK\x03\x04 text", "is a Word, OpenDocument or ZIP file"),
        ("Text".encode("utf-16"), "is in UTF-16"),
        (bytes(range(256)) * 4, "is a binary file"),
    ),
)
def test_a_binary_file_is_named_for_what_it_is(tmp_path: Path, data: bytes, kind: str) -> None:
    assert refusal(write(tmp_path, data), tmp_path) == [f"a.txt: {kind}"]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert refusal(tmp_path / "a.txt", tmp_path) == ["a.txt: is not a regular file"]


def test_a_file_that_becomes_a_pipe_after_it_was_looked_at_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(_bytes(tmp_path / "a.txt", 10, Place("a.txt"))), daemon=True)
    reader.start()
    reader.join(5)
    assert read == [b""]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    assert refusal(tmp_path / "a.txt", tmp_path) == ["a.txt: is a folder"]


def test_a_device_outside_is_refused() -> None:
    assert refusal(Path("/dev/zero"), Path("/dev")) == ["zero: is not a regular file"]


def test_bytes_that_are_no_utf8_have_line_and_column(tmp_path: Path) -> None:
    (message,) = refusal(write(tmp_path, "é first\r\nsecond ".encode() + "é".encode("latin-1")), tmp_path)
    assert message == "a.txt:2:8: is not UTF-8: byte 0xE9 begins no character"


def test_every_character_that_cannot_be_seen_is_named_with_its_place(tmp_path: Path) -> None:
    text = "fine\tand 👩‍👩‍👧 fine\na\x00b\n\u202eabc\u2066\n\x9b\x7f"
    assert refusal(write(tmp_path, text.encode()), tmp_path) == [
        "a.txt:2:2: has U+0000 (NUL), which cannot be seen",
        "a.txt:3:1: has U+202E (RIGHT-TO-LEFT OVERRIDE), which cannot be seen",
        "a.txt:3:5: has U+2066 (LEFT-TO-RIGHT ISOLATE), which cannot be seen",
        "a.txt:4:1: has U+009B (control character), which cannot be seen",
        "a.txt:4:2: has U+007F (control character), which cannot be seen",
    ]


def test_many_such_characters_are_counted_not_listed(tmp_path: Path) -> None:
    messages = refusal(write(tmp_path, ("word " * 40 + "\u202e").encode() * 30), tmp_path)
    assert len(messages) == 21
    assert messages[-1].endswith("has 10 more such characters")


def test_a_reader_that_goes_on_gets_the_text_with_a_mark_for_each_mistake(tmp_path: Path) -> None:
    text, findings = read_with_findings(write(tmp_path, b"a\x00b\xff"), tmp_path)
    assert text == "a\ufffdb\ufffd"
    assert len(findings) == 2


def test_a_path_may_not_leave_the_workspace_not_by_a_link_either(tmp_path: Path) -> None:
    workspace, outside = tmp_path / "ws", tmp_path / "outside"
    workspace.mkdir()
    outside.mkdir()
    write(outside, b"secret")
    (workspace / "link.txt").symlink_to(outside / "a.txt")
    (workspace / "folder").symlink_to(outside)
    assert refusal(workspace / ".." / "outside" / "a.txt", workspace) == ["../outside/a.txt: leaves the workspace"]
    assert refusal(workspace / "link.txt", workspace) == ["link.txt: leaves the workspace"]
    assert refusal(workspace / "folder" / "a.txt", workspace) == ["folder/a.txt: leaves the workspace"]


def test_a_link_within_the_workspace_is_fine(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(write(tmp_path, b"text"))
    assert read_text(tmp_path / "link.txt", tmp_path) == "text"


def test_a_workspace_that_is_itself_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    write(tmp_path / "real", b"text")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_text(tmp_path / "link" / "a.txt", tmp_path / "link") == "text"


@pytest.mark.parametrize("name", ("a\x00b", "x" * 300, "loop"))
def test_a_name_that_leads_nowhere_is_an_error_not_a_traceback(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert len(refusal(tmp_path / name, tmp_path)) == 1


def test_paths_are_shown_from_the_workspace_and_else_as_given(tmp_path: Path) -> None:
    assert shown(tmp_path / "campaigns" / "a.txt", tmp_path) == "campaigns/a.txt"
    assert shown(Path("/elsewhere/a.txt"), tmp_path) == "/elsewhere/a.txt"


def test_names_are_guessed_in_whatever_case_and_only_when_near() -> None:
    assert nearest("Storry.J2", ["facts.j2", "story.j2"]) == "story.j2"
    assert nearest("zzz", ["facts.j2", "story.j2"]) is None


@given(st.text(alphabet="ab\n", min_size=1), st.data())
def test_a_place_leads_back_to_the_character(source: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(source) - 1))
    place = place_of(source, offset, "a.txt")
    line = source.split("\n")[place.line - 1] + "\n"
    assert line[place.column - 1] == source[offset]
    assert sum(len(above) + 1 for above in source.split("\n")[: place.line - 1]) + place.column - 1 == offset


@given(st.binary(max_size=300))
def test_whatever_the_bytes_there_is_clean_text_or_a_told_reason(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        text = read_text(write(folder, data, "any.txt"), folder)
    except FileError as exc:
        assert exc.findings  # noqa: PT017 - either outcome is right
    else:
        assert text.strip()
        assert not FORBIDDEN.search(text)
        assert "\r" not in text
