from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from amplifier.cli.watch import changes, parts, stamps, watch
from amplifier.content.draft import load_draft
from amplifier.errors import FileError
from tests.support.house import REPOSITORY, House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from amplifier.content.draft import Draft

WATCHING = "watching campaigns/fence.yaml and what it is made of; Ctrl-C ends"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one")
    (built.root / "templates/t.j2").write_text("A template.", "utf-8")
    return built


def draft_of(house: House) -> Draft:
    return load_draft(house.campaign, house.root, lambda _: "x")


# ---------------------------------------------------------------- values


def test_a_changed_a_new_and_a_deleted_file_are_changes(tmp_path: Path) -> None:
    a, b, c, d = (tmp_path / name for name in "abcd")
    for path in (a, b, d):
        path.write_text("same", "utf-8")
    before = stamps([a, b, c, d])
    assert changes(before, stamps([a, b, c, d])) == []
    a.write_text("other", "utf-8")
    b.unlink()
    c.write_text("new", "utf-8")
    assert changes(before, stamps([a, b, c, d])) == [a, b, c]
    assert changes(stamps([a]), stamps([a, d])) == [d]
    assert changes(stamps([a, d]), stamps([a])) == [d]


def test_a_file_that_is_replaced_by_one_of_its_size_and_age_is_a_change(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, text in ((old, "same"), (new, "size")):
        path.write_text(text, "utf-8")
        os.utime(path, ns=(1, 1))
    before = stamps([old])
    new.replace(old)
    assert changes(before, stamps([old])) == [old]


def test_the_parts_of_a_fine_campaign_are_what_its_posts_are_made_of(house: House) -> None:
    (house.root / "campaigns/other.yaml").write_text("name: other", "utf-8")
    found = parts(house.campaign, house.root, draft_of(house), fine=True)
    assert {str(path.relative_to(house.root)) for path in found} == {
        "campaigns/fence.yaml",
        "campaigns/fence.claims.yaml",
        "campaigns/articles/fence.txt",
        "campaigns/threads/one.md",
        "templates/t.j2",
    }


def test_while_something_is_wrong_all_that_staff_write_near_it_is_watched(house: House) -> None:
    for name in ("campaigns/new.yaml", "campaigns/articles/new.MD", "campaigns/picture.png", "new.txt"):
        (house.root / name).write_text("x", "utf-8")
    (house.root / "campaigns/articles/old").mkdir()
    (house.root / "campaigns/articles/old/deep.txt").write_text("x", "utf-8")
    near = {str(path.relative_to(house.root)) for path in parts(house.campaign, house.root, None, fine=False)}
    assert {"campaigns/new.yaml", "campaigns/articles/new.MD", "campaigns/threads/two.md", "templates/t.j2"} < near
    assert not near & {"campaigns/picture.png", "new.txt", "campaigns/articles/old/deep.txt"}
    known = parts(house.campaign, house.root, draft_of(house), fine=False)
    assert house.root / "campaigns/fence.claims.yaml" in known


# ---------------------------------------------------------------- the loop, without waiting


@dataclass
class Person:
    """Saves files while the watcher sleeps: one step for each sleep, then Ctrl-C."""

    steps: list[Callable[[], object]]
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if not self.steps:
            raise KeyboardInterrupt
        self.steps.pop(0)()


def nothing() -> None:
    """A sleep in which nobody saves."""


def watched(house: House, *steps: Callable[[], object]) -> list[str]:
    """What was shown each time: the first thread's texts, or the first mistake."""
    shown: list[str] = []

    def show() -> Draft:
        try:
            draft = draft_of(house)
        except FileError as exc:
            shown.append(exc.findings[0].message)
            raise
        shown.append(" | ".join(post.text.split("\n")[0] for post in draft.threads[0].posts))
        return draft

    watch(show, house.campaign, house.root, Person(list(steps)).sleep)
    return shown


def test_each_saved_part_is_shown_once(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    claims = house.root / "campaigns/fence.claims.yaml"
    shown = watched(
        house,
        nothing,
        lambda: house.text("one", "First. #Fence"),
        nothing,
        nothing,
        lambda: claims.write_text("article: articles/fence.txt\nsentences: []\n", "utf-8"),
        nothing,
        (house.root / "templates/t.j2").unlink,
        nothing,
        lambda: house.write("two"),
        nothing,
    )
    assert shown == [
        "They met at a fence, after nine years. #Fence | Neither of them said a word. | Then it rained.",
        *["First. #Fence"] * 3,
        "A guard looked away for one minute. #Fence | A minute is enough for a letter.",
    ]
    told = capsys.readouterr()
    assert told.err.count(WATCHING) == 5
    saved = [line for line in told.err.splitlines() if line.startswith("saved: ")]
    assert [line.removeprefix("saved: ") for line in saved] == [
        "campaigns/threads/one.md",
        "campaigns/fence.claims.yaml",
        "templates/t.j2",
        "campaigns/fence.yaml",
    ]
    assert told.out.count("─" * 72) == 4


def test_a_file_that_is_still_being_written_is_waited_for(house: House) -> None:
    shown = watched(
        house,
        (house.root / "campaigns/threads/one.md").unlink,
        lambda: house.text("one", "Half"),
        lambda: house.text("one", "Whole. #Fence"),
        nothing,
    )
    assert shown[1:] == ["Whole. #Fence"]


def test_what_has_nothing_to_do_with_the_posts_shows_nothing(house: House) -> None:
    other = house.root / "campaigns/other.yaml"
    assert len(watched(house, lambda: other.write_text("x", "utf-8"), lambda: house.text("two", "Other"), nothing)) == 1


def test_a_mistake_is_told_and_watching_goes_on(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    article = house.root / "campaigns/articles/fence.txt"
    text = article.read_text("utf-8")
    shown = watched(
        house,
        article.unlink,
        nothing,
        lambda: article.write_text(text, "utf-8"),
        nothing,
        lambda: house.text("one", f"#{'x' * 300}"),
        nothing,
    )
    assert [shown[0], shown[2]] == [shown[0]] * 2
    assert "articles/fence.txt does not exist" in shown[1]
    assert "over the limit, and cannot be split" in shown[3]
    err = capsys.readouterr().err
    assert "campaigns/fence.yaml:2:10: error: article: articles/fence.txt does not exist" in err
    assert "error: the threads of campaigns/fence.yaml have one mistake" in err


def test_what_is_saved_while_the_posts_are_made_is_not_missed(house: House) -> None:
    shown: list[str] = []

    def show() -> Draft:
        draft = draft_of(house)
        shown.append(draft.threads[0].posts[0].text)
        if len(shown) == 1:
            house.text("one", "Saved meanwhile. #Fence")
        return draft

    watch(show, house.campaign, house.root, Person([nothing, nothing, nothing]).sleep)
    assert [text.startswith("Saved meanwhile") for text in shown] == [False, True]


def test_a_campaign_file_that_is_not_there_is_no_thing_to_wait_for(house: House) -> None:
    house.campaign.unlink()
    with pytest.raises(FileError, match="one mistake"):
        watched(house)


@pytest.mark.parametrize("option", ("--json", "--save"))
def test_watching_goes_neither_with_json_nor_with_save(house: House, option: str) -> None:
    told = house.cli("preview", str(house.campaign), "--thread", "one", "--watch", option, code=2)
    assert "--watch shows posts to a person" in told.stderr


# ---------------------------------------------------------------- a real process


@pytest.fixture
def process(house: House) -> Iterator[subprocess.Popen[str]]:
    # were Ctrl-C ignored around the tests, the process would inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "amplifier", "-C", str(house.root), "preview", str(house.campaign), "--watch"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        signal.signal(signal.SIGINT, before)
        timer = Timer(30, started.kill)
        timer.start()
        yield started
        timer.cancel()
        started.kill()


def until(process: subprocess.Popen[str], words: str) -> str:
    """What the process says, up to the line with these words."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} was never said:\n{said}")


def test_a_person_writes_and_sees_and_ends_it_with_ctrl_c(house: House, process: subprocess.Popen[str]) -> None:
    assert "│ They met at a fence, after nine years. #Fence" in until(process, WATCHING)
    house.text("one", "They met again. #Fence")
    told = until(process, WATCHING)
    assert "saved: campaigns/threads/one.md" in told
    assert "│ They met again. #Fence" in told
    house.campaign.write_text(house.campaign.read_text("utf-8").replace("hashtags", "hashtag"), "utf-8")
    assert "did you mean 'hashtags'?" in until(process, WATCHING)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    assert "Traceback" not in (process.stdout.read() if process.stdout else "")
