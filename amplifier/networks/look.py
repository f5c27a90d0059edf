"""What every network's `find` shares: where a look begins, and when two texts are the same. Pure."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

LOOK_BACK = timedelta(minutes=5)
"""Without an anchor a look begins this long before the claim: clocks differ (docs/design.md, promise 6)."""
TWINS_BACK = timedelta(days=14)
"""How long before the claim a text that the network calls a duplicate is looked for: its check is for recent posts, and
each post read costs money."""


def canonical(text: str) -> str:
    """The one form in which texts are compared: NFC, without white space at the ends, else as posted."""
    return unicodedata.normalize("NFC", text).strip()
