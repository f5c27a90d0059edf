from __future__ import annotations

import pytest

from amplifier.errors import UsageError
from amplifier.model import Mode
from amplifier.publishing.receipts import receipt_of


@pytest.mark.parametrize(
    ("url", "network", "mode", "remote_id", "address"),
    (
        ("https://x.com/voices/status/1995000000000000001", "x", Mode.LIVE, "1995000000000000001", True),
        ("1995000000000000001", "x", Mode.LIVE, "1995000000000000001", False),
        ("https://example.org/posts/12/?a=b#c", "x", Mode.DRY, "12", True),
        ("simulated-main-3", "simulated", Mode.SIMULATED, "simulated-main-3", False),
    ),
)
def test_an_address_names_its_post(url: str, network: str, mode: Mode, remote_id: str, address: bool) -> None:
    found = receipt_of(url, network, mode)
    assert (found.remote_id, bool(found.url)) == (remote_id, address)


@pytest.mark.parametrize(("url", "mode"), (("https://example.org/a", Mode.LIVE), ("", Mode.DRY), ("…", Mode.DRY)))
def test_what_names_none_is_refused(url: str, mode: Mode) -> None:
    with pytest.raises(UsageError, match="names no post"):
        receipt_of(url, "x", mode)
