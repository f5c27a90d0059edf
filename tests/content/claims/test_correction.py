from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.claims.correction import WORDS, Slip, correction, frame, slips
from amplifier.content.claims.model import Basis, Claim, Kind, Ledger, Passage, Source, Status, Traced
from amplifier.content.text.length import measure
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = Place("c.claims.yaml", 1)
POST = Source(publisher="The Post", date="2018-11-19")
SENTENCE = "Han Mi-rae, a 34-year-old driver, lived by the river."


def claim(name: str, quote: str, status: Status = Status.CONTRADICTED, source: Source = POST) -> Claim:
    return Claim(name, quote, Kind.STATEMENT, status, PLACE, source)


WHO, AGE = claim("C1", "Han Mi-rae"), claim("C2", "34-year-old", source=Source(publisher="AP", date="2017-11-24"))
RIVER = claim("C3", "by the river", Status.DISPUTED)


def ledger(*claims: Claim, say: str = "Han Mi-ra was 24, and drove.", text: str = SENTENCE) -> Ledger:
    return Ledger("c.claims.yaml", (Passage(text, PLACE, claims, say),))


def made(*claims: Claim, text: str = SENTENCE, settled: bool = False) -> Traced:
    return Traced(text, 0, len(text), Basis.ARTICLE, text, claims, settled=settled)


def within(limit: int) -> Callable[[str], bool]:
    return lambda text: measure(text, "weighted") <= limit


def composed(found: list[Slip], limit: int = 280, language: str = "en", because: str = "") -> list[str]:
    return correction(found, language, within(limit), because)


# ---------------------------------------------------------------- what is to be corrected


def test_what_good_sources_contradict_is_to_be_corrected() -> None:
    known = ledger(WHO, AGE)
    assert slips([made(WHO, AGE)], known) == [Slip(SENTENCE, (WHO, AGE), ("Han Mi-ra was 24, and drove.",))]


@pytest.mark.parametrize("status", (Status.UNVERIFIED, Status.VERIFIED, Status.RHETORICAL))
def test_what_no_source_contradicts_is_not(status: Status) -> None:
    stands = replace(WHO, status=status)
    assert slips([made(stands)], ledger(stands)) == []


@pytest.mark.parametrize(("say", "found"), (("He lived in a town.", 1), ("", 0)))
def test_what_is_disputed_is_where_there_are_careful_words_for_it(say: str, found: int) -> None:
    assert len(slips([made(RIVER)], ledger(RIVER, say=say))) == found


def test_what_a_named_person_lets_pass_is_not() -> None:
    excused = replace(RIVER, checked_by="Ann", because="she said so herself")
    assert slips([made(excused)], ledger(excused)) == []


def test_what_uses_the_careful_words_already_is_not() -> None:
    assert slips([made(WHO, settled=True)], ledger(WHO)) == []


def test_a_claim_is_corrected_once_in_a_post() -> None:
    found = slips([made(WHO, AGE), made(WHO, text="Han Mi-rae ran."), made(RIVER, text="It was by the river.")],
                  ledger(WHO, AGE, RIVER))  # fmt: skip
    assert [[claim.id for claim in slip.claims] for slip in found] == [["C1", "C2"], ["C3"]]


def test_words_that_repeat_what_is_wrong_are_no_words_to_use_instead() -> None:
    (slip,) = slips([made(WHO)], ledger(WHO, say="Han Mi-rae was 24."))
    assert slip.says == ()


# ---------------------------------------------------------------- what it says


def test_a_correction_says_what_we_wrote_what_holds_and_who_says_so() -> None:
    (text,) = composed(slips([made(WHO, AGE)], ledger(WHO, AGE)))
    assert text == (
        "Correction: we wrote “Han Mi-rae, a 34-year-old driver, lived by the river”.\n\n"
        "Han Mi-ra was 24, and drove.\n\n"
        "Source: The Post, 2018-11-19; AP, 2017-11-24"
    )


def test_without_other_words_it_says_that_it_is_wrong_and_without_a_source_it_names_none() -> None:
    unsourced = replace(WHO, source=Source())
    (text,) = composed(slips([made(unsourced)], ledger(unsourced, say="")))
    assert text == "Correction: we wrote “Han Mi-rae, a 34-year-old driver, lived by the river”.\n\nThat is wrong."


def test_it_is_in_the_campaigns_language_where_we_have_words() -> None:
    found = slips([made(WHO)], ledger(WHO, say=""))
    assert composed(found, language="ko")[0].startswith("바로잡습니다: “Han Mi-rae, a 34-year-old driver")
    assert composed(found, language="ko-KR") == composed(found, language="ko")
    assert composed(found, language="sw") == composed(found, language="en")


@pytest.mark.parametrize(
    "quoted",
    ("Han Mi-rae, a 34-year-old driver, lived by the river", "Han Mi-rae, a 34-year-old", "Han Mi-rae, a …"),
)
def test_as_much_is_quoted_as_there_is_room_for_the_wrong_words_first(quoted: str) -> None:
    wanted = (
        f"Correction: we wrote “{quoted}”.\n\nHan Mi-ra was 24, and drove.\n\n"
        "Source: The Post, 2018-11-19; AP, 2017-11-24"
    )
    assert composed(slips([made(WHO, AGE)], ledger(WHO, AGE)), measure(wanted, "weighted")) == [wanted]


def test_what_never_fits_is_left_to_be_split() -> None:
    (text,) = composed(slips([made(WHO, AGE)], ledger(WHO, AGE, say="Long words. " * 40)), 100)
    assert "we wrote “Han Mi-rae, a 34-year-old”" in text


def test_a_sentence_with_quotation_marks_keeps_the_outer_ones_for_what_we_wrote() -> None:
    text = '“He ran,” said "Han Mi-rae".'
    (post,) = composed(slips([made(WHO, text=text)], ledger(WHO)))
    assert post.startswith("Correction: we wrote “‘He ran,’ said 'Han Mi-rae'”.")
    assert frame(post, ledger(WHO))[0] == (0, post.index("\n"))


def test_shared_words_are_said_once() -> None:
    first, second = composed(slips([made(WHO), made(AGE, text="He was 34-year-old.")], ledger(WHO, AGE)))
    assert "Han Mi-ra was 24" in first
    assert second == "Correction: we wrote “He was 34-year-old”.\n\nSource: AP, 2017-11-24"


def test_a_source_that_would_be_a_link_is_left_out_beside_another() -> None:
    linked = replace(AGE, source=Source(publisher="AP, at example.com", date="2017-11-24"))
    assert composed(slips([made(WHO, linked)], ledger(WHO, linked)))[0].endswith("Source: The Post, 2018-11-19")
    assert composed(slips([made(linked)], ledger(linked)))[0].endswith("Source: AP, at example.com, 2017-11-24")


def test_a_persons_own_words_make_a_post_of_their_own() -> None:
    assert composed([], because="the photo shows another bridge.") == [
        "Correction of the post above: the photo shows another bridge."
    ]
    posts = composed(slips([made(WHO)], ledger(WHO)), because="그 사진은 다른 다리입니다.", language="ko")
    assert posts[1:] == ["위 글을 바로잡습니다: 그 사진은 다른 다리입니다."]


# ---------------------------------------------------------------- what the gate passes over


def test_the_form_of_a_correction_is_no_claim_and_everything_else_is_left_to_be_traced() -> None:
    known = ledger(WHO, AGE)
    (text,) = composed(slips([made(WHO, AGE)], known))
    kept = text
    for start, end in reversed(frame(text, known)):
        kept = kept[:start] + kept[end:]
    assert kept.strip() == "Han Mi-ra was 24, and drove."


@pytest.mark.parametrize(
    "text",
    (
        "Han Mi-rae is 34.",
        "“Han Mi-rae is 34.”",
        "We wrote “Han Mi-rae is 34”.",
        "Correction: we wrote “”.",
        "Correction: we wrote “one” and Han Mi-rae is “34”.",
        "Source: The Daily, 2018-11-19",
        "Source: The Post, 2018-11-19, and Han Mi-rae is 34",
        "Source: The Post, 2018-11-19; Han Mi-rae is 34",
        "By the way, Source: The Post, 2018-11-19",
    ),
)
def test_nothing_else_is_passed_over(text: str) -> None:
    assert frame(text, ledger(WHO, AGE)) == ()


@given(st.text(), st.sampled_from(sorted(WORDS)))
def test_whatever_was_written_the_form_around_it_is_recognised(quote: str, language: str) -> None:
    (text,) = composed(slips([made(WHO, text=f"a{quote}b")], ledger(WHO, say="")), 10**6, language)
    quoted, source = frame(text, ledger(WHO))
    assert text[quoted[1] : source[0]].strip() == WORDS[language].wrong
