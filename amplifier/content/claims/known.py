"""What a ledger knows about mentions: which claims they make, and which of them good sources contradict. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from amplifier.content.claims.fold import fold
from amplifier.content.claims.mentions.name_keys import is_short_form, name_key
from amplifier.content.claims.model import GATES, Kind, Status
from amplifier.content.claims.say import settled, stands_in
from amplifier.content.claims.shelf import spans
from amplifier.content.claims.telling import telling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from amplifier.content.claims.model import Claim, Ledger, Mention, Passage
    from amplifier.content.claims.shelf import Find

_FIGURE = "figure"
GROUP = {
    Kind.NUMBER: _FIGURE,
    Kind.QUANTITY: _FIGURE,
    Kind.AGE: _FIGURE,
    Kind.DATE: Kind.DATE.value,
    Kind.NAME: Kind.NAME.value,
    Kind.ATTRIBUTION: Kind.ATTRIBUTION.value,
}
"""Kinds of which a mention can say what a claim of the article says, in other words; quotations and statements are
told by their own words only."""
SMALL = 12
"""Up to this a figure without a unit says what a claim says only together with a word of the claim: `one of them` may
be one of anything."""


class Known:
    """The claims of a ledger by what they say."""

    def __init__(self, ledger: Ledger | None, find: Find, language: str, exempt: Collection[str] = ()) -> None:
        self._find = find
        self._language = language
        self._exempt = {_one_word(tag) for tag in exempt}
        passages = ledger.passages if ledger else ()
        self._claims = {claim.id: claim for passage in passages for claim in passage.claims}
        self._passages = {claim.id: passage for passage in passages for claim in passage.claims}
        self._by_key: defaultdict[tuple[str, str], list[Claim]] = defaultdict(list)
        self._keys: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._about: dict[str, frozenset[str]] = {}
        for passage in passages:
            self._learn(passage)
        self._name_keys = [key for group, key in self._by_key if group == Kind.NAME.value]
        self._wrong = [claim for claim in self._claims.values() if claim.standing is Status.CONTRADICTED]

    def claims(self, ids: Iterable[str]) -> list[Claim]:
        """The claims with these ids; one that is gone from the ledger is left out."""
        return [self._claims[id_] for id_ in ids if id_ in self._claims]

    def said_by(self, mention: Mention, sentence: str | None = None) -> list[Claim]:
        """The claims that say the same as a mention, however it is written; in a sentence, if they are about it too."""
        key = _key(mention)
        claims = self._by_key.get(key, [])
        if sentence is None or not _is_small(key):
            return claims
        return [claim for claim in claims if self._is_about(claim, sentence)]

    def names(self, mentions: Iterable[Mention]) -> list[Claim]:
        """The claims of the names among the mentions: a name is one claim for the whole article."""
        named = (self._named(mention) for mention in mentions if mention.kind is Kind.NAME)
        return [claims[0] for claims in named if claims]

    def needs_none(self, mention: Mention) -> bool:
        """Whether it is a name that needs no claim: a part of a claimed one, or one of the campaign's hashtags."""
        if mention.kind is not Kind.NAME:
            return False
        return _one_word(mention.key) in self._exempt or any(_within(mention.key, key) for key in self._name_keys)

    def _named(self, mention: Mention) -> list[Claim]:
        """The claims of a name; of a person's short one (`Oh` of `Oh Chong-song`) those that are not in doubt."""
        exact = self.said_by(mention)
        if exact:
            return exact
        longer = [key for key in self._name_keys if is_short_form(mention.key, key)]
        claims = [claim for key in longer for claim in self._by_key[Kind.NAME.value, key]]
        return [claim for claim in claims if claim.status not in GATES]

    def wrong(
        self, sentence: str, mentions: Sequence[Mention], made: Sequence[Claim], home: Passage | None = None
    ) -> list[Claim]:
        """Return the contradicted claims that a sentence makes. `made` are the claims it is known to make.

        `home` is the passage whose say it is a part of.
        """
        keys = {_key(mention) for mention in mentions if mention.kind in GROUP}
        return [claim for claim in self._wrong if self._is_made(claim, sentence, keys, made, home)]

    def answered(self, passage: Passage) -> list[Claim]:
        """The doubtful claims of a passage that its say answers: it does not say again what is contradicted."""
        mentions = self._find(passage.say) if passage.say else ()
        again = self.wrong(passage.say, mentions, (), passage)
        return [
            claim
            for claim in passage.claims
            if claim.status in GATES and settled(claim, passage) and claim not in again
        ]

    def _is_made(
        self,
        claim: Claim,
        sentence: str,
        keys: set[tuple[str, str]],
        made: Sequence[Claim],
        home: Passage | None,
    ) -> bool:
        own = self._keys.get(claim.id, set())
        passage = self._passages[claim.id]
        if (passage is home or not own) and stands_in(sentence, claim.quote):
            return True
        shared = own & keys
        if passage is not home and not self._is_about(claim, sentence):
            shared = {key for key in shared if not _is_small(key)}
        if not shared:
            return False
        if claim.kind is not Kind.ATTRIBUTION:
            return True
        if passage is home:
            return False  # who gave a figure may be named in a say, to say that it was another
        others = {key for other in passage.claims if other is not claim for key in self._keys.get(other.id, ())}
        return not others.isdisjoint(keys) or any(other in passage.claims for other in made if other is not claim)

    def _is_about(self, claim: Claim, sentence: str) -> bool:
        """Whether a sentence has a word of a claim; of one that is a bare figure, a word of its sentence."""
        if claim.id not in self._about:
            words = self._telling(claim.quote) or self._telling(self._passages[claim.id].text)
            self._about[claim.id] = words
        return not self._about[claim.id].isdisjoint(self._telling(sentence))

    def _telling(self, text: str) -> frozenset[str]:
        for mention in self._find(text):
            if GROUP.get(mention.kind) in {_FIGURE, Kind.DATE}:
                text = text[: mention.start] + " " * len(mention.words) + text[mention.end :]
        return telling(text, self._language)

    def _learn(self, passage: Passage) -> None:
        folded = fold(passage.text).text
        for claim in passage.claims:
            group = GROUP.get(claim.kind)
            quotes = spans(folded, fold(claim.quote).text) if group else []
            for mention in self._find(folded) if quotes else ():
                within = any(start < mention.end and mention.start < end for start, end in quotes)
                key = _key(mention)
                if within and GROUP.get(mention.kind) == group and claim not in self._by_key[key]:
                    self._by_key[key].append(claim)
                    self._keys[claim.id].add(key)


def _key(mention: Mention) -> tuple[str, str]:
    return GROUP.get(mention.kind, mention.kind.value), mention.key


def _is_small(key: tuple[str, str]) -> bool:
    group, value = key
    return group == _FIGURE and value.isdecimal() and int(value) <= SMALL


def _within(part: str, name: str) -> bool:
    return f" {part} " in f" {name} "


def _one_word(name: str) -> str:
    return name_key(name.lstrip("#＃")).replace(" ", "")
