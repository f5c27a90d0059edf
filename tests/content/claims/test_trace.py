from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.claims.model import Basis, Kind, Status
from amplifier.content.claims.trace import Tracer
from tests.support.ledgers import article_of, claim, ledger, passage, wording

if TYPE_CHECKING:
    from amplifier.content.claims.model import Traced

OPENING = (
    "Kim Haneul, a 34-year-old nurse, crossed the river in 1998. “It was not cold,” she said. "
    "The crossing took 5 hours, per the Red Cross. Why did she go?"
)
REST = (
    "Some 3.5 million people left the valley in the 1990s. Kim never saw her non-violent village again. "
    "Guards shot at her 5 times. She lives in Oslo, see https://example.org/oslo for more."
)
ARTICLE = article_of((None, OPENING), ("The Way Back", REST), title="Across the River")
SAY = "Kim Hana, who was 31, crossed the river in 1997. She swam."
LEDGER = ledger(
    passage(
        ARTICLE,
        "Kim Haneul",
        claim("C01", "Kim Haneul", Kind.NAME, Status.CONTRADICTED, checked_by=""),
        claim("C02", "34-year-old", Kind.AGE, Status.CONTRADICTED),
        claim("C03", "1998", Kind.DATE, Status.DISPUTED),
        say=SAY,
    ),
    passage(ARTICLE, "“It was", claim("C04", "“It was not cold,”", Kind.QUOTATION)),
    passage(
        ARTICLE,
        "The crossing",
        claim("C05", "5 hours", Kind.QUANTITY),
        claim("C06", "per the Red Cross", Kind.ATTRIBUTION, Status.CONTRADICTED),
    ),
    passage(ARTICLE, "Some 3.5", claim("C07", "3.5 million people", Kind.QUANTITY), claim("C08", "1990s", Kind.DATE)),
    passage(ARTICLE, "Guards", claim("C09", "Guards shot at her", Kind.STATEMENT, Status.CONTRADICTED)),
    passage(ARTICLE, "She lives", claim("C10", "Oslo", Kind.NAME, Status.UNVERIFIED)),
    wordings=(
        wording("The river took her 5 hours.", "C05"),
        wording("She was 31, and the water was cold.", "C02", "C03", "C99"),
        wording("Nobody counted the 34-year-old nurse.", "C02"),
        wording("Oslo is 9 hours away.", by=""),
    ),
)
TRACER = Tracer(ARTICLE, LEDGER, "en", ("Norway",))


def one(text: str, tracer: Tracer = TRACER) -> Traced:
    (traced,) = tracer.trace(text)
    return traced


def ids(traced: Traced) -> list[str]:
    return [claim.id for claim in traced.claims]


# ---------------------------------------------------------------- what a sentence rests on


@pytest.mark.parametrize(
    "text",
    (
        "The crossing took 5 hours, per the Red Cross.",
        "the crossing took 5 hours",
        "“The crossing took 5 hours, per the Red Cross.”",
        "The crossing  took\u00a05 hours, per the Red Cross! 🙂",
        "Took 5 hours, per the Red Cross:",
        "“It was not cold,” she said.",
        "'It was not cold,' she said.",
        "Why did she go?",
        "The Way Back",
        "Across the River",
        "3.5 million people left the valley",
        "She lives in Oslo, see https://example.org/oslo for more.",
        "1. Why did she go?",
        "– Why did she go?",
        "Why did she go? #Norway #Oslo",
        "Why did she go?\n\nhttps://example.org/a\n\n#Norway",
    ),
)
def test_a_part_of_one_sentence_or_heading_is_the_article(text: str) -> None:
    assert one(text).basis is Basis.ARTICLE


@pytest.mark.parametrize(
    "text",
    (
        "The crossing took 6 hours, per the Red Cross.",
        "The crossing took five hours, per the Red Cross.",
        "THE CROSSING took 5 hours, per the Red Cross.",
        "Per the Red Cross, the crossing took 5 hours.",
        "The crossing took 5 hours, per the Blue Cross.",
        "The crossing took 5 minutes, per the Red Cross.",
        "It was cold, she said.",
        "3.5",
        "5 million people left the valley",
        "Kim never saw her violent village again.",
        "Violent village again",
        "Kim never saw her village again.",
        "er lives in Oslo",
        "Some 3.5 million people left the valley in the 1990s. 9",
        "Some people left the valley in the 1990s, per the Red Cross.",
        "5. million people left the valley",
    ),
)
def test_what_is_altered_cut_or_shuffled_rests_on_nothing(text: str) -> None:
    assert Basis.NOTHING in {traced.basis for traced in TRACER.trace(text)}


def test_what_rests_on_nothing_names_what_it_is_most_like() -> None:
    assert one("The crossing took 6 hours, per the Red Cross.").near == "The crossing took 5 hours, per the Red Cross."
    assert one("Nobody in Lima ate 17 pies.").near == ""


def test_a_part_may_not_cut_through_a_figure_or_a_name() -> None:
    article = article_of((None, "Fewer than 3.5 million North Koreans fled South Sudan in 5 years."))
    tracer = Tracer(article, None, "en")
    assert one("Koreans fled South Sudan in 5 years.", tracer).basis is Basis.NOTHING
    assert one("Fewer than 3.5", tracer).basis is Basis.NOTHING
    assert one("North Koreans fled South Sudan", tracer).basis is Basis.ARTICLE


def test_a_part_of_a_say_comes_before_the_article() -> None:
    for text in ("Kim Hana, who was 31, crossed the river in 1997.", "She swam.", "Crossed the river in 1997."):
        assert (one(text).basis, one(text).near) == (Basis.SAY, SAY)


def test_a_wording_is_equal_as_a_whole_and_signed() -> None:
    assert one("“The river took her 5 hours”").basis is Basis.WORDING
    assert one("The river took her 5 hours.").near == "The river took her 5 hours."
    assert one("The river took her").basis is not Basis.WORDING
    assert one("Oslo is 9 hours away.").basis is Basis.UNSIGNED


def test_a_wording_of_several_sentences_is_known_by_each() -> None:
    tracer = Tracer(ARTICLE, ledger(wordings=(wording("It is 9 below. Nobody swims in May."),)), "en")
    assert [traced.basis for traced in tracer.trace("Nobody swims in May. It is 9 below.")] == [Basis.WORDING] * 2


@pytest.mark.parametrize(
    "text", ("What would you have done?", "Read it, then pass it on:", "– Reply in a sentence.", "🙂 Think.")
)
def test_a_sentence_of_our_own_with_nothing_to_check_is_voice(text: str) -> None:
    assert one(text) == replace(one(text), basis=Basis.VOICE, claims=(), untraced=(), near="")


@pytest.mark.parametrize(
    "text", ("Read 9 lines of it.", "Ask Amnesty about it.", "It was in May 2020.", "“We will not stop,” people shout.")
)
def test_a_sentence_of_our_own_with_something_to_check_is_no_voice(text: str) -> None:
    assert one(text).basis is Basis.NOTHING


def test_a_name_of_the_article_is_known_at_the_beginning_of_a_sentence() -> None:
    assert one("Oslo waits.").basis is Basis.NOTHING


def test_a_date_is_no_enumerator() -> None:
    article = article_of((None, "Am 13. November 1998 ging sie."), language="de")
    tracer = Tracer(article, None, "de")
    assert one("13. November 1998 ging sie.", tracer).basis is Basis.ARTICLE
    assert one("14. November 1998 ging sie.", tracer).basis is Basis.NOTHING


def test_without_a_ledger_all_but_wordings_and_says_is_told_apart() -> None:
    tracer = Tracer(ARTICLE, None, "en")
    text = "Why did she go? What would you do? She swam for 9 hours."
    assert [traced.basis for traced in tracer.trace(text)] == [Basis.ARTICLE, Basis.VOICE, Basis.NOTHING]


def test_two_sentences_that_only_their_meeting_made_one_are_traced_apart() -> None:
    # a sentence that begins in lower case goes on with the one before it, wherever a template puts it
    article = article_of((None, "He ran far.\neBay sold the boat."))
    tracer = Tracer(article, None, "en")
    assert [traced.text for traced in tracer.trace("He ran far. eBay sold the boat.")] == [
        "He ran far.",
        "eBay sold the boat.",
    ]
    (traced,) = tracer.trace("He ran far. but nobody saw it in 1998.")
    assert traced.basis is Basis.NOTHING


# ---------------------------------------------------------------- the claims that it makes


def test_a_part_makes_the_claims_whose_quotes_it_touches() -> None:
    assert ids(one("Some 3.5 million people left the valley in the 1990s.")) == ["C07", "C08"]
    assert ids(one("left the valley in the 1990s")) == ["C08"]
    assert ids(one("left the valley")) == []


def test_a_name_is_one_claim_wherever_it_stands() -> None:
    assert ids(one("She lives in Oslo, see https://example.org/oslo for more.")) == ["C10"]
    assert "C10" in ids(one("Oslo has 700,000 people."))


def test_a_contradicted_name_or_figure_is_told_in_any_sentence() -> None:
    assert ids(one("Kim Haneul is free.")) == ["C01"]
    assert ids(one("A 34-year-old swam.")) == ["C02"]
    assert "C02" in ids(one("Nobody counted the 34-year-old nurse."))
    assert ids(one("Kim never saw her non-violent village again.")) == []  # a part of the name is not the name


def test_the_same_figure_in_a_claim_that_a_person_verified_is_not_the_contradicted_one() -> None:
    article = article_of((None, "It lasted 5 hours. He slept 5 hours. She waited 5 hours."))
    first = passage(article, "It lasted", claim("C01", "5 hours", Kind.QUANTITY, Status.CONTRADICTED))
    second = passage(article, "He slept", claim("C02", "5 hours", Kind.QUANTITY))
    third = passage(article, "She waited", claim("C03", "5 hours", Kind.QUANTITY, checked_by=""))
    tracer = Tracer(article, ledger(first, second, third), "en")
    assert ids(one("He slept 5 hours.", tracer)) == ["C02"]
    assert ids(one("She waited 5 hours.", tracer)) == ["C03", "C01"]


def test_a_contradicted_statement_is_told_by_its_words() -> None:
    assert ids(one("Nobody says that guards shot at her 9 times.")) == ["C09"]
    assert ids(one("Nobody says that 9 guards saw her.")) == []


def test_a_contradicted_attribution_is_told_with_what_it_gives() -> None:
    assert set(ids(one("Per the Red Cross it took her 5 hours."))) == {"C05", "C06"}
    assert "C06" not in ids(one("Per the Red Cross it took her 6 hours."))
    assert ids(one("The crossing took 5 hours")) == ["C05"]


def test_a_say_settles_what_it_no_longer_says_and_every_dispute() -> None:
    traced = one("Kim Hana, who was 31, crossed the river in 1997.")
    assert traced.settled
    assert ids(traced) == ["C01", "C02", "C03"]


def test_a_say_in_which_the_contradicted_words_still_stand_settles_nothing() -> None:
    first = replace(LEDGER.passages[0], say="Kim Haneul crossed at 31.")
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(first, *LEDGER.passages[1:])), "en")
    traced = one("Kim Haneul crossed at 31.", tracer)
    assert (traced.basis, traced.settled, ids(traced)) == (Basis.SAY, False, ["C01"])


def test_a_say_that_says_again_in_other_words_what_is_contradicted_settles_nothing() -> None:
    # who corrects the name of a sentence may have left its age as it was
    first = replace(LEDGER.passages[0], say="Kim Hana was 34 years old. She crossed the river.")
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(first, *LEDGER.passages[1:])), "en")
    wrong, other = tracer.trace("Kim Hana was 34 years old. She crossed the river.")
    assert (wrong.settled, ids(wrong)) == (False, ["C02"])
    assert (other.settled, ids(other)) == (True, ["C01", "C03"])


def test_a_say_that_keeps_a_claim_in_other_words_makes_it() -> None:
    left = replace(LEDGER.passages[3], say="3,500,000 left the valley.")
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(*LEDGER.passages[:3], left)), "en")
    assert ids(one("3,500,000 left the valley.", tracer)) == ["C07"]


def test_a_say_may_name_who_did_not_give_a_figure() -> None:
    taken = replace(
        LEDGER.passages[2], say="It took 5 hours, her sister says. Nobody has that per the Red Cross itself."
    )
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(*LEDGER.passages[:2], taken)), "en")
    assert [claim.settled for claim in tracer.trace("It took 5 hours, her sister says.")] == [False]
    said = replace(taken, say="It took 5 hours, her sister says.")
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(*LEDGER.passages[:2], said)), "en")
    assert ids(one("It took 5 hours, her sister says.", tracer)) == ["C05", "C06"]


def test_a_say_that_makes_a_contradicted_claim_of_another_sentence_does_not_settle_that() -> None:
    third = replace(LEDGER.passages[2], say="Kim Haneul swam.")
    tracer = Tracer(ARTICLE, replace(LEDGER, passages=(*LEDGER.passages[:2], third)), "en")
    traced = one("Kim Haneul swam.", tracer)
    assert (traced.basis, traced.settled, ids(traced)) == (Basis.SAY, False, ["C01"])


def test_a_wording_answers_the_doubts_that_it_lists_unless_it_repeats_them() -> None:
    answered = one("She was 31, and the water was cold.")
    assert (answered.settled, ids(answered)) == (True, ["C02", "C03"])
    repeated = one("Nobody counted the 34-year-old nurse.")
    assert (repeated.settled, ids(repeated)) == (False, ["C02"])


def test_what_no_claim_says_is_listed_with_its_place() -> None:
    text = "Kim never saw Lima again, in 2001."
    traced = one(text)
    assert {text[mention.start : mention.end] for mention in traced.untraced} == {"Lima", "2001"}
    quoted = one("“Some 3.5 million people left the valley in the 1990s.”", Tracer(ARTICLE, None, "en"))
    assert [quoted.text[found.start : found.end] for found in quoted.untraced] == ["3.5 million", "1990s"]


def test_names_of_hashtags_and_parts_of_claimed_names_need_no_claim() -> None:
    article = article_of((None, "Then Kim and Lee went to Norway."))
    names = ledger(passage(article, "Then", claim("C01", "Kim", Kind.NAME)))
    full = replace(names, passages=(replace(names.passages[0], claims=(claim("C01", "Kim Hana", Kind.NAME),)),))
    assert [
        found.words for found in one("Then Kim and Lee went to Norway.", Tracer(article, names, "en")).untraced
    ] == ["Lee", "Norway"]
    tracer = Tracer(article, full, "en", ("#Norway",))
    assert "Norway" not in [found.words for found in one("Then Kim and Lee went to Norway.", tracer).untraced]


# ---------------------------------------------------------------- what only looks alike

TEXT = (
    "His was one of only a few successful crossings since 1953. Guards saw 5 boats. He paid 12 dollars in South Korea."
)
CROSSINGS = article_of((None, TEXT))
FEW = passage(
    CROSSINGS,
    "His",
    claim("C01", "one of only a few successful crossings since 1953", Kind.NUMBER, Status.CONTRADICTED),
)
BOATS = passage(CROSSINGS, "Guards", claim("C02", "5", Kind.NUMBER, Status.CONTRADICTED))
PAID = passage(
    CROSSINGS,
    "He paid",
    claim("C03", "12 dollars", Kind.QUANTITY, Status.CONTRADICTED),
    claim("C04", "South Korea", Kind.NAME, Status.UNVERIFIED),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("Ask one of them about the first winter.", []),
        ("It was one of the crossings of that year.", ["C01"]),
        ("One of them was a successful crossing.", ["C01"]),
        ("Read these 5 lines to a friend.", []),
        ("They came in five boats.", ["C02"]),
        ("It cost 12 dollars.", ["C03"]),
        ("All that happened since 1953.", []),
    ),
)
def test_a_small_bare_number_says_what_a_claim_says_only_with_a_word_of_it(text: str, expected: list[str]) -> None:
    tracer = Tracer(CROSSINGS, ledger(FEW, BOATS, PAID), "en")
    assert ids(one(text, tracer)) == expected
    signed = ledger(FEW, BOATS, PAID, wordings=(wording(text),))
    assert ids(one(text, Tracer(CROSSINGS, signed, "en"))) == expected


@pytest.mark.parametrize(("number", "expected"), (("12", []), ("13", ["C01"])))
def test_a_number_above_twelve_says_what_a_claim_says_by_itself(number: str, expected: list[str]) -> None:
    article = article_of((None, f"They counted {number} boats."))
    known = ledger(passage(article, "They", claim("C01", f"{number} boats", Kind.NUMBER, Status.DISPUTED)))
    traced = one(f"Write down {number} reasons.", Tracer(article, known, "en"))
    assert ids(traced) == expected
    assert bool(traced.untraced) is not bool(expected)


def test_a_say_that_repeats_a_small_number_of_its_sentence_in_other_words_settles_nothing() -> None:
    tracer = Tracer(CROSSINGS, ledger(replace(BOATS, say="Five ships came.")), "en")
    assert (one("Five ships came.", tracer).settled, ids(one("Five ships came.", tracer))) == (False, ["C02"])


def test_the_words_of_a_claim_are_found_in_hangul_too() -> None:
    article = article_of((None, "경비병은 다섯 발의 총알을 쏘았다."), language="ko")
    known = ledger(passage(article, "경비병", claim("C01", "다섯 발의 총알", Kind.NUMBER, Status.CONTRADICTED)))
    tracer = Tracer(article, known, "ko")
    assert ids(one("총알 다섯 발이 날아왔다고 한다.", tracer)) == ["C01"]
    assert ids(one("다섯 가지를 꼭 기억해 주세요.", tracer)) == []


def test_a_place_is_not_the_place_that_it_is_a_part_of() -> None:
    text = "There is a long border in Korea."
    known = ledger(PAID, wordings=(wording(text, by=""), wording("He lives in South Korea.", by="")))
    tracer = Tracer(CROSSINGS, known, "en")
    assert ids(one(text, tracer)) == []
    assert ids(one("He lives in South Korea.", tracer)) == ["C04"]


def test_a_person_is_known_by_the_surname_and_by_the_given_name() -> None:
    article = article_of((None, "Then Ann Marie Lee went."))
    known = ledger(passage(article, "Then", claim("C01", "Ann Marie Lee", Kind.NAME)))
    texts = ("We saw Lee there.", "We saw Ann Marie there.", "We saw Marie there.")
    known = replace(known, wordings=tuple(wording(text) for text in texts))
    assert [ids(one(text, Tracer(article, known, "en"))) for text in texts] == [["C01"], ["C01"], []]


# ---------------------------------------------------------------- any text


SAID = "Kim Haneul Oslo 5 3.5 million hours 1998 “It was not cold,” she said per the Red Cross . ? ! … 1. – #One"
WORDS = st.sampled_from(
    [*SAID.split(), "https://example.org/a", "\n", " \n\n", "2/5", "crossed", "북한", "は", "🙂", "e\u0301"]
)
TEXTS = st.text(max_size=60) | st.lists(WORDS, max_size=20).map(" ".join)


@given(TEXTS)
@settings(max_examples=250, deadline=None)
def test_any_text_is_traced_in_order_with_its_places(text: str) -> None:
    end = 0
    for traced in TRACER.trace(text, "2/5"):
        assert text[traced.start : traced.end] == traced.text
        assert traced.start >= end
        assert any(map(str.isalnum, traced.text))
        assert len({claim.id for claim in traced.claims}) == len(traced.claims)
        assert traced.basis is not Basis.VOICE or not (traced.claims or traced.untraced)
        end = traced.end
        for mention in traced.untraced:
            assert 0 <= mention.start < mention.end <= len(traced.text)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_sentences_of_the_article_are_the_article_in_any_company(data: Any) -> None:
    chosen = data.draw(st.lists(st.sampled_from(ARTICLE.sentences), min_size=1, max_size=5))
    glue = data.draw(st.sampled_from((" ", "\n", "\n\n")))
    traced = Tracer(ARTICLE, None, "en").trace(glue.join(sentence.text for sentence in chosen) + "\n\n#One")
    assert [one.basis for one in traced] == [Basis.ARTICLE] * len(chosen)
    assert [one.near for one in traced] == [sentence.text for sentence in chosen]


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_changed_word_makes_it_something_else(data: Any) -> None:
    sentence = data.draw(st.sampled_from([one for one in ARTICLE.sentences if one.text.count(" ") > 3]))
    words = sentence.text.split(" ")
    place = data.draw(st.integers(1, len(words) - 2))
    text = " ".join([*words[:place], data.draw(st.sampled_from(("zebra", "7", "not"))), *words[place + 1 :]])
    assert Basis.ARTICLE not in {traced.basis for traced in Tracer(ARTICLE, None, "en").trace(text)}
