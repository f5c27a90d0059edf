from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from amplifier.content import formats
from amplifier.content.campaign_model import CampaignPart
from amplifier.content.claims.ledger_model import LedgerPart
from amplifier.content.schema import campaign_schema, ledger_schema, ledger_schema_text, schema_text
from amplifier.content.yaml_file import read_yaml

REPOSITORY = Path(__file__).parents[2]
WHOLE: dict[str, Any] = {
    "name": "escape",
    "article": "articles/a.txt",
    "accounts": ["main"],
    "schedule": {"timezone": "Asia/Seoul", "start": "2026-12-01", "slots": [{"days": ["tue"], "at": "09:30"}]},
    "threads": [{"template": "story.j2", "at": "2026-12-10 09:00"}],
}
DATES = ("2026-12-01", "2028-02-29", "2000-02-29", "2026-04-30")
NO_DATES = (
    "2026-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-12-32",
    "26-12-01",
    "2026-12-01\n",
    "1926-12-01",
    "٢٠٢٦-12-01",
)
TIMES = ("00:00", "09:30", "23:59")
NO_TIMES = ("9:30", "24:00", "09:60", "09:30:00", " 09:30", "09:30\n")
LENGTHS = ("0s", "20s", "90m", "1h30m", "2h", "1h1m1s")
NO_LENGTHS = ("", "2", "h", "2 h", "2d", "30m1h", "-2h", "1.5h", "2h\n")


@pytest.fixture(scope="module")
def editor() -> Draft202012Validator:
    schema = campaign_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def put(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(WHOLE)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def loads(data: object) -> bool:
    try:
        CampaignPart.model_validate(data)
    except ValueError:
        return False
    return True


def test_the_file_that_editors_read_is_current() -> None:
    assert (REPOSITORY / "campaigns/campaign.schema.json").read_text("utf-8") == schema_text()
    assert json.loads(schema_text()) == campaign_schema()


def test_the_shipped_sample_fits_the_schema(editor: Draft202012Validator) -> None:
    sample = YAML(typ="safe", pure=True).load((REPOSITORY / "campaigns/dmz-escape.yaml").read_text("utf-8"))
    assert [error.message for error in editor.iter_errors(sample)] == []


def test_every_key_has_a_description() -> None:
    schema = campaign_schema()
    parts = [schema, *schema["$defs"].values()]
    assert len(parts) == 5
    for part in parts:
        for key, value in part["properties"].items():
            assert value.get("description") or "$ref" in value, key


def test_nothing_may_be_empty_and_nothing_is_unknown() -> None:
    assert "null" not in schema_text()
    assert schema_text().count('"additionalProperties": false') == 5


@pytest.mark.parametrize(
    ("path", "right", "wrong"),
    (
        (("schedule", "start"), DATES, NO_DATES),
        (("schedule", "slots", 0, "at"), TIMES, NO_TIMES),
        (("schedule", "jitter"), LENGTHS, NO_LENGTHS),
        (("schedule", "late"), LENGTHS[1:], (*NO_LENGTHS, "0s", "0h0m")),
        (
            ("threads", 0, "at"),
            (*(f"{day} 09:00" for day in DATES), *(f"2026-12-10T{at}" for at in TIMES)),
            (*(f"{day} 09:00" for day in NO_DATES), *(f"2026-12-10 {at}" for at in NO_TIMES), "2026-12-10"),
        ),
        (("name",), ("a", "dmz-escape", "2026"), ("", "A", "a--b", "-a", "a_b", "a\n")),
        (("threads", 0, "id"), ("a", "a-2"), ("", "A b")),
        (("accounts", 0), ("main", "a_1"), ("", "Main", "a__b", "1a", "a-b")),
        (("mentions",), (["hrw", "@un_hrc", "a.bsky.social"], []), (["a b"], ["@"], "hrw")),
        (("link",), ("https://example.org", "http://a/b?c#d"), ("example.org", "ftp://a", "https://", "https://a b")),
        (("language",), ("en", "pt-BR", "kok"), ("English", "EN", "e", "en_US")),
        (("numbering",), (True, False), ("yes", 1)),
        (("approvals",), (1, 2, 5), (0, 6, -1, 1.5, "2", True)),
        (("schedule", "slots", 0, "days"), (["mon", "sun"],), ([], ["Mon"], "mon")),
        (("threads", 0), ({"template": "a.j2"}, {"text": "a.md", "id": "a"}), ("a.j2",)),
    ),
)
def test_the_schema_accepts_what_we_accept_and_nothing_else(
    editor: Draft202012Validator, path: tuple[str | int, ...], right: tuple[object, ...], wrong: tuple[object, ...]
) -> None:
    for value in right:
        assert (loads(put(path, value)), editor.is_valid(put(path, value))) == (True, True), value
    for value in wrong:
        # a schema's `$` lets a last line break pass, which no plain YAML value has
        at_end = isinstance(value, str) and value.endswith("\n")
        assert (loads(put(path, value)), editor.is_valid(put(path, value)) and not at_end) == (False, False), value


@pytest.mark.parametrize("thread", ({"id": "a"}, {"template": "a.j2", "text": "a.md"}))
def test_a_thread_has_exactly_one_source(editor: Draft202012Validator, thread: dict[str, str]) -> None:
    assert not editor.is_valid(put(("threads", 0), thread))


@given(st.dates())
def test_the_pattern_of_a_day_is_the_calendar_of_this_century(day: object) -> None:
    text = str(day)
    assert formats.fits(formats.DATE, text) == text.startswith("20")
    if text.startswith("20"):
        assert formats.to_date(text) == day


@given(st.integers(2000, 2099), st.integers(0, 13), st.integers(0, 32))
def test_what_fits_the_pattern_is_a_day(year: int, month: int, day: int) -> None:
    text = f"{year}-{month:02}-{day:02}"
    try:
        formats.to_date(text)
    except ValueError:
        assert not formats.fits(formats.DATE, text)
    else:
        assert formats.fits(formats.DATE, text)


# ---------------------------------------------------------------- ledgers


@pytest.fixture(scope="module")
def ledger_editor() -> Draft202012Validator:
    Draft202012Validator.check_schema(ledger_schema())
    return Draft202012Validator(ledger_schema())


def test_the_ledger_schema_that_editors_read_is_current_and_explains_every_key() -> None:
    assert (REPOSITORY / "campaigns/claims.schema.json").read_text("utf-8") == ledger_schema_text()
    parts = [ledger_schema(), *ledger_schema()["$defs"].values()]
    assert len(parts) == 5
    assert all(value.get("description") for part in parts for value in part["properties"].values())
    assert ledger_schema_text().count('"additionalProperties": false') == 5


def test_the_shipped_ledger_fits_the_schema(ledger_editor: Draft202012Validator) -> None:
    path = REPOSITORY / "campaigns/dmz-escape.claims.yaml"
    sample = read_yaml(path.read_text("utf-8"), "sample").data
    assert [error.message for error in ledger_editor.iter_errors(sample)] == []


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    (
        ("id", ("C01", "famine-figure", "a_1"), ("", "1", "a b", None, 5)),
        ("quote", ("a",), ("", None, 5)),
        ("at", ("4:1", None), ("4", "0:1", 4, "4:1:1")),
        ("kind", ("name", "statement", None), ("person", "")),
        ("status", ("verified", "rhetorical", None), ("true", True)),
        ("checked_on", ("2026-12-01", None), ("2026-02-30", "1.12.2026")),
        ("checked_by", ("Ann", "", None), (5, ["Ann"])),
        ("source", ({}, {"link": None, "date": "2018"}, None), ({"link": "a.org"}, {"author": "x"}, "x")),
        ("because", ("so", None), (True,)),
        ("other", (), ("x", None)),
    ),
)
def test_the_ledger_schema_accepts_what_we_accept_and_nothing_else(
    ledger_editor: Draft202012Validator, key: str, right: tuple[object, ...], wrong: tuple[object, ...]
) -> None:
    def told(value: object) -> tuple[bool, bool]:
        claim = {"id": "C01", "quote": "a", key: value}
        data = {"article": "a.txt", "sentences": [{"text": "a", "claims": [claim]}], "wordings": None}
        try:
            LedgerPart.model_validate(data)
        except ValueError:
            return False, ledger_editor.is_valid(data)
        return True, ledger_editor.is_valid(data)

    assert {told(value) for value in right} <= {(True, True)}
    assert {told(value) for value in wrong} == {(False, False)}
