"""What a network reads out of a text: links, hashtags and mentions, by X's published rules.

The rules are those of X's own text library, version 3; its conformance cases are run in
`tests/content/text/test_conformance.py`. Positions are character offsets; a hashtag's or mention's span takes in
its `#` or `@`, its `text` does not.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from string import ascii_uppercase
from typing import TYPE_CHECKING
from urllib.parse import quote

import regex

from amplifier.content.text.tlds import ASCII_TLDS, OTHER_TLDS

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_URL = 4096
"""UTF-16 units; anything longer is not read as a link."""
LONGEST_LABEL = 63
"""Characters of one part of a host name, as sent to the name service."""
LONGEST_TCO_SLUG = 40


@dataclass(frozen=True, slots=True)
class Entity:
    """A link, hashtag or mention, and `source[start:end]` it stands in."""

    text: str
    start: int
    end: int


# ---------------------------------------------------------------- the alphabet of the rules

_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVALID = r"\ufffe\ufeff\uffff"
_SPACE = r"\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NOT_IN_HOST = r"!'#%&()*+,\-./:;<=>?@\[\\\]^_{|}~$" + _SPACE + _INVALID + _BIDI
_ACCENTED = (
    r"\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    r"\u0300-\u036f\u1e00-\u1eff"
)
# what the rules take in besides, since they compare without regard to case
_LETTER = (
    r"a-z0-9" + _ACCENTED + r"\u0260\u0269\u0275\u0280\u0283\u0288\u028a\u028c\u0292\u0399\u03b9\u1fbe"
    r"\u2c65\u2c66\u2c7e\u2c7f\ua7dc"
)

# These patterns read text whose Latin letters are in lower case (`_LOWER`): a pattern that ignores case would take a
# long s for an s. A label ends right before its dot, so taking it possessively loses no match, and long runs stay
# linear.
_SUBDOMAIN = rf"(?:(?![_-])(?:[^{_NOT_IN_HOST}]|[_-])++(?<![_-])\.)"
_NAME = rf"(?:(?!-)(?:[^{_NOT_IN_HOST}]|-)++(?<!-)\.)"
_TLD_END = r"(?=[^0-9a-z@+-]|$)"
_TLD = rf"(?:\L<ascii>{_TLD_END}|(?i:\L<other>){_TLD_END}|xn--[-0-9a-z]+)"
_PATH_CHAR = rf"[{_LETTER}\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PARENS = rf"(?:\((?:{_PATH_CHAR}+|{_PATH_CHAR}*\({_PATH_CHAR}+\){_PATH_CHAR}*)\))"
_PATH_END = rf"[{_LETTER}\u0400-\u04ff+\-=_#/]"
_PATH = rf"(?:{_PATH_CHAR}*(?:{_PARENS}{_PATH_CHAR}*)*{_PATH_END}|{_PARENS}|@{_PATH_CHAR}+/)"
_QUERY = r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])"

_URL = (
    rf"(?P<before>[^a-z0-9@＠$#＃{_INVALID}]|^)"
    rf"(?P<url>(?P<protocol>https?://)?(?P<host>{_SUBDOMAIN}*{_NAME}{_TLD})(?::[0-9]+)?"
    rf"(?P<path>/{_PATH}*)?{_QUERY}?)"
)
_PLAIN_HOST = rf"(?:[-{_LETTER}]+\.)+{_TLD}"
_DOT = regex.compile(r"\.\S")
_DOT_TLD = rf"\.{_TLD}"
_TCO = regex.compile(rf"https?://t\.co/([a-z0-9]+){_QUERY}?")

_TAG_LETTER = r"\p{L}\p{M}"
HASHTAG_CHARACTER = (
    _TAG_LETTER
    + r"\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7"
)
_HASHTAG = regex.compile(
    rf"(?P<before>^|[\ufe0e\ufe0f]|[^&{HASHTAG_CHARACTER}])"
    rf"[#＃](?![\ufe0f\u20e3])(?P<tag>[{HASHTAG_CHARACTER}]*[{_TAG_LETTER}][{HASHTAG_CHARACTER}]*)"
)
_AFTER_HASHTAG = regex.compile(r"[#＃]|://")
_MENTION = regex.compile(
    r"(?:^|[^A-Za-z0-9_!#$%&*@＠]|(?:^|[^A-Za-z0-9_+~.-])[Rr][Tt]:?)"
    r"(?P<mention>[@＠](?P<name>[A-Za-z0-9_]{1,20})(?P<list>/[A-Za-z][A-Za-z0-9_-]{0,24})?)"
)
_AFTER_MENTION = regex.compile(rf"[@＠{_ACCENTED}]|://")


@cache
def _reader(pattern: str) -> regex.Pattern[str]:
    """One of the three patterns that know every domain, when it is first needed: compiling it takes as long as
    loading the rest of the module ten times over, and most commands never meet a link.
    """
    return regex.compile(pattern, ascii=ASCII_TLDS, other=OTHER_TLDS)


# ---------------------------------------------------------------- links

_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}
_WIDE = regex.compile(r"[\U00010000-\U0010ffff]")


def _halves(found: regex.Match[str]) -> str:
    """A character beyond U+FFFF as its two UTF-16 units."""
    offset = ord(found.group()) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def _joined(units: str) -> str:
    """Undo `_halves` in a whole text."""
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _sent_host(host: str) -> bool:
    """Whether every label of the host fits the name service once it is written in ASCII (RFC 3490)."""
    if host.startswith("xn--") and not _reader(_PLAIN_HOST).search(host.translate(_LOWER)):
        return False
    for label in _joined(host).split("."):
        # the ideographic full stops separate labels too, but count towards the same part here
        parts = regex.split("[\u3002\uff0e\uff61]", label)
        if len(label) > LONGEST_LABEL:
            return False  # encoding makes it longer still, at a cost that grows with its square
        encoded = [part if part.isascii() else f"xn--{part.encode('punycode').decode('ascii')}" for part in parts]
        if not 0 < len(".".join(encoded)) <= LONGEST_LABEL:
            return False
    return True


def _bare(found: regex.Match[str]) -> Iterator[tuple[int, int, int]]:
    """Links without `https://`: only host names in Latin letters count, and the last one takes the path."""
    if found["before"] in {"-", "_", ".", "/"}:
        return
    offset = found.start("host")
    hosts = [(offset + host.start(), offset + host.end()) for host in _reader(_PLAIN_HOST).finditer(found["host"])]
    for number, (start, end) in enumerate(hosts, start=1):
        yield start, end, found.end("url") if found["path"] and number == len(hosts) else end


def _with_protocol(found: regex.Match[str]) -> Iterator[tuple[int, int, int]]:
    start, end = found.span("url")
    short = _TCO.match(found["url"])
    if not short:
        yield start, end, end
    elif len(short[1]) <= LONGEST_TCO_SLUG:
        end = start + short.end()  # X's own links end with their slug and query
        yield start, end, end


def _find(units: str) -> Iterator[tuple[str, int, int]]:
    """What counts as the link, where it begins, and where it ends."""
    lowered = units.translate(_LOWER)
    if not _reader(_DOT_TLD).search(lowered):
        return  # also keeps a long text without white space, but with a decimal in it, from costing its square
    for found in _reader(_URL).finditer(lowered):
        host = units[slice(*found.span("host"))]
        if not _sent_host(host) or len(found["url"]) + len(found["protocol"] or "https://") > LONGEST_URL:
            continue
        for start, end, stop in _with_protocol(found) if found["protocol"] else _bare(found):
            # between a bare Latin host and the path other letters may stand; they are no part of the link
            yield units[start:end] + units[found.end("host") : stop] * (stop > end), start, stop


def urls(text: str) -> list[Entity]:
    """The links that X finds in a text, in order; also bare ones such as `example.com`.

    The rules are defined on UTF-16 units, and it shows: one half of an emoji may be the character that must stand
    before a link, and the other half a part of its host. So characters beyond U+FFFF are searched as two.
    """
    if not _DOT.search(text):
        return []  # at once, for the stop of a sentence is no dot of a host
    wide = [found.start() + number for number, found in enumerate(_WIDE.finditer(text))]
    units = _WIDE.sub(_halves, text) if wide else text
    return [
        Entity(_joined(url), start - bisect_left(wide, start), end - bisect_left(wide, end))
        for url, start, end in _find(units)
    ]


def has_url(text: str) -> bool:
    """Whether X would find a link in the text."""
    return bool(urls(text))


_HOST_AND_REST = regex.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/?#]*")


_CUT_SHORT = regex.compile(r"[()\[\]]|[.,:;!'*~|@]+$")
"""What makes a network read less than the whole link; `?` and `+` would mean something else when encoded."""


def encode_link(url: str) -> str:
    """Percent-encode, after the host, what would end a link early: all outside ASCII, blanks, and what cannot close.

    `https://example.com/기사?id=1` would be read, counted and linked as `https://example.com/` alone, and of
    `https://example.com/a.` the full stop would be lost. The host is left as it is, since one in its own script is
    valid, and so is what is percent-encoded already.
    """
    host = _HOST_AND_REST.match(url).end()
    rest = quote(url[host:], safe="!*'();:@&=+$,/?#[]%-_.~|", errors="replace")
    read = urls(f" {url[:host]}{rest}")
    if read and read[0].end < 1 + host + len(rest):
        rest = _CUT_SHORT.sub(lambda cut: "".join(f"%{ord(sign):02X}" for sign in cut[0]), rest)
    return url[:host] + rest


# ---------------------------------------------------------------- hashtags and mentions


def hashtags(text: str) -> list[Entity]:
    """The hashtags that X finds in a text, in order; none inside a link."""
    if "#" not in text and "＃" not in text:
        return []
    tags = [
        Entity(match["tag"], match.end("before"), match.end("tag"))
        for match in _HASHTAG.finditer(text)
        if not _AFTER_HASHTAG.match(text, match.end("tag"))
    ]
    # of what overlaps, only the first counts
    found: list[Entity] = []
    end = 0
    for entity in sorted([*tags, *urls(text)], key=attrgetter("start")):
        if entity.start >= end:
            found.append(entity)
            end = entity.end
    return [entity for entity in found if text[entity.start] in "#＃"]


def mentions(text: str) -> list[Entity]:
    """The accounts that a text names, in order; lists (`@name/list`) and e-mail addresses are none."""
    if "@" not in text and "＠" not in text:
        return []
    return [
        Entity(found["name"], found.start("mention"), found.end("mention"))
        for found in _MENTION.finditer(text)
        if not found["list"] and not _AFTER_MENTION.match(text, found.end())
    ]


def hashtag_problem(tag: str) -> str | None:
    """What is wrong with a hashtag, written with or without `#`: what X would really post; None when it is fine."""
    bare = tag[1:] if tag[:1] in {"#", "＃"} else tag
    if not bare:
        return "a hashtag needs at least one letter"
    found = hashtags(f"#{bare}")
    if not found or found[0].start > 0:
        reason = "a hashtag needs at least one letter" if bare.isdigit() else "X would link none of it"
        return f"#{bare} is no hashtag: {reason}"
    if found[0].text != bare:
        return f"only #{found[0].text} would be the hashtag, not #{bare}: letters, digits and _ may stand in it"
    return None
