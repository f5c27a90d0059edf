"""Environment and `.env` become `Settings`; the only reader of `os.environ`.

A flag wins over the environment, the environment over `.env`, `.env` over the default. Secrets are
`SecretStr`: they print as stars wherever they go by accident.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from amplifier.errors import ConfigurationError
from amplifier.model import ACCOUNT_NAME, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV_FILE = ".env"
PREFIX = "AMPLIFIER_"
DAY = 24 * 60 * 60
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRETS = ("api_key", "api_secret", "access_token", "access_token_secret")


SHORTEST_SECRET = 4
"""A shorter one would take ordinary words out of whatever it is looked for in."""
_PASSWORD = r"://[^/@:]*:([^/@]+)@|[?&]password=([^&]+)"  # noqa: S105 - a pattern
_OURS = (PREFIX, "PGPASS", "NOTIFY_SOCKET", "WATCHDOG_")


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Where systemd wants to be told, and how many seconds after the last sign of life it restarts us."""

    socket: str | None = None
    watchdog: float | None = None


class AccountSettings(BaseModel):
    """One account: `AMPLIFIER_ACCOUNTS__<NAME>__…`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: str = Field("x", description="The platform: x, or simulated for rehearsals.")
    handle: str | None = Field(None, description="The account's handle; when set, the token's own must match.")
    api_key: SecretStr | None = Field(None, description="API key (consumer key) of your X app.")
    api_secret: SecretStr | None = Field(None, description="API secret of your X app.")
    access_token: SecretStr | None = Field(None, description="Access token of the account, with write permission.")
    access_token_secret: SecretStr | None = Field(None, description="Secret of that access token.")
    base_url: str | None = Field(None, description="Another API host: https, or http on loopback.")
    monthly_usd: Decimal | None = Field(
        None, ge=0, le=1_000_000, description="The most its posts may cost in a calendar month (UTC), in US dollars."
    )
    readings_monthly_usd: Decimal | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="The most that reading its counts may cost in a month (UTC), in US dollars.",
    )
    daily_posts: int | None = Field(None, ge=0, description="The most posts that it may publish in a day (UTC).")

    @field_validator("monthly_usd", "daily_posts", "readings_monthly_usd", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("handle")
    @classmethod
    def _without_at(cls, value: str | None) -> str | None:
        return value.removeprefix("@") or None if value else None

    @field_validator("base_url")
    @classmethod
    def _safe_url(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return value.rstrip("/")
        message = "must be https, or http on loopback: a token would travel in the clear"
        raise ValueError(message)

    @model_validator(mode="after")
    def _all_or_none(self) -> AccountSettings:
        missing = [name for name in SECRETS if not _secret(getattr(self, name))]
        if missing and len(missing) < len(SECRETS):
            message = f"{', '.join(name.upper() for name in missing)} missing: an X account needs all four credentials"
            raise ValueError(message)
        return self

    @property
    def platform(self) -> str:
        """The network whose limits, rules and prices hold: a rehearsal rehearses X."""
        return "x" if self.network == "simulated" else self.network

    @property
    def has_credentials(self) -> bool:
        """Whether all four credentials are set."""
        return all(_secret(getattr(self, name)) for name in SECRETS)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


class Settings(BaseSettings):
    """Everything that is set outside the campaign files."""

    model_config = SettingsConfigDict(env_prefix="AMPLIFIER_", env_nested_delimiter="__", extra="ignore", frozen=True)

    workspace: Path | None = Field(None, description="The workspace folder; -C/--workspace wins over it.")
    database_url: str | None = Field(
        None, description="sqlite:///PATH or postgresql://USER@HOST/NAME; default: amplifier.db in the workspace."
    )
    live: bool = Field(default=False, description="1 lets accounts with credentials publish for real.")
    lease_seconds: float = Field(300, gt=0, le=DAY, description="How long a worker may hold one post.")
    settle_seconds: float = Field(
        90, ge=0, le=DAY, description="How long to wait before looking for a post whose fate is unknown."
    )
    http_timeout_seconds: float = Field(
        20, gt=0, le=DAY, description="Total time for one request; in effect at most a third of the lease."
    )
    alert_command: str | None = Field(
        None, description="Program that gets messages to a person as JSON on stdin; run without a shell."
    )
    heartbeat_url: SecretStr | None = Field(
        None, description="Address that is fetched after a healthy beat: a service that misses it tells you."
    )
    metrics_file: Path | None = Field(
        None, description="File that every run writes its figures to, in Prometheus' text format."
    )
    backup_keep: int = Field(24, ge=1, description="How many hourly backups of an SQLite database the daemon keeps.")
    studio_people: str | None = Field(
        None, description="Who may use the studio: Kim: approver, Lee: editor, Park: viewer. Default: who starts it."
    )
    log_level: str = Field("WARNING", description="DEBUG, INFO, WARNING or ERROR; logs go to stderr.")
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            message = "must be DEBUG, INFO, WARNING or ERROR"
            raise ValueError(message)
        return value.upper()

    @field_validator("metrics_file", mode="before")
    @classmethod
    def _no_empty_path(cls, value: object) -> object:
        return value or None

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str | None) -> str | None:
        if value and not re.match(r"(sqlite:///|postgres(ql)?(\+psycopg)?://)", value):
            message = "must begin with sqlite:/// or postgresql://"
            raise ValueError(message)
        return value or None

    @field_validator("accounts")
    @classmethod
    def _account_names(cls, value: dict[str, AccountSettings]) -> dict[str, AccountSettings]:
        for name in value:
            if not re.fullmatch(ACCOUNT_NAME, name):
                message = f"account name {name!r}: lower-case letters and digits, joined by single underscores"
                raise ValueError(message)
        return value

    @property
    def http_timeout(self) -> float:
        """Seconds for one request, in effect: never more than a third of the lease."""
        return min(self.http_timeout_seconds, self.lease_seconds / 3)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not leave this process in words: credentials, the heartbeat's address, a password."""
        credentials = [getattr(account, name) for account in self.accounts.values() for name in SECRETS]
        found = [_secret(value) for value in (*credentials, self.heartbeat_url)]
        found += [part for parts in re.findall(_PASSWORD, self.database_url or "") for part in parts]
        return tuple(value for value in found if len(value) >= SHORTEST_SECRET)

    def account(self, name: str) -> AccountSettings:
        """An account's settings; one that is not configured is an X account without credentials."""
        return self.accounts.get(name) or AccountSettings.model_validate({})

    def mode_of(self, name: str) -> Mode:
        """The mode that an approval made now gives this account's posts."""
        account = self.account(name)
        if account.network == "simulated":
            return Mode.SIMULATED
        return Mode.LIVE if self.live and account.has_credentials else Mode.DRY


def load_settings(
    workspace: Path, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read the environment and the workspace's `.env`.

    Raises `ConfigurationError` naming every wrong variable, never its value; also for a `.env` that cannot be read, or
    with credentials that others can read.
    """
    env_file = workspace / ENV_FILE
    written = _read(env_file)
    _refuse_readable_secrets(env_file, written)
    values = _own(os.environ if environ is None else environ)
    try:
        return _build(values, written, overrides or {})
    except ValidationError as exc:
        lines = [_mistake(error["loc"], error["type"], error["msg"]) for error in exc.errors()]
    except SettingsError as exc:  # a whole level as one value, and that is no JSON
        lines = [_mistake(tuple(re.findall(r'field "(\w+)"', str(exc))), "dict_type", "")]
    message = "settings have mistakes:\n  " + "\n  ".join(lines)
    raise ConfigurationError(message, "mend them in the environment or in .env; .env.example lists them all")


def environment_of_a_child(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program that we start may know: the environment without our settings, passwords and systemd's sockets."""
    values = os.environ if environ is None else environ
    return {name: value for name, value in values.items() if not name.upper().startswith(_OURS)}


def service_manager(environ: Mapping[str, str] | None = None) -> ServiceManager:
    """What systemd says to a service of type `notify`."""
    values = os.environ if environ is None else environ
    usec = values.get("WATCHDOG_USEC", "")
    ours = values.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return ServiceManager(values.get("NOTIFY_SOCKET") or None, int(usec) / 1e6 if usec.isdecimal() and ours else None)


def named_workspace() -> str | None:
    """The workspace that the environment names; needed before any `.env` can be found."""
    return os.environ.get("AMPLIFIER_WORKSPACE") or None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A variable that begins like ours and that nothing reads; `near` is the name that was perhaps meant."""

    name: str
    near: str | None


def unknown_variables(workspace: Path, environ: Mapping[str, str] | None = None) -> list[Unknown]:
    """Misspelt names in the environment and in `.env`: they would silently do nothing."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    fields = [name.upper() for name in AccountSettings.model_fields]
    found = []
    for name in sorted({*_own(os.environ if environ is None else environ), *_own(_read(workspace / ENV_FILE))}):
        if name in known or name.startswith(f"{PREFIX}ACCOUNTS__"):
            continue
        account = re.fullmatch(rf"{PREFIX}ACCOUNTS?_+(\w+?)_+({'|'.join(fields)})", name)
        near = [f"{PREFIX}ACCOUNTS__{account[1]}__{account[2]}"] if account else get_close_matches(name, known, n=1)
        found.append(Unknown(name, near[0] if near else None))
    return found


def _own(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Only ours, in upper case."""
    return {name.upper(): value or "" for name, value in variables.items() if name.upper().startswith(PREFIX)}


def _read(env_file: Path) -> Mapping[str, str | None]:
    """The variables of a `.env`; none when there is no such file."""
    try:
        if env_file.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        return DotEnvSettingsSource(Settings, env_file=env_file).env_vars
    except OSError as exc:
        raise ConfigurationError(
            f"{env_file} cannot be read: {exc.strerror}", "it must be a file of lines NAME=value"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{env_file} is not UTF-8 text", "save it again as UTF-8") from None


def _build(values: Mapping[str, str], written: Mapping[str, str | None], overrides: Mapping[str, Any]) -> Settings:
    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            layers = [DotEnvSettingsSource(settings_cls, env_file=None) for _ in range(2)]
            for layer, variables in zip(layers, (values, written), strict=True):
                layer.env_vars = {name.lower(): value for name, value in variables.items()}
            return init_settings, *layers

    return Layered(**overrides)


def _refuse_readable_secrets(env_file: Path, written: Mapping[str, str | None]) -> None:
    if not any(_is_secret(name.lower(), value) for name, value in written.items() if value):
        return
    if stat.S_IMODE(env_file.stat().st_mode) & 0o077:
        message = f"{env_file} holds credentials and others on this machine can read it"
        raise ConfigurationError(message, f"type: chmod 600 {env_file}")


def _is_secret(name: str, value: str) -> bool:
    """Also where a whole account is given as JSON, and for the password of a database."""
    if name.startswith("amplifier_accounts"):
        return name.endswith(tuple(f"__{secret}" for secret in SECRETS)) or any(f'"{s}"' in value for s in SECRETS)
    if name == "amplifier_heartbeat_url":  # whoever knows it can say that we run
        return True
    return name == "amplifier_database_url" and bool(re.search(r"://[^/@:]*:[^/@]+@|[?&]password=", value))


def _mistake(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    variable = PREFIX + "__".join(str(part).upper() for part in loc)
    if kind == "extra_forbidden":
        fields = [name.upper() for name in AccountSettings.model_fields]
        near = get_close_matches(str(loc[-1]).upper(), fields, n=1)
        return f"{variable}: there is no such setting; " + (
            f"the nearest is {near[0]}" if near else f"an account has {', '.join(fields)}"
        )
    if kind in {"model_type", "dict_type"}:
        return f"{variable}: not a value of its own; write {variable}__… for each setting"
    return f"{variable}: {message.removeprefix('Value error, ').removeprefix('Input ')}"
