"""Length, sentences, splitting: pure rules about text."""

from __future__ import annotations
