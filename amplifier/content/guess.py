"""What a text tells about itself: its language, a name for it, hashtags. Guesses that a person reads over. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from amplifier.content.text.entities import hashtag_problem, hashtags

SAMPLE = 20_000
"""Characters that are looked at: more would not change a guess."""
NAME_LENGTH = 40
"""Characters of a name: it stands in every listing."""
HASHTAGS = 3
"""More tags than this make a post harder to read and are not read themselves."""

SCRIPTS = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "ru"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1200, 0x137F, "am"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7A3, "ko"),
)
"""First and last code point of a Unicode block and the language most often written in it."""
LETTERS_OF = {
    "ru": (("uk", "іїєґІЇЄҐ"), ("bg", "ъЪ"), ("ru", "ыэЫЭ")),
    "ar": (("ur", "ٹڈڑے"), ("fa", "پچژگ")),
}
"""Letters that tell languages of one script apart, in the order they are asked for."""
FREQUENT = {
    "en": "the of and to in is that was for with his her they from this who by are not",
    "es": "el la los las de que y en un una por con para se su del al no es lo",
    "fr": "le la les des et en un une que qui dans pour par sur est pas au du ce il",
    "de": "der die das und in zu den von mit ist nicht ein eine auf sich dem des im für auch",
    "pt": "o a os as de que e em um uma do da no na para com não por se dos ao",
    "it": "il lo la gli le di che e in un una per con non del della è si nel alla",
    "nl": "de het een en van in is dat op te zijn met voor niet aan er door om ook naar",
}
"""The most frequent small words of languages in Latin letters."""
WORD = re.compile(r"[^\W\d_]+")
UNDECOMPOSED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
"""Latin letters that Unicode does not take apart into a plain letter and a mark."""
NAMES = re.compile(r"(?<=[\w,;] )[A-Z]\w*(?: [A-Z]\w*)*")
"""Words with a capital inside a sentence: names, as in 'fled North Korea'."""


def guess_language(text: str) -> str:
    """The language as a code such as `en`: by script, else by small words; `en` when nothing tells."""
    sample = text[:SAMPLE]
    scripts = Counter(_script(letter) for letter in sample if letter.isalpha())
    if not scripts:
        return "en"
    if scripts["ja"] * 10 > scripts["zh"] > 0:  # Japanese mixes kana with Chinese characters, Chinese has no kana
        return "ja"
    top = max(scripts, key=lambda script: (scripts[script], script))
    for language, letters in LETTERS_OF.get(top, ()):
        if sum(map(sample.count, letters)) * 200 > scripts[top]:
            return language
    return top or _latin_language(sample)


def guess_name(title: str | None, stem: str) -> str:
    """A campaign's name: from the title in Latin letters, else from the file's stem, else `campaign`."""
    return _slug(title or "") or _slug(stem) or "campaign"


def guess_hashtags(text: str) -> list[str]:
    """Up to three tags without `#`: those the text itself uses, then the names it repeats; often none."""
    sample = text[:SAMPLE]
    used = Counter(tag.text for tag in hashtags(sample))
    names = Counter("".join(name.split()) for name in NAMES.findall(sample))
    repeated = [name for name, count in names.most_common() if count > 1 and len(name) > 2]
    chosen: list[str] = []
    for tag in (*(tag for tag, _ in used.most_common()), *repeated):
        # NorthKorean says no more than NorthKorea
        if not hashtag_problem(tag) and not any(tag.lower().startswith(earlier.lower()) for earlier in chosen):
            chosen.append(tag)
    return chosen[:HASHTAGS]


def _script(letter: str) -> str:
    code = ord(letter)
    return next((language for first, last, language in SCRIPTS if first <= code <= last), "")


def _latin_language(text: str) -> str:
    words = Counter(word.lower() for word in WORD.findall(text))
    scores = {language: sum(words[word] for word in frequent.split()) for language, frequent in FREQUENT.items()}
    return max(scores, key=lambda language: scores[language])


def _slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, cut after a word; "" when a letter has no Latin form."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(UNDECOMPOSED))
    letters = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’")
    if any(c.isalpha() and not c.isascii() for c in letters):
        return ""
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if len(slug) > NAME_LENGTH:
        slug = slug[:NAME_LENGTH].rpartition("-")[0] or slug[:NAME_LENGTH]
    return slug
