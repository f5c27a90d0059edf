from __future__ import annotations

import configparser
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from amplifier import errors
from amplifier.cli import alerting
from amplifier.content.campaign import load_campaign
from amplifier.content.campaign_model import PARTS
from amplifier.content.form import keys_of
from amplifier.engagement.readings import MARKS, slack
from amplifier.errors import AmplifierError
from amplifier.model import Address, State, Why
from amplifier.networks import GROUP
from amplifier.planning.plan import Action
from amplifier.publishing.alert import Kind
from amplifier.publishing.handover import speak
from amplifier.publishing.mend import mend
from amplifier.store.engine import open_store
from amplifier.store.schema import view_names
from amplifier.workspace import init_workspace
from tests.support.docs import (
    LINK,
    REPOSITORY,
    SPAN,
    Reader,
    anchors,
    blocks,
    calls,
    every_option,
    fits,
    is_setting,
    prose,
    table,
    with_part,
    wrong_call,
)
from tests.support.house import House
from tests.support.rows import SENT, add_thread

if TYPE_CHECKING:
    from pathlib import Path

DOCS = REPOSITORY / "docs"
README, STAFF, OPERATOR, ANALYST = (
    REPOSITORY / "README.md",
    DOCS / "staff.md",
    DOCS / "operator.md",
    DOCS / "analyst.md",
)
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.glob("*.md")])
TYPED = {README: 7, STAFF: 44, OPERATOR: 41, ANALYST: 27}
"""The pages that are typed from beginning to end, and how much there is at least to type."""

page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def tables(page: Path) -> dict[str, list[list[str]]]:
    """The tables of a page by their first heading."""
    found = [table(written) for written in re.findall(r"(?:^\|[^\n]*\n)+", prose(page), re.MULTILINE)]
    return {rows[0][0]: rows[1:] for rows in found}


def spans(cell: str) -> list[str]:
    return SPAN.findall(cell)


# ---------------------------------------------------------------- what is typed, and what comes back


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_its_reader_gets(page: Path, tmp_path: Path) -> None:
    assert Reader(tmp_path, rehearsed=page == ANALYST).follow(page) >= TYPED[page]


@page_by_page
def test_a_file_that_is_shown_whole_is_that_file(page: Path) -> None:
    for block in blocks(page):
        if "same" in block.options:
            assert block.text == (REPOSITORY / block.options["same"]).read_text("utf-8"), block.place


@page_by_page
def test_every_campaign_that_is_shown_is_one(page: Path, tmp_path: Path) -> None:
    root = init_workspace(tmp_path / "workspace").root
    sample = (root / "campaigns/dmz-escape.yaml").read_text("utf-8")
    for block in blocks(page):
        if "file" in block.options and block.language != "yaml":
            (root / block.options["file"]).write_text(block.text, "utf-8")
        if block.language != "yaml" or "broken" in block.options:
            continue
        whole = bool({"file", "same"} & block.options.keys())
        path = root / "campaigns/shown.yaml"
        path.write_text(block.text if whole else with_part(sample, block.text), "utf-8")
        try:
            load_campaign(path, root)
        except AmplifierError as exc:
            pytest.fail(f"{block.place}: {exc}")


def test_a_stale_answer_is_noticed() -> None:
    assert fits("a\n...\nz", "a\nb\nc\nz\n")
    assert fits("a\n...\nz", "a\nz")
    assert fits("last beat: ... by me", "last beat: 2026-12-01 by me  ")
    assert not fits("a\nz", "a\nb\nz")
    assert not fits("a", "a\nb")
    assert not fits("a\n...", "b\nc")
    assert not fits("one ... word", "one\nword")


EXPORTED = """```console
$ amplifier export parquet --all --out exports
...
```

```duckdb
SELECT thread, k, url IS NULL AS silent, hook FROM 'exports/post_log.parquet' ORDER BY k;
```

| thread | k | silent | hook |
|---|---|---|---|
| story | 1 | False | NULL |
| story | 2 | True | NULL |
"""


def test_a_question_to_duckdb_is_asked_of_the_files_that_the_page_exported(tmp_path: Path) -> None:
    reader, page = Reader(tmp_path), tmp_path / "page.md"
    store = open_store(None, reader.folder / "amplifier.db")
    add_thread(store, [SENT, None])
    store.close()
    page.write_text(EXPORTED.partition("```duckdb")[2].join(("```duckdb", "")), "utf-8")
    with pytest.raises(duckdb.IOException, match=r"exports/post_log\.parquet"):
        reader.follow(page)
    page.write_text(EXPORTED, "utf-8")
    assert reader.follow(page) == 2
    page.write_text(EXPORTED.replace("| 2 | True |", "| 2 | False |"), "utf-8")
    with pytest.raises(AssertionError, match=r"page\.md:7"):
        reader.follow(page)


# ---------------------------------------------------------------- what is named


@page_by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        goal = (page.parent / name).resolve() if name else page
        assert goal.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(goal), f"{page.name}: {link} has no such heading"


@page_by_page
def test_every_command_and_option_exists(page: Path) -> None:
    wrong = {place: said for place, words in calls(page) if (said := wrong_call(words))}
    assert not wrong
    if page.name != "design.md":  # which also names other programs' options
        options = {option for span in SPAN.findall(prose(page)) for option in re.findall(r"^--[a-z-]*[a-z]", span)}
        assert options <= every_option()


@page_by_page
def test_every_setting_exists(page: Path) -> None:
    named = set(re.findall(r"AMPLIFIER_[A-Z_]*[A-Z]", page.read_text("utf-8").replace("<NAME>", "MAIN")))
    assert not {name for name in named if not is_setting(name)}


@page_by_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = "\n".join([*SPAN.findall(prose(page)), *(block.text for block in blocks(page))])
    assert set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)) <= targets


def test_every_file_that_contributors_are_sent_to_exists() -> None:
    named = [span for span in SPAN.findall(prose(CONTRIBUTING)) if re.fullmatch(r"[\w.-]+(/[\w.-]+)+", span)]
    assert len(named) > 10
    assert [name for name in named if not (REPOSITORY / name).exists() and "0002_" not in name] == []
    assert f'[project.entry-points."{GROUP}"]' in CONTRIBUTING.read_text("utf-8")


# ---------------------------------------------------------------- what must not be missing


def test_the_readme_says_it_all_on_its_first_screen() -> None:
    first = README.read_text("utf-8").partition("\n## ")[0]
    campaign = next(block for block in blocks(README) if block.language == "yaml")
    assert len(campaign.text.splitlines()) <= 15
    for needed in (campaign.text, "make demo", "make test", "No images", "│ "):
        assert needed in first
    assert len(first.splitlines()) < 80


def test_staff_read_about_every_key_of_a_campaign() -> None:
    text = STAFF.read_text("utf-8").split("\n## The campaign file")[1].split("\n## ")[0]
    missing = {key for part in PARTS.values() for key in keys_of(part) if not re.search(rf"\b{key}(:|`)", text)}
    assert not missing


def test_staff_read_about_everything_a_plan_can_say() -> None:
    assert {spans(row[0])[0] for row in tables(STAFF)["`what`"]} == {action.value for action in Action}


def test_the_findings_that_staff_read_about_are_said(tmp_path: Path) -> None:
    house = House.build(tmp_path / "house", a="Hello. #Fence", b="Hello. #Fence")
    house.text("links", "Ask @someone about #Freedom at example.com, or https://example.org/b\n***\nMore.")
    house.text("story", "Nearly the same words stand here on both of the accounts.")
    house.text("long", "#" + "a" * 300)
    house.text("later", "Something else.")
    (house.root / "campaigns/threads/latin.md").write_bytes("Über".encode("latin-1"))
    (house.root / "templates/short.j2").write_text("{{ paragraphs[40] }}", "utf-8")
    said = ""
    for threads, accounts in (
        (["a", "b"], "[main]"),
        (["links"], "[main]"),
        (["story"], "[main, second]"),
        (["long"], "[main]"),
        (["later @ 2020-12-10 09:00"], "[main]"),
        (["latin"], "[main]"),
        (["short"], "[main]"),
    ):
        house.write(*threads, accounts=accounts)
        written = house.campaign.read_text("utf-8").replace("text: threads/short.md", "template: short.j2")
        house.campaign.write_text(re.sub(r"(?m)^(link|hashtags): .*\n", "", written), "utf-8")
        said += house.cli("check", str(house.campaign), code=None).output
    missing = [phrase for row in tables(STAFF)["it says"] for phrase in spans(row[0]) if phrase not in said]
    assert not missing, said


def test_operators_read_about_every_state_reason_and_exit_code() -> None:
    found = tables(OPERATOR)
    assert {spans(row[0])[0] for row in found["state"]} == {state.value for state in State}
    assert {span for row in found["why"] for span in spans(row[0])} == {why.value for why in Why}
    codes = {kind.exit_code for kind in vars(errors).values() if hasattr(kind, "exit_code")}
    assert {int(row[0]) for row in found["code"]} == {0} | codes
    assert len(codes) == 7


def test_the_alert_that_operators_read_about_is_what_is_sent() -> None:
    (shown,) = (json.loads(block.text) for block in blocks(OPERATOR) if block.language == "json")
    address = Address.parse(shown["post"])
    assert address
    assert shown == speak({key: value for key, value in shown.items() if key not in {"title", "text"}})
    assert shown["next"] == mend(address, State(shown["kind"]), Why(shown["why"])).command
    row = {"at": datetime.fromisoformat(shown["at"]), "kind": shown["kind"], "content": shown, "delivered_at": None}
    row |= {"next_at": None, "detail": "no alert command was set"}
    assert f"{alerting.block(row)}\n" in {block.text for block in blocks(OPERATOR)}
    assert shown["id"].startswith(re.sub(r"[-:]|Z", "", shown["at"]))
    kinds = {row[0].strip("`") for row in tables(OPERATOR)["kind"]}
    assert kinds == {kind.value for kind in Kind}


def test_units_and_cron_lines_are_whole() -> None:
    units = [block for block in blocks(OPERATOR) if block.language == "systemd"]
    for block in units:
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(block.text)
        assert {"Service", "Timer"} & set(unit.sections()), block.place
        assert "amplifier" in unit.get("Service", "ExecStart", fallback="amplifier")
    (crontab,) = (block.text for block in blocks(OPERATOR) if block.language == "crontab")
    assert len(units) == 3
    for line in crontab.splitlines():
        assert re.fullmatch(r"([\d*/,-]+ +){5}cd \S+ && \S+/amplifier .+", line)


def test_analysts_read_about_every_view_and_age_mark() -> None:
    found = tables(ANALYST)
    assert {spans(row[0])[0] for row in found["view"]} == set(view_names())
    units = {"minutes": 60, "hour": 3600, "hours": 3600, "days": 86400}

    def seconds(told: str) -> float:
        number, unit = told.split()
        return float(number) * units[unit]

    rows = [(float(mark), seconds(age), seconds(within)) for mark, age, within in found["`age_mark`"]]
    assert rows == [(mark.total_seconds(), mark.total_seconds(), slack(mark).total_seconds()) for mark in MARKS]
