from __future__ import annotations

from pathlib import Path

import pytest

from amplifier.content.claims.anchor import anchors, holds, same, span_of
from amplifier.model import Article, Paragraph, Section, Sentence


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    (
        ("5", "150 shots, 5 hits", "5"),
        ("5", "150 shots", "5"),
        ("it's  over", "“It is, it’s\nover.”", "it’s\nover"),
        ('"over"', "all “over” now", "“over”"),
        ("자매", "그 자매는 울었다.", "자매"),
        ("é", "cafe\u0301", "e\u0301"),
        ("x", "abc", None),
        ("", "abc", None),
        (" ", "a b", None),
    ),
)
def test_a_quote_is_found_whatever_its_marks_as_a_word_if_it_is_one_somewhere(
    quote: str, text: str, found: str | None
) -> None:
    span = span_of(quote, text)
    assert (text[span[0] : span[1]] if span else None) == found


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    (
        ("She was 19 then.", "19", True),
        ("It was 1998.", "19", False),
        ("34살의 병사", "34살", True),
        ("Oh’s friend", "Oh's friend", True),
        ("Ohio", "Oh", False),
        ("abc", "", False),
    ),
)
def test_whole_words_alone_are_held(text: str, quote: str, expected: bool) -> None:
    assert holds(text, quote) is expected


def test_equal_texts_are_anchored_in_order_and_what_is_not_there_is_not() -> None:
    texts = ("Why?", "It’s “so”.", "Why?")
    sentences, start = [], 0
    for text in texts:
        sentences.append(Sentence(text, start, start + len(text)))
        start += len(text) + 1
    paragraph = Paragraph(" ".join(texts), 0, start, tuple(sentences))
    article = Article(Path("a.txt"), " ".join(texts), None, (Section(None, (paragraph,)),))
    assert anchors(["Why?", 'It\'s  "so".', "Why?", "Why?", "why?"], article) == [0, 5, 16, None, None]
    assert same(" a  b ") == same("a\nb")
