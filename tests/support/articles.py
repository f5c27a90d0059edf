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
}
