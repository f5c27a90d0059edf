from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import ConfigurationError
from amplifier.whole import whole, write_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    goal = tmp_path / "file"
    with whole(goal) as half:
        half.write_text("new", "utf-8")
        assert not goal.exists()
    assert goal.read_text("utf-8") == "new"
    assert list(tmp_path.iterdir()) == [goal]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    goal = tmp_path / "file"
    goal.write_text("old", "utf-8")
    with suppress(KeyboardInterrupt), whole(goal) as half:
        half.write_text("ne", "utf-8")
        raise KeyboardInterrupt
    assert goal.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [goal]


def test_a_link_stays_a_link_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    goal, link = tmp_path / "file", tmp_path / "link"
    goal.write_text("old", "utf-8")
    goal.chmod(0o640)
    link.symlink_to(goal)
    with whole(link) as half:
        half.write_text("new", "utf-8")
    assert link.is_symlink()
    assert goal.read_text("utf-8") == "new"
    assert stat.S_IMODE(goal.stat().st_mode) == 0o640


def test_what_cannot_be_written_is_named_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot write .*absent/file: No such file") as caught:  # noqa: SIM117
        with whole(tmp_path / "absent" / "file") as half:
            half.write_text("new", "utf-8")
    assert caught.value.exit_code == 78


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with whole(pipe) as half:
        assert half == pipe
    assert list(tmp_path.iterdir()) == [pipe]


def test_in_a_folder_of_many_nobody_can_say_where_it_is_written(tmp_path: Path) -> None:
    with whole(tmp_path / "file") as half:
        assert stat.S_IMODE(half.parent.stat().st_mode) == 0o700
        half.write_text("new", "utf-8")


def test_a_text_is_written_as_it_is_and_a_failure_has_its_own_next_step(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "한국\r\nnew\n")
    assert (tmp_path / "file").read_bytes() == "한국\r\nnew\n".encode()
    with pytest.raises(ConfigurationError) as caught:
        write_text(tmp_path, "new", "name a file")
    assert caught.value.hint == "name a file"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_new_file_that_is_private_is_its_owners_alone(tmp_path: Path) -> None:
    for path, mode in ((tmp_path / "new", 0o600), (tmp_path / "old", 0o644)):
        if mode == 0o644:
            path.touch(mode)
        write_text(path, "text", private=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode
