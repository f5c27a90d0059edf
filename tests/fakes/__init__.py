"""Stand-ins for what we do not own."""

from __future__ import annotations
