from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.claims.bare import bare, enumerator


@pytest.mark.parametrize(
    ("text", "left"),
    (
        ("He ran.\n\n#One #Two", "He ran."),
        ("He ran. #One", "He ran."),
        ("He ran:\nhttps://example.org/a\n\n#One", "He ran:"),
        ("#One #Two", ""),
        ("from #One", "from #One"),
        ("#One is a tag.", "#One is a tag."),
        ("See https://example.org/a?b=3 now.", "See                           now."),
        ("See example.org now.", "See             now."),
        ("He was 34.It was night.", "He was 34.It was night."),
        ("Oslo.It was night.", "Oslo.It was night."),
    ),
)
def test_hashtags_at_the_end_and_links_are_taken_out(text: str, left: str) -> None:
    assert bare(text).rstrip() == left


@pytest.mark.parametrize(("line", "length"), (("1. He", 3), ("25) He", 4), ("26. He", 0), ("34. He", 0), ("He", 0)))
def test_a_number_that_no_thread_reaches_is_no_enumerator(line: str, length: int) -> None:
    assert enumerator(line) == length


def test_numbering_is_taken_out_where_it_is_the_number_of_the_post() -> None:
    assert bare("He ran.\n\n#One 2/5", "2/5").rstrip() == "He ran."
    assert bare("He ate 1/2", "2/5") == "He ate 1/2"
    assert bare("He ate 2/5 of it", "2/5") == "He ate 2/5 of it"
    assert bare("He ate 12/5", "2/5") == "He ate 12/5"


@given(st.text(max_size=60) | st.text(st.sampled_from("ab. #\n/h2:"), max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_length_and_the_lines_stay(text: str) -> None:
    plain = bare(text, "1/2")
    assert len(plain) == len(text)
    assert [n for n, character in enumerate(plain) if character == "\n"] == [
        n for n, character in enumerate(text) if character == "\n"
    ]
    assert all(after in {before, " "} for before, after in zip(text, plain, strict=True))


@pytest.mark.parametrize(
    ("line", "length"),
    (("1. He ran", 3), ("12) He", 4), ("– He", 2), ("• He", 2), ("3.5 km", 0), ("123. He", 0), ("-5 °C", 0)),
)
def test_an_enumerator_is_measured(line: str, length: int) -> None:
    assert enumerator(line) == length
