"""Amplifier turns an article into threads worth reading, publishes every post exactly once, and keeps
an honest log of what came of it.

The pipeline, as a reading order:

    content/      what to say      campaign file + article + templates → threads
    planning/     when, at what price, with whose yes      threads → plan → sealed rows
    publishing/   doing it         rows → network → receipts
    engagement/   what came of it  receipts → snapshots → report

    networks/ and store/ are the two edges; cli/ and daemon.py are the hands; app.py joins them.
"""

from __future__ import annotations

__version__ = "0.1.0"
