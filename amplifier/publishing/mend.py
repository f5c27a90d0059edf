"""What a person types next, for a post that does not go on by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amplifier.model import State, Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amplifier.model import Address


@dataclass(frozen=True, slots=True)
class Mend:
    """What mends a post. Every command can be typed as it stands: it is copied from a screen, or from a telephone."""

    command: str
    """What to type; or that nothing is needed."""
    before: str = ""
    """What a person does first, where no command does it."""
    then: tuple[str, ...] = ()
    """The commands that follow it."""
    instead: tuple[str, ...] = ()
    """The commands that may be typed in its place."""

    @property
    def data(self) -> dict[str, Any]:
        """The fields of a message: `next` is always there, `first`, `then` and `or` where there is something."""
        more = {"first": self.before, "then": list(self.then), "or": list(self.instead)}
        return {key: value for key, value in more.items() if value} | {"next": self.command}


def steps(told: Mapping[str, Any], lead: str = "") -> list[str]:
    """The lines that a person reads of `Mend.data`, a command each; `lead` stands before the one that is next."""
    return [
        *([f"first: {told['first']}"] if "first" in told else []),
        f"{lead}{told['next']}",
        *(f"then: {command}" for command in told.get("then", ())),
        *(f"or: {command}" for command in told.get("or", ())),
    ]


def mend(address: Address, state: State, why: Why | None) -> Mend:
    """What mends this post, or that nothing is needed (docs/operator.md, "What needs a person")."""
    retry, cancel = f"amplifier queue retry {address}", f"amplifier queue cancel {address}"
    match why:
        case _ if state is State.UNKNOWN:
            return Mend("nothing: it is being looked for")
        case Why.PERHAPS | Why.SEVERAL:
            resolve = f"amplifier queue resolve {address}"
            return Mend(f"{resolve} --sent URL", "look at the account", instead=(f"{resolve} --not-sent",))
        case Why.BLOCKED:
            return Mend("amplifier doctor --online", then=(f"amplifier account unblock {address.account}", retry))
        case Why.BUDGET:
            return Mend(retry, "raise the account's cap", instead=(cancel,))
        case Why.SECOND:
            return Mend("amplifier approve FILE --by NAME", f"ask another person; FILE is that of {address.campaign}")
        case Why.RESTORED:
            return Mend("nothing: the account's own posts are being read")
        case Why.REFUSED if address.k == 1:
            return Mend("amplifier approve FILE", f"mend the text; FILE is that of {address.campaign}")
        case Why.REFUSED | Why.CHANGED:
            return Mend(cancel)
        case Why.EARLIER:
            return Mend("nothing: it follows by itself when the post before it is mended")
        case _:
            return Mend(retry, instead=(cancel, f"amplifier queue ack {address}"))
