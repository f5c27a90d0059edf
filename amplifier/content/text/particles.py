"""Which Korean particles may stand right behind a name, a hashtag or a link, as part of the sentence and not of it."""

from __future__ import annotations

import re

_CASE = (
    "에서|에게서|에게|에|께서|께|한테서|한테|으로부터|로부터|으로서|로서|으로써|로써|으로|로|부터|까지|와|과|하고|처럼|만큼|보다|조차|마저"
    "|밖에|마다|대로|만"
)
_ALONE = "은|는|이|가|을|를|의|도|이나|나|이며|며|이란|란|이라고|라고|이라는|라는|이라며|라며|이다|입니다"
_PARTICLE = re.compile(f"(?:{_CASE})(?:은|는|이|을|를|의|도|만)?|{_ALONE}")


def is_particle(word: str) -> bool:
    """Whether the word is a particle, or two in a row such as 에서는."""
    return _PARTICLE.fullmatch(word) is not None
