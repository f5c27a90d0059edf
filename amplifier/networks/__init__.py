"""The one port and its kinds: where posts go and readings come from."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from amplifier.errors import ConfigurationError

if TYPE_CHECKING:
    from amplifier.networks.port import Context, Network
    from amplifier.settings import AccountSettings

GROUP = "amplifier.networks"
"""The entry-point group in which every network stands, the built-in ones too."""


def open_network(kind: str, name: str, settings: AccountSettings, context: Context) -> Network:
    """Open one account on one kind of network: `x`, `outbox`, `simulated`, or one that is installed beside them.

    Only the module of that kind is imported. Raises `ConfigurationError` for a kind that is not installed or
    cannot be loaded, and for settings that the kind cannot work with.
    """
    # reading the installed packages' metadata costs more than everything else here; previews never need it
    from importlib.metadata import entry_points  # noqa: PLC0415

    found = entry_points(group=GROUP)
    if kind not in found.names:
        known = sorted(found.names)
        near = get_close_matches(kind, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigurationError(
            f"account {name}: no network is called {kind!r}", f"{hint}installed are: {', '.join(known) or 'none'}"
        )
    try:
        network = found[kind].load()
    except (ImportError, AttributeError) as exc:
        raise ConfigurationError(
            f"account {name}: the network {kind!r} is installed but cannot be loaded: {exc}",
            "install the package that brings it again",
        ) from exc
    return cast("Network", network(name, settings, context))
