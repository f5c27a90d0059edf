"""Which runs of characters X counts as one emoji.

X's library knows the emoji of Unicode 11; of newer sequences it counts every part, whatever X's own counter does.
A sequence is one emoji here only where both agree, so a length is never too small. Only sequences of more than one
character are listed: a single emoji weighs 2 like any character of its range.
"""

from __future__ import annotations

import regex

_ZWJ = "\u200d"
_VS = "\ufe0f"
"""Asks for the coloured picture rather than the text form."""
_SKIN = "[\U0001f3fb-\U0001f3ff]"

_MAN, _WOMAN, _BOY, _GIRL = "\U0001f468", "\U0001f469", "\U0001f466", "\U0001f467"

# a man or woman with a tool of the trade, or with red, curly, white or no hair
_TRADES = (
    f"[{_MAN}{_WOMAN}]{_SKIN}?{_ZWJ}(?:[\u2695\u2696\u2708]{_VS}|"
    "[\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed\U0001f4bb\U0001f4bc\U0001f527\U0001f52c"
    "\U0001f680\U0001f692\U0001f9b0-\U0001f9b3])"
)
# people doing something, followed by the female or the male sign
_GENDERED = (
    f"(?:[\u26f9\U0001f3cb\U0001f3cc\U0001f574\U0001f575](?:{_SKIN}|{_VS})|"
    "[\U0001f3c3\U0001f3c4\U0001f3ca\U0001f46e\U0001f471\U0001f473\U0001f477\U0001f481\U0001f482\U0001f486\U0001f487"
    "\U0001f645-\U0001f647\U0001f64b\U0001f64d\U0001f64e\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f926\U0001f935"
    f"\U0001f937-\U0001f939\U0001f93d\U0001f93e\U0001f9b8\U0001f9b9\U0001f9d6-\U0001f9dd]{_SKIN}?|"
    f"[\U0001f46f\U0001f93c\U0001f9de\U0001f9df]){_ZWJ}[\u2640\u2642]{_VS}"
)
_COUPLES = (
    f"(?:{_MAN}{_ZWJ}\u2764{_VS}{_ZWJ}(?:\U0001f48b{_ZWJ})?{_MAN}|"
    f"{_WOMAN}{_ZWJ}\u2764{_VS}{_ZWJ}(?:\U0001f48b{_ZWJ})?[{_MAN}{_WOMAN}])"
)
_FAMILIES = (
    f"(?:{_MAN}(?:{_ZWJ}[{_MAN}{_WOMAN}])?|{_WOMAN}(?:{_ZWJ}{_WOMAN})?)"
    f"{_ZWJ}(?:{_BOY}(?:{_ZWJ}{_BOY})?|{_GIRL}(?:{_ZWJ}[{_BOY}{_GIRL}])?)"
)
# rainbow flag, pirate flag, eye in a speech bubble
_JOINED = f"\U0001f3f3{_VS}{_ZWJ}\U0001f308|\U0001f3f4{_ZWJ}\u2620{_VS}|\U0001f441{_ZWJ}\U0001f5e8"
_KEYCAPS = f"[#*0-9]{_VS}?\u20e3"

# characters with a text form and a coloured form
_TWO_FORMS = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23ed-\u23ef\u23f1\u23f2"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u2620\u2622"
    "\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b"
    "\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26cf"
    "\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f8\u26fa\u26fd\u2702\u2708\u2709\u270f\u2712\u2714\u2716\u271d"
    "\u2721\u2733\u2734\u2744\u2747\u2757\u2763\u2764\u27a1\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030"
    "\u303d\u3297\u3299\U0001f004\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202\U0001f21a\U0001f22f\U0001f237"
    "\U0001f321\U0001f324-\U0001f32c\U0001f336\U0001f37d\U0001f396\U0001f397\U0001f399-\U0001f39b\U0001f39e\U0001f39f"
    "\U0001f3cd\U0001f3ce\U0001f3d4-\U0001f3df\U0001f3f3\U0001f3f5\U0001f3f7\U0001f43f\U0001f441\U0001f4fd\U0001f549"
    "\U0001f54a\U0001f56f\U0001f570\U0001f573\U0001f576-\U0001f579\U0001f587\U0001f58a-\U0001f58d\U0001f5a5\U0001f5a8"
    "\U0001f5b1\U0001f5b2\U0001f5bc\U0001f5c2-\U0001f5c4\U0001f5d1-\U0001f5d3\U0001f5dc-\U0001f5de\U0001f5e1"
    "\U0001f5e3\U0001f5e8\U0001f5ef\U0001f5f3\U0001f5fa\U0001f6cb\U0001f6cd-\U0001f6cf\U0001f6e0-\U0001f6e5"
    "\U0001f6e9\U0001f6f0\U0001f6f3"
)
# both of the above: two forms, and a colour of skin
_HANDS = "\u261d\u26f7\u26f9\u270c\u270d\U0001f3cb\U0001f3cc\U0001f574\U0001f575\U0001f590"
_BODIES = (
    "\u270a\u270b\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca\U0001f442\U0001f443\U0001f446-\U0001f450"
    "\U0001f466-\U0001f469\U0001f46e\U0001f470-\U0001f478\U0001f47c\U0001f481-\U0001f483\U0001f485-\U0001f487"
    "\U0001f4aa\U0001f57a\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f\U0001f6a3"
    "\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f918-\U0001f91c\U0001f91e\U0001f91f\U0001f926"
    "\U0001f930-\U0001f939\U0001f93d\U0001f93e\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9d1-\U0001f9dd"
)

# first letter: second letters
_REGIONS = (
    "A:CDEFGILMOQRSTUWXZ B:ABDEFGHIJLMNOQRSTVWYZ C:ACDFGHIKLMNOPRUVWXYZ D:EGJKMOZ E:ACEGHRSTU F:IJKMOR "
    "G:ABDEFGHILMNPQRSTUWY H:KMNRTU I:CDELMNOQRST J:EMOP K:EGHIMNPRWYZ L:ABCIKRSTUVY M:ACDEFGHKLMNOPQRSTUVWXYZ "
    "N:ACEFGILOPRUZ O:M P:AEFGHKLMNRSTWY Q:A R:EOSUW S:ABCDEGHIJKLMNORSTVXYZ T:ACDFGHJKLMNORTVWZ U:AGMNSYZ V:ACEGINU "
    "W:FS X:K Y:ET Z:AMW"
)
_FLAG_LETTER = {chr(ord("A") + n): chr(0x1F1E6 + n) for n in range(26)}
_FLAGS = "|".join(
    f"{_FLAG_LETTER[row[0]]}[{''.join(_FLAG_LETTER[letter] for letter in row[2:])}]" for row in _REGIONS.split()
)
# England, Scotland, Wales: a black flag and the region's code in tag characters
_NATIONS = "\U0001f3f4(?:{})\U000e007f".format(
    "|".join("".join(chr(0xE0000 + ord(letter)) for letter in code) for code in ("gbeng", "gbsct", "gbwls"))
)

SEQUENCE = regex.compile(
    "|".join(
        [
            _TRADES,
            _GENDERED,
            _COUPLES,
            _FAMILIES,
            _JOINED,
            _KEYCAPS,
            f"[{_TWO_FORMS}]{_VS}",
            f"[{_HANDS}](?:{_VS}{_SKIN}?|{_SKIN})",
            f"[{_BODIES}]{_SKIN}",
            _FLAGS,
            _NATIONS,
        ]
    )
)
"""Matches one emoji of several characters."""
