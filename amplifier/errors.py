"""What goes wrong, said to a person: what, where, and what to do next. Pure.

Each class carries the exit code that the command line ends with (docs/design.md, "Words to users").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.model import Finding


class AmplifierError(Exception):
    """Anything a user can cause or mend: `message` says what happened, `hint` the next step."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(AmplifierError):
    """A command that cannot mean anything: an unknown post, two options that exclude each other."""

    exit_code = 2


class FileError(AmplifierError):
    """A campaign, article or template has mistakes; all of them are in `findings`."""

    exit_code = 3

    def __init__(self, message: str, findings: Sequence[Finding], hint: str = "") -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class NeedsYes(AmplifierError):  # noqa: N818 - the name says what is needed, not that something broke
    """A person has to agree first: an approval, a reason, a typed address."""

    exit_code = 4


class AccountBlocked(AmplifierError):  # noqa: N818 - as above
    """The network refuses the account; nothing goes out until a person mends it."""

    exit_code = 5


class TryLater(AmplifierError):  # noqa: N818 - as above
    """Nothing is wrong that time will not mend: a lock, a rate limit, a pause."""

    exit_code = 75


class ConfigurationError(AmplifierError):
    """Settings, permissions, workspace or database are not what they must be."""

    exit_code = 78
