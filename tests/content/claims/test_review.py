from __future__ import annotations

from dataclasses import replace

import pytest

from amplifier.content.claims.answers import approve
from amplifier.content.claims.model import Basis, Claim, Kind, Ledger, Passage, Status, Traced, Wording
from amplifier.content.claims.review import Own, own_words, questions, refreshed, why_nothing
from amplifier.model import Place

HERE = Place("x", 1, 1)


def claim(name: str, kind: Kind = Kind.AGE, status: Status = Status.UNVERIFIED, **values: str) -> Claim:
    return replace(Claim(name, name, kind, status, HERE), **values)  # type: ignore[arg-type]


def ledger(*passages: tuple[Claim, ...]) -> Ledger:
    return Ledger("x", tuple(Passage(f"Sentence {n}.", HERE, claims) for n, claims in enumerate(passages)))


def traced(*claims: Claim, basis: Basis = Basis.ARTICLE, text: str = "A post.", near: str = "") -> tuple[Traced, ...]:
    return (Traced(text, 0, len(text), basis, near, claims),)


def asked(of: Ledger) -> tuple[list[str], list[str]]:
    found, names = questions(of, None)
    return ["+".join(c.id for c in question.claims) for question in found], [q.claims[0].id for q in names]


def test_a_sentence_is_asked_about_once_with_its_worst_claim_first_and_the_worst_sentence_first() -> None:
    of = ledger(
        (claim("a"), claim("b", status=Status.DISPUTED)),
        (claim("e"),),
        (claim("c", status=Status.VERIFIED), claim("d", status=Status.CONTRADICTED)),
    )
    assert asked(of) == (["d+c", "b+a", "e"], [])


def test_names_without_a_doubt_come_together() -> None:
    of = ledger(
        (claim("n", Kind.NAME), claim("m", Kind.NAME, note="another name"), claim("w", Kind.NAME, Status.DISPUTED))
    )
    assert asked(of) == (["w+m"], ["n"])


@pytest.mark.parametrize("status", tuple(status for status in Status if status is not Status.UNVERIFIED))
def test_what_a_named_person_has_answered_is_not_asked_again(status: Status) -> None:
    signed = claim("a", status=status, checked_by="Kim")
    of = ledger((signed,))
    of = replace(of, passages=(replace(of.passages[0], say="Other words."),))
    assert asked(of)[0] == []
    void = replace(of, passages=(replace(of.passages[0], claims=(replace(signed, void=True),)),))
    assert asked(void)[0] == ["a"]


def test_what_check_still_complains_of_is_asked_again_although_it_is_signed() -> None:
    assert asked(ledger((claim("a", checked_by="Kim"),)))[0] == ["a"]  # still unverified
    for status in (Status.DISPUTED, Status.CONTRADICTED):  # neither words to use instead nor a reason
        assert asked(ledger((claim("a", status=status, checked_by="Kim"),)))[0] == ["a"]
    wrong = claim("a", status=Status.CONTRADICTED, checked_by="Kim")
    of = ledger((wrong,))
    of = replace(of, passages=(replace(of.passages[0], say="It says a again."),))
    assert asked(of)[0] == ["a"]
    assert asked(ledger((claim("a", status=Status.DISPUTED, checked_by="Kim", because="why"),)))[0] == []


def test_words_to_use_instead_that_say_it_again_in_other_words_are_asked_about() -> None:
    wrong = claim("nine years", status=Status.CONTRADICTED, checked_by="Kim")
    of = ledger((wrong,))
    of = replace(of, passages=(replace(of.passages[0], say="Some 9 years."),))
    (said,) = traced(wrong, basis=Basis.SAY, near="Some 9 years.")
    where = ("one", "main", 1)
    assert [question.claims for question in questions(of, {where: (said,)})[0]] == [(wrong,)]
    others = (replace(said, settled=True), replace(said, near="Another say."), replace(said, basis=Basis.NOTHING))
    for other in others:
        assert questions(of, {where: (other,)})[0] == []


def test_only_the_claims_named_are_asked_about_again() -> None:
    a, b, name = claim("a", status=Status.VERIFIED, checked_by="Kim"), claim("b"), claim("n", Kind.NAME)
    of = ledger((a, b), (name,))
    found, names = questions(of, {}, ("a", "n"))
    assert ([question.claims for question in found], names) == ([(a,), (name,)], [])
    dropped = replace(of, passages=(replace(of.passages[0], drop=True), of.passages[1]))
    (question,), _ = questions(dropped, {}, ("a",))
    assert refreshed(question, dropped) == question


def test_why_there_is_nothing_to_ask_is_told() -> None:
    a = claim("a", status=Status.VERIFIED, checked_by="Kim")
    assert why_nothing(ledger(), {}) == "there are no claims in x"
    assert why_nothing(ledger((a,)), {}) == "no post makes a claim of x"
    answered = "every claim that the posts make has been answered"
    assert why_nothing(ledger((a,)), None) == answered
    assert why_nothing(ledger((a,)), {("s", "main", 1): traced(a)}) == answered


def test_only_what_the_posts_make_is_asked_about_and_nothing_of_a_dropped_sentence() -> None:
    a, b, c = claim("a"), claim("b"), claim("c")
    of = ledger((a,), (b,), (c,))
    of = replace(of, passages=(*of.passages[:2], replace(of.passages[2], drop=True)))
    found, _ = questions(
        of, {("story", "main", 2): traced(a, c), ("story", "two", 2): traced(a), ("f", "main", 1): traced(a)}
    )
    assert [(question.claims, question.posts) for question in found] == [((a,), ("story 2", "f 1"))]
    (said,) = traced(basis=Basis.SAY)
    found, _ = questions(of, {("f", "main", 1): (replace(said, reworded=(b,)),)})
    assert [question.claims for question in found] == [(b,)]


def test_own_words_without_approval_are_asked_about_each_once() -> None:
    a = claim("a")
    of = replace(ledger((a,)), wordings=(Wording("Signed.", HERE, (), "Kim"), Wording("Not yet.", HERE, ("a",))))
    traces = {
        ("s", "main", 1): traced(basis=Basis.NOTHING, text="Ten\ncame.", near="Eleven came."),
        ("s", "main", 2): traced(basis=Basis.UNSIGNED, text="not yet", near="Not yet."),
        ("s", "main", 3): (*traced(basis=Basis.WORDING), *traced(basis=Basis.VOICE), *traced(a)),
        ("t", "main", 1): traced(basis=Basis.UNSIGNED, text="Not yet.", near="Not yet."),
    }
    found = own_words(of, traces)
    assert found == [Own("Not yet.", (a,), ("s 2", "t 1")), Own("Ten came.", (), ("s 1",))]
    new = approve(found[1], "Lee")(approve(found[0], "Lee")(of))
    assert [(wording.text, wording.claims, wording.approved_by) for wording in new.wordings] == [
        ("Signed.", (), "Kim"),
        ("Not yet.", ("a",), "Lee"),
        ("Ten came.", (), "Lee"),
    ]
    assert own_words(of, None) == []
