"""The open workspace: drafts that are never old and are not made in vain, and files that nobody leaves half changed."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from amplifier.app import open_app
from amplifier.content.draft import load_draft
from amplifier.settings import load_settings
from amplifier.studio.desk import Desk
from amplifier.workspace import Workspace
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two")
    whole = built.campaign.read_text("utf-8").replace("threads/one.md", "threads/other.md")
    built.text("other", "Of another campaign.")
    (built.root / "campaigns/other.yaml").write_text(whole.replace("name: fence", "name: other"), "utf-8")
    return built


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    app = open_app(Workspace(house.root), load_settings(house.root, house.environment))
    yield Desk(app)
    app.close()


def test_only_the_campaign_that_a_change_is_about_is_made_anew(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(path: Path, *rest: object) -> object:
        made.append(path.stem)
        return load_draft(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("amplifier.studio.desk.load_draft", counted)

    def after() -> list[str]:
        made.clear()
        desk.sheets()
        return sorted(made)

    assert after() == ["fence", "other"]
    assert after() == []
    house.text("other", "Of another campaign, changed.")
    assert after() == ["other"]
    house.text("two", "Both have this one.")
    assert after() == ["fence", "other"]
    (house.root / "templates/new.j2").write_text("x\n", "utf-8")
    assert after() == ["fence", "other"], "whoever may be concerned"
    (house.root / "campaigns/fence.claims.yaml").write_text("article: articles/fence.txt\nsentences: []\n", "utf-8")
    assert after() == ["fence"]
    house.campaign.write_text("broken: [\n", "utf-8")
    assert after() == ["fence", "other"]
    house.text("other", "Of another campaign, once more.")
    assert after() == ["fence", "other"], "nobody knows what a file with mistakes is made of"
    house.campaign.unlink()
    desk.sheets()
    assert list(desk.names()) == ["other"]
    assert desk.sheet("other").draft is not None


@pytest.mark.parametrize("kind", ("link", "folder"))
def test_what_only_looks_like_a_campaign_is_told_and_nothing_else_stands_still(
    house: House, desk: Desk, kind: str
) -> None:
    assert desk.sheet("fence").draft is not None
    stray = house.root / "campaigns/new.yaml"
    if kind == "link":
        stray.symlink_to("nowhere")
    else:
        stray.mkdir()
    assert desk.sheet("new").mistakes is not None
    assert desk.sheet("fence").draft is not None


def test_a_file_with_the_size_and_the_time_of_before_is_read_again(house: House, desk: Desk) -> None:
    file = house.root / "campaigns/threads/one.md"
    assert desk.sheet("fence").draft is not None
    about, text = file.stat(), file.read_text("utf-8")
    file.write_text(text.replace("a", "o", 1), "utf-8")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert file.stat().st_size == about.st_size
    assert desk.draft("fence").threads[0].posts[0].text != text


def test_a_file_outside_that_had_a_mistake_is_read_again_when_it_is_mended(house: House, desk: Desk) -> None:
    (house.root / "texts").mkdir()
    outside = house.root / "texts/one.md"
    outside.write_text("He ran.\x0b\n", "utf-8")
    whole = house.campaign.read_text("utf-8")
    house.campaign.write_text(whole.replace("threads/one.md", "../texts/one.md"), "utf-8")
    assert desk.sheet("fence").draft is None
    outside.write_text("He ran.\n", "utf-8")
    assert desk.sheet("fence").draft is not None


def test_two_files_of_one_stem_have_a_name_each(house: House, desk: Desk) -> None:
    (house.root / "campaigns/fence.yml").write_text("name: third\n", "utf-8")
    assert desk.names() == ["fence", "fence.yml", "other"]
    assert desk.sheet("fence").draft is not None
    assert desk.sheet("fence.yml").draft is None


def test_whatever_goes_wrong_leaves_files_as_they_were(house: House, desk: Desk) -> None:
    file, new = house.campaign, house.root / "campaigns/threads/new.md"
    before = file.read_bytes()
    for mistake in (RuntimeError(), KeyboardInterrupt(), UnicodeEncodeError("utf-8", "x", 0, 1, "no text")):
        with suppress(type(mistake)), desk.writing() as kept:
            kept.keep(file, new)
            file.write_text("half", "utf-8")
            new.write_text("half", "utf-8")
            raise mistake
        assert (file.read_bytes(), new.exists()) == (before, False)
    with desk.writing() as kept:
        kept.keep(file, new)
        file.write_text("whole", "utf-8")
        kept.left()
    new.write_text("somebody else's", "utf-8")
    assert kept.untouched, "it was never touched here"
    kept.put_back()
    assert (file.read_bytes(), new.read_text("utf-8")) == (before, "somebody else's")
    assert not kept.untouched
