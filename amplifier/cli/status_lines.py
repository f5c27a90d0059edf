"""What stands still, each with the command that mends it, in as many lines as a screen has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.cli.common import counted, iso
from amplifier.model import Mode, State, Why
from amplifier.publishing.mend import Mend, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from amplifier.publishing.overview import Doubt, Overview, Stopped

THREADS = 5
"""Stopped threads that are named each; more are named together, by why."""
NAMED = 3
"""Addresses that stand for a group."""
ONLINE = "amplifier doctor --online"
ALL = "amplifier status --json"
RUN = "amplifier run --once"
LOOKS = "a run looks whether it is out"

Entry = tuple[str, ...]
"""What stands still, then the lines that say what to type."""


def lines(found: Overview, pause_file: Path, room: int) -> list[str]:
    """As many whole entries as fit into `room` lines, the gravest first; the last line says what did not fit."""
    entries = list(_entries(found, pause_file))
    told: list[str] = []
    for number, (what, *commands) in enumerate(entries):
        more = [what, *(f"    {command}" for command in commands)]
        if len(told) + len(more) + (number < len(entries) - 1) > room:
            return [*told, f"and {counted(len(entries) - number, 'more thing')}: {ALL}"]
        told += more
    return told


def _entries(found: Overview, pause_file: Path) -> Iterator[Entry]:
    for account in found.blocked:
        mode = "" if account.mode is Mode.LIVE else f"@{account.mode}"
        yield (
            f"blocked: account {account.name}{mode} since {iso(account.blocked_at or found.at)}: {account.blocked_why}",
            *steps(Mend(ONLINE, then=(f"amplifier account unblock {account.name}",)).data),
        )
    if found.silent:
        yield (
            f"nothing runs: posts are due since {iso(found.silent)}; is cron, or the service, running?",
            *steps(Mend("amplifier run --once", instead=("amplifier run",)).data),
        )
    if found.restore:
        again = "do again what was approved, cancelled, paused or withdrawn since"
        yield (f"restored: the database is a copy of {iso(found.restore.copy_of)}; {again}",)
    yield from _messages(found)
    yield from _stopped(found.stopped)
    if found.live_off:
        yield (
            f"{counted(found.live_off, 'LIVE post')} {'is' if found.live_off == 1 else 'are'} queued but live is off",
            "set AMPLIFIER_LIVE=1 to publish them",
        )
    yield from _pauses(found, pause_file)
    for doubt in found.doubts:
        yield _doubt(doubt, found)
    for one in found.trying:
        tries = "1 try" if one.tries == 1 else f"{one.tries} tries"
        yield (
            f"trying again: {one.address}, {tries} since {iso(one.since)}: {one.detail}; held at {iso(one.held_at)}",
            ONLINE,
        )
    yield from _waits(found)
    if found.unsigned:
        named = ", ".join(str(one.address) for one in found.unsigned[:NAMED])
        more = f" and {len(found.unsigned) - NAMED} more" if len(found.unsigned) > NAMED else ""
        yield (
            f"{counted(len(found.unsigned), 'thread')} approved, but not by enough people: {named}{more}",
            *steps(Mend("amplifier approve FILE --by NAME", "ask another person").data),
        )


def _doubt(doubt: Doubt, found: Overview) -> Entry:
    """While nothing runs, nothing becomes of it; the first run afterwards looks for it."""
    left = bool(found.silent) and doubt.until < found.at
    if doubt.state is State.SENDING and left:
        return (
            f"sending: {doubt.address} by {doubt.worker}, which did not come back by {iso(doubt.until)}; {LOOKS}",
            RUN,
        )
    if doubt.state is State.SENDING:
        return (f"sending: {doubt.address} by {doubt.worker}, until {iso(doubt.until)} at the latest",)
    if left:
        return f"unknown: {doubt.address}; {LOOKS}", RUN
    return f"unknown: {doubt.address}", f"nothing: looked for at {iso(doubt.until)}"


def _messages(found: Overview) -> Iterator[Entry]:
    told = found.messages
    if told.tried:
        yield (
            f"{counted(told.tried, 'message')} to you could not be delivered: {told.detail}",
            *steps(Mend("amplifier alert --test", then=("amplifier alert list",)).data),
        )
    elif told.given_up:
        yield (f"{counted(told.given_up, 'message')} to you reached nobody in the last week", "amplifier alert list")


def _stopped(stopped: Sequence[Stopped]) -> Iterator[Entry]:
    if len(stopped) <= THREADS:
        for entry in stopped:
            yield _thread(entry)
        return
    groups: dict[tuple[State, Why | None], list[Stopped]] = {}
    for entry in stopped:
        groups.setdefault((entry.state, entry.why), []).append(entry)
    for (state, why), entries in groups.items():
        posts = counted(sum(1 + entry.behind for entry in entries), "post")
        named = ", ".join(str(entry.address) for entry in entries[:NAMED])
        more = f" and {len(entries) - NAMED} more" if len(entries) > NAMED else ""
        yield (
            f"{state.value}: {_why(why)}{posts} of {counted(len(entries), 'thread')}: {named}{more}",
            *steps(entries[0].mend.data),
            *([f"all: amplifier queue list --state {state.value}"] if more else []),
        )


def _thread(entry: Stopped) -> Entry:
    about = [f"{entry.out} of {entry.n} out"] if entry.out else []
    about += [f"{entry.behind} behind it"] if entry.behind else []
    tail = f" ({', '.join(about)})" if about else ""
    said = ": ".join(filter(None, (entry.why, entry.detail)))
    return f"{entry.state.value}: {entry.address}  {said}{tail}", *steps(entry.mend.data)


def _why(why: Why | None) -> str:
    return f"{why.value}: " if why else ""


def pause_words(row: Mapping[str, Any]) -> tuple[str, str]:
    """A pause, read by `overview.PAUSED`, as a person reads it: what stands since when, and what ends it."""
    what = "everything" if row["scope"] == "all" else f"{row['scope']} {row['name']}"
    option = "" if row["scope"] == "all" else f"--{row['scope']} {row['name']} "
    said = f"{what} since {iso(row['since'])} by {row['who']} ({row['why'] or 'no reason given'})"
    return said, f"amplifier resume {option}--why …"


def _pauses(found: Overview, pause_file: Path) -> Iterator[Entry]:
    for row in found.paused:
        what, command = pause_words(row)
        yield f"paused: {what}", command
    if found.pause_file:
        yield (f"paused by a file: delete {pause_file} to go on",)


def _waits(found: Overview) -> Iterable[Entry]:
    """What goes on by itself."""
    for account in found.accounts:
        if account.wait_until:
            yield (f"limited: account {account.name} until {iso(account.wait_until)}: it goes on by itself",)
        if account.budget and account.budget.until:
            yield (
                f"over budget: account {account.name} until {iso(account.budget.until)}: {account.budget.why}",
                f"nothing, or raise AMPLIFIER_ACCOUNTS__{account.name.upper()}__MONTHLY_USD or __DAILY_POSTS",
            )
        if account.look_from and any(account.posts.get(state) for state in (State.QUEUED, State.UNKNOWN)):
            since = iso(account.look_from)
            yield (f"restored database: account {account.name} looks for what was sent since {since} before it sends",)
