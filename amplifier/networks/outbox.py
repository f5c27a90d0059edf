"""The dry run: posts go to a file in the workspace that people can read, and nowhere else."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from amplifier.networks.jsonl import JsonLines, instant, private, stamp
from amplifier.networks.look import LOOK_BACK, canonical
from amplifier.networks.port import Answer, Identity, Kind, Measured, Metrics, Receipt, Sighting, Untold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amplifier.networks.port import Context, Intent
    from amplifier.settings import AccountSettings


UNSEEN = Metrics(untold=Untold.NO_SUCH_COUNT)
"""The counts of every post in the outbox."""


class Outbox:
    """All accounts of a workspace write to one `outbox/posts.jsonl`; `outbox/posts.md` is made from it.

    A post is a line with the keys `id, campaign, thread, account, k, text, in_reply_to, at`. A deletion is a
    line of its own, `id, account, deleted, at`: what was written once stays in the file. The number in an id
    is at least the Unix time of its writing, so that ids stay unique even after somebody emptied the folder
    while the database still remembers them.
    """

    private_within = None

    def __init__(self, name: str, settings: AccountSettings, context: Context) -> None:  # noqa: ARG002 - the port's
        self._name = name
        self._now = context.now
        self._folder = context.workspace / "outbox"
        self._lines = JsonLines(self._folder / "posts.jsonl", context.http_timeout)

    def publish(self, intent: Intent) -> Answer:
        """Append the post. NOT_SENT when the file could not be opened, UNCLEAR when writing began and failed."""
        try:
            with self._lines.opened() as records:
                now = self._now()
                last = max((_number(record.get("id")) for record in records), default=0)
                record = {
                    "id": f"outbox-{max(last + 1, int(now.timestamp()))}",
                    "campaign": intent.campaign,
                    "thread": intent.thread,
                    "account": intent.account,
                    "k": intent.k,
                    "text": intent.text,
                    "in_reply_to": intent.parent,
                    "at": stamp(now),
                }
                return self._write(records, record, Receipt(str(record["id"]), None, now))
        except OSError as exc:
            return Answer(Kind.NOT_SENT, detail=_failure("opened", exc))

    def find(self, intent: Intent) -> Sighting:
        """Own posts after the anchor with this text and parent, oldest first; deleted ones are not among them.

        Others with this text come from the whole file: it is read in any case.
        """
        try:
            with self._lines.opened() as records:
                standing = _standing(records)
        except OSError as exc:
            return Sighting(readable=False, detail=_failure("read", exc))
        since = stamp(intent.claimed_at - LOOK_BACK)
        found: dict[bool, list[Receipt]] = {True: [], False: []}
        for record in standing.values():
            if record["account"] == intent.account and canonical(record["text"]) == canonical(intent.text):
                after = _number(record["id"]) > _number(intent.anchor) if intent.anchor else record["at"] >= since
                ours = after and record["in_reply_to"] == intent.parent
                found[ours].append(Receipt(record["id"], None, instant(record["at"])))
        return Sighting(readable=True, receipts=tuple(found[True]), others=tuple(found[False]))

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        """Nobody sees a dry run: every count is None, and what was deleted or never written is gone."""
        try:
            with self._lines.opened() as records:
                standing = _standing(records)
        except OSError as exc:
            return Measured(detail=_failure("read", exc))
        there = {remote_id: UNSEEN for remote_id in remote_ids if remote_id in standing}
        return Measured(there, frozenset(remote_ids) - there.keys())

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:  # noqa: ARG002 - the port's
        """The same of this account's newest 100 posts in the span."""
        try:
            with self._lines.opened() as records:
                standing = _standing(records).values()
        except OSError as exc:
            return Measured(detail=_failure("read", exc))
        numbers = range(_number(oldest), _number(newest) + 1)
        own = [post["id"] for post in standing if post["account"] == self._name and _number(post["id"]) in numbers]
        return Measured(dict.fromkeys(own[-100:], UNSEEN))

    def whoami(self) -> Identity:
        """The account's name is its identity here."""
        return Identity("outbox", self._name)

    def delete(self, remote_id: str) -> Answer:
        """Append a deletion; another account's post is REFUSED."""
        try:
            with self._lines.opened() as records:
                record = _standing(records).get(remote_id)
                if record is None:
                    return Answer(Kind.ACCEPTED, detail=f"{remote_id} is not in the outbox")
                if record["account"] != self._name:
                    return Answer(Kind.REFUSED, detail=f"{remote_id} belongs to the account {record['account']}")
                now = self._now()
                deletion = {"id": remote_id, "account": self._name, "deleted": True, "at": stamp(now)}
                return self._write(records, deletion, Receipt(remote_id, None, now))
        except OSError as exc:
            return Answer(Kind.NOT_SENT, detail=_failure("opened", exc))

    def _write(self, records: Sequence[Mapping[str, Any]], record: Mapping[str, Any], receipt: Receipt) -> Answer:
        """Append, while the file is open, and make the readable page again.

        The page is made from the lines at every write, so a failure to write it costs no post.
        """
        try:
            self._lines.append(record)
        except OSError as exc:
            return Answer(Kind.UNCLEAR, detail=_failure("written", exc))
        with suppress(OSError):
            draft = self._folder / "posts.md.new"
            with open(draft, "w", encoding="utf-8", opener=private) as file:
                file.write(_page(records))
            os.replace(draft, self._folder / "posts.md")  # noqa: PTH105 - says that it replaces
        return Answer(Kind.ACCEPTED, receipt)


def _is_post(record: Mapping[str, Any]) -> bool:
    words = ("id", "campaign", "thread", "account", "text", "at")
    whole = all(isinstance(record.get(word), str) for word in words) and isinstance(record.get("k"), int)
    return whole and instant(record["at"]) is not None


def _standing(records: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The posts that nobody has deleted, by id, in the order of their writing."""
    deleted = {str(record.get("id")) for record in records if record.get("deleted")}
    return {
        record["id"]: {"in_reply_to": None, **record}
        for record in records
        if _is_post(record) and record["id"] not in deleted
    }


def _page(records: Sequence[Mapping[str, Any]]) -> str:
    """All posts as Markdown, thread by thread, each thread where its first post was written."""
    deleted = {str(record.get("id")) for record in records if record.get("deleted")}
    posts = [record for record in records if _is_post(record)]
    begun: dict[str, int] = {}
    for record in posts:
        begun.setdefault(_address(record), len(begun))
    parts = ["# Outbox\n\nDRY RUN: nothing here was sent to a network. Made from posts.jsonl; edits are lost."]
    for address, thread in groupby(sorted(posts, key=lambda post: begun[_address(post)]), key=_address):
        parts.append(f"## {address}")
        for post in thread:
            note = f" · answers {post['in_reply_to']}" if post["k"] == 1 and post.get("in_reply_to") else ""
            note += " (deleted)" if post["id"] in deleted else ""
            parts.append(f"**{post['k']}** · {post['at']} · {post['id']}{note}\n\n{_quoted(post['text'])}")
    return "\n\n".join(parts) + "\n"


def _address(record: Mapping[str, Any]) -> str:
    return f"{record['campaign']}/{record['thread']}/{record['account']}"


def _quoted(text: str) -> str:
    """A post as a block quotation; two spaces keep its line breaks, backslashes its signs."""
    lines = re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text).split("\n")
    return "  \n".join(f"> {line}".rstrip() for line in lines)


def _number(remote_id: object) -> int:
    found = re.fullmatch(r"outbox-(\d+)", remote_id) if isinstance(remote_id, str) else None
    return int(found[1]) if found else 0


def _failure(verb: str, exc: OSError) -> str:
    return f"outbox/posts.jsonl could not be {verb}: {exc.strerror or type(exc).__name__}"
