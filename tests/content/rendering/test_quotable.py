from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.rendering.quotable import NEVER, STANDING, best, is_dated, leans, quotes, score, worst

PLAIN = "people walked along a wide road on the way home."
"""No figure, no name, no contrast, no question; of a length that reads well."""
TEXTS = st.lists(st.text(st.sampled_from("ab1 ?Q"), min_size=1), max_size=12)


def points(sentence: str, standing: str = "none", language: str = "en", length: int = 80) -> float:
    found = score(sentence, length, standing, language)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sentence", "more"),
    (
        ("people walked along a wide road on 3 ways home.", 1),
        ("people walked along a wide road to Seoul.", 1),
        ("people said “we walk” on the road.", 1),
        ("people walked home; nobody ran.", 1),
        ("people walked home, but nobody ran.", 1),
        ("people walked home, although it rained.", 1),
        ("why did people walk along a wide road?", 0.5),
        ("“why did people walk?”", 1.5),
        ("they walked along a wide road on the way home.", -3),
        ("In 1998 “we” ran to Seoul, not back!", 4.5),
    ),
)
def test_what_makes_a_sentence_more_or_less_quotable(sentence: str, more: float) -> None:
    assert points(sentence) == points(PLAIN) + more


def test_a_capital_at_the_beginning_and_the_word_i_are_no_names() -> None:
    assert points("People walked where I walked.") == points(PLAIN)


@pytest.mark.parametrize(
    ("length", "comfort"), ((0, -3), (19, -3), (20, 0), (30, 1.2), (45, 3), (140, 3), (190, 1.5), (240, 0), (900, 0))
)
def test_a_length_that_reads_well_counts_most(length: int, comfort: float) -> None:
    assert points(PLAIN, length=length) == pytest.approx(comfort)


def test_standing_counts_and_a_doubt_rules_out() -> None:
    order = [points(PLAIN, standing) for standing in ("verified", "none", "rhetorical")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 3
    assert points(PLAIN, "unverified") < points(PLAIN, "verified")
    assert points(PLAIN, "something else") == points(PLAIN, "unverified")
    assert [score(PLAIN, 80, standing, "en") for standing in sorted(NEVER)] == [None, None]


@pytest.mark.parametrize(
    ("sentence", "language"),
    (
        ("He ran.", "en"),
        ("“It’s over.”", "en-GB"),
        ("Then: nothing.", "en"),
        ("But why?", "en"),
        ("또한 그는 살았다.", "ko"),
        ("그러나 끝났다.", "ko"),
        ("Aber warum?", "de"),
        ("C’est fini.", "fr"),
        ("También él.", "es"),
        ("しかし彼は。", "ja"),
        ("但是他走了。", "zh-Hans"),
    ),
)
def test_a_first_word_that_needs_the_sentence_before_is_known_in_each_language(sentence: str, language: str) -> None:
    assert leans(sentence, language)


@pytest.mark.parametrize(
    ("sentence", "language"),
    (
        ("Hebrews ran.", "en"),
        ("He ran.", "sv"),
        ("그날 밤 그는 달렸다.", "ko"),
        ("…", "en"),
        ("", "en"),
        ("Iten.", "en"),
    ),
)
def test_other_first_words_stand_alone(sentence: str, language: str) -> None:
    assert not leans(sentence, language)


@pytest.mark.parametrize(
    ("standings", "expected"),
    (
        ([], "none"),
        (["none", "verified"], "none"),
        (["verified", "unverified", "none"], "unverified"),
        (["verified", "disputed", "unverified"], "disputed"),
        (["contradicted"], "contradicted"),
        (["verified"], "verified"),
    ),
)
def test_several_sentences_stand_as_their_worst(standings: list[str], expected: str) -> None:
    assert worst(standings) == expected


def test_the_best_come_in_the_order_of_the_text_and_of_equals_the_earlier() -> None:
    ranks = {"a": 1.0, "b": 3.0, "c": 1.0, "d": 2.0, "e": None}
    assert best("abcde", 1, ranks.get) == ["b"]
    assert best("abcde", 2, ranks.get) == ["b", "d"]
    assert best("abcde", 3, ranks.get) == ["a", "b", "d"]
    assert best("abcdeab", 9, ranks.get) == ["a", "b", "c", "d"]


def _rank(sentence: str) -> float | None:
    return score(sentence, len(sentence) * 9, ("none", "disputed", "verified")[len(sentence) % 3], "en")


@given(TEXTS, st.integers(1, 5))
def test_a_choice_is_a_part_of_the_text_in_its_order(sentences: list[str], n: int) -> None:
    taken = best(sentences, n, _rank)
    known = [sentence for sentence in dict.fromkeys(sentences) if _rank(sentence) is not None]
    assert len(taken) == min(n, len(known))
    assert taken == [sentence for sentence in known if sentence in taken]


@given(TEXTS, st.integers(1, 4))
def test_a_choice_is_stable(sentences: list[str], n: int) -> None:
    """The same from what was chosen; one more drops none; without a rejected sentence nothing changes."""
    taken = best(sentences, n, _rank)
    assert best(taken, n, _rank) == taken
    assert set(taken) <= set(best(sentences, n + 1, _rank))
    dropped = [sentence for sentence in sentences if sentence not in taken]
    assert best([s for s in sentences if s not in dropped[:1]], n, _rank) == taken


@given(st.text(), st.integers(0, 500), st.sampled_from([*STANDING, *NEVER]), st.sampled_from(["en", "ko", "ja", "xx"]))
def test_every_text_has_points_unless_it_is_in_doubt(text: str, length: int, standing: str, language: str) -> None:
    found = score(text, length, standing, language)
    assert (found is None) == (standing in NEVER)
    assert found is None or -7 <= found <= 8.5


@pytest.mark.parametrize(
    ("sentence", "language", "dated"),
    (
        ("He ran on 13 November 2017.", "en", True),
        ("They met in 1953.", "en", True),
        ("2019년 여름에 전화가 왔다.", "ko", True),
        ("Am 3. Mai fuhr er heim.", "de-AT", True),
        ("It was the famine of the 1990s.", "en", False),
        ("She rang at 3:15 a.m. again.", "en", False),
        ("He ran 150 yards.", "en", False),
    ),
)
def test_a_day_a_month_or_a_year_is_a_date_and_a_decade_or_an_hour_is_none(
    sentence: str, language: str, dated: bool
) -> None:
    assert is_dated(sentence, language) is dated


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    (
        ("“I ran all the way,” he says.", True),
        ('He said: "We have never been here."', True),
        ("He filed it under “Regret”.", False),
        ("“I ran all the way home.”", False),
        ("She ran.", False),
    ),
)
def test_a_quotation_is_more_than_a_word_and_leaves_room_for_its_speaker(sentence: str, quoted: bool) -> None:
    assert quotes(sentence) is quoted
