from __future__ import annotations

from dataclasses import replace

from amplifier.content.claims.model import Kind, Status
from amplifier.content.claims.say import as_said, claim_values, said_paragraph, settled, standings, stands_in
from tests.support.ledgers import article_of, claim, ledger, passage

ARTICLE = article_of((None, "Kim was 34. She ran 5 miles. Why?\nNobody saw it."), ("The end", "Kim lives."))
KIM, RAN, WHY, SAW, LIVES = ARTICLE.sentences
AGE = claim("C01", "34", Kind.NUMBER, Status.CONTRADICTED, note="She was 31.", checked_by="")
FAR = claim("C02", "5 miles", Kind.QUANTITY, Status.DISPUTED)
SEEN = claim("C03", "Nobody", Kind.STATEMENT)
LEDGER = ledger(
    passage(ARTICLE, "Kim was", AGE, say="Kim was 31.\nShe was a nurse."),
    passage(ARTICLE, "She ran", FAR, drop=True),
    passage(ARTICLE, "Nobody", SEEN),
)


def test_only_sentences_with_a_say_or_dropped_have_an_entry() -> None:
    assert as_said(ARTICLE, LEDGER) == {KIM.start: "Kim was 31. She was a nurse.", RAN.start: None}
    assert as_said(ARTICLE, None) == {}


def test_a_sentence_that_is_dropped_is_dropped_whatever_its_say() -> None:
    dropped = replace(LEDGER.passages[0], drop=True)
    assert as_said(ARTICLE, ledger(dropped)) == {KIM.start: None}


def test_a_passage_that_the_article_no_longer_has_changes_nothing() -> None:
    assert as_said(ARTICLE, ledger(replace(LEDGER.passages[0], start=None))) == {}
    assert as_said(ARTICLE, ledger(replace(LEDGER.passages[0], start=KIM.start + 1))) == {}


def test_a_paragraph_is_told_as_its_sentences_are_said() -> None:
    first, second, _ = ARTICLE.paragraphs
    said = as_said(ARTICLE, LEDGER)
    assert said_paragraph(first, ARTICLE.source, said) == "Kim was 31. She was a nurse. Why?"
    assert said_paragraph(first, ARTICLE.source, {KIM.start: None}) == "She ran 5 miles. Why?"
    assert said_paragraph(first, ARTICLE.source, {WHY.start: None}) == "Kim was 34. She ran 5 miles."
    assert said_paragraph(second, ARTICLE.source, {SAW.start: None}) == ""
    assert said_paragraph(second, ARTICLE.source, said) == "Nobody saw it."


def test_words_stand_in_a_text_as_whole_words_in_capitals_or_not() -> None:
    assert stands_in("She was 34", "34")
    assert stands_in("“Nobody’s” child", "nobody's")
    assert not stands_in("She was 134", "34")
    assert not stands_in("She was 3.4", "3")


def test_a_say_settles_a_dispute_and_what_it_no_longer_says() -> None:
    first = LEDGER.passages[0]
    assert settled(AGE, first)
    assert not settled(AGE, replace(first, say="Kim was 34 then."))
    assert not settled(AGE, replace(first, say=""))
    assert settled(FAR, replace(first, claims=(FAR,), say="Some say 5 miles, some say 3."))


def test_templates_see_of_each_claim_what_may_be_said() -> None:
    values = claim_values(LEDGER)
    assert values["C01"] == {
        "quote": "34",
        "kind": "number",
        "standing": "contradicted",
        "sentence": "Kim was 31. She was a nurse.",
        "why": "",
    }
    assert (values["C02"]["sentence"], values["C02"]["why"]) == ("", "a person has dropped its sentence")
    assert (values["C03"]["standing"], values["C03"]["sentence"]) == ("verified", "Nobody saw it.")
    unsaid = claim_values(ledger(replace(LEDGER.passages[0], say="")))["C01"]
    assert (unsaid["sentence"], unsaid["why"]) == ("", "C01 “34” is contradicted: She was 31.")


def test_a_sentence_with_a_doubt_is_not_to_be_used_for_its_other_claims_either() -> None:
    both = ledger(passage(ARTICLE, "She ran", FAR, claim("C04", "She", Kind.NAME)))
    assert claim_values(both)["C04"]["sentence"] == ""
    assert claim_values(both)["C04"]["why"].startswith("C02 “5 miles” is disputed")
    excused = ledger(passage(ARTICLE, "She ran", replace(FAR, because="Both sources are close."), SEEN))
    assert claim_values(excused)["C02"]["sentence"] == "She ran 5 miles."


def test_templates_see_how_a_sentence_stands_by_the_words_that_they_have() -> None:
    assert standings(ARTICLE, LEDGER, "en") == {
        "Kim was 31. She was a nurse.": "none",
        "Kim was 31.": "none",
        "She was a nurse.": "none",
        "She ran 5 miles.": "disputed",
        "Why?": "none",
        "Nobody saw it.": "verified",
        "Kim lives.": "none",
    }
    assert standings(ARTICLE, None, "en") == {}


def test_the_worst_claim_of_a_sentence_counts() -> None:
    unsigned = claim("C05", "it", Kind.STATEMENT, checked_by="")
    assert (
        standings(ARTICLE, ledger(passage(ARTICLE, "Nobody", SEEN, unsigned)), "en")["Nobody saw it."] == "unverified"
    )
    wrong = ledger(passage(ARTICLE, "Kim was", claim("C06", "Kim", Kind.NAME, Status.CONTRADICTED)))
    assert standings(ARTICLE, wrong, "en")["Kim lives."] == "contradicted"
