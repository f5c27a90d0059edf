from __future__ import annotations

from itertools import product

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.length import weighted_length
from amplifier.content.text.units import Break, Cutter, Room, units_of

# letters, marks, jamo and syllables, half-width kana, conjuncts, signs that prepend, emoji, flags, controls
CHARACTERS = (
    "ae1 .,\r\n\t\u0301\u0323가각\u1100\u1161\u11a8日かガカﾞ\u3099नम\u094dक\u093fกำه\u0640\u064eא"
    "\u0600\u0d4e©❤\ufe0f\u200d👨🏽🇰🇷\u20e3\u200b"
)


def parts(text: str, limit: int, language: str = "en") -> list[tuple[str, str]]:
    units = units_of(text, language, Room(limit), weighted_length)
    return [(text[unit.start : unit.end], unit.after.name) for unit in units]


def inside_graphemes(text: str) -> set[int]:
    return {offset for found in regex.finditer(r"\X", text) for offset in range(found.start() + 1, found.end())}


def test_any_two_characters_are_one_grapheme_or_two() -> None:
    for one, two in product(CHARACTERS, repeat=2):
        text = f"é{one}{two}가"
        assert Cutter(text, "en")._inside == inside_graphemes(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.one_of(st.sampled_from(CHARACTERS), st.characters()), max_size=30))
def test_what_is_inside_a_grapheme_is_known(text: str) -> None:
    assert Cutter(f"é{text}", "en")._inside == inside_graphemes(f"é{text}")


def test_a_text_is_cut_no_finer_than_it_must_be() -> None:
    text = "He ran, and ran. She fell.\n\nThey slept."
    assert parts(text, 20) == [
        ("He ran, and ran.", "SENTENCE"),
        ("She fell.", "PARAGRAPH"),
        ("They slept.", "SENTENCE"),
    ]
    assert parts(text, 11) == [
        ("He", "WORD"),
        ("ran,", "CLAUSE"),
        ("and", "WORD"),
        ("ran.", "SENTENCE"),
        ("She fell.", "PARAGRAPH"),
        ("They slept.", "SENTENCE"),
    ]
    assert parts("on abcdef", 5)[0] == ("on", "WORD")
    assert parts("on abcdef", 5)[1:3] == [("a", "GRAPHEME"), ("b", "GRAPHEME")]


def test_a_sentence_that_no_post_holds_is_first_cut_into_the_sentences_inside_it() -> None:
    said = "“He ran on. Mr. Lee fell, they say. It was cold.”"
    assert parts(said, 40) == [
        ("“He ran on.", "INNER"),
        ("Mr. Lee fell, they say.", "INNER"),
        ("It was cold.”", "SENTENCE"),
    ]
    assert [after for _, after in parts(said, 20)] == ["INNER", "WORD", "WORD", "CLAUSE", "WORD", "INNER", "SENTENCE"]


@pytest.mark.parametrize(
    ("language", "text", "first"),
    (
        ("en", 'He said: "One is. Two is." and ran.', 'He said: "One is.'),
        ("en", '(It ran. "It fell." It slept) and woke.', "(It ran."),
        ("de", "Er sagte: „Eins ist. Zwei ist.“, und lief.", "Er sagte: „Eins ist."),
        ("fr", "Il dit : « Un est. Deux est », puis partit.", "Il dit : « Un est."),
        ("ko", "그는 “나는 달렸다. 살았다.”라고 했다.", "그는 “나는 달렸다."),
        ("ja", "「走った。倒れた。」と言った。", "「走った。"),
        ("zh", "他说：“我跑了。他也跑了。”", "他说：“我跑了。"),
        ("ar", "قال: «ركض الجندي. ثم سقط» وبكى.", "قال: «ركض الجندي."),
    ),
)  # fmt: skip
def test_the_sentences_of_a_quotation_are_found_in_any_language(language: str, text: str, first: str) -> None:
    assert len(units_of(text, language, Room(200), weighted_length)) == 1
    found = parts(text, weighted_length(text) - 1, language)
    assert found[0] == (first, "INNER")


def test_a_sentence_is_not_parted_from_the_marks_and_the_particle_behind_its_quotation() -> None:
    found = parts("그는 “나는 정말로 달렸다!” 라고 모두에게 크게 말했다.", 40, "ko")
    assert "INNER" not in {after for _, after in found}
    found = parts("Er rief: „Eins ist. Zwei ist.“ 24 kamen.", 30, "de")
    assert found == [("Er rief: „Eins ist.", "INNER"), ("Zwei ist.“ 24 kamen.", "SENTENCE")]
    found = parts("He said “Run! Do run!”, and “Fall.” “Do fall.”", 40)
    assert [text for text, _ in found if text.startswith(("”", ","))] == []


@pytest.mark.parametrize(
    ("text", "clauses"),
    (
        ("he ran, he fell", ["he ran,"]),
        ("“he ran,” he said", ["“he ran,”"]),
        ("he ran (and fell), he slept", ["he ran (and fell),"]),
        ("he ran – he fell", ["he ran –"]),
        ("he ran—he fell", ["he ran—"]),
        ("1,000 ran at 3:15", []),
        ("走った、倒れた", ["走った、"]),
        ("ركض، ثم سقط", ["ركض،"]),
    ),
)
def test_a_clause_ends_behind_its_comma_or_dash_and_the_marks_that_close_it(text: str, clauses: list[str]) -> None:
    units = units_of(text, "en", Room(weighted_length(text) - 1), weighted_length)
    assert [text[: unit.end] for unit in units if unit.after is Break.CLAUSE] == clauses


def test_a_heading_announces_and_so_does_a_line_that_ends_in_a_colon() -> None:
    text = "The Escape\nHe ran.\n\nHe says:\nI ran. And so on:\nthus."
    assert parts(text, 60) == [
        ("The Escape", "HEADING"),
        ("He ran.", "PARAGRAPH"),
        ("He says:", "HEADING"),
        ("I ran.", "SENTENCE"),
        ("And so on:", "HEADING"),
        ("thus.", "SENTENCE"),
    ]


def test_a_last_line_announces_nothing() -> None:
    assert parts("He ran.\nThe Escape\n", 60)[-1] == ("The Escape", "SENTENCE")


def test_a_sentence_that_does_not_fit_below_its_heading_is_cut_and_the_heading_kept() -> None:
    assert parts("The Escape\nHe ran, and fell.", 20)[:2] == [("The Escape", "HEADING"), ("He", "WORD")]


def test_a_heading_that_cannot_stand_above_its_text_is_let_go() -> None:
    assert parts("The Escape\n" + "가" * 10, 25) == [("The Escape", "PARAGRAPH"), ("가" * 10, "SENTENCE")]
    assert [after for _, after in parts("Korea\nThe Escape\n" + "가" * 10, 32)] == ["PARAGRAPH", "HEADING", "SENTENCE"]
