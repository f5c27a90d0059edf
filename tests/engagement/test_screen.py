from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from amplifier.engagement.report import report
from amplifier.engagement.screen import age
from amplifier.networks.port import Metrics
from tests.support.metrics import read, shown
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)


def test_the_screen_shows_numbers_bars_and_the_next_command(sqlite_store: Store) -> None:
    first, second = add_thread(sqlite_store, [SENT, SENT, None])[:2]
    read(sqlite_store, {first: Metrics(likes=12, impressions=4000)}, SENT + 16 * MINUTE)
    text = shown(report(sqlite_store))
    lines = text.splitlines()
    assert "dmz-escape [LIVE]: 2 of 3 posts out" in lines
    assert "impressions ≥4,000 · likes ≥12 · reposts – · replies –" in lines
    assert "story (main) [LIVE]: 2 of 3 out, begun" in lines
    row = next(line for line in lines if "Post 1 of story." in line)
    assert row.split()[-6:] == ["4,000", "██████", "100%", "12", "–", "–"]
    row = next(line for line in lines if "Post 2 of story." in line)
    assert row.split()[-5:] == ["–"] * 5
    assert "newest reading 2026-12-01 00:46 UTC, at age 16m (1 of 2 posts)" in lines
    assert lines[-1] == "Next: amplifier export csv post_log"
    assert second


def test_numbers_that_are_made_up_say_so_wherever_they_stand(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT], mode="simulated")
    read(sqlite_store, {post: Metrics(likes=1)}, SENT + 16 * MINUTE)
    text = shown(report(sqlite_store))
    assert text.splitlines()[0].startswith("SIMULATED")
    assert "dmz-escape [SIMULATED]" in text
    assert "story (main) [SIMULATED]" in text


def test_a_dry_run_says_why_it_has_no_numbers(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT], mode="dry")
    text = shown(report(sqlite_store))
    assert text.startswith("DRY RUN")
    assert "the outbox, which tells no numbers" in text
    assert "not read yet" in text


def test_what_is_not_out_yet_names_the_command_that_sends_it(sqlite_store: Store) -> None:
    assert shown(report(sqlite_store)).rstrip().endswith("Next: amplifier approve FILE")
    add_thread(sqlite_store, [None])
    text = shown(report(sqlite_store))
    assert "0 of 1 out, queued" in text
    assert text.rstrip().endswith("Next: amplifier run")


def test_a_text_is_shown_as_it_is_in_one_line(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT], texts=["[bold]Not[/bold] markup\nand :smile: no emoji"])
    assert "[bold]Not[/bold] markup and :smile: no emoji" in shown(report(sqlite_store), width=160)


@pytest.mark.parametrize("width", (60, 72, 80, 120))
def test_a_narrow_terminal_cuts_texts_and_no_number(sqlite_store: Store, width: int) -> None:
    [post] = add_thread(sqlite_store, [SENT], texts=["판문점 " * 50])  # each letter is two columns wide
    read(sqlite_store, {post: Metrics(1234, 2345, 3456, 0, 0, 45678)}, SENT + 16 * MINUTE)
    lines = shown(report(sqlite_store), width=width).splitlines()
    row = next(line for line in lines if "판문점" in line)
    assert cell_len(row) <= width
    bars = ["██████"] if width >= 72 else []
    assert row.split()[row.split().index("45,678") :] == ["45,678", *bars, "100%", "1,234", "2,345", "3,456"]


def test_there_is_no_colour_when_nobody_wants_it(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    assert "\x1b[3" not in shown(report(sqlite_store), force_terminal=True)  # NO_COLOR is set for every test


@pytest.mark.parametrize(
    ("seconds", "text"),
    ((30, "30s"), (900, "15m"), (5400, "1h"), (24 * 3600, "24h"), (3 * 86400 + 5, "3d"), (30 * 86400, "30d")),
)
def test_an_age_is_told_in_its_greatest_whole_unit(seconds: int, text: str) -> None:
    assert age(seconds) == text
