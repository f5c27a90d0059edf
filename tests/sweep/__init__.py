"""The crash sweep: a real run is killed between any two lines, started again, and judged by what the server holds."""

from __future__ import annotations
