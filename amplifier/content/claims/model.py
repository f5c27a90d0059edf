"""The words of the claims ledger as frozen values. Pure.

A claim belongs to a sentence of the article. How it stands is a person's judgement, written into the ledger; what the
gate makes of it (`Claim.standing`) trusts nothing that no person has signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amplifier.model import Place

SUFFIX = ".claims.yaml"
"""How the name of a ledger file ends; before it stands the name of its campaign."""


class Kind(StrEnum):
    """What sort of assertion a claim is."""

    NUMBER = "number"  # a count or figure without a unit
    QUANTITY = "quantity"  # a figure with its unit
    AGE = "age"
    DATE = "date"
    QUOTATION = "quotation"
    NAME = "name"
    ATTRIBUTION = "attribution"  # per X, says X
    STATEMENT = "statement"  # anything else


class Status(StrEnum):
    """How a claim stands."""

    UNVERIFIED = "unverified"  # until a person says otherwise
    VERIFIED = "verified"
    DISPUTED = "disputed"  # good sources say different things
    CONTRADICTED = "contradicted"  # good sources say that it is wrong
    RHETORICAL = "rhetorical"  # a figure of speech, no fact


GATES = frozenset({Status.DISPUTED, Status.CONTRADICTED})
"""What stands without a signature too: doubt needs no witness, trust does."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a person can look it up; empty where it is not known."""

    title: str = ""
    publisher: str = ""
    date: str = ""
    link: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.title, self.publisher, self.date, self.link) if part)


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion of the article. `quote` are the article's own words, a part of the claim's sentence."""

    id: str
    quote: str
    kind: Kind
    status: Status
    place: Place
    """Where it stands in the ledger file."""
    source: Source = Source()
    checked_by: str = ""
    checked_on: str = ""
    because: str = ""
    """Why the person in `checked_by` lets a disputed claim go out as it is."""
    note: str = ""
    void: bool = False
    """Whether its sentence has changed in the article since it was checked."""

    @property
    def standing(self) -> Status:
        """How the gate takes it: trust needs a name in `checked_by` and an unchanged sentence, doubt needs neither."""
        if self.status in GATES or self.signed:
            return self.status
        return Status.UNVERIFIED

    @property
    def signed(self) -> bool:
        """Whether a named person has said how it stands, and its sentence is still the same."""
        return bool(self.checked_by) and self.status is not Status.UNVERIFIED and not self.void

    @property
    def excused(self) -> bool:
        """Whether a named person has given a reason to let a disputed claim go out."""
        return self.status is Status.DISPUTED and self.signed and bool(self.because)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the article in the ledger: its claims, and the words to use instead of it."""

    text: str
    """As the article had it when the ledger was written; white space folded to single blanks."""
    place: Place
    """Where it stands in the ledger file."""
    claims: tuple[Claim, ...]
    say: str = ""
    """Goes out wherever a template uses the sentence; empty: the sentence itself."""
    drop: bool = False
    """A person has decided that the sentence is not to be used; templates do not see it."""
    start: int | None = None
    """Offset in `Article.source` of the sentence that this is; None when the article no longer has it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence of a template or a hand-written thread that a person approved as it stands."""

    text: str
    place: Place
    claims: tuple[str, ...] = ()
    """Ids of the claims that it rests on."""
    approved_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The claims of one article, in the order of the article, and the approved wordings."""

    path: str
    """Of the file, as it is shown."""
    passages: tuple[Passage, ...]
    wordings: tuple[Wording, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, in order."""
        return tuple(claim for passage in self.passages for claim in passage.claims)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something checkable in a text: `text[start:end] == words`.

    `key` is equal for equal assertions, however they are written: `five` and `5` are `5`; `34-year-old` is
    `34 year`; `Oh’s` is `oh`; `November 2017` is `2017-11`.
    """

    kind: Kind
    start: int
    end: int
    words: str
    key: str


class Basis(StrEnum):
    """What a sentence of a post rests on."""

    ARTICLE = "article"  # it is a contiguous part of one sentence or heading of the article
    SAY = "say"  # ... of the words to use instead of one
    WORDING = "wording"  # a sentence that a person approved as it stands
    UNSIGNED = "unsigned"  # as `wording`, but nobody is named in `approved_by`
    VOICE = "voice"  # the organisation's own: no number, name, date, quotation or attribution in it
    NOTHING = "nothing"  # anything else, also when it only alters or shuffles the article's words


@dataclass(frozen=True, slots=True)
class Traced:
    """A sentence of a post, what it rests on, and the claims that it makes. `post.text[start:end] == text`."""

    text: str
    start: int
    end: int
    basis: Basis
    near: str = ""
    """The sentence, say or wording it rests on; of `NOTHING` the one it is most like, if any."""
    claims: tuple[Claim, ...] = ()
    """Those of the ledger that the sentence makes, each once."""
    untraced: tuple[Mention, ...] = ()
    """What is checkable in it and stands in no claim; positions are within `text`."""
    settled: bool = False
    """Whether its disputed and contradicted claims are answered by the say it uses."""
    reworded: tuple[Claim, ...] = ()
    """Of a say: the claims of the sentence that it stands for and does not make in the article's words."""
