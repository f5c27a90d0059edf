"""Whose token is this? A post under another name cannot be taken back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amplifier.networks.port import Identity


def stranger(identity: Identity, wanted: str | None, known: str | None, name: str) -> str:
    """Why this is not the token of the account `name`; empty where it is.

    Whoever sets another handle says that the account is another one now; without a handle it is the one that it was.
    """
    if wanted:
        right = identity.handle.casefold() == wanted.casefold()
        return "" if right else f"the token belongs to @{identity.handle}, the settings say @{wanted}"
    if known in {None, identity.remote_id}:
        return ""
    setting = f"AMPLIFIER_ACCOUNTS__{name.upper()}__HANDLE"
    return (
        f"the token belongs to @{identity.handle} ({identity.remote_id}), and {name} has published as {known}: "
        f"take the token of that one, or set {setting}={identity.handle} if {name} is another account now"
    )
