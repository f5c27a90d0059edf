"""`export` as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from amplifier.engagement.query import views
from tests.support.house import House
from tests.support.ledger_rows import fill
from tests.support.rows import add_thread


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House.build(tmp_path / "house")
    store = made.store()
    fill(store)
    store.close()
    return made


def test_all_views_go_into_a_folder_a_file_each(house: House, tmp_path: Path) -> None:
    goal = tmp_path / "ledger"
    for file_format in ("csv", "json", "parquet"):
        told = house.cli("export", file_format, "--all", "--out", str(goal))
        assert told.stdout == ""
        assert told.stderr.startswith(f"{len(views())} views, ")
        assert told.stderr.endswith(f" rows in {goal}\n")
    assert {path.name for path in goal.iterdir()} == {
        f"{view}.{file_format}" for view in views() for file_format in ("csv", "json", "parquet")
    }


def test_a_day_is_utc_and_an_instant_may_have_a_zone(house: House) -> None:
    def told(since: str) -> list[str]:
        rows = json.loads(house.cli("export", "json", "post_log", "--since", since).stdout)
        return [f"{row['thread']}/{row['k']}" for row in rows]

    assert told("2026-12-03") == ["Zebra/1", "Zebra/2"]
    assert told("2026-12-04") == []
    assert told("2026-12-03T00:30:00.000000Z") == ["Zebra/1", "Zebra/2"]
    assert told("2026-12-03T09:30:01+09:00") == ["Zebra/2"]
    assert told("2026-12-03T00:30:01") == ["Zebra/2"]
    for wrong in ("yesterday", "2026-13-01", "0001-01-01T00:00+23:00"):
        refused = house.cli("export", "json", "post_log", "--since", wrong, code=2)
        assert f"--since {wrong!r} is neither a day nor an instant" in refused.stderr


def test_a_view_without_a_time_is_whole_and_says_so(house: House, tmp_path: Path) -> None:
    told = house.cli("export", "json", "campaign_summary", "--since", "2030-01-01")
    assert told.stderr == "campaign_summary has no time that --since could mean: it is whole\n"
    assert len(json.loads(told.stdout)) == 4
    told = house.cli("export", "csv", "--all", "--since", "2030-01-01", "--out", str(tmp_path / "ledger"))
    assert told.stderr.count("it is whole") == 6
    told = house.cli("export", "json", "post_log", "--since", "2030-01-01")
    assert (told.stdout, told.stderr) == ("[]\n", "")


def test_what_cannot_be_meant_is_refused_with_what_to_type(house: House) -> None:
    refused = house.cli("export", "csv", code=2)
    assert "either a view or --all" in refused.stderr
    assert "engagement_at_age" in refused.stderr
    assert "name the folder so: --out ex" in house.cli("export", "csv", "ex", "--all", code=2).stderr
    assert "add: --out exports" in house.cli("export", "csv", "--all", code=2).stderr
    assert "add: --out post_log.parquet" in house.cli("export", "parquet", "post_log", code=2).stderr
    assert "did you mean post_log?" in house.cli("export", "csv", "post_lgo", "--since", "2026-12-01", code=2).stderr


def test_without_duckdb_it_says_in_one_line_what_to_install(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    refused = house.cli("export", "parquet", "post_log", "--out", str(tmp_path / "log.parquet"), code=78)
    assert refused.stderr == "error: Parquet needs DuckDB: make analyst, in the folder of Amplifier's code\n"
    assert house.cli("export", "csv", "post_log").stdout


def test_the_help_names_every_view() -> None:
    from amplifier.cli.results import export  # noqa: PLC0415

    assert export.help
    assert all(f"{view}" in export.help for view in views())


def test_a_pipe_gets_the_rows(house: House) -> None:
    store = house.store()
    add_thread(store, [None], thread="piped")
    store.close()
    assert '"piped"' in house.process("export", "json", "post_log", "--out", "/dev/stdout").stdout


@pytest.mark.parametrize("own", ("amplifier.db", "amplifier.db-wal", ".env", "campaigns/fence.yaml", "backups/one.db"))
def test_nothing_is_written_over_what_amplifier_works_with(house: House, own: str) -> None:
    (house.root / ".env").touch(0o600)
    before = house.campaign.read_bytes(), (house.root / "amplifier.db").read_bytes()
    for words in (("export", "csv", "post_log", "--out"), ("report", "--html")):
        said = house.cli(*words, str(house.root / own), code=2).stderr
        assert "is a file that Amplifier works with" in said
    assert (house.campaign.read_bytes(), (house.root / "amplifier.db").read_bytes()) == before


@pytest.mark.parametrize("words", ("report", "export csv post_log", "explore"))
def test_a_folder_without_a_database_is_said_and_none_is_made(tmp_path: Path, words: str) -> None:
    made = House.build(tmp_path / "w")
    (made.root / "amplifier.db").unlink()
    said = made.cli(*words.split(), code=78).stderr
    assert f"there is no database yet: {made.root / 'amplifier.db'}" in said
    assert not (made.root / "amplifier.db").exists()


def test_a_page_goes_to_a_pipe_or_a_device_as_it_is(house: House) -> None:
    house.cli("report", "--html", "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_where_nobody_listens_nothing_breaks(house: House) -> None:
    for words in ("sql 'SELECT 1'", "export csv post_log"):
        line = f"exec {sys.executable} -m amplifier {words} >&-"
        done = subprocess.run(
            ["bash", "-c", line], env={**os.environ, **house.told}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, "mistake" in done.stderr) == (0, False)
