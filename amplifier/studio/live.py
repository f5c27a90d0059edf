"""What goes out now: what is next, in flight, in doubt or stopped, and the buttons of each. And the big one: pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplifier.engagement.query import rows
from amplifier.errors import NeedsYes, UsageError
from amplifier.model import Address, State, Why
from amplifier.publishing import manual
from amplifier.publishing import pause as pauses
from amplifier.publishing import story as stories
from amplifier.publishing.receipts import receipt_of
from amplifier.publishing.respace import Choice
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from starlette.responses import Response

    from amplifier.studio.desk import Asked, Desk

OPEN = ("sending", "unknown", "held", "failed", "queued", "waiting")
NEWEST = 30
"""Of what is out, so many."""


def show(desk: Desk, asked: Asked) -> Response:
    """The queue at this moment, and what went out last."""
    found = [dict(row) for row in rows(desk.app.store, "post_log")]
    groups = {state: [row for row in found if row["state"] == state] for state in OPEN}
    for own in groups.values():
        own.sort(key=lambda row: (row["due_at"] or row["planned_at"] or "", row["thread"], row["k"]))
    sent = sorted((row for row in found if row["state"] == "sent"), key=lambda row: row["sent_at"], reverse=True)
    return desk.show(
        asked, "live.html.j2", overview=desk.app.overview(), groups=groups, sent=sent[:NEWEST], total=len(sent)
    )


def story(desk: Desk, asked: Asked) -> Response:
    """All that happened to one post."""
    address = _address(asked.names["address"])
    with desk.app.store.read() as connection:
        row = manual.find(connection, address)[0]
        told = stories.story(connection, row)
    state, why = State(row["state"]), row["why"]
    doubtful = state is State.UNKNOWN or (state is State.HELD and why in {Why.PERHAPS.value, Why.SEVERAL.value})
    stopped = state in {State.HELD, State.FAILED, State.CANCELLED}
    return desk.show(
        asked,
        "story.html.j2",
        address=address,
        row=dict(row),
        told=told,
        doubtful=doubtful,
        may_retry=stopped and not doubtful and why != Why.EARLIER.value,
        may_cancel=state in {State.QUEUED, State.WAITING, State.HELD, State.FAILED} and not doubtful,
    )


def pause(desk: Desk, asked: Asked) -> Response:
    """Stop everything, at once and without asking."""
    why = asked.field("why") or None
    pauses.stop(desk.app.store, "all", "", why=why, who=asked.person.name, now=desk.app.now())
    return go(_back(asked))


def resume(desk: Desk, asked: Asked) -> Response:
    """End one pause. What was missed for too long becomes what the person chose; by default it is held."""
    if not asked.field("why"):
        raise NeedsYes("to go on needs a reason, and it is recorded", "write why it goes on")
    chosen = asked.field("missed") or Choice.HOLD.value
    if chosen not in set(Choice):
        raise UsageError(f"{chosen!r} is no choice", f"one of {', '.join(Choice)}")
    scope, name = asked.field("scope") or "all", asked.field("name")
    if scope not in {"all", "account", "campaign"}:
        raise UsageError(f"{scope!r} is nothing that can be paused", "take it from the page Live")
    desk.app.notice_restore()
    done = pauses.go_on(
        desk.app.store,
        scope,  # type: ignore[arg-type]
        name,
        why=asked.field("why"),
        who=asked.person.name,
        now=desk.app.now(),
        chosen={},
        otherwise=Choice(chosen),
    )
    if done is None and scope == "all" and desk.app.workspace.pause_file.exists():
        raise UsageError(f"the file {desk.app.workspace.pause_file} stops this workspace", "delete it to go on")
    if done is None:
        raise UsageError(f"{name or 'everything'} is not paused", "somebody else has ended it, or it never was")
    return go(_back(asked))


def cancel(desk: Desk, asked: Asked) -> Response:
    """Take a post and all that follow it out of the queue."""
    address = _address(asked.field("address"))
    manual.cancel(desk.app.store, address, why=_why(asked), who=asked.person.name, now=desk.app.now())
    return go(f"/live/{address}")


def retry(desk: Desk, asked: Asked) -> Response:
    """Queue a post again that is proven not sent."""
    address = _address(asked.field("address"))
    desk.app.notice_restore()
    who, now = asked.person.name, desk.app.now()
    manual.retry(desk.app.store, address, why=_why(asked), who=who, now=now, caps=desk.app.caps)
    return go(f"/live/{address}")


def resolve(desk: Desk, asked: Asked) -> Response:
    """Say what became of a post in doubt: where it is, or that it is not out."""
    address, url = _address(asked.field("address")), asked.field("url")
    app, who = desk.app, asked.person.name
    app.notice_restore()
    if url and asked.field("not_sent") == "yes":
        raise UsageError("both answers were given", "say either where the post is, or that it is not out")
    if not url and asked.field("not_sent") == "yes":
        manual.resolve_not_sent(app.store, address, why=_why(asked), who=who, now=app.now())
    elif url:
        manual.resolve_sent(
            app.store,
            address,
            receipt_of(url, app.settings.account(address.account).network, address.mode),
            network=app.network(address.account, address.mode),
            why=_why(asked),
            who=who,
            now=app.now(),
            unchecked=False,
        )
    else:
        raise UsageError("say either where the post is, or that it is not out", "give one of the two answers")
    return go(f"/live/{address}")


def unblock(desk: Desk, asked: Asked) -> Response:
    """Let an account that the network refused publish again."""
    name = asked.field("account")
    desk.app.notice_restore()
    manual.unblock(desk.app.store, name, why=_why(asked), who=asked.person.name, now=desk.app.now())
    return go("/live")


def acknowledge(desk: Desk, asked: Asked) -> Response:
    """A person has seen what is held or failed."""
    address = _address(asked.field("address"))
    manual.acknowledge(desk.app.store, address, who=asked.person.name, now=desk.app.now())
    return go(f"/live/{address}")


def _address(text: str) -> Address:
    found = Address.parse(text)
    if found is None:
        raise UsageError(f"{text!r} is no address of a post", "take it from the page Live")
    return found


def _why(asked: Asked) -> str:
    why = asked.field("why")
    if not why:
        raise NeedsYes("this needs a reason, and it is recorded", "write why")
    return why


def _back(asked: Asked) -> str:
    """Where the person was; never another site."""
    path = asked.field("back")
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else "/live"
