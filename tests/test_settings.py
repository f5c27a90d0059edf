from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import ConfigurationError
from amplifier.model import Mode
from amplifier.settings import (
    SECRETS,
    ServiceManager,
    Settings,
    Unknown,
    environment_of_a_child,
    load_settings,
    service_manager,
    unknown_variables,
)

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "AMPLIFIER_ACCOUNTS__MAIN__"
CREDENTIALS = {f"{MAIN}{name.upper()}": f"sesame-{name}" for name in SECRETS}


def env_file(folder: Path, *lines: str, mode: int = 0o600) -> Path:
    path = folder / ".env"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    path.chmod(mode)
    return path


def refused(folder: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder, environ or {})
    assert caught.value.exit_code == 78
    assert caught.value.hint
    assert "sesame" not in str(caught.value) + repr(caught.value) + repr(caught.value.__context__)
    return str(caught.value)


# ---------------------------------------------------------------- what wins


def test_a_flag_wins_over_the_environment_that_over_the_file_and_that_over_the_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).lease_seconds == 300
    env_file(tmp_path, "AMPLIFIER_LEASE_SECONDS=11")
    assert load_settings(tmp_path, {}).lease_seconds == 11
    environ = {"AMPLIFIER_LEASE_SECONDS": "22"}
    assert load_settings(tmp_path, environ).lease_seconds == 22
    assert load_settings(tmp_path, environ, {"lease_seconds": 33}).lease_seconds == 33


def test_one_account_may_be_set_in_both_places(tmp_path: Path) -> None:
    env_file(tmp_path, *(f"{name}={value}" for name, value in CREDENTIALS.items()))
    settings = load_settings(tmp_path, {f"{MAIN}HANDLE": "@fence"})
    assert settings.account("main").has_credentials
    assert settings.account("main").handle == "fence"


def test_the_defaults_are_those_of_the_documentation(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"HOME": "/", "PATH": "/bin"})
    assert (settings.live, settings.database_url, settings.alert_command, settings.accounts) == (False, None, None, {})
    assert (settings.lease_seconds, settings.settle_seconds, settings.http_timeout_seconds) == (300, 90, 20)


def test_only_the_given_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPLIFIER_LEASE_SECONDS", "44")
    assert load_settings(tmp_path, {}).lease_seconds == 300
    assert load_settings(tmp_path).lease_seconds == 44


@pytest.mark.parametrize("text", ("1", "true", "yes", "on"))
def test_live_is_switched_on_in_words_too(tmp_path: Path, text: str) -> None:
    assert load_settings(tmp_path, {"AMPLIFIER_LIVE": text}).live
    assert load_settings(tmp_path, {"amplifier_live": text}).live


def test_seconds_may_be_fractions_settle_may_be_0_and_a_request_takes_a_third_of_the_lease(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"AMPLIFIER_LEASE_SECONDS": "3", "AMPLIFIER_SETTLE_SECONDS": "0"})
    assert (settings.lease_seconds, settings.settle_seconds, settings.http_timeout) == (3, 0, 1)
    assert load_settings(tmp_path, {"AMPLIFIER_HTTP_TIMEOUT_SECONDS": "0.5"}).http_timeout == 0.5


# ---------------------------------------------------------------- what is wrong, all at once


def test_every_wrong_variable_is_named_at_once_and_no_value_is_shown(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        {
            "AMPLIFIER_LEASE_SECONDS": "sesame",
            "AMPLIFIER_SETTLE_SECONDS": "inf",
            "AMPLIFIER_HTTP_TIMEOUT_SECONDS": "0",
            "AMPLIFIER_LOG_LEVEL": "sesame",
            "AMPLIFIER_DATABASE_URL": "mysql://root:sesame@host/x",
            f"{MAIN}BASE_URL": "http://api.example.org/sesame",
            f"{MAIN}APIKEY": "sesame",
        },
    )
    for name in ("LEASE_SECONDS", "SETTLE_SECONDS", "HTTP_TIMEOUT_SECONDS", "LOG_LEVEL", "DATABASE_URL"):
        assert f"AMPLIFIER_{name}: " in told
    assert f"{MAIN}BASE_URL: must be https" in told
    assert f"{MAIN}APIKEY: there is no such setting; the nearest is API_KEY" in told
    assert "Input should" not in told


@pytest.mark.parametrize("missing", SECRETS)
def test_some_of_the_credentials_are_none(tmp_path: Path, missing: str) -> None:
    environ = {name: value for name, value in CREDENTIALS.items() if not name.endswith(f"__{missing.upper()}")}
    told = refused(tmp_path, environ)
    assert f"AMPLIFIER_ACCOUNTS__MAIN: {missing.upper()} missing" in told
    refused(tmp_path, {**environ, f"{MAIN}{missing.upper()}": ""})


@pytest.mark.parametrize("value", ("sesame", '"sesame"', "[1]"))
@pytest.mark.parametrize("name", ("AMPLIFIER_ACCOUNTS", "AMPLIFIER_ACCOUNTS__MAIN"))
def test_an_account_is_not_one_value(tmp_path: Path, name: str, value: str) -> None:
    assert f"{name}: " in refused(tmp_path, {name: value})


@pytest.mark.parametrize(
    ("url", "fine"),
    (
        ("https://api.example.org", True), ("https://api.example.org/v2/", True), ("http://127.0.0.1:8080", True),
        ("http://localhost:1", True), ("http://[::1]:80", True), ("", True), ("http://127.0.0.1.example.org", False),
        ("http://example.org", False), ("ftp://127.0.0.1", False), ("example.org", False),
        ("http://localhost@example.org", False),
    ),
)  # fmt: skip
def test_a_token_never_travels_in_the_clear(tmp_path: Path, url: str, fine: bool) -> None:
    environ = {f"{MAIN}BASE_URL": url}
    if fine:
        assert load_settings(tmp_path, environ).account("main").base_url == (url.rstrip("/") or None)
    else:
        assert "must be https, or http on loopback" in refused(tmp_path, environ)


@pytest.mark.parametrize(
    ("name", "fine"), (("MAIN", True), ("a1_b2", True), ("1a", False), ("a-b", False), ("", False))
)
def test_account_names_are_those_that_a_variable_can_carry(tmp_path: Path, name: str, fine: bool) -> None:
    environ = {f"AMPLIFIER_ACCOUNTS__{name}__NETWORK": "x"}
    if fine:
        assert list(load_settings(tmp_path, environ).accounts) == [name.lower()]
    else:
        assert "account name" in refused(tmp_path, environ)


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("mode", (0o644, 0o640, 0o604, 0o620))
@pytest.mark.parametrize(
    "line",
    (
        f"{MAIN}API_KEY=sesame", f"  export {MAIN}API_SECRET='sesame'", f"{MAIN.lower()}access_token=sesame",
        'AMPLIFIER_ACCOUNTS={"main": {"access_token_secret": "sesame"}}', f"\ufeff{MAIN}API_KEY=sesame",
        "AMPLIFIER_DATABASE_URL=postgresql://me:sesame@host/x",
    ),
)  # fmt: skip
def test_credentials_that_others_can_read_are_refused_with_the_command_that_mends_it(
    tmp_path: Path, line: str, mode: int
) -> None:
    path = env_file(tmp_path, line, mode=mode)
    assert refused(tmp_path).endswith(f"type: chmod 600 {path}")


def test_a_file_without_credentials_may_be_read_by_all(tmp_path: Path) -> None:
    env_file(tmp_path, f"# {MAIN}API_KEY=", f"{MAIN}API_KEY=", f"{MAIN}HANDLE=fence", "AMPLIFIER_LIVE=1", mode=0o644)
    assert load_settings(tmp_path, {}).live


def test_a_file_saved_by_any_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffAMPLIFIER_LIVE=1\r\nAMPLIFIER_LEASE_SECONDS=5\r\n".encode())
    settings = load_settings(tmp_path, {})
    assert (settings.live, settings.lease_seconds) == (True, 5)


def test_a_file_that_is_none_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in refused(tmp_path)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert "it is a folder" in refused(tmp_path)


# ---------------------------------------------------------------- secrets and misspellings


def test_no_secret_is_in_what_settings_show_of_themselves(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, CREDENTIALS)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "sesame" not in shown
    key = settings.account("main").api_key
    assert key is not None
    assert key.get_secret_value() == "sesame-api_key"


def test_a_misspelt_name_is_found_wherever_it_stands_with_the_one_that_was_meant(tmp_path: Path) -> None:
    env_file(tmp_path, "AMPLIFIER_LIFE=1", "OTHER=2", "AMPLIFIER_LEASE_SECONDS=5")
    environ = {
        "AMPLIFIER_ACCOUNT__MAIN__API_KEY": "sesame",
        "AMPLIFIER_ACCOUNTS_SECOND_ACCESS_TOKEN_SECRET": "sesame",
        "AMPLIFIER_QUITE_ANOTHER_THING": "1",
        "PATH": "/bin",
        "AMPLIFIER_SETTLE_SECONDS": "1",
        **CREDENTIALS,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = unknown_variables(tmp_path, environ)
    assert found == [
        Unknown("AMPLIFIER_ACCOUNTS_SECOND_ACCESS_TOKEN_SECRET", "AMPLIFIER_ACCOUNTS__SECOND__ACCESS_TOKEN_SECRET"),
        Unknown("AMPLIFIER_ACCOUNT__MAIN__API_KEY", "AMPLIFIER_ACCOUNTS__MAIN__API_KEY"),
        Unknown("AMPLIFIER_LIFE", "AMPLIFIER_LIVE"),
        Unknown("AMPLIFIER_QUITE_ANOTHER_THING", None),
    ]
    every = {f"AMPLIFIER_{name.upper()}": "" for name in Settings.model_fields if name != "accounts"}
    env_file(tmp_path)
    assert unknown_variables(tmp_path, every) == []


# ---------------------------------------------------------------- what others may know


def test_the_secrets_are_all_credentials_the_heartbeat_and_the_databases_password(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).secrets == ()
    environ = CREDENTIALS | {
        "AMPLIFIER_HEARTBEAT_URL": "https://example.org/ping/canary",
        "AMPLIFIER_DATABASE_URL": "postgresql://me:sesame-db@db.example.org/a?password=sesame-too&sslmode=require",
        f"{MAIN}HANDLE": "voices",
    }
    assert set(load_settings(tmp_path, environ).secrets) == {
        *(f"sesame-{name}" for name in SECRETS), "https://example.org/ping/canary", "sesame-db", "sesame-too",
    }  # fmt: skip
    short = load_settings(tmp_path, {"AMPLIFIER_DATABASE_URL": "postgresql://me:abc@db.example.org/a"})
    assert short.secrets == (), "three letters stand in every other word"


def test_a_heartbeat_address_is_as_secret_as_a_credential(tmp_path: Path) -> None:
    env_file(tmp_path, "AMPLIFIER_HEARTBEAT_URL=https://example.org/ping/canary", mode=0o644)
    told = refused(tmp_path)
    assert "others on this machine can read it" in told
    assert "canary" not in told
    assert "canary" not in repr(load_settings(tmp_path.parent, {"AMPLIFIER_HEARTBEAT_URL": "https://x/canary"}))


def test_an_empty_metrics_file_is_none(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"AMPLIFIER_METRICS_FILE": ""}).metrics_file is None


def test_a_child_knows_nothing_of_our_settings_nor_of_the_service_manager() -> None:
    environ = CREDENTIALS | {
        "PATH": "/bin", "LANG": "C.UTF-8", "AMPLIFIER_DATABASE_URL": "x", "amplifier_live": "1", "PGPASSWORD": "x",
        "PGPASSFILE": "x", "NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1",
    }  # fmt: skip
    assert environment_of_a_child(environ) == {"PATH": "/bin", "LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "found"),
    (
        ({}, ServiceManager()),
        ({"NOTIFY_SOCKET": "", "WATCHDOG_USEC": ""}, ServiceManager()),
        ({"NOTIFY_SOCKET": "@here", "WATCHDOG_USEC": "30000000"}, ServiceManager("@here", 30.0)),
        ({"NOTIFY_SOCKET": "/run/s", "WATCHDOG_USEC": "soon"}, ServiceManager("/run/s")),
        ({"NOTIFY_SOCKET": "/run/s", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, ServiceManager("/run/s")),
        (
            {"NOTIFY_SOCKET": "/run/s", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": str(os.getpid())},
            ServiceManager("/run/s", 0.001),
        ),
    ),
)
def test_the_service_manager_is_known_by_its_environment(environ: dict[str, str], found: ServiceManager) -> None:
    assert service_manager(environ) == found


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize(
    ("live", "credentials", "network", "mode"),
    (
        ("1", True, "x", Mode.LIVE), ("0", True, "x", Mode.DRY), ("1", False, "x", Mode.DRY),
        ("1", True, "simulated", Mode.SIMULATED), ("0", False, "simulated", Mode.SIMULATED),
    ),
)  # fmt: skip
def test_live_needs_both_the_switch_and_credentials(
    tmp_path: Path, live: str, credentials: bool, network: str, mode: Mode
) -> None:
    environ = {"AMPLIFIER_LIVE": live, f"{MAIN}NETWORK": network, **(CREDENTIALS if credentials else {})}
    settings = load_settings(tmp_path, environ)
    assert settings.mode_of("main") is mode
    assert settings.account("main").platform == "x"


def test_an_account_that_is_not_configured_is_an_x_dry_run(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"AMPLIFIER_LIVE": "1"})
    assert (settings.mode_of("nobody"), settings.account("nobody").platform) == (Mode.DRY, "x")


def test_an_empty_cap_is_no_cap(tmp_path: Path) -> None:
    empty = {f"AMPLIFIER_ACCOUNTS__MAIN__{name}": "" for name in ("MONTHLY_USD", "DAILY_POSTS")}
    found = load_settings(tmp_path, empty).account("main")
    assert (found.monthly_usd, found.daily_posts) == (None, None)
