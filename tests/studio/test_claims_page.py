"""The review of claims on the page: the same ledger as on the command line."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from amplifier.studio.doors import Person, Role
from amplifier.workspace import init_workspace
from tests.support.house import House
from tests.support.studio import Visitor, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "/campaigns/dmz-escape/claims"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(init_workspace(tmp_path / "w").root)


@pytest.fixture
def visitor(house: House) -> Iterator[Visitor]:
    with served(house) as found:
        yield found.enter()


def ledger(house: House) -> str:
    return (house.root / "campaigns/dmz-escape.claims.yaml").read_text("utf-8")


def asked(visitor: Visitor, at: int = 1) -> str:
    page = visitor.get(f"{PAGE}?at={at}").page
    [seen] = {field["value"] for field in page.named("input") if field.get("name") == "seen"}
    return str(seen)


def test_the_worst_comes_first_with_its_evidence_and_an_answer_is_saved_under_the_name(
    house: House, visitor: Visitor
) -> None:
    page = visitor.get(PAGE)
    assert "contradicted" in page.page.text()
    assert "<mark>" in page.text
    claim = asked(visitor)
    assert visitor.post(f"{PAGE}/answer", seen=claim, at="1").status == 400, "no answer"
    doubted = visitor.post(f"{PAGE}/answer", seen=claim, status="verified", at="1")
    assert (doubted.status, "is doubted" in doubted.text) == (400, True)
    before = ledger(house)
    done = visitor.post(f"{PAGE}/answer", seen=claim, status="contradicted", at="1")
    assert (done.status, done.headers["location"]) == (303, f"{PAGE}?at=1")
    assert ledger(house).count("checked_by: Kim") == 1
    assert asked(visitor) != claim
    assert visitor.post(f"{PAGE}/undo", at="1").status == 303
    assert ledger(house) == before
    assert visitor.post(f"{PAGE}/undo", at="1").status == 400


@pytest.mark.parametrize(
    ("field", "value", "said"),
    (
        ("say", "No.", "is no sentence"),
        ("date", "2999", "is no day that has come"),
        ("link", "example.org", "is no link"),
        ("status", "maybe", "an answer is needed"),
    ),
)
def test_what_is_no_answer_is_said_and_nothing_is_written(
    house: House, visitor: Visitor, field: str, value: str, said: str
) -> None:
    before = ledger(house)
    status = "contradicted" if field == "say" else "verified"
    fields = {"seen": asked(visitor), "status": status, "sure": "yes", field: value}
    answer = visitor.post(f"{PAGE}/answer", **fields)
    assert (answer.status, said in answer.page.text()) == (400, True)
    assert ledger(house) == before


def test_what_was_typed_about_one_claim_never_stands_beside_another(house: House, visitor: Visitor) -> None:
    seen = asked(visitor)
    other = Visitor(visitor.port, visitor.app, visitor.doors).enter(Person("Lee", Role.EDITOR))
    other.get(PAGE)
    assert other.post(f"{PAGE}/answer", seen=seen, status="contradicted", at="1").status == 303
    before = ledger(house)
    answer = visitor.post(f"{PAGE}/answer", seen=seen, status="verified", sure="yes", title="My source", at="1")
    assert (answer.status, "meanwhile" in answer.page.text()) == (400, True)
    assert "My source" in answer.page.text(), "it is not lost"
    assert [one for one in answer.page.named("input") if "checked" in one or one.get("name") == "seen"] == []
    assert ledger(house) == before


def test_an_answer_that_leaves_the_question_open_says_so_and_a_source_is_kept_with_each(
    house: House, visitor: Visitor
) -> None:
    (house.root / "campaigns/dmz-escape.claims.yaml").unlink()
    visitor.get(PAGE)
    visitor.post(f"{PAGE}/scan")
    answered = visitor.post(f"{PAGE}/answer", seen=asked(visitor), status="disputed", title="Two papers", at="1")
    assert answered.status == 303
    assert "It is asked again until" in visitor.get(PAGE).page.text()
    assert "title: Two papers" in ledger(house)
    assert visitor.post(f"{PAGE}/answer", seen=asked(visitor, 2), status="verified", at="2").status == 303
    assert "without a source" in visitor.get(PAGE).page.text()


def test_every_claim_is_listed_and_answered_again(house: House, visitor: Visitor) -> None:
    fields = {"status": "rhetorical", "sure": "yes", "at": "1"}
    assert visitor.post(f"{PAGE}/answer", seen=asked(visitor), **fields).status == 303
    [name] = re.findall(r"id: (C\d+)(?:(?!id:)[\s\S])*checked_by: Kim", ledger(house))
    page = visitor.get(PAGE).page
    assert f"{PAGE}?again={name}" in [one["href"] for one in page.named("a")]
    again = visitor.get(f"{PAGE}?again={name}").page
    [seen] = {str(field["value"]) for field in again.named("input") if field.get("name") == "seen"}
    assert visitor.post(f"{PAGE}/answer", seen=seen, again=name, status="contradicted", at="1").status == 303
    assert re.search(rf"id: {name}(?:(?!id:)[\s\S])*status: contradicted", ledger(house))
    assert visitor.get(f"{PAGE}?again=C999").status == 200


def test_an_answer_that_is_given_again_is_refused_on_its_own_page(visitor: Visitor) -> None:
    again = visitor.get(f"{PAGE}?again=C04").page
    [seen] = {str(field["value"]) for field in again.named("input") if field.get("name") == "seen"}
    fields = {"seen": seen, "again": "C04", "status": "contradicted", "date": "soon"}
    answer = visitor.post(f"{PAGE}/answer", **fields)
    assert answer.status == 400
    typed = {str(field.get("name")): field for field in answer.page.named("input")}
    assert (typed["date"]["value"], typed["again"]["value"], typed["seen"]["value"]) == ("soon", "C04", seen)


def test_a_refused_answer_stands_on_the_page_with_all_that_was_chosen_and_typed(visitor: Visitor) -> None:
    fields = {"seen": asked(visitor), "status": "verified", "sure": "yes", "title": "A <b>report</b>", "date": "soon"}
    answer = visitor.post(f"{PAGE}/answer", **fields, at="1", because="")
    assert answer.status == 400
    typed = {str(field.get("name")): field for field in answer.page.named("input")}
    assert (typed["title"]["value"], typed["date"]["value"]) == ("A <b>report</b>", "soon")
    chosen = [field["value"] for field in answer.page.named("input") if "checked" in field]
    assert chosen == ["verified", "yes"]


@pytest.mark.parametrize("status", ("verified", "rhetorical"))
def test_what_does_not_go_with_an_answer_is_not_taken_in_silence(house: House, visitor: Visitor, status: str) -> None:
    before, seen = ledger(house), asked(visitor)
    for field, said in (("say", "other words go with"), ("because", "a reason goes with")):
        answer = visitor.post(f"{PAGE}/answer", seen=seen, status=status, sure="yes", **{field: "He ran for his life."})
        assert (answer.status, said in answer.page.text()) == (400, True)
    gone = visitor.post(f"{PAGE}/answer", seen=seen, status="contradicted", say="")
    assert (gone.status, "the words to use instead are gone" in gone.page.text()) == (400, True)
    assert ledger(house) == before


def test_the_list_of_claims_is_made_here_and_hints_lead_to_it(house: House, visitor: Visitor) -> None:
    page = visitor.get("/campaigns/dmz-escape").page
    assert "amplifier claims" not in page.text()
    assert [one["href"] for one in page.named("a") if str(one["href"]) == PAGE]
    (house.root / "campaigns/dmz-escape.claims.yaml").unlink()
    assert "no list of its claims yet" in visitor.get(PAGE).page.text()
    assert visitor.post(f"{PAGE}/scan", at="1").status == 303
    assert "of them new" in visitor.get(PAGE).page.text()
    assert (house.root / "campaigns/dmz-escape.claims.yaml").exists()


def test_a_source_and_a_dropped_sentence_stand_in_the_ledger(house: House, visitor: Visitor) -> None:
    claim = asked(visitor)
    fields = {"title": "A report", "publisher": "AP", "date": "2017-11", "link": "https://example.org/기사"}
    assert visitor.post(f"{PAGE}/answer", seen=claim, status="verified", sure="yes", **fields).status == 303
    assert "https://example.org/%EA%B8%B0" in ledger(house)
    assert visitor.post(f"{PAGE}/drop", seen=asked(visitor)).status == 303
    assert "drop: true" in ledger(house)


def test_an_answer_that_was_given_meanwhile_is_not_given_again(visitor: Visitor) -> None:
    visitor.get(PAGE)
    for action in ("answer", "drop", "stand"):
        answer = visitor.post(f"{PAGE}/{action}", seen="another", status="verified")
        assert (answer.status, "meanwhile" in answer.text) == (400, True)


def test_any_number_is_a_place_in_the_questions(visitor: Visitor) -> None:
    for at in ("0", "-1", "x", "99999", "9" * 5000):
        assert visitor.get(f"{PAGE}?at={at}").status == 200


def test_answers_of_two_at_once_are_both_kept_and_one_question_is_answered_once(house: House, visitor: Visitor) -> None:
    first, second = asked(visitor, 1), asked(visitor, 2)
    other = Visitor(visitor.port, visitor.app, visitor.doors).enter(Person("Lee", Role.EDITOR))
    other.get("/live")
    found: list[int] = []

    def give(who: Visitor, seen: str) -> None:
        found.append(who.post(f"{PAGE}/answer", seen=seen, status="contradicted").status)

    for pair in ((first, second), (asked(visitor, 3), asked(visitor, 3))):
        threads = [threading.Thread(target=give, args=both) for both in zip((visitor, other), pair, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    assert sorted(found) == [303, 303, 303, 400]
    assert ledger(house).count("checked_by: Kim") + ledger(house).count("checked_by: Lee") == 3


def test_what_has_come_in_the_place_of_what_was_asked_is_not_answered(house: House, visitor: Visitor) -> None:
    seen = asked(visitor)
    path = house.root / "campaigns/dmz-escape.claims.yaml"
    path.write_text(path.read_text("utf-8").replace("Oh Hyok-sung\n", "34-year-old\n", 1), "utf-8")
    answer = visitor.post(f"{PAGE}/answer", seen=seen, status="verified", sure="yes")
    assert answer.status == 400
    assert "checked_by: Kim" not in ledger(house)
