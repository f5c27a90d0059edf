"""Threads as they will look, with what is to be said about them; and a word changed in a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from amplifier.content.cards import anchor, cards
from amplifier.content.edit import as_written, change_post, changed_words
from amplifier.content.files import shown
from amplifier.content.save import made_text
from amplifier.engagement.query import rows
from amplifier.errors import UsageError
from amplifier.model import Level
from amplifier.networks.limits import limits_of
from amplifier.publishing.remarks import Remark, remark
from amplifier.studio.claims import way
from amplifier.studio.desk import at, go

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
    sheets = list(desk.sheets().values())
    if len(sheets) == 1:
        return go(f"/campaigns/{quote(sheets[0].name, safe='')}")
    return desk.show(asked, "campaigns.html.j2", sheets=sheets)


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
    pages = parts(draft.threads)
    begin = asked.query.get("from", "")
    number = next((n for n, page in enumerate(pages) if begin in map(anchor, page)), 0)
    shown = pages[number]
    handles = {name: desk.app.settings.account(name).handle for name in accounts}
    threads = cards(draft, desk.app.modes_of(accounts), handles, shown)
    beside = {found for thread in draft.threads for found in thread.findings}
    return desk.show(
        asked,
        "threads.html.j2",
        campaign=sheet.name,
        draft=draft,
        threads=threads,
        every=[(anchor(thread), thread.id, thread.account) for thread in draft.threads],
        on_page={anchor(thread) for thread in shown},
        made={(thread.id, thread.account) for thread in shown if not thread.entry.text},
        before=anchor(pages[number - 1][0]) if number else None,
        following=anchor(pages[number + 1][0]) if number + 1 < len(pages) else None,
        several=len(accounts) > 1,
        counts={thread.network: limits_of(thread.network).count for thread in draft.threads},
        posts=sum(len(thread.posts) for thread in draft.threads),
        findings=[found for found in draft.findings if found not in beside],
        errors=sum(found.level is Level.ERROR for found in draft.findings),
        written={(thread.id, thread.account): as_written(draft.campaign, thread) for thread in shown},
        approved=approved(desk, draft),
        changed_words=changed_words,
        way=way(asked, draft),
    )


def parts(threads: Sequence[Thread]) -> list[list[Thread]]:
    """The threads in pages of at most `SHOWN` posts, always the same. Pure."""
    found: list[list[Thread]] = [[]]
    for thread in threads:
        if found[-1] and sum(len(one.posts) for one in (*found[-1], thread)) > SHOWN:
            found.append([])
        found[-1].append(thread)
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
    """Change one post, and show it in its place. What would leave the file with mistakes is not written."""
    file, name, account, k = asked.names["campaign"], asked.names["thread"], asked.field("account"), asked.field("k")
    draft = desk.draft(file)
    thread = next((one for one in draft.threads if (one.id, one.account) == (name, account)), None)
    if thread is None or not k.isdecimal():
        raise UsageError(f"there is no thread {name} of {account}", "load the page again")
    with desk.writing(draft.campaign.path, thread.entry.text or made_text(draft.campaign, thread)):
        path = change_post(draft.campaign, thread, int(k), asked.words("was"), asked.words("text"))
        anew = desk.draft(file, anew=True)
    remark(
        desk.app.store, Remark.WORDS, asked.person.name, desk.app.now(),
        why=f"post {k} of {name}", campaign=draft.campaign.name, thread=name,
    )  # fmt: skip
    posts = next((len(one.posts) for one in anew.threads if (one.id, one.account) == (name, account)), 0)
    told = "done_split" if posts > len(thread.posts) else "done_words"
    desk.tell(
        asked, told, "tab_approve", at(asked, "/approve"), file=shown(path, draft.campaign.workspace), posts=posts
    )
    return go(f"{at(asked)}?from={anchor(thread)}#{anchor(thread)}-{k}")
