"""Threads as they will look, with what is to be said about them; and a word changed in a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.content.cards import cards
from amplifier.content.edit import as_written, change_post, changed_words
from amplifier.engagement.query import rows
from amplifier.errors import UsageError
from amplifier.model import Level
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from amplifier.content.draft import Draft
    from amplifier.studio.desk import Asked, Desk

GONE_ON = {"cancelled"}


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
    threads = cards(
        draft, desk.app.modes_of(accounts), {name: desk.app.settings.account(name).handle for name in accounts}
    )
    beside = {found for one in threads for found in (*one.findings, *(f for card in one.cards for f in card.findings))}
    return desk.show(
        asked,
        "threads.html.j2",
        campaign=sheet.name,
        draft=draft,
        threads=threads,
        findings=[found for found in draft.findings if found not in beside],
        errors=sum(found.level is Level.ERROR for found in draft.findings),
        written={(thread.id, thread.account): as_written(draft.campaign, thread) for thread in draft.threads},
        approved=approved(desk, draft),
        changed_words=changed_words,
    )


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
    return go(f"/campaigns/{asked.names['campaign']}#{name}-{account}-{k}")
