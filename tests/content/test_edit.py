from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.draft import Draft, load_draft
from amplifier.content.edit import as_written, change_post, changed_words
from amplifier.errors import TryLater, UsageError
from tests.support.house import House

if TYPE_CHECKING:
    from pathlib import Path


def draft(house: House) -> Draft:
    return load_draft(house.campaign, house.root, lambda _: "x")


@given(st.text(alphabet="ab \n", max_size=30), st.text(alphabet="ab \n", max_size=30))
def test_what_is_kept_and_gone_is_the_old_text_and_what_is_kept_and_new_the_new_one(before: str, after: str) -> None:
    pieces = changed_words(before, after)
    assert "".join(text for kind, text in pieces if kind != "new") == before
    assert "".join(text for kind, text in pieces if kind != "gone") == after


def test_one_post_is_changed_and_the_others_stay_as_they_were_written(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one="He ran.\n---\nHe lived.\n---\nStill.")
    found = draft(house)
    assert as_written(found.campaign, found.threads[0]) == ("He ran.", "He lived.", "Still.")
    path = change_post(found.campaign, found.threads[0], 2, "He lived.", "  He lives.\n---\nYes.  ")
    assert path.read_text("utf-8") == "He ran.\n---\nHe lives.\n\\---\nYes.\n---\nStill.\n"
    assert as_written(found.campaign, draft(house).threads[0]) == ("He ran.", "He lives.\n---\nYes.", "Still.")


def test_a_post_that_was_split_is_edited_as_it_is_published(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one=f"{'He ran on and on. ' * 30}\n---\nHe lived.")
    found = draft(house)
    texts = as_written(found.campaign, found.threads[0])
    assert len(texts) == len(found.threads[0].posts) > 2
    change_post(found.campaign, found.threads[0], 1, texts[0], "Short now.")
    assert draft(house).threads[0].posts[0].text.startswith("Short now.")


def test_what_somebody_else_has_changed_and_what_is_no_post_is_refused(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one="He ran.\n---\nHe lived.")
    found = draft(house)
    before = (house.root / "campaigns/threads/one.md").read_bytes()
    for k, was, text, error in (
        (1, "He walked.", "He flew.", TryLater),
        (3, "He ran.", "He flew.", UsageError),
        (0, "He ran.", "He flew.", UsageError),
        (1, "He ran.", " \n ", UsageError),
        (1, "He ran.", "He ran.\n", UsageError),
    ):
        with pytest.raises(error):
            change_post(found.campaign, found.threads[0], k, was, text)
    assert (house.root / "campaigns/threads/one.md").read_bytes() == before
