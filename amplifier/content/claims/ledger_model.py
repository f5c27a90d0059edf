"""What a ledger file may say: its keys and their kinds, as pydantic models. An empty value is not filled in yet.

The models know one value at a time; what one means for another (a quote for its sentence, an id for the next) is
checked in `ledger_checks.py`. Descriptions are what editors show while a person writes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from amplifier.content import formats
from amplifier.content.campaign_values import Date, Filled, Link
from amplifier.content.claims.model import Kind, Status
from amplifier.content.form import Form, Part, Written

Id = Annotated[
    str, Written(formats.CLAIM, "no id", "write letters, digits, _ and - after a letter: C04, famine-figure")
]
At = Annotated[str, Written("^[1-9][0-9]*:[1-9][0-9]*$", "no place", 'write line and column in quotes: "4:1"')]
KindWord = Literal["number", "quantity", "age", "date", "quotation", "name", "attribution", "statement"]
StatusWord = Literal["unverified", "verified", "disputed", "contradicted", "rhetorical"]


class SourcePart(Part):
    """Where a person can look it up."""

    title: str | None = Field(None, description="Title of the page, report or book.")
    publisher: str | None = Field(None, description="Who published it: a newspaper, an office, an organisation.")
    date: str | None = Field(None, description='When it was published: 2018-11-19, "2018".')
    link: Link | None = Field(None, description="Its web address, beginning with https://; open it before you sign.")


class ClaimPart(Part):
    """Something the article asserts, and how it stands."""

    id: Id = Field(description="Name of the claim, unique in the file; keep it: C04.")
    quote: Filled = Field(description="The article's own words, a part of the sentence.")
    at: At | None = Field(None, description='Line and column in the article: "4:1".')
    kind: KindWord | None = Field(
        None, description="number, quantity, age, date, quotation, name or attribution; anything else is a statement."
    )
    status: StatusWord | None = Field(
        None, description="verified, disputed, contradicted or rhetorical; unverified until a person says otherwise."
    )
    source: SourcePart | None = Field(None, description="Where it can be looked up.")
    checked_by: str | None = Field(None, description="The person who opened the source; without one it is unverified.")
    checked_on: Date | None = Field(None, description="The day of the check: 2026-12-01.")
    because: str | None = Field(None, description="Why the person lets a disputed claim go out as it is.")
    note: str | None = Field(None, description="The evidence, in your own words.")


class SentencePart(Part):
    """A sentence of the article, what it asserts, and what is said instead of it."""

    text: Filled = Field(description="The sentence, as it stands in the article.")
    at: At | None = Field(None, description='Line and column in the article: "4:1".')
    say: str | None = Field(None, description="The words to use instead, wherever a template uses the sentence.")
    drop: bool | None = Field(None, description="true: templates never use the sentence.")
    claims: list[ClaimPart] | None = Field(None, description="What the sentence asserts.")


class WordingPart(Part):
    """A sentence of a template or a hand-written thread that a person approves as it stands."""

    text: Filled = Field(description="The sentence, as it stands in the post.")
    claims: list[Id] | None = Field(None, description="Ids of the claims it rests on: [C04].")
    approved_by: str | None = Field(None, description="The person who stands for it; without one it is not approved.")
    note: str | None = Field(None, description="Why it may be said so.")


class LedgerPart(Part):
    """The claims of an article, and the approved wordings."""

    article: Filled = Field(description="The article, relative to this file; the same as in the campaign.")
    sentences: list[SentencePart] | None = Field(None, description="The sentences that assert something, in order.")
    wordings: list[WordingPart] | None = Field(None, description="Sentences of your own that a person approves.")


FORM = Form(
    parts={
        (): LedgerPart,
        ("sentences",): SentencePart,
        ("sentences", "claims"): ClaimPart,
        ("sentences", "claims", "source"): SourcePart,
        ("wordings",): WordingPart,
    },
    choices={
        "kind": ("kind of claim", tuple(kind.value for kind in Kind)),
        "status": ("status", tuple(status.value for status in Status)),
    },
    empty=True,
)
"""How the mistakes of a ledger are found and worded."""
