from __future__ import annotations

from functools import partial
from itertools import combinations, pairwise
from math import inf

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amplifier.content.text.entities import hashtags, mentions, urls
from amplifier.content.text.length import measure, weighted_length
from amplifier.content.text.split import Cost, Room, split
from amplifier.content.text.units import Break, Cutter, units_of
from benchmarks.splitting import Source, filling

LANGUAGES = st.sampled_from(["en", "ko", "ja", "zh", "ar"])
WORDS = st.sampled_from([
    "freedom", "ran", "he", "북한은", "자유를", "走った", "人权很重要", "ركض", "😀", "👨‍👩‍👧", "e\u0301",
    "#DMZ", "@hrw", "https://example.com/a", "example.com", "3.5", "(It", "“stop”", "日本、中国、韓国",
    "“He ran. She", "left.”", "\nThe Escape\n", ".\n\nThe Escape\n\n", "走った。「兵士",
    "가나다라마바사아자차카타파하" * 4,
])  # fmt: skip
GLUE = st.sampled_from(
    [" ", " ", " ", ", ", ". ", ".\n", "\n\n", "? ", "。", "！", "、", "—", " – ", "\r\n", "\u3000", ":\n"]
)


def texts(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(WORDS, GLUE), max_size=most).map(lambda parts: "".join(map("".join, parts)).strip())


TEXTS = texts(30)
ROOMS = st.builds(Room, st.integers(40, 80), st.integers(0, 5), st.integers(0, 5))


def fits(pieces: list[str], room: Room) -> bool:
    return all(
        weighted_length(piece) <= room.of(first=k == 0, last=k == len(pieces) - 1) for k, piece in enumerate(pieces)
    )


def spans_of(text: str, pieces: list[str]) -> list[tuple[int, int]]:
    """Where the pieces stand; fails when anything but white space lies between them."""
    spans, done = [], 0
    for piece in pieces:
        start = len(text) - len(text[done:].lstrip())
        assert text.startswith(piece, start)
        done = start + len(piece)
        spans.append((start, done))
    assert not text[done:].strip()
    return spans


@settings(max_examples=120, deadline=None)
@given(TEXTS, LANGUAGES, ROOMS)
def test_pieces_fit_and_give_the_source_back_and_cut_nothing_whole(text: str, language: str, room: Room) -> None:
    pieces = split(text, language, room, weighted_length)
    assert fits(pieces, room)
    assert all(piece and piece == piece.strip() for piece in pieces)
    edges = [edge for span in spans_of(text, pieces)[1:] for edge in span[:1]]
    source = text.strip()
    offset = text.index(source)
    for entity in (*urls(source), *hashtags(source), *mentions(source)):
        assert not any(entity.start < edge - offset < entity.end for edge in edges)
    for grapheme in regex.finditer(r"\X", source):
        assert not any(grapheme.start() < edge - offset < grapheme.end() for edge in edges)
    assert split(text, language, room, weighted_length) == pieces
    for number, piece in enumerate(pieces):
        own = Room(room.of(first=number == 0, last=number == len(pieces) - 1))
        assert split(piece, language, own, weighted_length) == [piece]


@settings(max_examples=100, deadline=None)
@given(TEXTS, LANGUAGES, ROOMS)
def test_only_sentences_that_no_post_can_hold_with_their_headings_are_cut(text: str, language: str, room: Room) -> None:
    starts = [start for start, _ in spans_of(text, split(text, language, room, weighted_length))[1:]]
    sentences = Cutter(text, language).sentences()
    above = 0
    for number, sentence in enumerate(sentences):
        if any(sentence.start < start < sentence.end for start in starts):
            cap = room.of(first=above == 0, last=number == len(sentences) - 1)
            assert weighted_length(text[sentences[above].start : sentence.end]) > cap
        if sentence.after is not Break.HEADING:
            above = number + 1


@settings(max_examples=150, deadline=None)
@given(TEXTS, LANGUAGES, ROOMS)
def test_a_heading_ends_a_post_only_where_nothing_of_its_text_fits_below_it(
    text: str, language: str, room: Room
) -> None:
    ends = {end for _, end in spans_of(text, split(text, language, room, weighted_length))[:-1]}
    headings = {unit.end for unit in Cutter(text, language).sentences() if unit.after is Break.HEADING}
    units = units_of(text, language, room, weighted_length) if ends else []
    top = 0
    for number, unit in enumerate(units[:-1]):
        if unit.end not in headings:
            top = number + 1
        elif unit.end in ends:
            below = next(k for k in range(number + 1, len(units)) if units[k].end not in headings)
            together = weighted_length(text[units[top].start : units[below].end])
            assert together > room.of(first=top == 0, last=below == len(units) - 1)


@settings(max_examples=100, deadline=None)
@given(TEXTS, LANGUAGES, st.integers(40, 80))
def test_without_headings_no_way_to_pack_the_sentences_makes_fewer_posts(text: str, language: str, limit: int) -> None:
    assume(not any(unit.after is Break.HEADING for unit in Cutter(text, language).sentences()))
    pieces = split(text, language, Room(limit), weighted_length)
    assert len(pieces) == len(filling(Source("", language, text), limit))


@settings(max_examples=120, deadline=None)
@given(texts(14), LANGUAGES, ROOMS)
def test_no_other_way_is_cheaper(text: str, language: str, room: Room) -> None:
    assume(text and weighted_length(text) > room.of(first=True, last=True))
    units = units_of(text, language, room, weighted_length)
    assume(len(units) <= 10)
    price = Cost(units, room)

    def total(breaks: tuple[int, ...]) -> float:
        bounds = [0, *breaks, len(units)]
        return sum(
            price.of(start, end, weighted_length(text[units[start].start : units[end - 1].end]))
            for start, end in pairwise(bounds)
        )

    cheapest = min(total(breaks) for count in range(len(units)) for breaks in combinations(range(1, len(units)), count))
    starts = [start for start, _ in spans_of(text, split(text, language, room, weighted_length))]
    ours = total(tuple(k for k, unit in enumerate(units) if unit.start in starts[1:]))
    assert ours < inf
    assert ours == pytest.approx(cheapest, rel=0, abs=1e-6)


def test_a_text_that_fits_comes_back_as_it_is() -> None:
    text = "One.\n\nTwo, three.   Four?"
    assert split(text, "en", Room(len(text)), weighted_length) == [text]
    assert split(f" {text}\n", "en", Room(len(text)), weighted_length) == [text]
    assert split(" \n ", "en", Room(10), weighted_length) == []


def test_room_is_reserved_in_the_first_and_in_the_last_piece() -> None:
    text = "One two. Three four. Five six."
    assert split(text, "en", Room(30), weighted_length) == [text]
    assert split(text, "en", Room(30, first=1), weighted_length) != [text]
    assert split(text, "en", Room(30, last=1), weighted_length) != [text]
    assert fits(split(text, "en", Room(24, first=15), weighted_length), Room(24, first=15))
    assert split(text, "en", Room(24, first=15), weighted_length)[0] == "One two."
    assert split(text, "en", Room(24, last=14), weighted_length)[-1] == "Five six."


def test_posts_are_even_rather_than_full() -> None:
    sentence = "x" * 29 + ". "
    assert [len(piece) for piece in split(sentence.upper() * 4, "en", Room(95), weighted_length)] == [61, 61]


def test_even_posts_are_worth_an_end_inside_a_paragraph() -> None:
    one, two, three = of_lengths(26, 45, 44)
    pieces = split(f"{one}\n\n{two} {three}", "en", Room(95), weighted_length)
    assert [len(piece) for piece in pieces] == [73, 44]


def test_a_paragraph_is_a_better_end_than_a_sentence() -> None:
    text = "Aaaa aaaa. Bbbb bbbb.\n\nCccc cccc. Dddd dddd."
    assert split(text, "en", Room(40), weighted_length) == ["Aaaa aaaa. Bbbb bbbb.", "Cccc cccc. Dddd dddd."]
    text = "Aaaa aaaa. Bbbb bbbb. Eeee.\n\nCccc cccc. Dddd."
    assert split(text, "en", Room(40), weighted_length)[0].endswith("Eeee.")


def test_a_long_sentence_is_cut_at_a_clause_and_a_long_clause_at_a_word() -> None:
    clauses = "he ran over the line of the border, and he fell down behind a wall of leaves"
    assert split(clauses, "en", Room(45), weighted_length) == [
        "he ran over the line of the border,",
        "and he fell down behind a wall of leaves",
    ]
    words = "he ran over the line of the border and fell"
    assert " ".join(split(words, "en", Room(25), weighted_length)) == words
    assert split("life—death" * 3, "en", Room(14), weighted_length) == [
        "life—deathlife—"[:5],
        "deathlife—",
        "deathlife—",
        "death",
    ]


def test_one_post_less_is_worth_a_break_inside_a_clause() -> None:
    text = "He fell now. They all went over the old line fast, and he got up again now."
    assert [len(piece) for piece in split(text, "en", Room(40), weighted_length)] == [39, 35]
    assert len(split(text, "en", Room(36), weighted_length)) == 3


def test_one_post_less_is_worth_any_number_of_breaks_between_words() -> None:
    text = "so he ran on over the old lines, " * 12 + "and that was all of it."
    pieces = split(text, "en", Room(40), weighted_length)
    assert len(pieces) == len(filling(Source("", "en", text), 40)) == 11
    assert sum(not piece.endswith((",", ".")) for piece in pieces) > 3


def test_a_long_quotation_is_cut_between_its_sentences() -> None:
    said = "“He ran to the line. Dr. Lee fell down there. It was a very cold day.” She wept."
    assert split(said, "en", Room(64), weighted_length) == [
        "“He ran to the line. Dr. Lee fell down there.",
        "It was a very cold day.” She wept.",
    ]
    assert split("그는 “나는 달렸다. 살고 싶었다.”라고 했다.", "ko", Room(32), weighted_length) == [
        "그는 “나는 달렸다.",
        "살고 싶었다.”라고 했다.",
    ]
    assert split("「走った。「倒れた。また走った。」と言った」", "ja", Room(24), weighted_length) == [
        "「走った。「倒れた。",
        "また走った。」と言った」",
    ]


def test_wide_scripts_break_at_their_commas_and_between_words() -> None:
    assert split("日本、中国、韓国、北朝鮮", "ja", Room(14), weighted_length) == ["日本、中国、", "韓国、北朝鮮"]
    assert split("他跑了很久很久很久", "zh", Room(10), weighted_length) == ["他跑了很久", "很久很久"]
    assert split("兵士は国境を走った", "ja", Room(12), weighted_length) == ["兵士は国境を", "走った"]


def test_only_a_token_heavier_than_a_post_is_cut_between_graphemes() -> None:
    pieces = split("가" * 400, "ko", Room(280), weighted_length)
    assert "".join(pieces) == "가" * 400
    assert len(pieces) == 3
    family = "👨‍👩‍👧"
    pieces = split(family * 6, "en", Room(5), weighted_length)
    assert pieces == [family * 2] * 3
    assert split("abc defghij", "en", Room(7), weighted_length) == ["abc", "defghij"]


def test_links_tags_and_accounts_stay_whole_inside_a_token_that_is_cut() -> None:
    for whole in ("https://example.com/abcdefghijkl", "。#NorthKoreaDefectors", " @a_rather_long_name"):
        text = "가" * 30 + whole + "。" + "나" * 30
        for limit in range(26, 60):
            pieces = split(text, "ko", Room(limit), weighted_length)
            assert any(whole.strip("。 ") in piece for piece in pieces)
            assert fits(pieces, Room(limit))


def test_an_account_stays_whole_wherever_it_stands_in_a_token_that_is_cut() -> None:
    for before in range(1, 27):
        text = "가" * before + "@long_name" + "나" * 20
        assert any("@long_name" in piece for piece in split(text, "ko", Room(26), weighted_length))


def test_a_mark_stays_with_the_space_it_stands_on() -> None:
    text = "aaaa bbbb cccc \u0301dddd eeee"
    for limit in range(10, 20):
        assert any("cccc \u0301dddd" in piece for piece in split(text, "en", Room(limit), weighted_length))


def of_lengths(*lengths: int) -> list[str]:
    return ["A" + "a" * (length - 2) + "." for length in lengths]


def test_a_nearly_empty_post_is_avoided() -> None:
    one, two, three = of_lengths(28, 56, 21)
    assert split(f"{one} {two}\n{three}", "en", Room(100), weighted_length) == [one, f"{two}\n{three}"]
    one, two, three = of_lengths(24, 46, 29)
    assert split(f"{one}\n\n{two} {three}", "en", Room(100), weighted_length) == [f"{one}\n\n{two}", three]


def test_what_is_reserved_counts_as_filled() -> None:
    sentences = of_lengths(30, 30, 30, 30)
    pieces = split(" ".join(sentences), "en", Room(100, last=35), weighted_length)
    assert [len(piece) for piece in pieces] == [92, 30]


def test_the_first_and_last_sentence_are_cut_when_they_do_not_fit_what_is_left() -> None:
    long, short = "Aaaa aaaa aaaa aaaa aaaa aaaa aaaa.", "Bbbb."
    assert long not in split(f"{short} {long}", "en", Room(40, last=10), weighted_length)
    assert long not in split(f"{long} {short}", "en", Room(40, first=10), weighted_length)
    assert long not in split(long, "en", Room(40, first=4, last=4), weighted_length)
    assert fits(split(f"{short} {long}", "en", Room(40, last=10), weighted_length), Room(40, last=10))


def test_a_token_too_heavy_for_the_first_or_the_last_piece_is_cut_too() -> None:
    token = "가" * 15
    assert fits(split(f"{token} 나나나나나나.", "ko", Room(40, first=15), weighted_length), Room(40, first=15))
    assert fits(split(f"나나나나나나. {token}", "ko", Room(40, last=15), weighted_length), Room(40, last=15))


def test_a_clause_is_a_better_end_than_a_word() -> None:
    text = "he ran on over the old line now, and then he fell down behind a wall of old leaves in a park"
    assert split(text, "en", Room(40), weighted_length)[0] == "he ran on over the old line now,"


def test_a_heading_never_ends_a_post() -> None:
    text = "He ran to the line.\nThe Escape\nHe fell down there. He got up."
    for limit in range(31, 60):
        for piece in split(text, "en", Room(limit), weighted_length):
            assert not piece.endswith("The Escape")
    long = "The Escape\nhe ran over the line of the border, and he fell down behind a wall of leaves."
    assert split(long, "en", Room(85), weighted_length)[0] == "The Escape\nhe ran over the line of the border,"
    lead = "He ran a long way home.\nRead it here:\nhttps://example.com/a"
    assert split(lead, "en", Room(40), weighted_length)[-1] == "Read it here:\nhttps://example.com/a"
    first = "The Escape\nHe fell down there. He got up again."
    assert split(first, "en", Room(40, first=12), weighted_length)[0].startswith("The Escape\nHe")
    token = "The Escape\n" + "가" * 20  # fits alone, and is no reason to cut a word
    assert split(token, "en", Room(45), weighted_length) == ["The Escape", "가" * 20]
    two = "North Korea\n" + token  # and so does the title, while the heading can stand with its text
    assert split(two, "en", Room(51), weighted_length) == ["North Korea", token]


def test_a_heading_begins_a_post_rather_than_standing_in_the_middle() -> None:
    one, two, three = of_lengths(60, 20, 39)
    assert split(f"{one}\n{two}\nThe Escape\n{three}", "en", Room(100), weighted_length) == [
        f"{one}\n{two}",
        f"The Escape\n{three}",
    ]


def test_many_short_lines_are_a_list_and_may_be_parted_anywhere() -> None:
    lines = "\n".join(f"line number {name}" for name in ("one", "two", "six", "ten"))
    assert len(split(lines, "en", Room(33), weighted_length)) == 2
    assert {unit.after.name for unit in units_of(lines, "en", Room(33), weighted_length)[:-1]} == {"PARAGRAPH"}


@pytest.mark.parametrize(
    ("text", "count", "says"),
    (
        ("Read https://example.com/" + "a" * 60 + " now", "graphemes", "example.com"),
        ("#" + "a" * 60, "weighted", "a post has room for 40"),
        ("See https://example.com now", "weighted", "has room for 20"),
        ("가", "weighted", "has room for 1"),
    ),
)
def test_what_cannot_be_cut_and_does_not_fit_is_refused(text: str, count: str, says: str) -> None:
    limit = int(says.rpartition(" ")[2]) if says[-1].isdigit() else 40
    with pytest.raises(ValueError, match="cannot be cut") as error:
        split(text, "en", Room(limit), partial(measure, count=count))  # type: ignore[arg-type]
    assert says in str(error.value)


def test_a_sentence_inside_another_is_a_better_end_than_a_clause() -> None:
    said = "“He ran to the line. They all went, going over it in fear, to fall. She slept and he wept for all day.”"
    assert split(said, "en", Room(45), weighted_length) == [
        "“He ran to the line. They all went,",
        "going over it in fear, to fall.",
        "She slept and he wept for all day.”",
    ]


def test_a_measure_that_is_less_than_its_sum_gives_fewer_posts() -> None:
    def odd(text: str) -> int:
        return len(text) - (10 if "two. It six" in text else 0)

    assert len(split("One is. It two. It six. It ten. It is.", "en", Room(20), odd)) == 2


def test_a_measure_that_is_no_sum_is_still_obeyed() -> None:
    def odd(text: str) -> int:
        return len(text) + (30 if "One" in text and "two" in text else 0)

    pieces = split("One is. It two. It six.", "en", Room(20), odd)
    assert all(odd(piece) <= 20 for piece in pieces)
    assert " ".join(pieces) == "One is. It two. It six."
