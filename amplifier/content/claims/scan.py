"""Make the ledger of an article, or bring one up to date: what the rules find, beside what a person wrote. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.claims.anchor import same
from amplifier.content.claims.carry import carry, voided
from amplifier.content.claims.find import find, known_names
from amplifier.content.claims.fold import ends_word, fold, inside_word
from amplifier.content.claims.mentions.name_keys import name_key
from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Status
from amplifier.model import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from amplifier.content.claims.model import Mention
    from amplifier.model import Article, Sentence

_ID = re.compile(r"C(\d+)")


def scan(article: Article, language: str, old: Ledger | None = None, exempt: Collection[str] = ()) -> Ledger:
    """Return the ledger of the article, with a passage for each sentence in which a claim is found.

    A name is claimed once, where it stands first; a part of a claimed name (`Oh` of `Oh Hyok-sung`) is no claim of its
    own, nor is a name in `exempt`, such as the campaign's hashtags: `NorthKorea` exempts `North Korea`. What a person
    wrote into `old` stays, with its ids; `carry` says what becomes of it where the article has changed. Nothing new is
    made where a quote in `old` stands already. New entries have a place without line and column. To scan again changes
    nothing.
    """
    kept, left = carry(article, old) if old else ({}, [])
    return _Scan(article, language, old or Ledger("", ()), exempt, kept, left).ledger()


class _Scan:
    """One scan of one article."""

    def __init__(
        self,
        article: Article,
        language: str,
        old: Ledger,
        exempt: Collection[str],
        kept: dict[int, Passage],
        left: list[Passage],
    ) -> None:
        self.article, self.language, self.old, self.left = article, language, old, left
        self.kept = kept
        self.exempt = {_one_word(name.lstrip("#＃")) for name in exempt}
        claims = [claim for passage in kept.values() for claim in passage.claims]
        self.claimed = {name_key(claim.quote) for claim in claims if claim.kind is Kind.NAME}
        written = [claim.quote for claim in old.claims if claim.kind is Kind.NAME]
        self.names = known_names((_line(sentence) for sentence in article.sentences), language, written)
        self.ids = _free_ids(old)

    def ledger(self) -> Ledger:
        passages = [passage for sentence in self.article.sentences if (passage := self._passage(sentence))]
        left = [passage for passage in self.left if passage.claims or passage.say or passage.drop]
        return Ledger(self.old.path, (*passages, *left), self.old.wordings)

    def _passage(self, sentence: Sentence) -> Passage | None:
        text = _line(sentence)
        passage = self.kept.get(sentence.start)
        claims = list(passage.claims) if passage else []
        written = {same(claim.quote) for claim in claims}
        places = [_places(claim.quote, text) for claim in claims]
        for mention in find(text, self.language, self.names):
            claim = self._returned(mention)
            inside = any(mention.start < end and start < mention.end for spans in places for start, end in spans)
            if claim is None and (inside or same(mention.words) in written or self._needs_none(mention)):
                continue
            later = (n for n, spans in enumerate(places) if spans and spans[0][0] > mention.start)
            at = next(later, len(claims))
            claims.insert(at, claim or self._new(mention))
            places.insert(at, [(mention.start, mention.end)])
            written.add(same(mention.words))
            if mention.kind is Kind.NAME:
                self.claimed.add(mention.key)
        if passage:
            return replace(passage, claims=tuple(claims))
        return Passage(text, Place(self.old.path), tuple(claims), start=sentence.start) if claims else None

    def _needs_none(self, mention: Mention) -> bool:
        """Whether it is a name that is claimed already, by itself or as a part of a longer one, or is exempt."""
        if mention.kind is not Kind.NAME:
            return False
        within = any(f" {mention.key} " in f" {claimed} " for claimed in self.claimed)
        return within or _one_word(mention.key) in self.exempt

    def _returned(self, mention: Mention) -> Claim | None:
        """The claim of a name whose sentence is gone, if this is the name."""
        if mention.kind is not Kind.NAME or mention.key in self.claimed:
            return None
        for n, passage in enumerate(self.left):
            for claim in passage.claims:
                if claim.kind is Kind.NAME and name_key(claim.quote) == mention.key:
                    rest = tuple(other for other in passage.claims if other is not claim)
                    self.left[n] = replace(passage, claims=rest)
                    return replace(voided(claim), quote=mention.words)
        return None

    def _new(self, mention: Mention) -> Claim:
        return Claim(next(self.ids), mention.words, mention.kind, Status.UNVERIFIED, Place(self.old.path))


def _line(sentence: Sentence) -> str:
    return " ".join(sentence.text.split())


def _one_word(name: str) -> str:
    return name_key(name).replace(" ", "")


def _free_ids(old: Ledger) -> Iterator[str]:
    """`C01` and on, behind the highest that is written anywhere."""
    names: Iterable[str] = [
        *(claim.id for claim in old.claims),
        *(name for wording in old.wordings for name in wording.claims),
    ]
    number = max((int(found[1]) for name in names if (found := _ID.fullmatch(name))), default=0)
    while True:
        number += 1
        yield f"C{number:02}"


def _places(quote: str, text: str) -> list[tuple[int, int]]:
    """Return where a quote stands in a text: as whole words if it does so anywhere, else wherever it stands."""
    folded, words = fold(text), fold(quote).text.strip()
    found = [match.start() for match in re.finditer(rf"(?={re.escape(words)})", folded.text)] if words else []
    whole = [
        start for start in found if not inside_word(folded.text, start) and ends_word(folded.text, start + len(words))
    ]
    ends = (*folded.positions, len(text))
    return [(ends[start], ends[start + len(words)]) for start in whole or found]
