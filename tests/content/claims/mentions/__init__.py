"""Tests of what to say; a package, since `test_schema.py` stands in `tests/store` too."""

from __future__ import annotations
