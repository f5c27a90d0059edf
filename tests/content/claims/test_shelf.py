from __future__ import annotations

from amplifier.content.claims.find import find
from amplifier.content.claims.model import Kind
from amplifier.content.claims.shelf import Shelf, held, spans
from tests.support.ledgers import article_of, claim, passage

ARTICLE = article_of(
    (None, "Guards saw her run 5 miles. Guards saw her. She fled, since guards saw her in 1998. Guards saw her!")
)
FIRST, SECOND, THIRD, _ = ARTICLE.sentences


def shelf(*passages: str) -> Shelf:
    known = {one: passage(ARTICLE, one, claim("C01", "Guards saw her", Kind.STATEMENT)) for one in passages}
    texts = [
        held(one.text, next((known[key] for key in known if one.text.startswith(key)), None))
        for one in ARTICLE.sentences
    ]
    return Shelf(texts, lambda text: find(text, "en"))


def where(words: str, shelf: Shelf) -> tuple[str, int] | None:
    place = shelf.place(words)
    return (place[0].words, place[1]) if place else None


def test_a_text_that_the_words_are_all_of_comes_first() -> None:
    assert where("Guards saw her", shelf()) == (SECOND.text, 0)
    assert where("guards saw her", shelf()) == (SECOND.text, 0)


def test_then_one_where_they_make_the_fewest_claims() -> None:
    assert where("saw her", shelf()) == (FIRST.text, 7)
    assert where("saw her", shelf("Guards saw her run", "Guards saw her.")) == (THIRD.text, 23)


def test_words_that_stand_nowhere_or_within_others_have_no_place() -> None:
    for words in ("saw him", "uards saw her", "saw he", "miles. Guards", "run 5", "GUARDS saw her"):
        assert shelf().place(words) is None


def test_a_quote_is_found_everywhere_as_whole_words() -> None:
    assert spans("5 of 15, 5.5 or 5", "5") == [(0, 1), (16, 17)]
    assert spans("Kim's Kims, kim", "Kim") == [(0, 3), (12, 15)]
    assert spans("북한은 북한", "북한") == [(0, 2), (4, 6)]
    assert spans("anything", "") == []
    assert spans("STRASSE ẞ ran", "ran") == [(10, 13)]


def test_a_part_makes_the_claims_that_it_touches_but_no_names() -> None:
    text = held(
        "Kim ran 5 miles in 1998.",
        passage(
            article_of((None, "Kim ran 5 miles in 1998.")),
            "Kim",
            claim("C01", "Kim", Kind.NAME),
            claim("C02", "5 miles", Kind.QUANTITY),
            claim("C03", "1998", Kind.DATE),
        ),
    )
    assert [one.id for one in text.made(0, 24)] == ["C02", "C03"]
    assert [one.id for one in text.made(14, 20)] == ["C02", "C03"]
    assert [one.id for one in text.made(15, 19)] == []
    assert [one.id for one in text.made(0, 8)] == []
