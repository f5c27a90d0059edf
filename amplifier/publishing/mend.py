"""What a person types next, for a post that does not go on by itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.model import State, Why

if TYPE_CHECKING:
    from amplifier.model import Address


def mend(address: Address, state: State, why: Why | None) -> str:
    """The command that mends this post, or says that none is needed (docs/operator.md, "What needs a person")."""
    match why:
        case _ if state is State.UNKNOWN:
            return "nothing: it is being looked for"
        case Why.PERHAPS | Why.SEVERAL:
            return f"amplifier queue resolve {address} --sent URL, or --not-sent"
        case Why.BLOCKED:
            account = address.account
            return (
                f"amplifier doctor --online, amplifier account unblock {account}, then amplifier queue retry {address}"
            )
        case Why.BUDGET:
            return f"raise the account's cap, then amplifier queue retry {address}"
        case Why.SECOND:
            return f"another person: amplifier approve the file of {address.campaign} --by NAME"
        case Why.RESTORED:
            return "nothing: the account's own posts are being read"
        case Why.REFUSED if address.k == 1:
            return "mend the text and approve the file again"
        case Why.REFUSED | Why.CHANGED:
            return f"amplifier queue cancel {address}"
        case Why.EARLIER:
            return "mend the post before it; this one follows by itself"
        case _:
            return f"amplifier queue retry {address}, cancel or ack"
