"""Networks are found by their entry points."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amplifier.errors import ConfigurationError
from amplifier.networks import open_network
from amplifier.networks.outbox import Outbox
from amplifier.networks.port import Context
from amplifier.networks.simulated import Simulated
from amplifier.networks.x import X
from amplifier.settings import SECRETS, AccountSettings

CONTEXT = Context(Path("unused"), lambda: datetime(2026, 11, 23, tzinfo=UTC), 5)
NONE = AccountSettings.model_validate({})
ALL = AccountSettings.model_validate(dict.fromkeys(SECRETS, "secret"))


@pytest.mark.parametrize(
    ("kind", "settings", "made"), (("x", ALL, X), ("outbox", NONE, Outbox), ("simulated", NONE, Simulated))
)
def test_a_network_is_opened_by_its_name(kind: str, settings: AccountSettings, made: type) -> None:
    assert isinstance(open_network(kind, "main", settings, CONTEXT), made)


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="account main: no network is called 'simulate'") as caught:
        open_network("simulate", "main", NONE, CONTEXT)
    assert caught.value.hint.startswith("did you mean simulated? installed are: ")
    with pytest.raises(ConfigurationError) as caught:
        open_network("bluesky", "main", NONE, CONTEXT)
    assert "outbox, simulated, x" in caught.value.hint
    assert "did you mean" not in caught.value.hint


def test_x_without_credentials_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="no credentials"):
        open_network("x", "main", NONE, CONTEXT)


def test_a_network_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "broken-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[amplifier.networks]\nbroken = no_such_module:Network\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match="'broken' is installed but cannot be loaded: No module named"):
        open_network("broken", "main", NONE, CONTEXT)


def test_only_x_loads_tweepy() -> None:
    code = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from amplifier.networks import open_network
import amplifier.networks.redact
assert not {"pydantic", "filelock", "importlib.metadata"} & set(sys.modules)
from amplifier.networks.port import Context
from amplifier.settings import AccountSettings
context = Context(Path(sys.argv[1]), lambda: datetime(2026, 11, 23, tzinfo=UTC), 5)
for kind in ("outbox", "simulated"):
    open_network(kind, "main", AccountSettings(), context)
assert not {"tweepy", "requests", "urllib3", "sqlmodel", "jinja2"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, "unused"], check=True)
