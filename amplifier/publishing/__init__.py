"""Doing it: every approved post goes out exactly once. Knows no template."""

from __future__ import annotations
