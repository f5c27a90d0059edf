"""Who may come in, and what they may do: launch codes, sessions, roles. No request and no page is known here.

A code opens once. What it gives is a session, held in memory alone: when the studio ends, everybody is out.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WRONG = 10
"""So many wrong codes within `WINDOW` seconds, and none is looked at until they are over."""
WINDOW = 60.0
BYTES = 32
"""Of chance in codes, sessions and tokens: nobody guesses one."""


class Role(IntEnum):
    """What a person may do; each may do what the ones before may."""

    VIEWER = 1
    EDITOR = 2
    APPROVER = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was let in: the name that is recorded, and the role."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this person has the role, or one that includes it."""
        return self.role >= role


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session, with the token that each of its forms carries."""

    person: Person
    token: str


@dataclass
class Doors:
    """The codes that still open, and the sessions that they have opened. `ticks` are monotonic seconds."""

    ticks: Callable[[], float]
    chance: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(BYTES))
    _codes: dict[str, Person] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _wrong: list[float] = field(default_factory=list)
    _one: Lock = field(default_factory=Lock)
    """A code is looked at alone: else many at once are all counted too late, or open twice."""

    def invite(self, people: Iterable[Person]) -> Mapping[Person, str]:
        """A code for each person, to be given to nobody else."""
        codes = {person: self.chance() for person in people}
        self._codes |= {_digest(code): person for person, code in codes.items()}
        return codes

    def enter(self, code: str) -> str | None:
        """The key of a new session, or None: a code that is wrong, was used, or comes after too many wrong ones."""
        with self._one:
            now = self.ticks()
            self._wrong = [at for at in self._wrong if now - at < WINDOW]
            if len(self._wrong) >= WRONG:
                return None
            person = self._codes.pop(_digest(code), None)
            if person is None:
                self._wrong.append(now)
                return None
            key = self.chance()
            self._sessions[_digest(key)] = Session(person, self.chance())
            return key

    def session(self, key: str | None) -> Session | None:
        """The session of a key, if it is one."""
        return self._sessions.get(_digest(key)) if key else None


def same(given: str | None, token: str) -> bool:
    """Whether a form carries the token, told in a time that says nothing about it."""
    return given is not None and secrets.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


def _digest(value: str) -> str:
    """Codes and keys are kept as digests, so that looking one up takes no time that depends on it."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
