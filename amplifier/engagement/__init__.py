"""What came of it: readings, and what they say. Knows rows and networks only."""

from __future__ import annotations
