"""The ten questions that an analyst asks, from questions.sql: run as they are on either engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from amplifier.engagement.statement import names
from amplifier.errors import UsageError

QUESTIONS = Path(__file__).parent / "questions.sql"


@dataclass(frozen=True, slots=True)
class Question:
    """One statement with a name for commands and addresses, a title, and what to know about its answer."""

    name: str
    title: str
    description: str
    sql: str

    @property
    def names(self) -> tuple[str, ...]:
        """The values that it leaves open; an empty one has a default, which the statement says."""
        return names(self.sql)


def questions() -> tuple[Question, ...]:
    """All of them, in their order."""
    return tuple(map(_read, re.split(r"(?m)^(?=-- \w+: )", QUESTIONS.read_text("utf-8"))[1:]))


def named(name: str) -> Question:
    """One of them. Raises `UsageError` for another name, listing those there are."""
    known = {question.name: question for question in questions()}
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? there are\n  " if near else "there are\n  "
        listed = "\n  ".join(f"{one.name:12} {one.title}" for one in known.values())
        raise UsageError(f"there is no question {name!r}", hint + listed)
    return known[name]


def _read(part: str) -> Question:
    lines = part.splitlines()
    head = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    name, _, title = head[0].partition(": ")
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
    return Question(name, title, " ".join(head[1:]), sql)
