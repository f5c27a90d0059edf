"""Number words of some languages, as tables. Pure data.

`SMALL` are added up, `MULTIPLIERS` multiply what stands before them, `VAGUE` say a size without a figure.
"""

from __future__ import annotations

from decimal import Decimal

HUNDRED = 100
THOUSAND = 1_000
MILLION = 1_000_000
BILLION = 1_000_000_000
TRILLION = 1_000_000_000_000


def _count(words: str, first: int, step: int = 1) -> dict[str, int]:
    """Values of words that stand in the order of counting; several spellings are parted by `/`."""
    return {
        spelling: first + step * n for n, spellings in enumerate(words.split()) for spelling in spellings.split("/")
    }


SMALL: dict[str, dict[str, int]] = {
    "en": _count(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen",
        0,
    )
    | _count("twenty thirty forty/fourty fifty sixty seventy eighty ninety", 20, 10),
    "es": _count(
        "cero uno/una/un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
        " dieciséis diecisiete dieciocho diecinueve veinte veintiuno/veintiún/veintiuna veintidós veintitrés"
        " veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve",
        0,
    )
    | _count("treinta cuarenta cincuenta sesenta setenta ochenta noventa cien/ciento", 30, 10)
    | _count(
        "doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas quinientos/quinientas"
        " seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas",
        200,
        100,
    ),
    "fr": _count("zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize", 0)
    | _count("vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante", 20, 10)
    | {"quatre-vingt": 80, "quatre-vingts": 80},
    "de": _count(
        "null ein/eins/eine zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn"
        " sechzehn siebzehn achtzehn neunzehn",
        0,
    )
    | _count("zwanzig dreißig/dreissig vierzig fünfzig sechzig siebzig achtzig neunzig", 20, 10),
}
MULTIPLIERS: dict[str, dict[str, int]] = {
    "en": {
        "dozen": 12,
        "hundred": HUNDRED,
        "thousand": THOUSAND,
        "million": MILLION,
        "billion": BILLION,
        "trillion": TRILLION,
    },
    "es": {"docena": 12, "mil": THOUSAND, "millón": MILLION, "millones": MILLION},
    "fr": {
        "douzaine": 12,
        "cent": HUNDRED,
        "cents": HUNDRED,
        "mille": THOUSAND,
        "million": MILLION,
        "millions": MILLION,
        "milliard": BILLION,
        "milliards": BILLION,
    },
    "de": {
        "dutzend": 12,
        "hundert": HUNDRED,
        "tausend": THOUSAND,
        "million": MILLION,
        "millionen": MILLION,
        "milliarde": BILLION,
        "milliarden": BILLION,
    },
}
VAGUE: dict[str, dict[str, int]] = {
    "en": {
        "dozens": 12,
        "hundreds": HUNDRED,
        "thousands": THOUSAND,
        "millions": MILLION,
        "billions": BILLION,
        "trillions": TRILLION,
    },
    "es": {"decenas": 10, "docenas": 12, "cientos": HUNDRED, "centenares": HUNDRED, "miles": THOUSAND},
    "fr": {"dizaines": 10, "douzaines": 12, "centaines": HUNDRED, "milliers": THOUSAND},
    "de": {"dutzende": 12, "hunderte": HUNDRED, "tausende": THOUSAND},
}
SHARES: dict[str, dict[str, Decimal]] = {
    "en": {"a": Decimal(1), "half": Decimal("0.5")},
    "es": {"medio": Decimal("0.5")},
    "fr": {"demi": Decimal("0.5")},
    "de": {"halbe": Decimal("0.5")},
}
"""Only before a multiplier: `a dozen`, `half a million`."""
CONNECTORS: dict[str, frozenset[str]] = {
    "en": frozenset({"and"}),
    "es": frozenset({"y"}),
    "fr": frozenset({"et"}),
    "de": frozenset(),
}
"""Between the parts of one number: `two hundred and five`."""
ONE: dict[str, frozenset[str]] = {
    "en": frozenset({"one"}),
    "es": frozenset({"uno", "una", "un"}),
    "fr": frozenset({"un", "une"}),
    "de": frozenset({"ein", "eins", "eine"}),
}
"""Mostly an article or a pronoun; a number only where `spelled.py` says so."""

NATIVE_KOREAN = _count("한 두 세 네 다섯 여섯 일곱 여덟 아홉", 1) | _count(
    "스무 서른 마흔 쉰 예순 일흔 여든 아흔", 20, 10
)
NATIVE_KOREAN_TENS = _count("열 스물 서른 마흔 쉰 예순 일흔 여든 아흔", 10, 10)
SINO_DIGITS = _count("〇/零/영/공 一/일 二/两/兩/이 三/삼 四/사 五/오 六/육 七/칠 八/팔 九/구", 0)
SINO_TENS = {"十": 10, "십": 10, "百": HUNDRED, "백": HUNDRED, "千": THOUSAND, "천": THOUSAND}
SINO_MYRIADS = {
    "万": 10**4, "萬": 10**4, "만": 10**4,
    "億": 10**8, "亿": 10**8, "억": 10**8,
    "兆": 10**12, "조": 10**12,
}  # fmt: skip
