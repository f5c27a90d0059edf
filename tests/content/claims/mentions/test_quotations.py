from __future__ import annotations

import pytest

from amplifier.content.claims.mentions.quotations import quotations, words_key


@pytest.mark.parametrize(
    "text",
    (
        "He said “we ran” and left.",
        'He said "we ran" and left.',
        "Il dit «we ran» et partit.",
        "Il dit « we ran » et partit.",
        "Er sagte „we ran“ und ging.",
        "Er sagte »we ran« und ging.",
        "그는 「we ran」 말했다.",
        "He said ‘we ran’ and left.",
    ),
)
def test_quotation_marks_of_all_kinds_make_equal_quotations(text: str) -> None:
    (quotation,) = quotations(text)
    assert quotation.key == "we ran"
    assert text[quotation.start : quotation.end] == quotation.words
    assert quotation.words[0] + quotation.words[-1] in {"“”", '""', "«»", "„“", "»«", "「」", "‘’"}


def test_apostrophes_make_no_quotation() -> None:
    assert quotations("It’s the others’ rights, the ’90s, and 'tis Oh's.") == []


def test_an_inch_mark_opens_none() -> None:
    assert quotations('a 5" pipe and a 6" one') == []


def test_a_quotation_that_is_not_closed_goes_to_the_end_of_its_line() -> None:
    (quotation,) = quotations("He said: “We ran.\nThen he slept.")
    assert quotation.words == "“We ran."


def test_the_end_of_a_quotation_begun_earlier_is_one() -> None:
    assert [quotation.words for quotation in quotations("They shot at us.” He wept “a bit” more.")] == [
        "They shot at us.”",
        "“a bit”",
    ]


def test_marks_around_nothing_are_none() -> None:
    assert quotations("“” and “…”") == []


def test_the_key_has_the_words_alone() -> None:
    assert words_key("“A real-life  action movie.”") == "a real life action movie"
    assert words_key("Don’t") == words_key("dont")
