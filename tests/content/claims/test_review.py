from __future__ import annotations

from dataclasses import replace

import pytest

from amplifier.content.claims.model import (
    Basis,
    Claim,
    Kind,
    Ledger,
    Passage,
    Source,
    Status,
    Traced,
    Wording,
)
from amplifier.content.claims.review import Answer, Own, answer, approve, drop, own_words, questions, refreshed
from amplifier.errors import UsageError
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


def test_the_worst_is_asked_about_first() -> None:
    of = ledger(
        (claim("a"), claim("b", status=Status.DISPUTED)),
        (claim("c", status=Status.VERIFIED), claim("d", status=Status.CONTRADICTED)),
    )
    assert asked(of) == (["d", "b", "a", "c"], [])


def test_who_says_it_and_what_is_said_are_one_question() -> None:
    said, by = claim("s", Kind.NUMBER), claim("b", Kind.ATTRIBUTION, Status.CONTRADICTED)
    assert asked(ledger((said, claim("x"), by)))[0] == ["s+b", "x"]
    assert asked(ledger((said, claim("q", Kind.QUANTITY))))[0] == ["s", "q"]
    assert asked(ledger((by,), (said,)))[0] == ["b", "s"]


def test_names_without_a_doubt_come_together() -> None:
    of = ledger(
        (claim("n", Kind.NAME), claim("m", Kind.NAME, note="another name"), claim("w", Kind.NAME, Status.DISPUTED))
    )
    assert asked(of) == (["w", "m"], ["n"])


@pytest.mark.parametrize("status", tuple(Status))
def test_what_a_named_person_has_answered_is_not_asked_again(status: Status) -> None:
    signed = claim("a", status=status, checked_by="Kim")
    assert asked(ledger((signed,)))[0] == []
    assert asked(ledger((replace(signed, void=True),)))[0] == ["a"]


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
    left = refreshed(questions(of, None)[0][0], new)
    assert left is None
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
