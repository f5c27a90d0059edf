"""The one port and its kinds: where posts go and readings come from."""

from __future__ import annotations
