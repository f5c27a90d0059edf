"""`import-metrics`: counts that somebody else has told, from a file into the ledger."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

import click

from amplifier.cli.common import as_json_option, by_option, common, counted, iso, print_json, say, table, who, with_app
from amplifier.content.files import FORBIDDEN, error, file_error, path_problem
from amplifier.engagement.facts import read_facts
from amplifier.engagement.outside import Source, bring_in, newest, preview, sha256_of
from amplifier.errors import UsageError
from amplifier.model import Mode, Place
from amplifier.networks.port import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from amplifier.engagement.facts import Fact, Facts
    from amplifier.engagement.outside import Brought
    from amplifier.model import Address

T = TypeVar("T")

_SEOUL = timezone(timedelta(hours=9))
LIMIT = 50_000_000
"""Bytes of a file: X's export of a year has one or two million."""
SHOWN = 10
"""Rows that are not ours are named up to this many; JSON names them all."""


@click.command(name="import-metrics")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", metavar="INSTANT", help="When the counts were true: 2026-12-10T09:00Z. Default: the file's time.")
@click.option(
    "--mode", type=click.Choice(["live", "simulated"]), default="live", show_default=True,
    help="Of which posts they are.",
)  # fmt: skip
@click.option("--origin", metavar="NAME", help="Where they come from, as the log names it. Default: the file's name.")
@click.option("--dry-run", is_flag=True, help="Show what would come in, and write nothing.")
@by_option
@as_json_option
@common
def import_metrics(
    file: Path, at: str | None, mode: str, origin: str | None, dry_run: bool, by: str | None, as_json: bool
) -> None:
    """Bring counts from FILE, a CSV, into the log.

    It is X's analytics of your posts, or what your web statistics or link shortener counted for links tagged by
    `utm: true`. Each file comes in once; the counts are kept apart from what the network told us itself.
    """
    data, modified = _read(file)
    app = with_app(made=True)
    now = app.now()
    default = "the file's own time"
    rehearsed = newest(app.store, Mode(mode)) if mode != Mode.LIVE.value else None
    if rehearsed is not None and rehearsed > now:  # its clock runs ahead of ours, and its counts are of its own time
        now = modified = rehearsed
        default = "the newest time of the rehearsal"
    since = f"{default}; --at says another" if at is None else "as --at says"
    name, instant = _name(origin, file), _instant(at, modified, now)
    source = Source(sha256_of(data, Mode(mode)), name, instant, Mode(mode), who(by))
    path = _plain(str(file))
    facts = read_facts(data, path)
    found = preview(app.store, facts, source) if dry_run else bring_in(app.store, facts, source, app.now())
    with _never_hidden(found, source, dry_run=dry_run):
        if as_json:
            print_json(_as_json(facts, source, found, dry_run=dry_run))
        else:
            given = {"--at": at, "--mode": None if mode == Mode.LIVE.value else mode, "--origin": origin, "--by": by}
            again = " ".join(f"{name} {quote(value)}" for name, value in given.items() if value)
            _tell(path, facts, source, found, dry_run=dry_run, since=since, again=again)
    click.get_current_context().exit(0 if found.earlier or found.posts else 1)


@contextmanager
def _never_hidden(found: Brought, source: Source, *, dry_run: bool) -> Iterator[None]:
    """Where the answer cannot be written, that the counts are in is said all the same."""
    try:
        yield
    except BrokenPipeError:
        raise  # who reads no further has read enough
    except OSError:
        if found.posts and not dry_run:
            number = counted(len(found.posts), "post")
            with suppress(OSError):
                say(f"counts of {number} are in, from {source.name}; only the answer could not be written")
        raise


def _read(file: Path) -> tuple[bytes, datetime]:
    """The file's bytes, and when it was last changed."""
    place = Place(str(file))
    problem = path_problem(file, Path(file.absolute().anchor))
    if problem is None and file.stat().st_size > LIMIT:
        problem = f"is larger than {LIMIT // 1_000_000} MB", "name the CSV file of one export"
    if problem:
        raise file_error(place.path, [error(place, *problem)])
    try:
        with file.open("rb") as stream:
            return stream.read(), datetime.fromtimestamp(int(os.fstat(stream.fileno()).st_mtime), UTC)
    except OSError as exc:
        finding = error(place, f"cannot be read: {exc.strerror}", "check who may read it")
        raise file_error(place.path, [finding]) from None


def _name(origin: str | None, file: Path) -> str:
    name = _plain(file.name) if origin is None else " ".join(origin.split())
    if not name or name == "network" or name != _plain(name):
        raise UsageError(f"--origin {name!r} is no name for it", "name where the counts come from: plausible")
    return name


def _plain(name: str) -> str:
    """A name without what a terminal would obey, and without bytes that are no characters."""
    return FORBIDDEN.sub("\ufffd", os.fsencode(name).decode(errors="replace"))


def _instant(given: str | None, modified: datetime, now: datetime) -> datetime:
    """When the counts were true; never in the future."""
    hint = f"write it with its zone: {now:%Y-%m-%dT%H:%M}Z or {now.astimezone(_SEOUL):%Y-%m-%dT%H:%M}+09:00"
    try:
        at = modified if given is None else datetime.fromisoformat(given)
        if at.tzinfo is None:
            raise UsageError(f"--at {given} has no zone", hint)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--at {given!r} is no instant", hint) from None
    if at > now:
        raise UsageError(
            f"the counts would be of {iso(at)}, which is still to come",
            f"say when they were true, with --at: the time of the export, {iso(now)} at the latest",
        )
    return at


def _tell(path: str, facts: Facts, source: Source, found: Brought, *, dry_run: bool, since: str, again: str) -> None:
    for note in facts.notes:
        say(str(note))
    earlier = found.earlier
    if earlier:
        say(
            f"{path} is in already in mode {source.mode}: {counted(earlier.rows, 'post')} from {earlier.name}, "
            f"by {earlier.who} on {iso(earlier.imported_at)}; nothing was changed"
        )
        return
    for line in _not_ours(found, source.mode):
        say(line)
    for line in _capped(found.linkless, lambda address: f"{address} has no link; its clicks are taken as told"):
        say(line)
    if not found.posts:
        say(f"nothing comes in: no row of {path} is about a published post of ours in mode {source.mode}")
        return
    if dry_run:
        columns = [name for name in METRICS if any(getattr(told.metrics, name) is not None for told in found.posts)]
        rows = [
            {"post": str(told.address)} | {name: getattr(told.metrics, name) for name in columns}
            for told in found.posts
        ]
        table(rows, ["post", *columns])
    what = "would come in" if dry_run else "came in"
    click.echo(
        f"{source.mode.banner}: counts of {counted(len(found.posts), 'post')} {what}, from {source.name}, "
        f"true at {iso(source.at)} ({since})"
    )
    following = f"import-metrics {quote(path)} {again}".rstrip() if dry_run else "export csv engagement_readings"
    say(f"next: amplifier {following}")


def _not_ours(found: Brought, mode: Mode) -> list[str]:
    """The rows that were left out because of the post that they name."""
    return [
        *_capped(
            found.unknown, lambda fact: f"{fact.place}: {_named(fact)} is no published post of ours in mode {mode}"
        ),
        *_capped(found.several, lambda one: f"{one[0].place}: {_named(one[0])} may be any of {_listed(one[1])}"),
    ]


def _capped(told: Sequence[T], say_one: Callable[[T], str]) -> list[str]:
    more = len(told) - SHOWN
    return [*map(say_one, told[:SHOWN]), *([f"and {more} more like this; --json names them all"] if more > 0 else [])]


def _listed(addresses: Sequence[Address]) -> str:
    return ", ".join(map(str, addresses))


def _named(fact: Fact) -> str:
    return str(fact.of)


def _as_json(facts: Facts, source: Source, found: Brought, *, dry_run: bool) -> dict[str, Any]:
    earlier = found.earlier
    return {
        "kind": facts.kind,
        "origin": source.name,
        "mode": source.mode.value,
        "at": source.at,
        "dry_run": dry_run,
        "imported": 0 if dry_run or earlier else len(found.posts),
        "posts": [
            {"post": str(told.address), "post_id": told.post_id}
            | {name: getattr(told.metrics, name) for name in METRICS}
            for told in found.posts
        ],
        "unknown": [{"place": str(fact.place), "post": _named(fact)} for fact in found.unknown],
        "several": [
            {"place": str(fact.place), "post": _named(fact), "posts": list(map(str, addresses))}
            for fact, addresses in found.several
        ],
        "linkless": list(map(str, found.linkless)),
        "notes": [note.message for note in facts.notes],
        "earlier": {
            "origin": earlier.name,
            "at": earlier.at,
            "imported_at": earlier.imported_at,
            "by": earlier.who,
            "posts": earlier.rows,
        }
        if earlier
        else None,
    }
