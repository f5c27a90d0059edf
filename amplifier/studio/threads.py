"""Threads as they will look, with what is to be said about them; and a word changed in a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amplifier.content.cards import anchor, cards
from amplifier.content.edit import as_typed, as_written, change_post, changed_words
from amplifier.content.files import shown
from amplifier.content.save import made_text
from amplifier.engagement.query import rows
from amplifier.errors import TryLater, UsageError
from amplifier.model import Level
from amplifier.networks.limits import limits_of
from amplifier.publishing import remarks
from amplifier.publishing.remarks import Remark, remark
from amplifier.studio.claims import way
from amplifier.studio.desk import at, go
from amplifier.studio.live import AHEAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from amplifier.content.draft import Draft
    from amplifier.model import Thread
    from amplifier.studio.desk import Asked, Desk

GONE_ON = {"cancelled"}
LONGEST = 5
"""Digits of the number of a post."""
SHOWN = 36
"""Posts on one page, or one thread that has more: a campaign may have hundreds of threads."""


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
        written={(thread.id, thread.account): typed(draft, thread) for thread in shown},
        approved=(known := approved(desk, draft)),
        other={(thread.id, thread.account): other(known.get(_key(desk, thread), ()), thread) for thread in shown},
        undo=(sheet.name, asked.person.name) in desk.edits,
        notes=remarks.open_requests(desk.app.store, draft.campaign.name),
        changed_words=changed_words,
        way=way(asked, draft),
    )


def typed(draft: Draft, thread: Thread) -> tuple[str, ...]:
    """The posts of a thread as they are typed into its file."""
    return tuple(map(as_typed, as_written(draft.campaign, thread)))


def differs(sealed: Sequence[Mapping[str, Any]], thread: Thread) -> bool:
    """Whether what was approved has other words than its thread has now; not where nothing was. Pure."""
    texts = thread.texts
    return bool(sealed) and (sealed[0]["n"] != len(texts) or any(row["text"] != texts[row["k"] - 1] for row in sealed))


def other(sealed: Sequence[Mapping[str, Any]], thread: Thread) -> str:
    """What becomes of approved words that are others now: `out`, `begun`, `queued` or `held`; else empty. Pure."""
    states = {row["state"] for row in sealed}
    if not differs(sealed, thread):
        return ""
    if "sent" in states:
        return "out" if states == {"sent"} else "begun"
    return "queued" if states.intersection(AHEAD) else "held"


def _key(desk: Desk, thread: Thread) -> tuple[str, str, str]:
    return thread.id, thread.account, desk.app.mode_of(thread.account).value


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
    with desk.writing() as kept:
        draft = desk.draft(file)
        thread = next((one for one in draft.threads if (one.id, one.account) == (name, account)), None)
        if thread is None or not k.isdecimal() or len(k) > LONGEST:
            raise UsageError(f"there is no thread {name} of {account}", "load the page again")
        kept.keep(draft.campaign.path, thread.entry.text or made_text(draft.campaign, thread))
        leave_out = asked.field("do") == "delete"
        was, text = asked.words("was"), asked.words("text")
        path = change_post(draft.campaign, thread, int(k), was, text, leave_out=leave_out)
        anew = desk.draft(file, anew=True)
        kept.left()
        desk.edits[file, asked.person.name] = kept
    remark(
        desk.app.store, Remark.WORDS, asked.person.name, desk.app.now(),
        why=f"post {k} of {name}", campaign=draft.campaign.name, thread=name,
    )  # fmt: skip
    posts = next((len(one.posts) for one in anew.threads if (one.id, one.account) == (name, account)), 0)
    states = {row["state"] for row in approved(desk, draft).get(_key(desk, thread), ())}
    told = "done_split" if posts > len(thread.posts) else "done_delete" if leave_out else "done_words"
    told = "done_begun" if "sent" in states else f"{told}_queued" if states.intersection(AHEAD) else told
    values = {"file": shown(path, draft.campaign.workspace), "posts": posts}
    desk.tell(asked, told, "tab_approve", at(asked, "/approve"), **values)
    return go(f"{at(asked)}?from={anchor(thread)}#{anchor(thread)}-{k}")


def undo(desk: Desk, asked: Asked) -> Response:
    """Take this person's last change of words back: a thread that came from a template comes from it again."""
    key = asked.names["campaign"], asked.person.name
    with desk.writing() as kept:
        if key not in desk.edits:
            raise UsageError("there is no change of yours to take back", "edit the post again")
        mine = desk.edits.pop(key)
        if not mine.untouched:
            raise TryLater("somebody has changed the file since", "edit the post again; nothing was written")
        kept.keep(*mine.before)
        mine.put_back()
        draft = desk.draft(key[0], anew=True)
    why = "the last change is taken back"
    about = {"campaign": draft.campaign.name}
    remark(desk.app.store, Remark.WORDS, asked.person.name, desk.app.now(), why=why, **about)
    desk.tell(asked, "done_undo_words")
    return go(at(asked))
