"""What templates can call besides Jinja's own filters: functions on plain texts and lists. No jinja2 in here.

Every tool documents itself for staff: a sentence, and an example with what it gives. The guide is generated from
these docstrings, and a test renders each example.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from amplifier.content.rendering.quotable import best, is_dated, leans, quotes, score, worst
from amplifier.content.text.entities import encode_link
from amplifier.content.text.length import measure
from amplifier.content.text.sentences import sentence_spans
from amplifier.networks.limits import limits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

VALUES = {
    "title": "the title of the article or the campaign; empty when there is none",
    "link": "the campaign's link; empty when there is none",
    "hashtags": "the campaign's hashtags as a list, without #",
    "paragraphs": "the article's paragraphs as a list of texts, headings not among them",
    "sentences": "the article's sentences as a list of texts",
    "sections": "a list; each has heading (a text), paragraphs and sentences (lists of texts)",
    "campaign": "the campaign's name",
    "language": "the campaign's language, such as en or ko",
    "account": "the account the thread is for",
    "network": "the network of that account, such as x",
}
"""The values a template sees, and what each one is."""

MARKS = {"de": ("„", "“"), "fr": ("« ", " »"), "ja": ("「", "」")}
"""Quotation marks by language; others use the English ones."""
ANY_MARK = '“”„«»「」"'
SHORT = 45
"""A sentence of at most this weighted length stays on the line of the one before it (`lines`)."""
LINE = 90
"""... as long as that line is no longer than this."""
UNSPACED = frozenset({"ja", "zh"})
"""Languages that write no space between sentences."""

Texts = str | dict[str, Any] | list[str]
"""A text, a section, or a list of texts: what most tools take."""


class MisuseError(ValueError):
    """A tool was given something that it cannot work with; the message says what and what else there is."""


class Toolbox:
    """The tools of one child process.

    `values` are those of the thread being rendered: what `VALUES` describes, and for the tools alone `claims` (by id,
    each with `quote`, `kind`, `standing`, the `sentence` to use, and `why` when there is none) and `standings` (the
    worst standing of a sentence's claims, by its text). `picked` is what `pick` took, a list for each time.
    """

    def __init__(self) -> None:
        self.values: Mapping[str, Any] = {}
        self.picked: list[list[str]] = []

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """Called by name: `section("...")`."""
        return {"section": self.section, "claim": self.claim}

    @property
    def filters(self) -> dict[str, Callable[..., Any]]:
        """Used after a bar: `text | fit(200)`."""
        tools = (
            self.sentences,
            self.first,
            self.last,
            self.shortest,
            self.since,
            self.pick,
            self.fit,
            self.lines,
            self.quote,
            self.hashtag,
            self.url,
        )
        return {tool.__name__: tool for tool in tools}

    @property
    def tests(self) -> dict[str, Callable[..., bool]]:
        """Used after `is`, and in `select` and `reject`."""
        tests = (self.figure, self.question, self.has, self.within, self.alone, self.dated, self.quotation)
        return {test.__name__: test for test in tests}

    @property
    def blocks(self) -> dict[str, Callable[..., bool]]:
        """Around posts, or parts of them: `{% on "x" %} … {% endon %}`."""
        return {"on": self.on}

    def section(self, heading: str) -> dict[str, Any]:
        """Finds the first section whose heading contains these words, in capitals or not.

        Example: `{{ section("escape").paragraphs[0] }}` gives `She ran. He stayed.`
        """
        sections: list[dict[str, Any]] = self.values["sections"]
        for found in sections:
            if _text(heading).casefold() in found["heading"].casefold():
                return found
        headings = [found["heading"] for found in sections if found["heading"]]
        if not headings:
            raise MisuseError(f"no section {heading!r}: the article has no headings; use paragraphs instead")
        near = difflib.get_close_matches(heading, headings, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else "."
        raise MisuseError(f"no section {heading!r}{meant} The headings are: {', '.join(headings)}")

    def claim(self, name: str) -> str:
        """Gives the article's sentence that carries this claim, in the words that may be used.

        Those are the `say` of the claims file, if it has one. A claim that is contradicted or disputed and has none,
        and a sentence that was dropped, are refused.

        Example: `{{ claim("C02") }}` gives `He stayed.`
        """
        claims: Mapping[str, Mapping[str, str]] = self.values.get("claims", {})
        found = claims.get(name)
        if found and found["sentence"]:
            return found["sentence"]
        if found:
            raise MisuseError(f"claim {name!r} cannot be used: {found['why']}")
        if not claims:
            raise MisuseError(f"no claim {name!r}: there are none yet; amplifier claims scan FILE finds the article's")
        near = difflib.get_close_matches(str(name).upper(), claims, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else "."
        raise MisuseError(f"no claim {name!r}{meant} The claims are: {', '.join(claims)}")

    def sentences(self, text: Texts) -> list[str]:
        """Cuts a text, a section or a list of texts into a list of sentences.

        Example: `{{ ("She ran. He stayed." | sentences)[1] }}` gives `He stayed.`
        """
        if isinstance(text, dict):
            return list(text["sentences"])
        texts = _texts(text)
        return [part[start:end] for part in texts for start, end in sentence_spans(part, self._language)]

    def first(self, text: Texts) -> Any:
        """Takes the first sentence of a text or a section, or the first item of a list; of nothing, nothing.

        Example: `{{ "She ran. He stayed." | first }}` gives `She ran.`
        """
        items = self._items(text)
        return items[0] if items else ""

    def last(self, text: Texts) -> Any:
        """Takes the last sentence of a text or a section, or the last item of a list; of nothing, nothing.

        Example: `{{ "She ran. He stayed." | last }}` gives `He stayed.`
        """
        items = self._items(text)
        return items[-1] if items else ""

    def shortest(self, text: Texts) -> str:
        """Takes the shortest sentence of a text or a section, or the shortest text of a list; of nothing, nothing.

        Example: `{{ ["She ran.", "No."] | shortest }}` gives `No.`
        """
        return min(_texts(self._items(text)), key=len, default="")

    def since(self, text: Texts, start: str) -> list[str]:
        """Takes the sentences from the one with these words to the end, as a list.

        Example: `{{ "One. Two. Three." | since("Two") | fit(99) }}` gives `Two. Three.`
        """
        items = self.sentences(text)
        for place, sentence in enumerate(items):
            if start in sentence:
                return items[place:]
        raise MisuseError(f"since({start!r}): no sentence there has these words")

    def pick(self, text: Texts, n: Any) -> list[str]:
        """Suggests the most quotable sentences of a text, a section or a list, this many at most, in their order.

        More points have: a length that reads well, a figure, a name, a quotation, a contrast, a question. Fewer have:
        a sentence that begins with a word such as He or But, and one with claims that nobody has verified. One with a
        contradicted or disputed claim is never taken. Each post with such a sentence says so in `check`: a score has
        chosen it, and no person.

        Example: `{{ ["He ran.", "In 1998 she swam to the South, not the North."] | pick(1) | first }}` gives
        `In 1998 she swam to the South, not the North.`
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise MisuseError(f"pick({n}): say how many sentences, as in pick(3)")
        count = limits_of(self.values["network"]).count

        def points(sentence: str) -> float | None:
            return score(sentence, measure(sentence, count), self._standing(sentence), self._language)

        taken = best(_texts(self._items(text)), n, points)
        self.picked.append(taken)
        return taken

    def fit(self, text: Texts, length: int) -> str:
        """Takes as many whole sentences from the start as fit in this length, as the network counts; at least one.

        Example: `{{ "One. Two. Three." | fit(9) }}` gives `One. Two.`
        """
        count = limits_of(self.values["network"]).count
        if isinstance(text, str):
            spans = sentence_spans(text, self._language)
            starts = [text[spans[0][0] : end] for _, end in spans]
        else:
            glue = "" if self._language in UNSPACED else " "
            items = self.sentences(text)
            starts = [glue.join(items[:end]) for end in range(1, len(items) + 1)]
        fitting = [start for start in starts[1:] if measure(start, count) <= length]
        return (fitting or starts[:1] or [""])[-1]

    def lines(self, text: Texts) -> str:
        """Puts an empty line between long sentences; a short one stays beside the one before it.

        Example: `{{ "She ran. Why?" | lines }}` gives `She ran. Why?`
        """
        glue = "" if self._language in UNSPACED else " "
        lines: list[str] = []
        for sentence in self.sentences(text):
            short = measure(sentence, "weighted") <= SHORT
            if lines and short and measure(lines[-1], "weighted") <= LINE:
                lines[-1] += glue + sentence
            else:
                lines.append(sentence)
        return "\n\n".join(lines)

    def quote(self, text: str) -> str:
        """Puts a text in the quotation marks of the campaign's language, once.

        Example: `{{ "She ran." | quote }}` gives `“She ran.”`
        """
        opening, closing = MARKS.get(self._language, ("“", "”"))
        inner = _text(text).strip()
        marked = [place for place, character in enumerate(inner) if character in ANY_MARK]
        if marked == [0, len(inner) - 1]:
            inner = inner[1:-1].strip()
        elif opening == "“":
            inner = inner.translate({ord("“"): "‘", ord("”"): "’"})
        return f"{opening}{inner}{closing}"

    def hashtag(self, text: str | list[str]) -> str:
        """Writes words as a hashtag; a list of tags as a row of hashtags.

        Example: `{{ "human rights" | hashtag }}` gives `#HumanRights`
        """
        return " ".join(map(_hashtag, _texts(text)))

    def url(self, text: str) -> str:
        """Writes a link so that networks see all of it: characters beyond ASCII are percent-encoded.

        Example: `{{ "https://example.org/é" | url }}` gives `https://example.org/%C3%A9`
        """
        return encode_link(_text(text).strip())

    def figure(self, text: str) -> bool:
        """Says whether a text has a figure in it.

        Example: `{{ ["She ran.", "He ran 3 km."] | select("figure") | first }}` gives `He ran 3 km.`
        """
        return any(character.isdigit() for character in _text(text))

    def question(self, text: str) -> bool:
        """Says whether a text asks something.

        Example: `{{ ["She ran.", "Why?"] | select("question") | first }}` gives `Why?`
        """
        return _text(text).rstrip(ANY_MARK).endswith(("?", "？", "؟"))

    def has(self, text: str, words: str) -> bool:
        """Says whether a text has these words in it, in capitals or not.

        Example: `{{ ["She ran.", "He stayed."] | select("has", "stay") | first }}` gives `He stayed.`
        """
        return _text(words).casefold() in _text(text).casefold()

    def within(self, text: str, length: int) -> bool:
        """Says whether a text is at most this long, as the network counts.

        Example: `{{ ["She ran away.", "No."] | select("within", 5) | first }}` gives `No.`
        """
        return measure(_text(text), limits_of(self.values["network"]).count) <= length

    def alone(self, text: str) -> bool:
        """Says whether a text stands by itself: its first word, unlike He or But, needs nothing before it.

        Example: `{{ ["He ran.", "Ann ran."] | select("alone") | first }}` gives `Ann ran.`
        """
        return not leans(_text(text), self._language)

    def dated(self, text: str) -> bool:
        """Says whether a text names a day, a month or a year.

        Example: `{{ ["He ran 3 km.", "He ran in 1998."] | select("dated") | first }}` gives `He ran in 1998.`
        """
        return is_dated(_text(text), self._language)

    def quotation(self, text: str) -> bool:
        """Says whether a text has words of somebody in quotation marks, and others around them.

        Example: `{{ ["She.", "“Go home,” he says."] | select("quotation") | first }}` gives `“Go home,” he says.`
        """
        return quotes(_text(text))

    def on(self, *networks: str) -> bool:
        """Writes what stands up to `endon` on these networks only; after an `else`, what the others get instead.

        Example: `{% on "bluesky", "mastodon" %}Hello.{% else %}Hello, X.{% endon %}` gives `Hello, X.`
        """
        return self.values["network"] in networks

    def _items(self, text: Texts) -> list[Any]:
        return self.sentences(text) if isinstance(text, (str, dict)) else list(text)

    def _standing(self, text: str) -> str:
        """How the claims of a text stand; of several sentences, the worst."""
        standings: Mapping[str, str] = self.values.get("standings", {})
        if text in standings:
            return standings[text]
        return worst(standings.get(text[start:end], "none") for start, end in sentence_spans(text, self._language))

    @property
    def _language(self) -> str:
        return str(self.values["language"])


def _text(value: object) -> str:
    if isinstance(value, list):
        raise MisuseError("a text is needed here, and this is a list: take one item, as in sentences | pick(1) | first")
    if not isinstance(value, str):
        raise MisuseError("a text is needed here, such as paragraphs[0], sentences[0] or a section's .heading")
    return value


def _texts(value: str | Iterable[Any]) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    for text in texts:
        if not isinstance(text, str):
            raise MisuseError("a text or a list of texts is needed here, such as paragraphs[0] or sentences")
    return texts


def _hashtag(text: str) -> str:
    words = re.findall(r"\w+", text)
    return "#" + (words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words))
