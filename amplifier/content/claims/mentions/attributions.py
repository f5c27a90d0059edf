"""Attributions in a text: who is said to have said it, such as `per CNN` or `HRW says`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from amplifier.content.claims.mentions.name_keys import name_key
from amplifier.content.claims.mentions.quotations import words_key
from amplifier.content.claims.model import Kind, Mention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SOURCE = (
    r"(?:estimates?|data|figures?|statistics|records?|reports?|sources?|officials?|experts?|analysts?|activists?|doctors?"
    r"|surgeons?|witness(?:es)?|researchers?|investigators?|researchers?|scientists?|police|prosecutors?|authorities"
    r"|spokes(?:man|woman|person|people)|video|footage|images?|photos?|stud(?:y|ies)|surveys?|polls?|reporting|media"
    r"|interviews?|documents?|testimon(?:y|ies)|survivors?|historians?|critics|observers|monitors|intelligence)"
)
_SAY = (
    r"(?:says?|said|reports?|reported|estimates?|estimated|tells?|told|wrote|writes|announce[sd]|confirm(?:s|ed)"
    r"|warn(?:s|ed)|note[sd]|claim(?:s|ed)|recall(?:s|ed)|argue[sd]|explain(?:s|ed))"
)
_SHOW = r"(?:shows?|showed|suggests?|suggested|indicates?|indicated|reveals?|revealed)"
_AFTER_NAME = {
    "en": regex.compile(
        rf"\s(?:(?:has|have|had|also|later|recently)\s){{0,2}}{_SAY}\b"
        rf"|(?:[’']s?)?\s(?:\p{{Ll}}+\s)?{_SOURCE}\s(?:{_SAY}|{_SHOW})\b"
    ),
    "es": regex.compile(
        r"\s(?:ha\s)?(?:dice|dijo|dicen|dijeron|informa|informó|informado|afirma|afirmó|afirmado|estima|estimó|declaró)\b"
    ),
    "fr": regex.compile(
        r"\s(?:(?:a|ont)\s)?(?:dit|disent|déclare|déclaré|affirme|affirmé|estime|estimé|rapporte|rapporté)\b"
    ),
    "de": regex.compile(
        r"\s(?:sagt|sagte|berichtet|berichtete|meldet|meldete|schätzt|schätzte|erklärt|erklärte|zufolge|schreibt|schrieb)\b"
    ),
    "ko": regex.compile(r"(?:\s측)?에\s?(?:따르면|의하면)"),
}
_BEFORE_NAME = {
    "en": regex.compile(
        r"(?i:\baccording\sto\s|\bper\s|\btold\s|\bby\sthe\scount\sof\s|\bin\sthe\swords\sof\s"
        rf"|(?:^|(?<=[,”\"’»—–]\s?)){_SAY}\s|\b(?:source|sources|photo|video):\s)"
        r"(?:(?:the|a|an)\s)?(?:(?!(?:that|him|her|us|me|them|you|to|how|why|who)\s)\p{Ll}+\s){0,2}$"
    ),
    "es": regex.compile(
        r"(?i:\bsegún\s|\bde\sacuerdo\scon\s|\b(?:dijo|dice|afirmó|informó|declaró)\s)(?:(?:el|la|los|las)\s)?(?:\p{Ll}+\s)?$"
    ),
    "fr": regex.compile(
        r"(?i:\bselon\s|\bd[’']après\s|,\s(?:a\s)?(?:dit|déclaré|affirmé|rapporte|estime)\s)"
        r"(?:(?:le|la|les)\s|l[’'])?(?:\p{Ll}+\s)?$"
    ),
    "de": regex.compile(
        r"(?i:\blaut\s|\bnach\sAngaben\s(?:von\s|des\s|der\s)?|,\s(?:sagt|sagte|berichtet|so|schreibt)\s)"
        r"(?:(?:der|die|das|dem|den)\s)?(?:\p{Ll}+\s)?$"
    ),
}
_UNNAMED = {
    "en": regex.compile(
        r"\b(?i:according\sto)\s(?:the\s|a\s|an\s|his\s|her\s|their\s)?(?P<to>[^\s,.;:!?—–]+"
        r"(?:\s(?!(?:and|but|who|which|that|in|on|at)\b)[^\s,.;:!?—–]+){0,4})"
        rf"|\b(?i:per)\s(?:the\s|a\s)?(?P<per>(?:\p{{N}}{{4}}\s)?(?:\p{{Ll}}+\s)??{_SOURCE}|\p{{N}}{{4}})\b"
        rf"|\b(?P<who>(?i:{_SOURCE}))\s(?:{_SAY}|{_SHOW})\b"
    ),
    "es": regex.compile(
        r"\b(?i:según|de\sacuerdo\scon)\s(?:el\s|la\s|los\s|las\s)?(?P<to>[^\s,.;:!?]+(?:\s[^\s,.;:!?]+)?)"
    ),
    "fr": regex.compile(r"\b(?i:selon|d[’']après)\s(?:l[’']|le\s|la\s|les\s)?(?P<to>[^\s,.;:!?]+(?:\s[^\s,.;:!?]+)?)"),
    "de": regex.compile(r"\b(?i:laut|nach\sAngaben\s(?:von|des|der))\s(?:der\s|dem\s|den\s)?(?P<to>[^\s,.;:!?]+)"),
    "ko": regex.compile(
        r"(?<![\p{L}\p{N}])(?P<to>[\p{L}\p{N}·-]{1,30}?)(?:\s측)?에\s?(?:따르면|의하면)"
        r"|(?P<said>(?:이?라고|다고|다며)\s(?:말|밝|전|보도|설명|주장)(?:했다|혔다|했습니다|혔습니다|합니다|힙니다))"
    ),
    "ja": regex.compile(
        r"(?P<to>[^\s、。，「」]{2,20}?)に(?:よると|よれば)|(?P<said>と(?:述べた|語った|発表した|報じた|伝えた|述べました|語りました|報じました))"
    ),
    "zh": regex.compile(
        r"(?:据|據|根据|根據)(?P<to>[^\s，。、：]{2,16}?)(?:报道|報道|報導|统计|統計|估计|估計|称|稱|的数据|的數據|数据|數據)"
    ),
}
_TAIL = regex.compile(rf"\s(?:\p{{Ll}}+\s)?{_SOURCE}\b(?!\s(?:who|that))")


def attributions(text: str, language: str, names: Sequence[Mention]) -> list[Mention]:
    """Every attribution of a text with its cue and who it names, in order. `names` are the names of the text.

    The key is that of the name, or the words of an unnamed source. The name stands within the span.
    """
    kept: list[Mention] = []
    for mention in (*_named(text, language, names), *_unnamed(text, language)):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _mention(text: str, start: int, end: int, key: str) -> Mention:
    return Mention(Kind.ATTRIBUTION, start, end, text[start:end], key)


def _named(text: str, language: str, names: Sequence[Mention]) -> Iterator[Mention]:
    before, after = _BEFORE_NAME.get(language), _AFTER_NAME.get(language)
    for name in names:
        key = name_key(name.words)
        cue = before.search(text, max(0, name.start - 60), name.start) if before else None
        said = after.match(text, name.end) if after else None
        if cue:
            tail = _TAIL.match(text, name.end)
            yield _mention(
                text, cue.start() + len(cue[0]) - len(cue[0].lstrip()), tail.end() if tail else name.end, key
            )
        elif said:
            yield _mention(text, name.start, said.end(), key)


def _unnamed(text: str, language: str) -> Iterator[Mention]:
    pattern = _UNNAMED.get(language)
    for match in pattern.finditer(text) if pattern else ():
        source = next(words for words in match.groupdict().values() if words)
        yield _mention(text, match.start(), match.end(), words_key(source))
