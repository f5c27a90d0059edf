"""Change the text of a ledger file from one `Ledger` to another; what does not differ stays to the byte. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplifier.content.claims.anchor import same
from amplifier.content.claims.entries import (
    claim_lines,
    passage_lines,
    position,
    source_lines,
    wording_lines,
)
from amplifier.content.yaml_edit import YamlText, scalar, shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.claims.model import Claim, Ledger, Passage, Wording
    from amplifier.content.yaml_file import Loc
    from amplifier.model import Article

TOP = ("article", "sentences", "wordings")
SENTENCE = ("text", "at", "say", "drop", "claims")
CLAIM = ("id", "quote", "at", "kind", "status", "source", "checked_by", "checked_on", "because", "note")
SOURCE = ("title", "publisher", "date", "link")
WORDING = ("text", "claims", "approved_by", "note")


def changed_text(source: str, old: Ledger, new: Ledger, article: Article) -> str:
    """Return the text of the file that says `new`; `source` is its text now, which says `old`."""
    return _Change(source, old, new, article).text()


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of a list: its lines with the dash in `column`, and where they stand in the file if they do."""

    text: str
    column: int = 0
    loc: Loc | None = None


class _Change:
    """One change of one file."""

    def __init__(self, source: str, old: Ledger, new: Ledger, article: Article) -> None:
        self.yaml = YamlText(source, old.path)
        self.old, self.new, self.article = old, new, article
        self.claims: dict[str, tuple[Loc, Claim]] = {
            claim.id: (("sentences", n, "claims", m), claim)
            for n, passage in enumerate(old.passages)
            for m, claim in enumerate(passage.claims)
        }

    def text(self) -> str:
        claims = {
            claim.id: self._claim(claim, passage.start) for passage in self.new.passages for claim in passage.claims
        }
        passages = [
            self._passage(passage, n, [claims[claim.id] for claim in passage.claims])
            for passage, n in zip(self.new.passages, self._partners(), strict=True)
        ]
        self._list((), "sentences", passages, TOP)
        self._list((), "wordings", self._wordings(), TOP)
        return self.yaml.text()

    def _claim(self, new: Claim, start: int | None) -> _Item:
        at = position(self.article, start, new.quote)
        loc, old = self.claims.get(new.id, ((), None))
        if old is None:
            return _generated(claim_lines(new, start, self.article))
        values = {
            "quote": (old.quote, new.quote),
            "kind": (old.kind.value, new.kind.value),
            "status": (old.status.value, new.status.value),
            "checked_by": (old.checked_by, new.checked_by),
            "checked_on": (old.checked_on, new.checked_on),
            "because": (old.because, new.because),
            "note": (old.note, new.note),
            "at": self._moved(loc, at),
        }
        differing = {key: scalar(after) for key, (before, after) in values.items() if before != after}
        if not self.yaml.in_lines(loc[:-1]):
            kept = not differing and old.source == new.source
            return _generated(claim_lines(new, start, self.article), loc if kept else None)
        if not self.yaml.in_lines(loc) and (differing or old.source != new.source):
            return _generated(claim_lines(new, start, self.article))
        for key in CLAIM:
            if key in differing:
                self.yaml.set(loc, key, differing[key], CLAIM)
            elif key == "source" and old.source != new.source:
                self._source(loc, old, new)
        return self._kept(loc)

    def _source(self, loc: Loc, old: Claim, new: Claim) -> None:
        if not self.yaml.in_lines((*loc, "source")):
            self.yaml.set_block(loc, "source", source_lines(new.source), CLAIM)
            return
        for key in SOURCE:
            if getattr(old.source, key) != getattr(new.source, key):
                self.yaml.set((*loc, "source"), key, scalar(getattr(new.source, key)), SOURCE)

    def _moved(self, loc: Loc, at: str) -> tuple[str, str]:
        """What the file says about the place, and what it should say: the same where it says nothing."""
        written = self.yaml.file.value((*loc, "at"))
        return (written, at) if written and at else ("", "")

    def _partners(self) -> list[int | None]:
        """Which entry becomes which passage: the one with its text, or else with the most of its claims."""
        free = dict(enumerate(self.old.passages))
        found: list[int | None] = [None] * len(self.new.passages)
        for n, passage in enumerate(self.new.passages):
            equal = next((m for m, other in free.items() if same(other.text) == same(passage.text)), None)
            if equal is not None:
                found[n] = equal
                del free[equal]
        for n, passage in enumerate(self.new.passages):
            ids = {claim.id for claim in passage.claims}
            shared = {m: len(ids & {claim.id for claim in other.claims}) for m, other in free.items()}
            best = max(shared, key=lambda m: shared[m], default=None)
            if found[n] is None and best is not None and shared[best]:
                found[n] = best
                del free[best]
        return found

    def _passage(self, new: Passage, n: int | None, claims: Sequence[_Item]) -> _Item:
        if n is None:
            return _generated(passage_lines(new, self.article))
        loc: Loc = ("sentences", n)
        old = self.old.passages[n]
        values = {
            "text": (same(old.text), same(new.text), scalar(new.text)),
            "at": (*(at := self._moved(loc, position(self.article, new.start))), scalar(at[1])),
            "say": (old.say, new.say, scalar(new.say)),
            "drop": (old.drop, new.drop, "true" if new.drop else "false"),
        }
        differing = {key: written for key, (before, after, written) in values.items() if before != after}
        in_place = [(*loc, "claims", m) for m in range(len(old.claims))] == [item.loc for item in claims]
        if not (self.yaml.in_lines(("sentences",)) and self.yaml.in_lines(loc)):
            return _generated(passage_lines(new, self.article), None if differing or not in_place else loc)
        for key in SENTENCE:
            if key in differing:
                self.yaml.set(loc, key, differing[key], SENTENCE)
        self._list(loc, "claims", claims, SENTENCE)
        return self._kept(loc)

    def _wordings(self) -> list[_Item]:
        free = dict(enumerate(self.old.wordings))
        items = []
        for wording in self.new.wordings:
            n = next((m for m, other in free.items() if same(other.text) == same(wording.text)), None)
            items.append(_generated(wording_lines(wording)) if n is None else self._wording(n, free.pop(n), wording))
        return items

    def _wording(self, n: int, old: Wording, new: Wording) -> _Item:
        loc: Loc = ("wordings", n)
        values = {"approved_by": (old.approved_by, new.approved_by), "note": (old.note, new.note)}
        differing = {key: scalar(after) for key, (before, after) in values.items() if before != after}
        same_claims = old.claims == new.claims
        if not (self.yaml.in_lines(("wordings",)) and self.yaml.in_lines(loc)):
            return _generated(wording_lines(new), loc if same_claims and not differing else None)
        if not same_claims:
            return _generated(wording_lines(new))
        for key, value in differing.items():
            self.yaml.set(loc, key, value, WORDING)
        return self._kept(loc)

    def _kept(self, loc: Loc) -> _Item:
        return _Item(self.yaml.entry(loc), self.yaml.column(loc[:-1]), loc)

    def _list(self, holder: Loc, key: str, items: Sequence[_Item], order: Sequence[str]) -> None:
        """Let the list `key` have these entries, in this order; nothing is done when it has them already."""
        here = (*holder, key)
        count = len(self.yaml.file.value(here) or ())
        if [item.loc for item in items] == [(*here, n) for n in range(count)]:
            return
        if self.yaml.in_lines(here):
            column = self.yaml.column(here)
            self.yaml.relist(here, [shifted(item.text, column - item.column) for item in items])
        else:
            lines = "".join(shifted(item.text, 2 - item.column) for item in items).splitlines()
            self.yaml.set_block(holder, key, [f"{key}:", *lines], order)


def _generated(lines: Sequence[str], loc: Loc | None = None) -> _Item:
    return _Item("".join(f"{line}\n" for line in lines), 0, loc)
