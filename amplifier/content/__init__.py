"""What to say: files become threads. Knows no queue and no clock."""

from __future__ import annotations
