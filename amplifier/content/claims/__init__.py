"""Claims: what an article asserts, how each assertion stands, and what the posts make of it."""

from __future__ import annotations
