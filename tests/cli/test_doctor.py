from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import x_faults
from tests.fakes.x_server import XServer
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        yield server


def checks(house: House, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
    found = json.loads(house.cli("doctor", *options, "--json", code=code).stdout)
    return {item["what"]: item for item in found}


def test_a_fresh_workspace_is_well_and_says_what_was_looked_at(house: House) -> None:
    found = checks(house)
    assert set(found) >= {"workspace", "files", "settings", "database", "clock", "last beat", "accounts"}
    assert found["workspace"]["said"] == str(house.root)
    assert "mode 0600" in found["database"]["said"]
    assert (found["last beat"]["level"], found["last beat"]["said"]) == ("warning", "never")
    house.cli("run", "--once")
    assert checks(house)["last beat"]["level"] == "ok"


def test_a_database_that_others_can_read_is_an_error_with_its_mending(house: House) -> None:
    house.cli("status")
    path = house.root / "amplifier.db"
    path.chmod(0o644)
    found = checks(house, code=78)["database"]
    assert (found["level"], found["mend"]) == ("error", f"chmod 600 {path}")
    path.chmod(0o600)
    checks(house)


def test_a_database_that_cannot_be_opened_is_one_of_the_checks(house: House) -> None:
    house.environment = {"AMPLIFIER_DATABASE_URL": f"sqlite:///{house.root}/campaigns/fence.yaml"}
    told = house.cli("doctor", code=78)
    assert "ok      workspace" in told.stdout
    assert "error   database" in told.stdout


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(house: House) -> None:
    (house.root / ".env").write_text("AMPLIFIER_LIFE=1\n", "utf-8")
    told = house.cli("doctor").stdout
    assert "warning settings: AMPLIFIER_LIFE is set, and nothing reads it" in told
    assert "did you mean AMPLIFIER_LIVE?" in told


def test_a_settings_file_that_others_can_read_is_a_warning_before_it_holds_a_secret(house: House) -> None:
    path = house.root / ".env"
    path.write_text("AMPLIFIER_LIVE=0\n", "utf-8")
    path.chmod(0o644)
    found = checks(house)["settings"]
    assert found["said"] == "others on this machine can read .env (0644), and it is to hold credentials"
    assert (found["level"], found["mend"]) == ("warning", f"chmod 600 {path}")
    path.chmod(0o600)
    assert checks(house)["settings"]["level"] == "ok"


def test_a_pause_in_the_database_is_a_warning_with_the_way_on(house: House) -> None:
    house.cli("pause", "--why", "the news", "--by", "root")
    since = json.loads(house.cli("status", "--json", code=75).stdout)["paused"][0]["since"]
    assert (
        f"warning pause: everything since {since} by root (the news)\n        amplifier resume --why …\n"
    ) in house.cli("doctor").stdout
    house.cli("resume", "--why", "over")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("pause", "--campaign", "fence", "--why", "the news")
    found = checks(house)["pause"]
    assert (found["said"][:20], found["mend"]) == ("campaign fence since", "amplifier resume --campaign fence --why …")


def test_a_network_that_is_not_installed_is_an_error(house: House) -> None:
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "twitter"}
    found = checks(house, code=78)["account main"]
    assert found["said"] == "no network is called 'twitter'"
    assert found["mend"] == "AMPLIFIER_ACCOUNTS__MAIN__NETWORK is one of outbox, simulated, x"


def test_without_online_no_network_is_asked_and_the_mode_is_said(house: House, x: XServer) -> None:
    house.environment = x.credentials("main")
    found = checks(house)["account main"]
    assert "DRY RUN, credentials set (live only with AMPLIFIER_LIVE=1)" in found["said"]
    house.environment["AMPLIFIER_LIVE"] = "1"
    assert "LIVE" in checks(house)["account main"]["said"]
    assert not x.requests


def test_online_says_whose_token_it_is(house: House, x: XServer) -> None:
    house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
    found = checks(house, "--online")["account main"]
    assert found["level"] == "ok"
    assert "the token belongs to @" in found["said"]
    handle = found["said"].rpartition("@")[2]
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__HANDLE"] = f"@{handle.upper()}"
    assert checks(house, "--online")["account main"]["level"] == "ok"
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__HANDLE"] = "another"
    found = checks(house, "--online", code=5)["account main"]
    assert found["said"] == f"the token belongs to @{handle}, the settings say @another"


def test_a_refused_token_is_5_and_no_secret_is_shown(house: House, x: XServer) -> None:
    house.environment = {**x.credentials("main"), "AMPLIFIER_LIVE": "1"}
    x.script(x_faults.unauthorized(on="GET /2/users/me"))
    told = house.cli("doctor", "--online", code=5)
    assert "error   account main" in told.stdout
    assert told.stdout.count("HTTP 401") == 1, "each thing is said once"
    for name, value in house.environment.items():
        if "KEY" in name or "SECRET" in name or "TOKEN" in name:
            assert value not in told.output
