"""The rules by which something checkable is found in a text: a module for each kind of mention."""

from __future__ import annotations
