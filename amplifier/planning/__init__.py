"""When, at what price, with whose yes: content meets the queue."""

from __future__ import annotations
