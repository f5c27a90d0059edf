"""The calendar as a file that calendar programs read (RFC 5545), written by icalendar; every time is UTC."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from amplifier.planning.calendar import Entry


def ics(told: Iterable[Entry], now: datetime) -> bytes:
    """One event a thread, under a name that stays the same: a program that reads the file again moves it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Amplifier//threads//EN")
    calendar.add("version", "2.0")
    for entry in told:
        event = Event()
        event.add("uid", f"{entry.address}@amplifier")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", entry.start.astimezone(UTC))
        if entry.end > entry.start:  # an event may not end as it begins
            event.add("dtend", entry.end.astimezone(UTC))
        event.add("summary", f"{entry.address.campaign}: {entry.address.thread} ({entry.address.mode.banner})")
        event.add("description", entry.text)
        event.add("status", "TENTATIVE" if entry.asks else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
