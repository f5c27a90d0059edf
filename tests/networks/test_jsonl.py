"""A file of JSON lines under kills, torn lines, deletion and several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.networks.jsonl import JsonLines, instant, stamp

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from amplifier.networks.jsonl import JsonLines
lines, name = JsonLines(Path(sys.argv[1]), 30), sys.argv[2]
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    with lines.opened() as records:
        lines.append({"n": len(records) + 1, "by": name})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "lines.jsonl"


def read(path: Path) -> list[dict[str, object]]:
    with JsonLines(path, 5).opened() as records:
        return [dict(record) for record in records]


def test_what_is_appended_is_read_at_once_and_by_others(path: Path) -> None:
    mine, other = JsonLines(path, 5), JsonLines(path, 5)
    with mine.opened() as records:
        mine.append({"text": "첫째\nline & \u2028 <b>"})
        assert len(records) == 1
    with other.opened() as records:
        assert list(records) == [{"text": "첫째\nline & \u2028 <b>"}]
        other.append({"text": "second"})
    with mine.opened() as records:
        assert [record["text"] for record in records][1:] == ["second"]
    assert "첫째" in path.read_text("utf-8")


@settings(max_examples=40)
@given(cut=st.integers(0, 60))
def test_a_line_counts_from_its_line_break_on_and_a_torn_one_never_does(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "lines.jsonl"
    first, second = b'{"n": 1}\n', b'{"n": 2, "text": "a post that is torn"}\n'
    path.write_bytes((first + second)[: len(first) + cut])
    whole = cut >= len(second)
    assert [record["n"] for record in read(path)] == ([1, 2] if whole else [1])
    lines = JsonLines(path, 5)
    with lines.opened():
        lines.append({"n": 3})
    assert [record["n"] for record in read(path)] == ([1, 2, 3] if whole else [1, 3])


def test_lines_that_are_no_objects_are_passed_over_and_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"n": 1}\n\n[1]\nnonsense\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"n": 2}\n')
    assert [record["n"] for record in read(path)] == [1, 2]
    lines = JsonLines(path, 5)
    with lines.opened():
        lines.append({"n": 3})
    assert b"nonsense\n" in path.read_bytes()


def test_a_file_that_was_deleted_or_replaced_is_read_anew(path: Path) -> None:
    lines = JsonLines(path, 5)
    with lines.opened():
        lines.append({"n": 1})
    path.unlink()
    with lines.opened() as records:
        assert list(records) == []
        lines.append({"n": 2})
    path.with_suffix(".new").write_bytes(b'{"n": 7}\n{"n": 8}\n')
    path.with_suffix(".new").replace(path)
    with lines.opened() as records:
        assert [record["n"] for record in records] == [7, 8]
    path.write_bytes(b'{"n": 9}\n')
    with lines.opened() as records:
        assert [record["n"] for record in records] == [9]


def test_processes_and_kills_lose_nothing_and_write_nothing_twice(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    victim = subprocess.Popen([*command, "victim", "100000"], stdout=subprocess.PIPE)
    others = [subprocess.Popen([*command, name, "40"], stdout=subprocess.DEVNULL) for name in ("a", "b")]
    assert victim.stdout
    with victim.stdout:
        victim.stdout.readline()
    time.sleep(0.2)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert [other.wait(timeout=30) for other in others] == [0, 0]
    records = read(path)
    assert [record["n"] for record in records] == list(range(1, len(records) + 1))
    assert [sum(record["by"] == name for record in records) for name in ("a", "b")] == [40, 40]


def test_a_file_that_another_holds_is_not_waited_for_longer_than_the_patience(path: Path) -> None:
    with JsonLines(path, 5).opened(), pytest.raises(TimeoutError), JsonLines(path, 0.05).opened():
        pass


def test_stamps_sort_as_they_follow_each_other() -> None:
    whole = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    seoul = (whole + timedelta(microseconds=5)).astimezone(timezone(timedelta(hours=9)))
    assert stamp(whole) < stamp(seoul)
    assert instant(stamp(seoul)) == seoul


@pytest.mark.parametrize("odd", ("", "yesterday", "2026-11-23T09:30:00"))
def test_what_is_no_stamp_is_none(odd: str) -> None:
    assert instant(odd) is None
