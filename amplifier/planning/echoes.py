"""Words that are in the queue or out already: nearly the same on another account, or the very same on this one.

The first is refused: networks forbid much the same text on several accounts of one organisation, queued or sent, and
so does honest advocacy. On different networks an organisation may carry one text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, select, union_all

from amplifier.content.twins import Said, bare, twins_elsewhere
from amplifier.content.utm import untagged
from amplifier.model import Finding, Level, Mode, State
from amplifier.planning.steps import SENDS, Action, Step
from amplifier.publishing.queue import IN_DOUBT, QUEUED, address_of, with_context
from amplifier.store.tables import account, post

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect
    from sqlalchemy.engine import Connection, RowMapping

    from amplifier.model import Address, Post

MONTH = timedelta(days=30)
"""How long what is out counts as said."""
TOO_SOON = timedelta(hours=24)
"""X refuses a text that the account has posted "recently", by its own word a few hours; a thread would end there."""
CHUNK = 5_000
"""Texts, or rows, in one statement: databases take some ten thousand values."""
SAID = [state.value for state in State if state is not State.CANCELLED]
"""Out, or able to go out: a held or failed post needs only a retry, a cancelled one was meant to go."""
TROUBLED = post.c.state.in_([literal_column("'held'"), literal_column("'failed'")])


def echoes(connection: Connection, steps: Sequence[Step], now: datetime) -> list[Finding]:
    """What this plan would say twice, as compared with the queue: live posts with live ones, dry ones with dry ones.

    Nearly the same on two accounts of one network is an error. The very same on one account is an error within
    `TOO_SOON`, since the network would refuse it half-way through a thread; later it is a warning.
    """
    # what this approval writes anew is compared as it stands in the file, not as it was
    anew = {step.row for step in steps if step.row and step.action in SENDS | {Action.CANCEL}}
    groups: defaultdict[tuple[str, Mode], list[Step]] = defaultdict(list)
    for step in steps:
        if step.thread and step.action in SENDS:
            groups[step.thread.network, step.address.mode].append(step)
    findings: list[Finding] = []
    for (network, mode), group in groups.items():
        findings += _near(connection, group, network, mode, anew, now)
        findings += _same(connection, group, network, mode, anew)
    return findings


# ---------------------------------------------------------------- nearly the same, on another account


def _near(
    connection: Connection, group: Sequence[Step], network: str, mode: Mode, anew: set[int], now: datetime
) -> Iterator[Finding]:
    own = {step.address.account for step in group}
    found = connection.execute(
        select(account.c.id, account.c.name).where(account.c.network == network, account.c.mode == mode.value)
    )
    # the posts of an account that is alone in the file have no twins among its own
    others = {ident: name for ident, name in found if own != {name}}
    if not others:
        return
    rows = connection.execute(_said(list(others), now - MONTH))
    said = (Said(ident, others[of], text) for ident, of, thread_id, text in rows if thread_id not in anew)
    pairs: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for thread, own_post, ident in twins_elsewhere([step.thread for step in group if step.thread], said):
        pairs[thread.id, thread.account, own_post.k].append(ident)
    rows_of = _rows(connection, [idents[0] for idents in pairs.values()])
    for address, one in _posts(group):
        idents = pairs.get((address.thread, address.account, one.k), [])
        if idents:
            yield _twin(address, one, rows_of[idents[0]], len(idents) - 1)


def _said(accounts: Sequence[int], since: datetime) -> CompoundSelect[Any]:
    """Every post of these accounts that may still go out, and what went out since.

    A waiting post has no index of its own; but its thread has a post that is queued, in doubt, held or failed.
    """
    mine = post.c.account_id.in_(accounts)
    columns = (post.c.id, post.c.account_id, post.c.thread_id, post.c.text)
    ahead = union_all(*(select(post.c.thread_id).where(mine, kind) for kind in (QUEUED, IN_DOUBT, TROUBLED)))
    gone = [State.SENT.value, State.CANCELLED.value]
    unsent = select(*columns).where(post.c.thread_id.in_(ahead), post.c.state.not_in(gone))
    sent = select(*columns).where(
        mine, post.c.state == literal_column("'sent'"), post.c.sent_at >= since, post.c.deleted_at.is_(None)
    )
    return union_all(unsent, sent).execution_options(yield_per=2_000)


def _twin(address: Address, one: Post, row: RowMapping, more: int) -> Finding:
    other = address_of(row)
    others = f" (and {more} more)" if more else ""
    message = (
        f"{address} says nearly the same as {other}{others}, {_stands(row)}, on another account of the same network: "
        f"“{bare(one.text)}” and “{bare(row['text'])}”"
    )
    hint = "leave it to one account, or write it anew for the other"
    if row["state"] in {State.QUEUED.value, State.WAITING.value, State.HELD.value, State.FAILED.value}:
        hint += f"; `amplifier queue cancel {other}` takes the other out of the queue"
    return Finding(Level.ERROR, message, one.origin, hint)


# ---------------------------------------------------------------- the very same, on this account


def _same(connection: Connection, group: Sequence[Step], network: str, mode: Mode, anew: set[int]) -> Iterator[Finding]:
    """A renamed thread, or a copied campaign, says its words twice."""
    fresh = [step for step in group if step.action not in {Action.KEEP, Action.WAIT, Action.HOLD}]
    own = sorted({step.address.account for step in fresh})
    texts = {untagged(one.text) for step in fresh if step.thread for one in step.thread.posts}
    mine = and_(
        account.c.name.in_(own), account.c.mode == mode.value, post.c.network == network,
        post.c.state.in_(SAID), post.c.deleted_at.is_(None),
    )  # fmt: skip
    said: defaultdict[tuple[str, str], list[RowMapping]] = defaultdict(list)
    for row in _rows(connection, _saying(connection, texts, mine)).values():
        if row["thread_id"] not in anew:
            said[row["account"], untagged(row["text"])].append(row)
    starts = {step.address: step.start for step in fresh}
    for address, one in _posts(fresh):
        thread = replace(address, k=0)
        for row in said.get((address.account, untagged(one.text)), []):
            start, other = starts[thread], row["sent_at"] or row["planned_at"]
            if replace(address_of(row), k=0) != thread:
                yield _again(address, one, row, soon=start is not None and abs(other - start) < TOO_SOON)


def _saying(connection: Connection, texts: Collection[str], mine: ColumnElement[bool]) -> list[int]:
    """The posts with one of these texts, in their order; that links are tagged for each post makes no other text."""
    rows = select(post.c.id, post.c.text).join(account, account.c.id == post.c.account_id).where(mine)
    wanted = sorted(texts)
    parts = [post.c.text.in_(wanted[begin : begin + CHUNK]) for begin in range(0, len(wanted), CHUNK)]
    found = set()
    for part in [*parts, post.c.text.contains("&utm_content=", autoescape=True)]:
        rest = connection.execute(rows.where(part).execution_options(yield_per=2_000))
        found |= {ident for ident, text in rest if untagged(text) in texts}
    return sorted(found)


def _again(address: Address, one: Post, row: RowMapping, *, soon: bool) -> Finding:
    message = f"{address} has the very text of {address_of(row)}, {_stands(row)}"
    if soon:
        hint = "networks refuse what an account has said within a day: change it, give it a later time, or leave it out"
        return Finding(Level.ERROR, message, one.origin, hint)
    hint = "a network may refuse it as a duplicate, and readers see it twice: change it or leave it out"
    return Finding(Level.WARNING, message, one.origin, hint)


# ---------------------------------------------------------------- telling


def _posts(group: Iterable[Step]) -> Iterator[tuple[Address, Post]]:
    for step in group:
        for one in step.thread.posts if step.thread else ():
            yield replace(step.address, k=one.k), one


def _stands(row: RowMapping) -> str:
    """How a row stands, and the time that goes with it."""
    why = f": {row['why']}" if row["why"] else ""
    at = row["sent_at"] or row["planned_at"]
    return f"which is {row['state']}{why}, {at:%Y-%m-%d %H:%M} UTC"


def _rows(connection: Connection, idents: Sequence[int]) -> Mapping[int, RowMapping]:
    found: dict[int, RowMapping] = {}
    for begin in range(0, len(idents), CHUNK):
        part = with_context().where(post.c.id.in_(idents[begin : begin + CHUNK]))
        found |= {row["id"]: row for row in connection.execute(part).mappings()}
    return found
