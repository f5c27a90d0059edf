"""Threads as they will look, with what is to be said about them; and a word changed in a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.content.cards import anchor, cards
from amplifier.content.edit import as_written, change_post, changed_words
from amplifier.engagement.query import rows
from amplifier.errors import UsageError
from amplifier.model import Level
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from amplifier.content.draft import Draft
    from amplifier.model import Thread
    from amplifier.studio.desk import Asked, Desk

GONE_ON = {"cancelled"}
SHOWN = 45
"""Posts on one page, or one thread that has more: a campaign may have hundreds of threads."""


def first(desk: Desk, asked: Asked) -> Response:
    """The campaigns; with one alone, that one."""
    names = desk.names()
    if len(names) == 1:
        return go(f"/campaigns/{names[0]}")
    return desk.show(asked, "campaigns.html.j2", sheets=[desk.sheet(name) for name in names])


def show(desk: Desk, asked: Asked) -> Response:
    """A campaign's threads; for a file with mistakes those, with their lines."""
    sheet = desk.sheet(asked.names["campaign"])
    if sheet.draft is None:
        findings = getattr(sheet.mistakes, "findings", ())
        return desk.show(
            asked, "mistakes.html.j2", campaign=sheet.name, sheet=sheet, findings=findings, mistakes=sheet.mistakes
        )
    draft = sheet.draft
    accounts = draft.campaign.accounts
    shown = part(draft.threads, asked.query.get("from", ""))
    handles = {name: desk.app.settings.account(name).handle for name in accounts}
    threads = cards(draft, desk.app.modes_of(accounts), handles, shown)
    beside = {found for thread in draft.threads for found in thread.findings}
    return desk.show(
        asked,
        "threads.html.j2",
        campaign=sheet.name,
        draft=draft,
        threads=threads,
        every=[(anchor(thread), thread.id) for thread in draft.threads],
        here={anchor(thread) for thread in shown},
        following=next(iter(draft.threads[draft.threads.index(shown[-1]) + 1 :]), None) if shown else None,
        posts=sum(len(thread.posts) for thread in draft.threads),
        findings=[found for found in draft.findings if found not in beside],
        errors=sum(found.level is Level.ERROR for found in draft.findings),
        written={(thread.id, thread.account): as_written(draft.campaign, thread) for thread in shown},
        approved=approved(desk, draft),
        changed_words=changed_words,
    )


def part(threads: Sequence[Thread], begin: str) -> list[Thread]:
    """The threads of one page: from the one with this anchor on, else from the first. Pure."""
    names = [anchor(thread) for thread in threads]
    first = names.index(begin) if begin in names else 0
    found: list[Thread] = []
    for thread in threads[first:]:
        if found and sum(len(one.posts) for one in (*found, thread)) > SHOWN:
            break
        found.append(thread)
    return found


def article(desk: Desk, asked: Asked) -> Response:
    """The article, each of its sentences in a place of its own, to which posts lead."""
    name = asked.names["campaign"]
    draft = desk.draft(name)
    return desk.show(asked, "article.html.j2", campaign=name, article=draft.article)


def approved(desk: Desk, draft: Draft) -> Mapping[tuple[str, str, str], list[dict[str, Any]]]:
    """The posts as they were last approved, by thread, account and mode."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows(desk.app.store, "post_log", campaign=draft.campaign.name):
        if row["state"] not in GONE_ON:
            found.setdefault((row["thread"], row["account"], row["mode"]), []).append(dict(row))
    return {key: sorted(own, key=lambda row: row["k"]) for key, own in found.items()}


def save(desk: Desk, asked: Asked) -> Response:
    """Change one post, and show it in its place."""
    draft, name = desk.draft(asked.names["campaign"]), asked.names["thread"]
    account = asked.field("account")
    thread = next((one for one in draft.threads if (one.id, one.account) == (name, account)), None)
    k = asked.field("k")
    if thread is None or not k.isdecimal():
        raise UsageError(f"there is no thread {name} of {account}", "load the page again")
    change_post(draft.campaign, thread, int(k), asked.words("was"), asked.words("text"))
    return go(f"/campaigns/{asked.names['campaign']}?from={anchor(thread)}#{anchor(thread)}-{k}")
