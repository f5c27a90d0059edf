from __future__ import annotations

from dataclasses import replace

import pytest

from amplifier.content.claims.answers import (
    Answer,
    agrees,
    answer,
    approve,
    drop,
    filled,
    in_turn,
    is_date,
    is_sentence,
    undone,
    use_again,
)
from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Source, Status, Wording
from amplifier.content.claims.review import Own, questions, refreshed
from amplifier.errors import UsageError
from amplifier.model import Place

HERE = Place("x", 1, 1)


def claim(name: str, kind: Kind = Kind.AGE, status: Status = Status.UNVERIFIED, **values: str) -> Claim:
    return replace(Claim(name, name, kind, status, HERE), **values)  # type: ignore[arg-type]


def ledger(*passages: tuple[Claim, ...]) -> Ledger:
    return Ledger("x", tuple(Passage(f"Sentence {n}.", HERE, claims) for n, claims in enumerate(passages)))


def test_an_answer_is_written_to_its_claims_alone() -> None:
    of = ledger((claim("a", note="n"), claim("b")))
    first = replace(questions(of, None)[0][0], claims=(of.claims[0],))
    old = replace(of, passages=(replace(of.passages[0], place=Place("x", 9, 9)),))  # moved by another edit
    verdict = Answer(Status.VERIFIED, "Kim", "2026-12-01", Source("T", link="https://a.org"))
    new = answer(first, verdict)(old)
    assert new.claims == (
        replace(
            of.claims[0],
            status=Status.VERIFIED,
            checked_by="Kim",
            checked_on="2026-12-01",
            source=Source("T", link="https://a.org"),
        ),
        of.claims[1],
    )
    assert new.passages[0].say == ""
    assert answer(first, verdict, "Other words.")(old).passages[0].say == "Other words."


def test_what_is_left_empty_stays() -> None:
    had = claim("a", because="why", source=Source("T", "P", "D", "https://a.org"))  # type: ignore[arg-type]
    of = ledger((had,))
    new = answer(questions(of, None)[0][0], Answer(Status.DISPUTED, "Kim", "2026-12-01", Source(title="U")))(of)
    assert new.claims[0].source == Source("U", "P", "D", "https://a.org")
    assert new.claims[0].because == "why"


def test_dropping_takes_the_say_too() -> None:
    of = ledger((claim("a"),))
    of = replace(of, passages=(replace(of.passages[0], say="Other."),))
    new = drop(of.passages[0])(of)
    assert (new.passages[0].drop, new.passages[0].say) == (True, "")
    assert refreshed(questions(of, None)[0][0], new) is None


def test_nothing_is_written_over_what_another_person_has_changed() -> None:
    of = ledger((claim("a"),))
    question = questions(of, None)[0][0]
    changed = replace(of, passages=(replace(of.passages[0], say="Other."),))
    for other in (changed, ledger(), None):
        with pytest.raises(UsageError, match="changed meanwhile"):
            answer(question, Answer(Status.VERIFIED, "Kim", "2026-12-01"))(other)
        with pytest.raises(UsageError, match="changed meanwhile"):
            drop(question.passage)(other)


def test_a_dropped_sentence_can_be_taken_back() -> None:
    of = ledger((claim("a"),))
    gone = drop(of.passages[0])(of)
    assert use_again(gone.passages[0])(gone) == of


def test_an_approval_keeps_how_it_is_known() -> None:
    of = replace(ledger(), wordings=(Wording("Ten came.", HERE, (), "", "Counted twice."),))
    new = approve(Own("Ten came.", (), ()), "Kim", "the guest book")(of)
    assert (new.wordings[0].approved_by, new.wordings[0].note) == ("Kim", "Counted twice. the guest book")
    new = approve(Own("Two left.", (), ()), "Kim", "Ann saw them")(of)
    assert new.wordings[1].note == "Ann saw them"


def test_an_approval_rests_on_claims_that_somebody_has_judged_and_not_on_what_a_rule_found_beside_them() -> None:
    claims = (claim("a", status=Status.DISPUTED), claim("b"), claim("c", status=Status.VERIFIED, checked_by="Kim"))
    new = approve(Own("Ten came.", claims, ()), "Kim")(ledger(claims))
    assert new.wordings[0].claims == ("a", "c")


def test_what_an_answer_changed_is_undone_and_nothing_else() -> None:
    of = replace(
        ledger((claim("a"), claim("b")), (claim("c"),)), wordings=(Wording("One.", HERE), Wording("Two.", HERE))
    )
    a, c = (replace(question, claims=question.claims[:1]) for question in questions(of, None)[0])
    verdict = Answer(Status.VERIFIED, "Kim", "2026-12-01")
    after = in_turn(
        (
            answer(a, verdict, "Other words."),
            drop(c.passage),
            approve(Own("Two.", (), ()), "Kim"),
            approve(Own("Three.", (), ()), "Kim"),
        )
    )(of)
    assert undone(of, after)(after) == of
    later = replace(
        after,
        passages=(replace(after.passages[0], place=Place("x", 9, 9)), after.passages[1]),
        wordings=(replace(after.wordings[0], note="by another"), *after.wordings[1:]),
    )
    back = undone(of, after)(later)
    assert back.wordings == (Wording("One.", HERE, note="by another"), Wording("Two.", HERE))
    assert back.passages == (replace(of.passages[0], place=Place("x", 9, 9)), of.passages[1])


def test_what_has_been_changed_since_is_not_undone() -> None:
    of = replace(ledger((claim("a"),)), wordings=(Wording("One.", HERE),))
    (a,) = questions(of, None)[0]
    after = answer(a, Answer(Status.VERIFIED, "Kim", "2026-12-01"))(of)
    other = replace(after, passages=(replace(after.passages[0], say="Other."),))
    for now in (other, None):
        with pytest.raises(UsageError, match="changed meanwhile"):
            undone(of, after)(now)
    after = approve(Own("One.", (), ()), "Kim")(of)
    other = replace(after, wordings=(replace(after.wordings[0], note="by another"),))
    for now in (other, None):
        with pytest.raises(UsageError, match="changed meanwhile"):
            undone(of, after)(now)


def test_a_source_is_filled_from_what_was_there() -> None:
    assert filled(Source("T", date="2018"), Source("U", "P")) == Source("T", "P", "2018")


def test_an_empty_source_agrees_with_all_and_another_name_with_none() -> None:
    post = Source("", "The Post", "2018")
    assert agrees(Source(), post)
    assert agrees(Source(publisher="The Post"), post)
    assert not agrees(Source(publisher="BBC"), post)
    assert not agrees(Source("T", "The Post"), post)


@pytest.mark.parametrize("words", ("She was 24.", "세 사람이 넘었다", "三人逃走", "  a  b c"))
def test_three_words_are_a_sentence(words: str) -> None:
    assert is_sentence(words)


@pytest.mark.parametrize("words", ("", "w", "verified", "they may", "그가 넘었다", "三人"))
def test_less_is_none(words: str) -> None:
    assert not is_sentence(words)


@pytest.mark.parametrize("text", ("2018", "2018-11", "2018-11-19", "1999-08-31", "2026-12-01", "2024-02-29"))
def test_a_year_a_month_or_a_day_is_a_date(text: str) -> None:
    assert is_date(text, "2026-12-01")


@pytest.mark.parametrize(
    "text",
    ("", "v", "18", "2018-13", "2018-11-31", "2018-1-1", "0999", "2026-12-02", "2027", "2018-11-19x", "May 2018"),
)
def test_what_is_no_day_or_has_not_come_is_none(text: str) -> None:
    assert not is_date(text, "2026-12-01")
