from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from amplifier.engagement.report import report
from amplifier.engagement.screen import render
from amplifier.networks.port import Metrics
from tests.support.metrics import read, shown
from tests.support.results import fill
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.store.engine import Store

MINUTE = timedelta(minutes=1)


def test_the_screen_shows_numbers_and_bars(sqlite_store: Store) -> None:
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
    assert second


def test_what_is_compared_costs_was_missed_or_is_gone_has_a_line_each(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    lines = shown(report(sqlite_store), width=200).splitlines()
    part = lines[lines.index("dmz-escape [SIMULATED]: threads compared at 24h") :]
    assert part[1].startswith("hooks: winner: hook 2 is the best with a probability of 9")
    assert re.fullmatch(r"  hook 2 2\.\d\d% \[2\.\d\d% to 3\.\d\d%\] \(10 threads\) · hook 1 1\..*", part[2])
    assert part[3].startswith("templates: too early to tell: 3 of 3 have fewer than 8 threads")
    assert part[5].startswith("slots (main): ")
    assert part[5].endswith("; too early to tell")
    assert part[6].startswith("would cost $5.")
    assert part[7].endswith(
        "missed: amplifier sql \"SELECT * FROM reading_gaps WHERE campaign = 'dmz-escape' AND mode = 'simulated'\""
    )
    assert part[8] == "2 posts gone: counted as told last"


def test_nothing_is_compared_where_nothing_was_read_at_the_age(sqlite_store: Store) -> None:
    [post] = add_thread(sqlite_store, [SENT])
    text = shown(report(sqlite_store))
    assert "nothing to compare: no reading counts for an age yet" in text
    assert "\ncost – (publishing –, reading $0.00)\n" in text
    read(sqlite_store, {post: Metrics(1, 0, 0, 0, 0, 10)}, SENT + 16 * MINUTE)
    assert "threads compared at 15m" in shown(report(sqlite_store))
    text = shown(report(sqlite_store, age=timedelta(days=7)))
    assert "nothing was read at that age; there are 15m" in text


def test_a_report_since_a_day_says_so(sqlite_store: Store) -> None:
    add_thread(sqlite_store, [SENT])
    text = shown(report(sqlite_store, since=SENT + 60 * MINUTE))
    assert "Only threads that began on 2026-12-01 01:30 UTC or later." in text
    assert text.endswith("\nNo thread began then or later.\n")
    assert "1 of 1 posts out" in shown(report(sqlite_store, since=SENT))


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


def test_what_is_not_out_yet_is_said(sqlite_store: Store) -> None:
    assert shown(report(sqlite_store)).rstrip().endswith("Nothing was approved in mode live yet.")
    add_thread(sqlite_store, [None])
    assert "0 of 1 out, queued" in shown(report(sqlite_store))


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


def test_at_a_terminal_a_line_goes_on_between_words(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    out = io.StringIO()
    render(report(sqlite_store), Console(file=out, width=60, force_terminal=True, color_system=None))
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 60
    words = set(shown(report(sqlite_store), width=200).split())
    cost = next(number for number, line in enumerate(lines) if "would cost" in line or "cost " in line)
    assert set(" ".join(lines[cost : cost + 2]).split()) <= words
