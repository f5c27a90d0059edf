"""The command line: one file per group of commands; errors become exit codes, once."""

from __future__ import annotations
