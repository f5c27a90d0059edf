"""Generated texts that are hard to count: links among punctuation, emoji of all kinds, many scripts, hashtags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import random


def words(text: str) -> tuple[str, ...]:
    """The words of a text between blanks."""
    return tuple(text.split())


PEOPLE = "👦👧👨👩👱👲👴👵🧑🧓🏃🏄🏊🏋🕵🙋🙆🚴🤷🤦🧕👮👷💂🧚🦸"
SKINS = "🏻🏼🏽🏾🏿"
JOINED = words("⚕\ufe0f ⚖\ufe0f ✈\ufe0f ♀\ufe0f ♂\ufe0f ♀ 🌾 🎓 💻 🚀 🦰 🦽 🎄 🤝 👧 👦")
WHOLE = words("👨‍👩‍👧‍👦 👩‍❤️‍💋‍👨 👩🏽‍🤝‍👨🏿 🏳️‍🌈 🏳️‍⚧️ 🏴‍☠️ 👁️‍🗨️ 🐻‍❄️ ❤️‍🔥 😮‍💨 🫱🏻‍🫲🏿 🐈‍⬛ 🫠 🪿")
EMOJI = [chr(code) for code in range(0xA9, 0x1FB00) if regex.match(r"\p{Emoji}", chr(code))]
REGIONS = [chr(code) for code in range(0x1F1E6, 0x1F200)]
NATIONS = words("gbeng gbwls ustx")
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789",
    "àéîõüßčđłñøœÆÿ",
    "가각간갇갈북한인권자유를에서의은는",
    "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "漢字人権自由国亡命者你好世界。，！？「」『』、",
    "ひらがなカタカナーｶﾞｷﾞ",
    "مرحبابكم سلام؟،",
    "שלוםעולם",
    "Приветмир",
    "ไทยภาษา",
    "हिन्दीकि",
)
SIGNS = (
    "\u0301\u0308\u0323\u20e3\ufe0f\ufe0e\u200d\u200c\u0e31\u0bbe",
    "‘’“”–—…′″‹›«»†•€₩",
    "𝔸𝒷𠮷𡈽𐐷",
    "\ufb2c\u212b\u2126\u1e9b\u0344\u0958ﬁ",
    "\u3000\u2003\u1680\u2028\u00a0\t\n",
    "\u061c\u200e\u200f\u202a\u202c\u2066\u2069\ufeff\u00ad\u200b",
    "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~",
)
HOSTS = words(
    "example.com example.org www.example.co.kr sub-domain.example.museum EXAMPLE.COM a.b.c.example.io t.co 한국.한국 "
    "북한인권.com example.한국 münchen.de пример.рф 例え.jp مثال.السعودية xn--3e0b707e.xn--3e0b707e é.fr example.comé "
    "under_score.example.com -dash.com example.invalid localhost 127.0.0.1 1.example.tv example.com. example..com "
    "ex\u0301ample.com 😀.ws i❤.ws example.co example.c twitter.jp " + "a" * 64 + ".com"
)
PROTOCOLS = ("", "", *words("https:// https:// http:// HTTPS:// ftp:// https:/"))
PORTS = ("", "", "", ":8080", ":", ":99999")
PATHS = (
    "",
    "",
    *words(
        "/ /a /기사 /a/b_(c) /a_(b_(c)) /북한_(나라) /%EA%B8%B0%EC%82%AC /%zz /é /история /a.html /~user /@name "
        "/a/@b/c /#!/x /a,b;c /a–b /a|b /中文 /a- /a. /(a) /x/… // /abc123 /a'b /a* /a&b"
    ),
)
QUERIES = ("", "", "", *words("? ?a=b ?a=b&c=d#e ?q=기사 ?q=%20x ?a[]=1 ?a=b. ?a=é #frag #조각 ?x=1,2|3 ?! ?a=b)"))
BEFORE = ("", " ", *words("( \" ' “ 「 （ # @ $ . / - _ : a 가 。 \u200e 😀 é ＠ = <"))
AFTER = ("", " ", *words(") \" ' ” 」 ） # @ . , / - _ : ! ? 에서 은 。 、 … 😀 é \u200f"))
TAGS = words("북한 북한은 NorthKorea human-rights 2024 1a été 人権 حرية _ a_b O’Brien tag\ufe0f स्वतंत्रता a·b ａ 😀")


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes texts by chance, the same for the same seed."""

    rng: random.Random

    def text(self) -> str:
        """A post of a few parts, now and then near or above the limit."""
        choose = self.rng.choice
        makers = (self.word, self.word, self.word, self.link, self.link, self.emoji, self.tag, self.noise)
        parts = [choose(makers)() for _ in range(self.rng.randint(1, choose((4, 8, 40))))]
        return choose(("", " ", " ", " ")).join(parts)

    def word(self) -> str:
        alphabet = self.rng.choice(ALPHABETS)
        return "".join(self.rng.choices(alphabet, k=self.rng.randint(1, 9)))

    def noise(self) -> str:
        """Characters of several alphabets without any sense."""
        return "".join(self.rng.choice(self.rng.choice((*ALPHABETS, *SIGNS))) for _ in range(self.rng.randint(1, 6)))

    def emoji(self) -> str:
        """One or two emoji, known ones and such as nobody has drawn."""
        choose = self.rng.choice
        person = choose(PEOPLE) + choose(("", "", *SKINS, "\ufe0f"))
        joined = "\u200d".join([person, *(choose(JOINED) for _ in range(self.rng.randint(0, 3)))])
        flag = choose(REGIONS) + choose(REGIONS)
        keycap = choose("0123456789#*") + choose(("\ufe0f", "")) + "\u20e3"
        plain = choose(EMOJI) + choose(("", "", "\ufe0f", "\ufe0e", *SKINS))
        region = "".join(chr(0xE0000 + ord(letter)) for letter in choose(NATIONS))
        kinds = (joined, flag, keycap, plain, choose(EMOJI), choose(WHOLE), f"🏴{region}\U000e007f")
        return choose(kinds) + choose(("", "", choose(kinds)))

    def link(self) -> str:
        """A link, with or without protocol, port, path and query, in the middle of punctuation."""
        choose = self.rng.choice
        parts = (BEFORE, PROTOCOLS, HOSTS, PORTS, PATHS, QUERIES, AFTER)
        return "".join(map(choose, parts))

    def tag(self) -> str:
        """A hashtag, also where none can be."""
        choose = self.rng.choice
        before = choose(("", "", "자유", "&", "/", "a", "。", "("))
        return before + choose("###＃") + choose(TAGS) + choose(AFTER)
