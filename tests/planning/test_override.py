"""What stands against an approval, and what a named person may let pass."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from amplifier.errors import FileError, NeedsYes
from amplifier.model import Finding, Level, Mode, Place
from amplifier.planning.approve import approve, blocking
from amplifier.planning.plan import Action, Plan, plan
from amplifier.publishing.enqueue import Seal
from amplifier.store import tables
from tests.support.house import TEXTS, House, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.model import Thread

PLACE = Place("campaigns/threads/two.md", 1)
CLAIM = Finding(Level.ERROR, "says “nine years”, which is contradicted", PLACE, "say ten", post="two 1", rule="claims")
TWIN = Finding(Level.ERROR, "says nearly the same as another account", PLACE, "write it anew", post="two 1")
DOUBT = Finding(Level.WARNING, "nobody has checked it", PLACE, "check it", post="two 2", rule="claims")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage.open(House.build(tmp_path / "w"))
    yield opened
    opened.app.close()


def threads(stage: Stage, *findings: Finding) -> list[Thread]:
    """The campaign's threads; the second one with these findings."""
    return [replace(found, findings=findings if found.id == "two" else ()) for found in stage.draft().threads]


def seal(stage: Stage, *findings: Finding, because: str | None = None, override: bool = False) -> Plan:
    return approve(
        stage.app.store,
        stage.draft().campaign,
        threads(stage, *findings),
        modes={"main": Mode.DRY},
        now=stage.clock.now(),
        seal=Seal("Kim", stage.clock.now(), because, override),
    )


def overrides(stage: Stage) -> list[dict[str, Any]]:
    with stage.app.store.read() as connection:
        found = connection.execute(select(tables.event).where(tables.event.c.kind == "override")).mappings()
        return [dict(row) for row in found]


@pytest.mark.parametrize("finding", (CLAIM, TWIN))
def test_an_error_about_any_post_refuses_the_whole_approval(stage: Stage, finding: Finding) -> None:
    with pytest.raises(FileError) as refused:
        seal(stage, finding, DOUBT)
    assert refused.value.findings == (finding,)
    assert refused.value.exit_code == 3
    assert stage.posts() == []


def test_warnings_refuse_nothing(stage: Stage) -> None:
    seal(stage, DOUBT)
    assert len(stage.posts()) == 7


def test_an_override_lets_errors_about_claims_pass_and_is_an_event(stage: Stage) -> None:
    seal(stage, CLAIM, DOUBT, because="the family asked", override=True)
    assert len(stage.posts()) == 7
    (event,) = overrides(stage)
    with stage.app.store.read() as connection:
        thread = connection.execute(select(tables.thread).where(tables.thread.c.name == "two")).mappings().one()
    assert (event["who"], event["why"], event["at"]) == ("Kim", "the family asked", stage.clock.now())
    assert (event["thread_id"], event["campaign_id"]) == (thread["id"], thread["campaign_id"])
    assert json.loads(event["data"]) == {"findings": [{"post": "two 1", "message": CLAIM.message}]}


def test_an_override_lets_nothing_else_pass(stage: Stage) -> None:
    with pytest.raises(FileError) as refused:
        seal(stage, CLAIM, TWIN, because="the family asked", override=True)
    assert refused.value.findings == (TWIN,)
    assert "--override-claims" not in refused.value.hint
    assert (stage.posts(), overrides(stage)) == ([], [])


def test_an_override_without_a_reason_is_none(stage: Stage) -> None:
    with pytest.raises(NeedsYes, match="needs a reason"):
        seal(stage, CLAIM, override=True)
    assert (stage.posts(), overrides(stage)) == ([], [])


def test_a_reason_alone_overrides_nothing(stage: Stage) -> None:
    with pytest.raises(FileError, match="cannot be approved") as refused:
        seal(stage, CLAIM, because="it is urgent")
    assert '--override-claims --because "…" --by NAME' in refused.value.hint


def test_an_override_of_nothing_is_no_event(stage: Stage) -> None:
    seal(stage, DOUBT, because="to be sure", override=True)
    assert overrides(stage) == []


def test_an_override_and_its_event_are_written_together_or_not_at_all(stage: Stage) -> None:
    with stage.app.store.write() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER no_override BEFORE INSERT ON event WHEN NEW.kind = 'override' "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    with pytest.raises(Exception, match="no"):
        seal(stage, CLAIM, because="the family asked", override=True)
    assert stage.posts() == []


def test_what_is_approved_already_is_overridden_again_by_name(stage: Stage) -> None:
    seal(stage)
    with pytest.raises(FileError):
        seal(stage, CLAIM)
    done = seal(stage, CLAIM, because="the family asked", override=True)
    assert {step.action for step in done.steps} == {Action.KEEP}
    (event,) = overrides(stage)
    assert event["thread_id"] is not None


def test_a_thread_that_is_out_says_what_helps(stage: Stage) -> None:
    stage.approve(at_once=True)
    stage.run()
    with pytest.raises(FileError) as refused:
        seal(stage, CLAIM)
    assert "two is out and stays as it is: mend its words in the file" in refused.value.hint


def test_the_plan_tells_what_would_stop_its_approval(stage: Stage) -> None:
    with stage.app.store.read() as connection:
        found = plan(
            connection, stage.draft().campaign, threads(stage, CLAIM, TWIN, DOUBT), modes={"main": Mode.DRY},
            now=stage.clock.now(),
        )  # fmt: skip
    assert blocking(found) == [CLAIM, TWIN]
    assert blocking(found, override=True) == [TWIN]


# ---------------------------------------------------------------- as commands


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "h")


def test_what_check_refuses_approve_refuses_too(house: House) -> None:
    """Two accounts of one network that say the same."""
    house.write("one", accounts="[main, second]")
    assert "says nearly the same as" in house.cli("check", str(house.campaign), code=3).stdout
    told = house.cli("approve", str(house.campaign), "--yes", code=3)
    assert "says nearly the same as" in told.stderr
    assert "mend what is listed, then plan again" in house.cli("plan", str(house.campaign)).stderr
    forced = ("--yes", "--override-claims", "--because", "both must say it", "--by", "Kim")
    house.cli("approve", str(house.campaign), *forced, code=3)
    assert json.loads(house.cli("queue", "list", "--json").stdout) == []


LEDGER = """article: articles/fence.txt
sentences:
  - text: They had not seen each other for nine years.
    at: "3:41"
    claims:
      - id: C01
        quote: nine years
        at: "3:74"
        kind: quantity
        status: contradicted
        source: {title: , publisher: The Paper, date: 2018-01-02, link: }
        checked_by:
        checked_on:
        note: It was ten.
"""


@pytest.fixture
def wrong(house: House) -> House:
    """A house whose first thread says what a good source contradicts."""
    (house.root / "campaigns/fence.claims.yaml").write_text(LEDGER, "utf-8")
    house.text("one", TEXTS["one"].replace("They met at a fence, after nine years", "They had not met for nine years"))
    return house


def test_only_a_reason_and_a_name_override_claims(wrong: House) -> None:
    file = str(wrong.campaign)
    assert "contradicted" in wrong.cli("check", file, code=3).stdout
    for options in ((), ("--because", "it is so"), ("--by", "Kim"), ("--because", "it is so", "--by", "Kim")):
        assert "--override-claims" in wrong.cli("approve", file, "--yes", *options, code=3).stderr
    for options in ((), ("--because", "it is so"), ("--by", "Kim")):
        told = wrong.cli("approve", file, "--yes", "--override-claims", *options, code=4).stderr
        assert f'type: amplifier approve {file} --override-claims --because "…" --by NAME' in told
    assert json.loads(wrong.cli("queue", "list", "--json").stdout) == []
    forced = ("--override-claims", "--because", "it is so", "--by", "Kim")
    assert wrong.cli("approve", file, *forced, code=4).stderr.count("nobody to ask") == 1
    told = wrong.cli("approve", file, "--yes", *forced).stderr
    assert "approved by Kim: 3 threads queued" in told
    assert "overridden by Kim (it is so): post one 1: says" in told


def test_each_of_several_people_answers_for_what_is_overridden(wrong: House) -> None:
    path = wrong.campaign
    path.write_text(path.read_text("utf-8").replace("accounts:", "approvals: 2\naccounts:"), "utf-8")
    forced = ("--yes", "--override-claims", "--because", "it is so", "--by")
    wrong.cli("approve", str(path), *forced, "Kim")
    assert "--override-claims" in wrong.cli("approve", str(path), "--yes", "--by", "Lee", code=3).stderr
    told = wrong.cli("approve", str(path), *forced, "Lee").stderr
    assert "approved by Lee: 3 threads approved and queued" in told
    store = wrong.store()
    with store.read() as connection:
        who = connection.execute(text("SELECT who FROM event WHERE kind = 'override' ORDER BY id")).scalars().all()
    store.close()
    assert who == ["Kim", "Lee"]


def test_an_override_shows_in_data(wrong: House) -> None:
    forced = ("--override-claims", "--because", "it is so", "--by", "Kim")
    data = json.loads(wrong.cli("approve", str(wrong.campaign), "--yes", "--json", *forced).stdout)
    assert [(found["post"], found["level"]) for found in data["overridden"]] == [("one 1", "error")]
    again = json.loads(wrong.cli("plan", str(wrong.campaign), "--json").stdout)
    assert {step["reply_to"] for step in again["steps"]} == {None}
