"""`share-kit`, `preview --html` and `calendar`: files that are made to be handed on."""

from __future__ import annotations

import re
import zipfile
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from amplifier.workspace import init_workspace
from tests.support.house import House
from tests.support.html import parse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


def test_a_kit_is_a_page_its_texts_a_qr_code_and_all_of_it_as_a_zip(house: House, tmp_path: Path) -> None:
    goal = tmp_path / "kit"
    told = house.cli("share-kit", str(house.campaign), "--out", str(goal), "--from", "Seoul Voices")
    assert {path.name for path in goal.iterdir()} == {"index.html", "texts.txt", "qr.svg", "share-kit.zip"}
    assert f"in {goal / 'index.html'}" in told.stderr
    with zipfile.ZipFile(goal / "share-kit.zip") as archive:
        for name in ("index.html", "texts.txt", "qr.svg"):
            assert archive.read(f"share-kit/{name}") == (goal / name).read_bytes()
    before = (goal / "share-kit.zip").read_bytes()
    house.cli("share-kit", str(house.campaign), "--out", str(goal), "--from", "Seoul Voices")
    assert (goal / "share-kit.zip").read_bytes() == before, "the same kit is the same file"


def test_the_page_loads_nothing_counts_nobody_and_runs_one_script_of_ours(house: House, tmp_path: Path) -> None:
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__HANDLE": "voices"}
    house.cli("share-kit", str(house.campaign), "--out", str(tmp_path / "kit"))
    source = (tmp_path / "kit/index.html").read_text("utf-8")
    page = parse(source)
    assert "Written by @voices." in page.text()
    assert "Your own words are best" in page.text()
    assert not {"img", "link", "iframe", "form", "object", "embed"} & set(page.elements)
    addresses = {re.match(r"https://[^/]+/", str(link["href"]))[0] for link in page.named("a")}  # type: ignore[index]
    assert addresses == {
        "https://x.com/",
        "https://bsky.app/",
        "https://share.joinmastodon.org/",
        "https://example.org/",
    }
    assert "utm_" not in source
    [script] = re.findall(r"<script>(.*?)</script>", source, flags=re.DOTALL)
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in source


def test_who_wrote_it_has_to_be_known(house: House, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "kit"))
    assert "who wrote it" in house.cli("share-kit", str(house.campaign), *out, code=2).stderr
    for name in ("", " ", "\x1b[2J"):
        assert "is no name" in house.cli("share-kit", str(house.campaign), *out, "--from", name, code=2).stderr
    assert not (tmp_path / "kit").exists()


def test_what_is_contradicted_is_not_handed_on(tmp_path: Path) -> None:
    house = House(init_workspace(tmp_path / "w").root)
    campaign = house.root / "campaigns/dmz-escape.yaml"
    told = house.cli("share-kit", str(campaign), "--out", str(tmp_path / "kit"), "--from", "us")
    assert "7 wordings" in told.stderr
    text = (tmp_path / "kit/texts.txt").read_text("utf-8")
    assert "Oh Hyok-sung" not in text
    assert text.count("\n---\n") == 6


def test_a_korean_campaign_has_a_korean_page(house: House, tmp_path: Path) -> None:
    house.campaign.write_text("language: ko\n" + house.campaign.read_text("utf-8"), "utf-8")
    house.cli("share-kit", str(house.campaign), "--out", str(tmp_path / "kit"), "--from", "서울의 소리")
    page = parse((tmp_path / "kit/index.html").read_text("utf-8"))
    assert page.named("html")[0]["lang"] == "ko"
    assert "함께 알려 주세요" in page.text()


def test_a_preview_is_one_page_that_loads_nothing(house: House, tmp_path: Path) -> None:
    goal = tmp_path / "preview.html"
    told = house.cli("preview", str(house.campaign), "--html", str(goal))
    assert told.stderr.startswith("DRY RUN: 3 threads in ")
    source = goal.read_text("utf-8")
    page = parse(source)
    assert not {"script", "img", "link", "iframe", "form"} & set(page.elements)
    assert "Nothing here is published yet" in page.text()
    shown = house.cli("preview", str(house.campaign), "--json").stdout
    assert shown
    for other in ("--json", "--save"):
        house.cli("preview", str(house.campaign), "--thread", "one", "--html", str(goal), other, code=2)


def test_a_calendar_has_every_start_of_all_campaigns_or_of_those_named(house: House, tmp_path: Path) -> None:
    goal = tmp_path / "a.ics"
    told = house.cli("calendar", "--out", str(goal))
    assert told.stderr == f"DRY RUN: 3 threads in {goal}\n"
    first = goal.read_bytes()
    assert first.count(b"STATUS:TENTATIVE") == 3
    house.cli("approve", str(house.campaign), "--yes")
    house.cli("calendar", str(house.campaign), "--out", str(goal))
    assert goal.read_bytes().count(b"STATUS:CONFIRMED") == 3
    assert "works with" in house.cli("calendar", "--out", str(house.root / ".env"), code=2).stderr
    house.campaign.unlink()
    assert "there is no campaign file" in house.cli("calendar", "--out", str(goal), code=2).stderr
