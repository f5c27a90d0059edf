from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.engagement.page import page
from amplifier.engagement.report import report
from amplifier.store.engine import open_store
from amplifier.workspace import init_workspace
from tests.support.html import parse
from tests.support.results import counts, fill, reading, set_post, set_thread
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.store.engine import Store

MADE = datetime(2026, 12, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTILE = '<script>alert(1)</script></blockquote><img src="https://evil.example/x.png"> & {{ 7 * 7 }} \u202e"\''
OURS = {"http://www.w3.org/2000/svg"}
"""The name of a language, which nothing loads."""


def test_the_page_has_every_part_with_its_mode(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    found = parse(page(report(sqlite_store), MADE, drawing=False))
    text = found.text()
    assert found.texts_of("h1") == ["dmz-escape"]
    assert found.texts_of("h3") == [
        "How it grew",
        "How far readers stayed",
        "Hooks and templates",
        "When",
        "Posts with the most interactions",
        "Hashtags",
        "Cost",
        "Gaps",
        "Gone",
        "Every thread",
        "How to read this",
    ]
    assert text.count("SIMULATED") >= 11
    assert "The simulated network made these numbers up; they say nothing about readers." in text
    assert "winner: hook 2 is the best with a probability of 9" in text
    assert "Made by Amplifier on 2026-12-30 12:00 UTC." in text
    assert "Tables instead of charts; to have them drawn: make analyst" in text
    assert "not yet: the posts are younger than that" in text
    assert "`" not in text


def test_with_charts_each_has_a_wide_and_a_narrow_drawing_and_its_numbers(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    made = report(sqlite_store)
    drawn, plain = parse(page(made, MADE)), parse(page(made, MADE, drawing=False))
    pictures = drawn.named("svg")
    assert len(pictures) == 10
    assert {picture["role"] for picture in pictures} == {"img"}
    assert all(picture["aria-label"] for picture in pictures)
    assert drawn.rows == plain.rows
    assert "to have them drawn" not in drawn.text()
    assert [each for each in plain.attributes if each[1].get("class") == "bar"]


def test_without_charts_no_part_has_to_share_its_width(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    made = report(sqlite_store)
    drawn, plain = (
        [each.get("class") for each in parse(page(made, MADE, drawing=drawing)).named("div")]
        for drawing in (True, False)
    )
    assert (drawn.count("pair"), plain.count("pair")) == (2, 1)  # hashtags and cost are short
    assert plain.count("single") == drawn.count("single") + 2


@pytest.mark.parametrize(
    ("mode", "later", "said"), (("simulated", 1, True), ("simulated", -1, False), ("live", 1, False))
)
def test_the_foot_says_that_a_rehearsals_clock_runs_ahead(
    sqlite_store: Store, mode: str, later: int, said: bool
) -> None:
    [post] = add_thread(sqlite_store, [SENT], mode=mode)
    reading(sqlite_store, post, MADE + later * DAY, DAY, counts(impressions=3))
    [foot] = parse(page(report(sqlite_store), MADE)).texts_of("footer")
    ahead = "The rehearsal's clock runs ahead: its newest reading is of 2026-12-31 12:00 UTC."
    assert foot == f"Made by Amplifier on 2026-12-30 12:00 UTC.{f' {ahead}' if said else ''}"


@pytest.mark.parametrize("drawing", (True, False))
def test_a_posts_text_and_a_files_name_are_words_and_its_address_is_a_link_only_on_the_web(
    sqlite_store: Store, drawing: bool
) -> None:
    fill(sqlite_store, 2)
    benign = parse(page(report(sqlite_store), MADE, drawing=drawing))
    posts = [post.post_id for thread in report(sqlite_store).campaigns[0].threads for post in thread.posts]
    for post in posts:
        set_post(sqlite_store, post, text=HOSTILE, url="javascript:alert(1)")
    set_thread(sqlite_store, posts[0], origin=f"templates/{HOSTILE.replace('/', '')}.j2")
    found = parse(page(report(sqlite_store), MADE, drawing=drawing))
    assert found.texts_of("blockquote") == [HOSTILE] * 5
    assert set(found.elements) == set(benign.elements) - {"a"}
    assert not {"script", "img"} & set(found.elements)


@pytest.mark.parametrize("drawing", (True, False))
def test_the_only_addresses_in_it_are_those_of_the_posts(sqlite_store: Store, drawing: bool) -> None:
    fill(sqlite_store, 12)
    source = page(report(sqlite_store), MADE, drawing=drawing)
    own = {post.url for post in report(sqlite_store).campaigns[0].top}
    assert set(re.findall(r"[a-z]+://[^\s\"'<>)]+", source)) - OURS == own
    assert not re.search(r"@import|url\(|src=|srcset=|<link", source)


@pytest.mark.parametrize("drawing", (True, False))
def test_what_was_not_told_is_a_dash_and_what_was_told_as_zero_is_zero(sqlite_store: Store, drawing: bool) -> None:
    [first, second] = add_thread(sqlite_store, [SENT, SENT])
    reading(sqlite_store, first, SENT + DAY, DAY, counts(impressions=0, likes=0))
    source = page(report(sqlite_store), MADE, drawing=drawing)
    found = parse(source)
    tiles = dict(zip(found.texts_of("dt"), found.texts_of("dd"), strict=True))
    assert (tiles["impressions"], tiles["likes"], tiles["reposts"], tiles["interactions"]) == ("≥0", "≥0", "–", "–")
    [zero] = [row for row in found.rows if row[1:2] == ["Post 1 of story."]]
    [untold] = [row for row in found.rows if row[1:2] == ["Post 2 of story."]]
    assert zero[2:] == ["0", "–", "0", *["–"] * 8, "24h"]
    assert untold[2:] == ["–"] * 12
    assert "not told, never 0" in found.text()
    assert second


@pytest.mark.parametrize(("mode", "banner"), (("live", "LIVE"), ("dry", "DRY RUN"), ("simulated", "SIMULATED")))
def test_every_mode_has_a_page_also_where_nothing_was_read(sqlite_store: Store, mode: str, banner: str) -> None:
    add_thread(sqlite_store, [SENT, None], mode=mode)
    add_thread(sqlite_store, [None], mode=mode, campaign="second")
    found = parse(page(report(sqlite_store), MADE))
    assert found.texts_of("title") == [f"What came of it · {banner}"]
    assert found.texts_of("b")[0] == banner
    assert [link["href"] for link in found.named("a")] == ["#dmz-escape", "#second"]
    assert {section["id"] for section in found.named("article")} == {"dmz-escape", "second"}


def test_nothing_approved_is_said(sqlite_store: Store) -> None:
    assert "Nothing was approved in mode live yet." in parse(page(report(sqlite_store), MADE)).text()


WITHOUT = """
import sys
sys.modules["altair"] = sys.modules["vl_convert"] = None  # as if they were not installed
from amplifier.cli import main
main(["-C", sys.argv[1], "report", "--html", sys.argv[2]])
"""


def test_without_the_extra_there_are_tables_and_a_word_on_what_to_install(tmp_path: Path) -> None:
    root = init_workspace(tmp_path / "workspace").root
    open_store(None, root / "amplifier.db").close()
    path = tmp_path / "report.html"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(root), str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "tables instead of charts; to have them drawn: make analyst" in done.stderr
    assert done.stderr.splitlines()[-1] == f"next: open {path} in a browser"
    assert "make analyst" in parse(path.read_text("utf-8")).text()


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt-get install chromium)")
def test_a_browser_without_a_network_shows_it_and_complains_of_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, 4)
    set_post(sqlite_store, 1, text=HOSTILE)
    path = tmp_path / "report.html"
    path.write_text(page(report(sqlite_store), MADE), "utf-8")
    net = tmp_path / "net.json"
    done = subprocess.run(
        [
            str(CHROMIUM),
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--enable-logging=stderr", "--v=0", f"--log-net-log={net}", "--dump-dom", path.as_uri()),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<svg") == 10
    asked = set(re.findall(r'"url":"(?!file:|data:)([^"]+)"', net.read_text("utf-8", errors="replace")))
    assert not {url for url in asked if "evil.example" in url or "x.example" in url}
