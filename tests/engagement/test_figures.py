"""What stands in the tables and captions of a report's parts, drawn and not drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.engagement import figures
from amplifier.engagement.figures import NOT_OUT, NOT_YET, Artist
from amplifier.engagement.report import report
from tests.support.results import counts, fill, gap, reading
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from amplifier.engagement.results import CampaignResult
    from amplifier.engagement.tables import Table
    from amplifier.store.engine import Store

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def read(store: Store, post: int, *told: tuple[timedelta, int]) -> None:
    for mark, seen in told:
        reading(store, post, SENT + mark, mark, counts(impressions=seen))


def words(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def bars(table: Table) -> dict[str, list[int]]:
    """Where each row has a bar, by its first field."""
    return {row[0].text: [place for place, cell in enumerate(row) if cell.share is not None] for row in table.rows}


def one(store: Store) -> CampaignResult:
    [campaign] = report(store).campaigns
    return campaign


def grown(store: Store, *, drawing: bool = False) -> figures.Part:
    campaign = one(store)
    missed = {(each.thread, each.account, each.age_mark) for each in campaign.gaps}
    named = [(thread.thread, thread) for thread in campaign.threads]
    return figures.growth(named, campaign.age_mark, missed, Artist(drawing))


@pytest.fixture
def aged(sqlite_store: Store) -> Store:
    """Four threads: read for a week, for a day, with the week missed, and with a post that is gone."""
    for name, told in (("old", 3), ("young", 2), ("missed", 2), ("gone", 2)):
        [post] = add_thread(sqlite_store, [SENT], thread=name)
        read(sqlite_store, post, *[(HOUR, 10), (DAY, 20 + told), (WEEK, 40)][:told])
        if name == "missed":
            gap(sqlite_store, post, WEEK, SENT + 2 * WEEK)
        if name == "gone":
            with sqlite_store.write() as connection:
                connection.exec_driver_sql("UPDATE latest SET gone_at = taken_at WHERE post_id = ?", (post,))
    return sqlite_store


def test_an_age_that_is_not_reached_is_not_yet_and_one_that_was_missed_is_a_dash(aged: Store) -> None:
    [figure] = grown(aged).figures
    assert [column.head for column in figure.table.columns] == ["thread", "15m", "1h", "6h", "24h", "3d", "7d"]
    last = {row[0]: row[-1] for row in words(figure.table)}
    assert last == {"old": "40", "young": NOT_YET, "missed": "–", "gone": "–"}


def test_bars_are_those_of_the_age_at_which_threads_are_compared(aged: Store) -> None:
    part = grown(aged)
    assert bars(part.figures[0].table) == {name: [4] for name in ("old", "young", "missed", "gone")}
    assert part.note.endswith("The bars are those of 24h.")


def test_a_post_that_a_thread_does_not_have_is_an_empty_field(sqlite_store: Store) -> None:
    long = add_thread(sqlite_store, [SENT, SENT, SENT, SENT, None], thread="long")
    short = add_thread(sqlite_store, [SENT, SENT], thread="short")
    begun = add_thread(sqlite_store, [SENT, SENT, None], thread="begun")
    for post, seen in ((long[0], 100), (long[1], 80), (long[3], 40), (short[0], 10), (short[1], 5)):
        read(sqlite_store, post, (DAY, seen))
    read(sqlite_store, begun[0], (DAY, 10))
    threads = [(thread.thread, thread) for thread in one(sqlite_store).threads]
    [figure] = figures.retention(threads, Artist(drawing=False)).figures
    assert {row[0]: row[2:] for row in words(figure.table)} == {
        "long": ["100%", "80%", "–", "40%"],
        "short": ["100%", "50%", "", ""],
        "begun": ["100%", "–", NOT_OUT, ""],
    }
    assert bars(figure.table) == {"long": [5], "short": [3], "begun": [2]}


def test_how_many_threads_there_are_stands_beside_the_name(sqlite_store: Store) -> None:
    fill(sqlite_store, 20)
    campaign = one(sqlite_store)
    found = figures.comparisons(campaign.comparisons, "24h", Artist(drawing=False)).figures
    found = [*found, *figures.slots(campaign.slots, "24h", Artist(drawing=False)).figures]
    assert {figure.table.columns[1].head for figure in found} == {"threads"}
    assert sum(int(row[1]) for row in words(found[0].table)) == 20
    assert all(set(places) <= {2} for figure in found for places in bars(figure.table).values())


@pytest.mark.parametrize("drawing", (True, False))
def test_a_caption_speaks_of_lines_and_colours_where_there_are_some(sqlite_store: Store, drawing: bool) -> None:
    fill(sqlite_store, 8)
    campaign, artist = one(sqlite_store), Artist(drawing)
    threads = [(thread.thread, thread) for thread in campaign.threads]
    notes = [
        grown(sqlite_store, drawing=drawing).note,
        figures.retention(threads, artist).note,
        figures.comparisons(campaign.comparisons, "24h", artist).note,
        figures.slots(campaign.slots, "24h", artist).note,
    ]
    assert ["colour" in note for note in notes] == [drawing] * 4
    assert any(" line" in note for note in notes) is drawing
    assert all("bar" in note for note in notes[:2]) is not drawing


def test_of_many_lines_the_coloured_one_is_of_those_that_go_furthest(sqlite_store: Store) -> None:
    fill(sqlite_store, 8)
    assert grown(sqlite_store, drawing=True).note.endswith("In colour is the one that ends highest.")
    fill(sqlite_store, 1, campaign="another")
    [few] = [each for each in report(sqlite_store).campaigns if each.campaign == "another"]
    alone = figures.growth([(few.threads[0].thread, few.threads[0])], few.age_mark, (), Artist(drawing=True))
    assert "colour" not in alone.note


def test_of_more_lines_than_are_named_it_says_so(sqlite_store: Store) -> None:
    fill(sqlite_store, figures.NAMED + 1)
    assert grown(sqlite_store, drawing=True).note.endswith("highest, of those that go furthest.")
