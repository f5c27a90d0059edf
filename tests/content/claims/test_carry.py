from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from amplifier.content.article import load_article
from amplifier.content.claims.carry import carry, voided
from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Status
from amplifier.model import Place

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.model import Article

HERE = Place("a.claims.yaml", 3, 5)
RAN = "Oh ran 150 yards under fire, shot five times but alive."
RUNS = "Oh ran about 100 yards under fire, shot five times but alive."


def article(folder: Path, *sentences: str) -> Article:
    (folder / "a.txt").write_text("A title\n\n" + "\n".join(sentences) + "\n", encoding="utf-8")
    return load_article(folder / "a.txt", folder, "en")


def claim(quote: str, status: Status = Status.VERIFIED, id_: str = "C07", because: str = "", note: str = "") -> Claim:
    signed = Claim(id_, quote, Kind.NUMBER, status, HERE, checked_by="Kim Field", checked_on="2026-01-02")
    return replace(signed, because=because, note=note)


def ledger(*passages: Passage) -> Ledger:
    return Ledger("a.claims.yaml", passages)


def test_a_passage_whose_sentence_stands_stays_as_it_is(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (replace(claim("150 yards"), void=True),), "He ran.", start=99)
    found = article(tmp_path, "Before it.", RAN)
    kept, left = carry(found, ledger(passage))
    assert kept == {
        found.sentences[1].start: replace(passage, claims=(claim("150 yards"),), start=found.sentences[1].start)
    }
    assert left == []


@pytest.mark.parametrize("status", (Status.VERIFIED, Status.RHETORICAL))
def test_trust_in_a_changed_sentence_is_void_and_the_note_remembers_it(tmp_path: Path, status: Status) -> None:
    found = article(tmp_path, RUNS)
    kept, left = carry(found, ledger(Passage(RAN, HERE, (claim("shot five times", status, note="AP has it."),))))
    (passage,) = kept.values()
    assert (passage.text, passage.start, passage.place) == (RUNS, found.sentences[0].start, HERE)
    (carried,) = passage.claims
    assert (carried.id, carried.status, carried.checked_by, carried.checked_on) == ("C07", Status.UNVERIFIED, "", "")
    assert carried.note == f"AP has it. Was {status.value} by Kim Field on 2026-01-02, before its sentence changed."
    assert left == []


def test_doubt_stays_in_a_changed_sentence(tmp_path: Path) -> None:
    doubts = (claim("shot five times", Status.CONTRADICTED), claim("alive", Status.DISPUTED, "C08"))
    kept, _ = carry(article(tmp_path, RUNS), ledger(Passage(RAN, HERE, doubts)))
    (passage,) = kept.values()
    assert passage.claims == doubts


def test_the_reason_to_let_a_disputed_claim_out_is_void() -> None:
    excused = claim("alive", Status.DISPUTED, because="all agree")
    assert excused.excused
    carried = voided(excused)
    assert not carried.excused
    assert carried.status is Status.DISPUTED
    assert carried.note == "Was let out by Kim Field on 2026-01-02, before its sentence changed, because: all agree"


def test_a_verified_claim_that_nobody_signed_is_remembered_without_a_name() -> None:
    unsigned = replace(claim("alive"), checked_by="", checked_on="")
    assert voided(unsigned).note == "Was verified, before its sentence changed."


def test_claims_whose_quotes_are_gone_stay_behind_with_the_old_sentence(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (claim("150 yards"), claim("five", id_="C08")), "He ran far.", start=3)
    kept, left = carry(article(tmp_path, RUNS), ledger(passage))
    assert [claim.id for passage in kept.values() for claim in passage.claims] == ["C08"]
    assert left == [Passage(RAN, HERE, (claim("150 yards"),), "He ran far.")]
    assert left[0].claims[0].status is Status.VERIFIED


def test_a_quote_stands_only_as_whole_words(tmp_path: Path) -> None:
    text = "Oh ran 150 yards under fire, shot 5 times but alive."
    kept, left = carry(
        article(tmp_path, text.replace("shot 5 times", "shot often")), ledger(Passage(text, HERE, (claim("5"),)))
    )
    assert kept == {}
    assert [claim.quote for passage in left for claim in passage.claims] == ["5"]


def test_words_to_use_instead_go_along_when_they_answer_a_doubt_that_stands(tmp_path: Path) -> None:
    wrong = claim("five times", Status.CONTRADICTED)
    passage = Passage(RAN, HERE, (claim("150 yards", id_="C08"), wrong), "He was hit at least four times.")
    kept, left = carry(article(tmp_path, RUNS), ledger(passage))
    assert [passage.say for passage in kept.values()] == ["He was hit at least four times."]
    assert [passage.say for passage in left] == [""]


def test_words_to_use_instead_that_answer_nothing_are_remembered_in_a_note(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (claim("five times", Status.UNVERIFIED, note="Hm."),), "He ran far.")
    kept, left = carry(article(tmp_path, RUNS), ledger(passage))
    (moved,) = kept.values()
    assert moved.say == ""
    assert moved.claims[0].note == "Hm. Before the sentence changed, this was said instead of it: He ran far."
    assert left == []


def test_words_that_repeat_what_is_contradicted_answer_nothing(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (claim("five times", Status.CONTRADICTED),), "He was hit five times.")
    kept, _ = carry(article(tmp_path, RUNS), ledger(passage))
    assert [passage.say for passage in kept.values()] == [""]


def test_a_dropped_sentence_stays_dropped_when_it_changes(tmp_path: Path) -> None:
    for claims in ((), (claim("five times"),)):
        kept, left = carry(article(tmp_path, RUNS), ledger(Passage(RAN, HERE, claims, drop=True)))
        assert [passage.drop for passage in kept.values()] == [True]
        assert left == []


def test_a_passage_without_claims_and_with_words_stays_behind(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (), "He ran far.")
    assert carry(article(tmp_path, RUNS), ledger(passage)) == ({}, [passage])


def test_a_sentence_unlike_the_old_one_takes_nothing_over(tmp_path: Path) -> None:
    passage = Passage(RAN, HERE, (claim("five"),), start=8)
    kept, left = carry(article(tmp_path, "In Seoul five doctors looked after a man."), ledger(passage))
    assert kept == {}
    assert left == [replace(passage, start=None)]


def test_the_likest_sentence_takes_a_passage_over_and_each_but_one(tmp_path: Path) -> None:
    found = article(tmp_path, "Oh ran 90 yards, shot five times but well.", RUNS)
    other = "Oh ran 80 yards, shot five times but well."
    old = ledger(Passage(RAN, HERE, (claim("five"),)), Passage(other, HERE, (claim("five", id_="C08"),)))
    kept, left = carry(found, old)
    assert {start: passage.claims[0].id for start, passage in kept.items()} == {
        found.sentences[0].start: "C08",
        found.sentences[1].start: "C07",
    }
    assert left == []


def test_of_two_passages_that_are_like_one_sentence_only_one_goes_over(tmp_path: Path) -> None:
    other = "Oh ran 80 yards under fire, shot five times but well."
    old = ledger(Passage(other, HERE, (claim("five", id_="C08"),)), Passage(RAN, HERE, (claim("five"),)))
    kept, left = carry(article(tmp_path, RUNS), old)
    assert [passage.claims[0].id for passage in kept.values()] == ["C07"]
    assert [passage.claims[0].id for passage in left] == ["C08"]


def test_sentences_without_blanks_between_words_are_compared_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("題\n\n兵士は五発撃たれたが、生き延びたのだ。\n", encoding="utf-8")
    found = load_article(tmp_path / "a.txt", tmp_path, "ja")
    kept, _ = carry(found, ledger(Passage("兵士は五発撃たれたが、生き延びた。", HERE, (claim("五発"),))))
    assert [passage.claims[0].id for passage in kept.values()] == ["C07"]
