"""Every sentence of a post: what it rests on, and the claims that it makes. Pure.

Tracing proves that a post says what the article says, not that it is true; that is what the status of a claim is for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.bare import bare, enumerator, without_links
from amplifier.content.claims.find import find, known_names
from amplifier.content.claims.fold import core, fold
from amplifier.content.claims.known import Known
from amplifier.content.claims.model import GATES, Basis, Kind, Status, Traced
from amplifier.content.claims.near import Near
from amplifier.content.claims.shelf import Shelf, held
from amplifier.content.text.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from amplifier.content.claims.fold import Folded
    from amplifier.content.claims.model import Claim, Ledger, Mention, Wording
    from amplifier.content.claims.shelf import Held
    from amplifier.model import Article


RESTING = frozenset({Basis.ARTICLE, Basis.SAY, Basis.WORDING, Basis.UNSIGNED})
"""What rests on words that the article or the ledger has."""
_STOP = regex.compile(r"[.!?…。！？؟]\p{P}*\s*")


class Tracer:
    """Knows one article and its ledger, and traces the texts of posts. Built once for all posts of a campaign."""

    def __init__(self, article: Article, ledger: Ledger | None, language: str, exempt: Collection[str] = ()) -> None:
        """Names in `exempt`, such as the campaign's hashtags, need no claim."""
        self._language = language
        self._found: dict[str, tuple[Mention, ...]] = {}
        self._sentences_seen: dict[str, Traced] = {}
        passages = ledger.passages if ledger else ()
        claimed = [claim.quote for passage in passages for claim in passage.claims if claim.kind is Kind.NAME]
        self._names = known_names(
            (" ".join(sentence.text.split()) for sentence in article.sentences), language, claimed
        )
        self._known = Known(ledger, self._find, language, exempt)
        at = {passage.start: passage for passage in passages if passage.start is not None}
        says = [held(passage.say, passage) for passage in passages if passage.say]
        written = [held(sentence.text, at.get(sentence.start)) for sentence in article.sentences]
        headings = [article.title, *(section.heading for section in article.sections)]
        written += [held(heading, None) for heading in headings if heading]
        self._shelves = {Basis.SAY: Shelf(says, self._find), Basis.ARTICLE: Shelf(written, self._find)}
        self._wordings = self._worded(ledger.wordings if ledger else ())
        texts = [text.words for text in (*says, *written)]
        texts += dict.fromkeys(wording.text for wording in self._wordings.values())
        self._near = Near(texts, language)

    def trace(self, text: str, number: str = "") -> tuple[Traced, ...]:
        """Return the sentences of a post's text in order, without those that have nothing but decoration.

        `number` is the post's numbering, such as `2/5`, which asserts nothing.
        """
        plain = bare(text, number)
        traced: list[Traced] = []
        for start, end in sentence_spans(plain, self._language):
            first = self._first(plain, start, end)
            for left, right in self._cut(plain, first, end):
                found = self._sentence(plain[left:right])
                traced.append(replace(found, text=text[left:right], start=left, end=right))
        return tuple(traced)

    def _cut(self, plain: str, start: int, end: int) -> list[tuple[int, int]]:
        """Return a sentence's span; those of two where they are whole sentences that only their meeting made one.

        Where a sentence ends can hang on what follows it, and a template may put what it likes behind it.
        """
        if not any(map(str.isalnum, plain[start:end])):
            return []
        if self._sentence(plain[start:end]).basis is Basis.NOTHING:
            for stop in _STOP.finditer(plain, start, end):
                left, right = plain[start : stop.end()].rstrip(), plain[stop.end() : end]
                if self._ends(left) and self._begins(right):
                    return [(start, start + len(left)), (stop.end(), end)]
        return [(start, end)]

    def _ends(self, sentence: str) -> bool:
        """Whether it is the end of what it rests on."""
        found = self._sentence(sentence)
        return found.basis in RESTING and _words(fold(found.near)).endswith(_words(fold(sentence))[1:])

    def _begins(self, sentence: str) -> bool:
        """Whether it is the beginning of what it rests on."""
        found = self._sentence(sentence)
        return found.basis in RESTING and _words(fold(found.near))[1:].startswith(_words(fold(sentence))[1:])

    def _find(self, text: str) -> tuple[Mention, ...]:
        if text not in self._found:
            self._found[text] = tuple(find(text, self._language, self._names))
        return self._found[text]

    def _worded(self, wordings: Iterable[Wording]) -> dict[str, Wording]:
        """Return the wordings by their folded words: whole, and each of their sentences; signed ones first."""
        found: dict[str, Wording] = {}
        for wording in sorted(wordings, key=lambda wording: not wording.approved_by):
            parts = [wording.text[start:end] for start, end in sentence_spans(wording.text, self._language)]
            for part in (wording.text, *parts):
                found.setdefault(_words(fold(without_links(part))), wording)
        return found

    def _first(self, plain: str, start: int, end: int) -> int:
        """Return where the sentence begins behind an enumerator; `5. May` and the like begin with a date."""
        line = plain.rfind("\n", 0, start) + 1
        length = 0 if plain[line:start].strip() else enumerator(plain[start:end])
        through = length and any(mention.start < length < mention.end for mention in self._find(plain[start:end]))
        return start if through else start + length

    def _sentence(self, sentence: str) -> Traced:
        if sentence not in self._sentences_seen:
            self._sentences_seen[sentence] = self._rests_on(sentence)
        return self._sentences_seen[sentence]

    def _rests_on(self, sentence: str) -> Traced:
        folded = fold(sentence)
        words = _words(folded)
        if not words:
            return _traced(sentence, Basis.VOICE)
        for basis, shelf in self._shelves.items():
            place = shelf.place(words)
            if place:
                return self._part(sentence, folded, basis, place)
        mentions = self._find(sentence)
        wording = self._wordings.get(words)
        if wording:
            return self._wording(sentence, wording, mentions)
        near = self._near.nearest(sentence)
        if not mentions and not near and not self._near.shuffles(sentence):
            return _traced(sentence, Basis.VOICE)
        said = [
            claim
            for mention in mentions
            for claim in self._known.said_by(mention, sentence)
            if claim.standing is not Status.CONTRADICTED  # of these `wrong` knows more
        ]
        wrong = self._known.wrong(sentence, mentions, said)
        untraced = self._unclaimed(sentence, mentions)
        return _traced(sentence, Basis.NOTHING, near, [*said, *wrong], untraced)

    def _part(self, sentence: str, folded: Folded, basis: Basis, place: tuple[Held, int, int]) -> Traced:
        """A part of the article or of a say."""
        text, start, end = place
        # mentions are looked for without the quotation marks that a template may have put around the part
        first, last = core(folded.text)
        begin, stop = folded.positions[first], [*folded.positions, len(sentence)][last]
        mentions = [
            replace(mention, start=mention.start + begin, end=mention.end + begin)
            for mention in self._find(sentence[begin:stop])
        ]
        home = text.passage if basis is Basis.SAY else None
        own = {mention: self._own(mention, folded, place) for mention in mentions}
        made = [*text.made(start, end), *self._known.names(mentions)]
        if home:  # in other words it can still say what the article said
            again = [claim for mention in mentions for claim in self._known.said_by(mention) if claim in home.claims]
            made += [claim for claim in again if claim.status not in GATES]
        doubtful = [
            mention for mention in mentions if not any(claim.standing is Status.VERIFIED for claim in own[mention])
        ]
        wrong = self._known.wrong(sentence, doubtful, made, home)
        answered = self._known.answered(home) if home else []
        untraced = [mention for mention in mentions if not own[mention] and not self._known.needs_none(mention)]
        found = _traced(sentence, basis, text.words, [*made, *wrong, *answered], untraced, answered)
        if home is None:
            return found
        # a name is a claim of the whole article, not of the sentence where it stands first
        sentence_own = [claim for claim in home.claims if claim.kind is not Kind.NAME or claim.status in GATES]
        return replace(found, reworded=tuple(claim for claim in sentence_own if claim not in made))

    def _own(self, mention: Mention, folded: Folded, place: tuple[Held, int, int]) -> list[Claim]:
        """The claims of the text itself that a mention in a part of it makes."""
        text, start, _ = place
        shift = start - core(folded.text)[0]
        first, last = folded.span(mention.start, mention.end)
        return [*self._known.names([mention]), *text.made(first + shift, last + shift)]

    def _unclaimed(self, sentence: str, mentions: Iterable[Mention]) -> list[Mention]:
        """The mentions in words of our own that say what no claim says."""
        return [
            mention
            for mention in mentions
            if not self._known.said_by(mention, sentence) and not self._known.needs_none(mention)
        ]

    def _wording(self, sentence: str, wording: Wording, mentions: Sequence[Mention]) -> Traced:
        """A wording answers the doubts of the claims that it lists, unless it says what is contradicted.

        Who has approved it stands for the names in it too: one that it does not list need not be checked first.
        """
        listed = self._known.claims(wording.claims)
        names = [
            claim
            for claim in self._known.names(mentions)
            if not wording.approved_by or claim.standing is not Status.UNVERIFIED
        ]
        wrong = self._known.wrong(sentence, mentions, [*listed, *names])
        answered = [claim for claim in listed if claim.status in GATES and claim not in wrong]
        untraced = self._unclaimed(sentence, mentions)
        basis = Basis.WORDING if wording.approved_by else Basis.UNSIGNED
        return _traced(sentence, basis, wording.text, [*listed, *names, *wrong], untraced, answered)


def _words(folded: Folded) -> str:
    start, end = core(folded.text)
    return folded.text[start:end]


def _traced(
    sentence: str,
    basis: Basis,
    near: str = "",
    claims: Sequence[Claim] = (),
    untraced: Sequence[Mention] = (),
    answered: Sequence[Claim] = (),
) -> Traced:
    """Put a result together. Doubts that are answered are named only where no other doubt stands beside them."""
    stands = any(claim.status in GATES and claim not in answered for claim in claims)
    kept = dict.fromkeys(claim for claim in claims if not (stands and claim in answered))
    is_settled = not stands and any(claim in answered for claim in kept)
    return Traced(sentence, 0, len(sentence), basis, near, tuple(kept), tuple(untraced), is_settled)
