from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amplifier.app import App, open_app, worker_name
from amplifier.clock import system_now, system_ticks
from amplifier.errors import ConfigurationError
from amplifier.model import Mode
from amplifier.networks.outbox import Outbox
from amplifier.networks.simulated import Simulated
from amplifier.networks.x import X
from amplifier.settings import SECRETS, load_settings
from amplifier.store import meta
from amplifier.store.backup import backup
from amplifier.workspace import Workspace
from tests.support.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIVE = {f"AMPLIFIER_ACCOUNTS__MAIN__{name.upper()}": "sesame" for name in SECRETS} | {"AMPLIFIER_LIVE": "1"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


@pytest.fixture
def app(house: House) -> Iterator[App]:
    opened = open_app(Workspace(house.root), load_settings(house.root, LIVE))
    yield opened
    opened.close()


def test_a_database_that_is_gone_is_not_begun_anew_where_a_run_has_seen_one(house: House) -> None:
    settings = load_settings(house.root, {})
    workspace = Workspace(house.root)
    open_app(workspace, settings).close()
    workspace.database.unlink()
    open_app(workspace, settings).close()  # nothing was published from it
    workspace.private.mkdir(exist_ok=True)
    (workspace.private / "witness-1.json").touch()
    workspace.database.unlink()
    with pytest.raises(ConfigurationError, match=r"amplifier\.db is gone, and this workspace has published") as refused:
        open_app(workspace, settings)
    assert not workspace.database.exists()
    assert f"install -m 600 /dev/null {workspace.database}" in refused.value.hint
    workspace.database.touch(0o600)
    open_app(workspace, settings).close()


def test_a_restored_copy_is_noticed_by_who_decides_by_what_is_out(house: House) -> None:
    settings, workspace = load_settings(house.root, {}), Workspace(house.root)
    first = open_app(workspace, settings)
    copy = backup(first.store, house.root / "backups", system_now(), keep=1)
    first.close()
    copy.replace(workspace.database)
    opened = open_app(workspace, settings)
    opened.notice_restore()
    with opened.store.read() as connection:
        assert "restored" in meta.get(connection, "restored")
        assert meta.COPIED not in meta.get(connection, meta.COPIED)
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


def test_the_messenger_works_by_the_settings(house: House, app: App) -> None:
    bare = app.messenger("once")
    assert (bare.command, bare.sound) == (None, None)
    assert bare.runner == app.publisher("once").runner
    environ = {
        "AMPLIFIER_ALERT_COMMAND": "./tell.sh",
        "AMPLIFIER_HEARTBEAT_URL": "https://example.org/ping/canary",
        "AMPLIFIER_METRICS_FILE": "amplifier.prom",
    }
    opened = App(app.workspace, load_settings(house.root, environ), app.store, app.now, app.ticks)
    full = opened.messenger("daemon")
    assert full.sound == "https://example.org/ping/canary"
    assert full.command is not None
    assert (full.command.line, full.command.folder) == ("./tell.sh", house.root)
    assert full.command.secrets == ("https://example.org/ping/canary",)
    assert not any(name.startswith("AMPLIFIER_") for name in full.command.environment)
    opened.write_figures()
    assert "amplifier_status 0\n" in (house.root / "amplifier.prom").read_text("utf-8")
    app.write_figures()  # without the setting it writes nothing
    assert [path.name for path in house.root.glob("*.prom")] == ["amplifier.prom"]


@pytest.mark.parametrize("line", ("", "   "))
def test_an_empty_alert_command_is_none(house: House, app: App, line: str) -> None:
    settings = load_settings(house.root, {"AMPLIFIER_ALERT_COMMAND": line})
    assert App(app.workspace, settings, app.store, app.now, app.ticks).alert_command() is None


def test_a_database_that_cannot_be_opened_is_a_matter_of_configuration(house: House) -> None:
    settings = load_settings(house.root, {"AMPLIFIER_DATABASE_URL": "sqlite:////dev/null/no.db"})
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        open_app(Workspace(house.root), settings)


def test_both_clocks_go_forward() -> None:
    assert system_now().utcoffset() == timedelta()
    assert system_ticks() <= system_ticks()
