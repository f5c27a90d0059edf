"""What a template sees of a small article."""

from __future__ import annotations

from typing import Any

VALUES: dict[str, Any] = {
    "title": "A title",
    "link": "https://example.org/story",
    "hashtags": ["Freedom", "Rights"],
    "paragraphs": ["She ran. He stayed.", "Then it was 1998."],
    "sentences": ["She ran.", "He stayed.", "Then it was 1998."],
    "sections": [
        {"heading": "", "paragraphs": ["She ran."], "sentences": ["She ran."]},
        {"heading": "The Escape", "paragraphs": ["She ran. He stayed."], "sentences": ["She ran.", "He stayed."]},
    ],
    "campaign": "sample",
    "language": "en",
    "account": "main",
    "network": "x",
    "claims": {
        "C01": {"quote": "ran", "kind": "statement", "standing": "contradicted", "sentence": "", "why": "she walked"},
        "C02": {"quote": "stayed", "kind": "statement", "standing": "verified", "sentence": "He stayed.", "why": ""},
    },
    "standings": {"She ran.": "contradicted", "He stayed.": "verified", "Then it was 1998.": "none"},
}
