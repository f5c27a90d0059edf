"""What is taken out of a private copy of the package, one guard at a time, with the guards that cover for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Change:
    """A text of a module and what stands there instead."""

    module: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    """`gone` is what the issue names; `with_it` the guards that would cover the same fault, taken out together."""

    gone: str
    with_it: str
    changes: tuple[Change, ...] = ()
    without: tuple[str, ...] = ()
    """Rules of the simulated network, or the index, that are left out."""
    promises: tuple[int, ...] = ()
    """One of these is said to be broken."""
    first: int = 0
    """Seeds are lived from this one on: the one that is known to catch it."""
    seeds: int = 12
    """At most so many."""


class GoneError(LookupError):
    """A text that a mutation replaces is not in the module any more: mend the mutation."""


MUTATIONS = (
    Mutation(
        "the intent commit: the request goes out before T1 commits",
        "nothing",
        (
            Change("publishing/queue.py", "taken = None if stopped else _take(connection, row, now, lease, worker)",
                   "taken = None if stopped else _take(connection, row, now, lease, worker)\n"
                   "                if taken:\n"
                   "                    EARLY[taken.post_id, taken.epoch] = NETWORK[0](\n"
                   "                        taken.address.account, taken.address.mode\n"
                   "                    ).publish(taken.intent)"),
            Change("publishing/queue.py", "def claim(\n", "EARLY = {}\nNETWORK = [None]\n\n\ndef claim(\n"),
            Change("publishing/beat.py", "    begun = publisher.ticks()\n",
                   "    begun = publisher.ticks()\n    NETWORK[0] = publisher.network\n"),
            Change("publishing/beat.py", "return network.publish(taken.intent)",
                   "return EARLY.pop((taken.post_id, taken.epoch))"),
            Change("publishing/beat.py", "from amplifier.publishing.queue import Held,",
                   "from amplifier.publishing.queue import EARLY, NETWORK, Held,"),
        ),
        promises=(4,),
    ),
    Mutation(
        "the epoch guard in settle",
        "nothing",
        (Change("publishing/settle.py", "ours = post.c.epoch == claimed.epoch", "ours = post.c.epoch >= 0"),),
        promises=(1, 2, 5, 8, 10),
        seeds=40,
    ),
    Mutation(
        "the hash check before the socket",
        "nothing",
        (Change("publishing/beat.py", "    if not seal_holds(publisher.store, taken):\n",
                "    if False and not seal_holds(publisher.store, taken):\n"),),
        promises=(2, 4),
        seeds=40,
    ),
    Mutation(
        "the parent check in find",
        "nothing",
        without=("parent",),
        promises=(2, 6),
        seeds=40,
    ),
    Mutation(
        "the lease check before the socket",
        "the check that the claim is still ours, made with it",
        (Change("publishing/beat.py", "    if left < publisher.http_timeout:\n",
                "    if left < -1e9:\n"),),
        promises=(4, 5),
        seeds=40,
    ),
    Mutation(
        "the anchor",
        "the five minutes before the claim, which stand for it where there is none",
        without=("anchor",),
        promises=(6,),
        seeds=40,
    ),
    Mutation(
        "the partial unique index",
        "the open thread, and the claim's own look for a post in doubt: both keep a second post from being claimed",
        (
            Change("publishing/lanes.py", "        _NOTHING_IN_DOUBT,\n", ""),
            Change("publishing/lanes.py", "        .where(account.c.open_thread_id.is_(None), *going)\n",
                   "        .where(*going)\n"),
            Change("publishing/queue.py",
                   "        or_(account.c.open_thread_id.is_(None), account.c.open_thread_id == bindparam"
                   '("open_thread_id")),\n', ""),
        ),
        without=("index",),
        promises=(3,),
    ),
    Mutation(
        "the open-thread rule",
        "the lanes, which show an account with an open thread only that thread",
        (
            Change("publishing/lanes.py", "        .where(account.c.open_thread_id.is_(None), *going)\n",
                   "        .where(*going)\n"),
            Change("publishing/queue.py",
                   "        or_(account.c.open_thread_id.is_(None), account.c.open_thread_id == bindparam"
                   '("open_thread_id")),\n', ""),
        ),
        promises=(3, 8),
    ),
    Mutation(
        "the settle wait",
        "the second look, which waits three times as long",
        (
            Change("publishing/outcome.py", "return Next(State.UNKNOWN, why, detail, now + settle,",
                   "return Next(State.UNKNOWN, why, detail, now,"),
            Change("publishing/outcome.py", "max(now, unknown_at + 3 * settle)", "now"),
        ),
        promises=(1, 5, 10),
        seeds=20,
    ),
    Mutation(
        "the promotion",
        "nothing",
        (Change("publishing/moves.py",
                '            _promote(connection, row, values["remote_id"], values["sent_at"], who, now)\n',
                "            pass\n"),),
        promises=(8,),
    ),
)  # fmt: skip


BESIDES = (
    Mutation(
        "the pause's switch",
        "nothing",
        (Change("publishing/queue.py", "                if is_paused(connection):\n",
                "                if False and is_paused(connection):\n"),),
        promises=(7,),
    ),
    Mutation(
        "the look at each post after a restore",
        "nothing",
        (Change("publishing/queue.py", "    if restored.unchecked(row):\n",
                "    if False and restored.unchecked(row):\n"),),
        promises=(1, 2),
        seeds=60,
    ),
    Mutation(
        "the mark of a withdrawal",
        "nothing",
        (Change("publishing/queue.py", "    if withdrawn.stops(row) and not restored.unchecked(row):",
                "    if False and not restored.unchecked(row):"),),
        promises=(9,),
        seeds=60,
    ),
    Mutation(
        "the daily cap",
        "nothing",
        (Change("publishing/queue.py", '    if row["k"] == 1 and (limits := caps(row["account"])):\n',
                '    if row["k"] == 0 and (limits := caps(row["account"])):\n'),),
        promises=(10,),
        seeds=40,
    ),
    Mutation(
        "the second person's yes",
        "the claim and the check before the socket, which count the names again",
        (
            Change("publishing/approvals.py", "    if given < needed:\n", "    if given < 0:\n"),
            Change("publishing/approvals.py",
                   "    return needed <= 1 or len(names_of(connection, thread_id)) >= needed\n", "    return True\n"),
        ),
        promises=(4,),
        seeds=20,
    ),
    Mutation(
        "the message to a person",
        "nothing",
        (Change("publishing/moves.py", "    if tell:\n        tell_move(", "    if False:\n        tell_move("),),
        promises=(10,),
        seeds=20,
    ),
)  # fmt: skip
"""Guards that the issue does not name, and promises that they alone keep."""


def private_copy(folder: Path, changes: tuple[Change, ...]) -> Path:
    """The package with `changes`, beside this repository's tests. Raises `GoneError`."""
    shutil.copytree(REPOSITORY / "amplifier", folder / "amplifier")
    (folder / "tests").symlink_to(REPOSITORY / "tests")
    for change in changes:
        path = folder / "amplifier" / change.module
        text = path.read_text("utf-8")
        if text.count(change.old) != 1:
            raise GoneError(f"{change.module} has {text.count(change.old)} times: {change.old}")
        path.write_text(text.replace(change.old, change.new), "utf-8")
    return folder


def hunt(copy: Path, template: Path, mutation: Mutation) -> subprocess.CompletedProcess[str]:
    """Live seeds against a copy, until a promise breaks."""
    arguments = ["--first", mutation.first, "--seeds", mutation.seeds, "--template", template]
    arguments += [word for rule in mutation.without for word in ("--without", rule)]
    command = [sys.executable, "-m", "tests.simulation.hunt", *map(str, arguments)]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=600, check=False)
