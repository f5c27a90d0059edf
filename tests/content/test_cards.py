from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.cards import cards, runs
from amplifier.content.draft import load_draft
from amplifier.model import Mode
from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path

piece = st.sampled_from(
    ("#Tag", "@name", "https://example.org/a?b=c", "example.com", " ", "\n", ".", "한국", "🙂", "word", "#", "@")
)


@given(st.lists(piece, max_size=12).map("".join))
def test_the_runs_of_a_text_are_the_text(text: str) -> None:
    assert "".join(run.text for run in runs(text)) == text


def test_what_a_network_links_is_a_run_of_its_kind() -> None:
    found = [(run.text, run.kind, run.href) for run in runs("See https://example.org/a, #Tag by @name at example.com.")]
    assert found == [
        ("See ", "", None),
        ("https://example.org/a", "link", "https://example.org/a"),
        (", ", "", None),
        ("#Tag", "hashtag", None),
        (" by ", "", None),
        ("@name", "mention", None),
        (" at ", "", None),
        ("example.com", "link", "https://example.com"),
        (".", "", None),
    ]


def test_a_card_tells_how_much_room_is_left(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one=f"{'x' * 260}\n---\nShort.")
    draft = load_draft(house.campaign, house.root, lambda _: "x")
    [thread] = cards(draft, {"main": Mode.DRY}, {"main": "voices"})
    assert (thread.name, thread.anchor, thread.hook) == ("@voices", "one-main", None)
    assert [card.room for card in thread.cards] == ["near", "fine"]
    last = thread.cards[-1]
    assert last.link is not None
    assert (last.link.host, last.k, last.total) == ("example.org", 2, 2)
    over = replace(last, length=last.limit + 11)
    assert (over.room, over.share, over.left) == ("over", 1, -11)
    assert cards(draft, {"main": Mode.DRY}, {"main": None})[0].name == "main"


def test_what_is_said_of_a_post_stands_beside_it(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one="He ran, @somebody saw it.\n---\nShort.")
    draft = load_draft(house.campaign, house.root, lambda _: "x")
    [thread] = cards(draft, {"main": Mode.DRY}, {})
    assert ["somebody" in " ".join(one.message for one in card.findings) for card in thread.cards] == [True, False]
