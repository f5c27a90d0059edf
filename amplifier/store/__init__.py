"""Rows: engine, tables, migrations and views."""

from __future__ import annotations
