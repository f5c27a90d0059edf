from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.draft import Draft, load_draft
from amplifier.content.edit import as_typed, as_written, change_post, changed_words
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
    path = change_post(found.campaign, found.threads[0], 2, "He lived.", "  He lives.\n\\---\nYes.  ")
    assert path.read_text("utf-8") == "He ran.\n---\nHe lives.\n\\---\nYes.\n---\nStill.\n"
    found = draft(house)
    assert as_written(found.campaign, found.threads[0]) == ("He ran.", "He lives.\n---\nYes.", "Still.")
    typed = as_typed("He lives.\n---\nYes.")
    change_post(found.campaign, found.threads[0], 2, typed, f"{typed} Indeed.")
    assert as_written(found.campaign, draft(house).threads[0])[1] == "He lives.\n---\nYes. Indeed."


def test_a_line_that_begins_a_new_post_begins_one_and_a_post_is_left_out(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w", one="He ran.\n---\nStill.")
    found = draft(house)
    change_post(found.campaign, found.threads[0], 1, "He ran.", "He ran.\n---\n\n---\nHe lived.\n---\n")
    found = draft(house)
    assert as_written(found.campaign, found.threads[0]) == ("He ran.", "He lived.", "Still.")
    with pytest.raises(TryLater):
        change_post(found.campaign, found.threads[0], 2, "He flew.", "He flew.", leave_out=True)
    for k, was in ((2, "He lived."), (1, "He ran.")):
        change_post(found.campaign, draft(house).threads[0], k, was, was, leave_out=True)
    found = draft(house)
    assert as_written(found.campaign, found.threads[0]) == ("Still.",)
    with pytest.raises(UsageError, match="the only post"):
        change_post(found.campaign, found.threads[0], 1, "Still.", "Still.", leave_out=True)


def test_texts_that_have_little_in_common_are_told_one_after_the_other() -> None:
    before, after = "Mina was 19 when she left.", "Thank you, Aroon, for all that you did."
    assert changed_words(before, after) == [("gone", before), ("new", after)]
    assert len(changed_words(before, "Mina was 17 when she left.")) == 4


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
