from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.app import open_app, worker_name
from amplifier.clock import system_now, system_ticks
from amplifier.errors import ConfigurationError
from amplifier.model import Address, Mode, State, Why
from amplifier.networks.outbox import Outbox
from amplifier.networks.simulated import Simulated
from amplifier.networks.x import X
from amplifier.publishing.beat import Done
from amplifier.settings import SECRETS, load_settings
from amplifier.workspace import Workspace
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amplifier.app import App

LIVE = {f"AMPLIFIER_ACCOUNTS__MAIN__{name.upper()}": "sesame" for name in SECRETS} | {"AMPLIFIER_LIVE": "1"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


@pytest.fixture
def app(house: House) -> Iterator[App]:
    opened = open_app(Workspace(house.root), load_settings(house.root, LIVE))
    yield opened
    opened.close()


def test_each_mode_of_an_account_has_its_own_network_opened_once(app: App) -> None:
    found = {mode: app.network("main", mode) for mode in Mode}
    assert {mode: type(network) for mode, network in found.items()} == {
        Mode.LIVE: X, Mode.DRY: Outbox, Mode.SIMULATED: Simulated,
    }  # fmt: skip
    assert all(app.network("main", mode.value) is network for mode, network in found.items())
    assert app.network("other", Mode.DRY) is not found[Mode.DRY]


def test_live_posts_may_go_out_only_with_live_on(house: House, app: App) -> None:
    assert app.modes() == frozenset(Mode)
    off = open_app(Workspace(house.root), load_settings(house.root, LIVE | {"AMPLIFIER_LIVE": "0"}))
    assert off.modes() == {Mode.DRY, Mode.SIMULATED}
    assert off.modes_of(["main", "other"]) == {"main": Mode.DRY, "other": Mode.DRY}
    off.close()
    assert app.modes_of(["main", "other"]) == {"main": Mode.LIVE, "other": Mode.DRY}


def test_a_rehearsal_sends_nothing_anywhere_else_whatever_is_configured(app: App) -> None:
    app.rehearsing = True
    assert app.modes() == {Mode.SIMULATED}
    assert app.mode_of("main") is Mode.SIMULATED


def test_the_publisher_works_by_the_settings(app: App) -> None:
    made = app.publisher("once")
    assert (made.lease, made.settle) == (timedelta(seconds=300), timedelta(seconds=90))
    assert made.worker == worker_name("once")
    assert made.runner.endswith("/once")
    assert not made.stopped()
    app.workspace.pause_file.touch()
    assert made.stopped()


def test_what_waits_for_a_person_is_told_and_nothing_else(house: House) -> None:
    told = house.root / "told.json"
    environ = {"AMPLIFIER_ALERT_COMMAND": f"tee -a {told}"}
    app = open_app(Workspace(house.root), load_settings(house.root, environ))
    address = Address("fence", "one", "main", 1, Mode.DRY)
    app.tell(Done(address, 3, State.SENT, None, "", None, system_now()))
    assert not told.exists()
    app.tell(Done(address, 3, State.HELD, Why.LATE, "by an hour", None, datetime(2026, 12, 1, tzinfo=UTC)))
    message = json.loads(told.read_text("utf-8"))
    assert (message["post"], message["why"], message["at"]) == (str(address), "late", "2026-12-01T00:00:00Z")
    app.close()


def test_a_database_that_cannot_be_opened_is_a_matter_of_configuration(house: House) -> None:
    settings = load_settings(house.root, {"AMPLIFIER_DATABASE_URL": "sqlite:////dev/null/no.db"})
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        open_app(Workspace(house.root), settings)


def test_both_clocks_go_forward() -> None:
    assert system_now().utcoffset() == timedelta()
    assert system_ticks() <= system_ticks()
