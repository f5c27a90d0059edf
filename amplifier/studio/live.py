"""What goes out now: what is next, in flight, in doubt or stopped, and the buttons of each. And the big one: pause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select

from amplifier.engagement.query import rows
from amplifier.errors import NeedsYes, UsageError
from amplifier.model import Address, Mode, State, Why
from amplifier.publishing import manual
from amplifier.publishing import pause as pauses
from amplifier.publishing import story as stories
from amplifier.publishing.receipts import receipt_of
from amplifier.publishing.respace import Choice
from amplifier.store.beats import PUBLISH
from amplifier.store.tables import campaign, post, thread
from amplifier.studio.desk import go

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from amplifier.studio.desk import Asked, Desk

TROUBLE = ("unknown", "held", "failed")
"""What needs a person, the most urgent first."""
AHEAD = ("queued", "waiting", "sending")
"""What goes out as it was approved."""
GROUPS = ("going", "still", "unsigned", "next", "ended", "cancelled")
"""Where a thread stands, in the order of the page: going out, standing still for a person, waiting for another yes, yet
to begin, out, cancelled.
"""
SOON = timedelta(minutes=1)
"""A runner that runs has taken by then what is due."""
NEWEST = 30
"""Of each group, so many threads."""


@dataclass(frozen=True, slots=True)
class Course:
    """A thread on its way: its posts as they were last approved, and what is next, by its campaign's clocks."""

    address: Address
    posts: tuple[dict[str, Any], ...]
    zone: ZoneInfo

    def number(self, *states: str) -> int:
        """How many of its posts are in one of these states."""
        return sum(row["state"] in states for row in self.posts)

    @property
    def group(self) -> str:
        """One of `GROUPS`."""
        if any(map(_unsigned, self.posts)):
            return "unsigned"
        if self.number(*TROUBLE):
            return "still"
        if self.number(*AHEAD):
            return "going" if self.number("sent", "sending") else "next"
        return "ended" if self.number("sent") else "cancelled"

    @property
    def at(self) -> datetime | None:
        """When its next post is due; of one that is all out, when its last went out."""
        due = [row["due_at"] for row in self.posts if row["state"] in AHEAD and row["due_at"]]
        sent = [row["sent_at"] for row in self.posts if row["sent_at"]]
        return datetime.fromisoformat(min(due) if due else max(sent)) if due or sent else None


def show(desk: Desk, asked: Asked) -> Response:
    """The queue at this moment, thread by thread, and what went out last; posts that need a person stand first."""
    found, overview, now = _current(desk), desk.app.overview(), desk.app.now()
    zones = _zones(desk)  # after them: a campaign that was approved meanwhile is among these
    groups: dict[str, list[Course]] = {name: [] for name in GROUPS}
    for course in sorted(_courses(found, zones), key=_when):
        groups[course.group].append(course)
    for name in ("ended", "cancelled"):
        groups[name].reverse()
    beats = [beat["at"] for beat in overview.beats if beat["kind"] == PUBLISH]
    return desk.show(
        asked,
        "live.html.j2",
        overview=overview,
        trouble={state: [row for row in found if row["state"] == state and not _waits(row)] for state in TROUBLE},
        groups={name: own[:NEWEST] for name, own in groups.items()},
        totals={name: len(own) for name, own in groups.items()},
        zones=zones,
        utc=UTC,
        files={sheet.draft.campaign.name: name for name, sheet in desk.sheets().items() if sheet.draft},
        beat=max(beats, default=None),
        overdue=not overview.halted
        and any(one.goes and one.next_at and now - one.next_at > SOON for one in overview.accounts),
    )


def _unsigned(row: Mapping[str, Any]) -> bool:
    """Whether a post waits for another person's yes: nothing is wrong with it."""
    return row["state"] == "held" and str(row["why"]).startswith(Why.SECOND.value)


def _waits(row: Mapping[str, Any]) -> bool:
    """Whether a post is held for another one, or for another yes: none of these is what a person has to look at."""
    return _unsigned(row) or (row["state"] == "held" and str(row["why"]).startswith(Why.EARLIER.value))


def _courses(found: Sequence[dict[str, Any]], zones: Mapping[str, ZoneInfo]) -> list[Course]:
    by_thread: dict[Address, list[dict[str, Any]]] = {}
    for row in sorted(found, key=lambda row: row["k"]):
        address = Address(row["campaign"], row["thread"], row["account"], 0, Mode(row["mode"]))
        by_thread.setdefault(address, []).append(row)
    return [Course(address, tuple(own), zones[address.campaign]) for address, own in by_thread.items()]


def _current(desk: Desk) -> list[dict[str, Any]]:
    """Every post, without those of threads that an approval has replaced by others."""
    query = select(post.c.id).join(thread, thread.c.id == post.c.thread_id).where(thread.c.current == 1)
    with desk.app.store.read() as connection:
        current = set(connection.execute(query).scalars())
    return [row for row in rows(desk.app.store, "post_log") if row["post_id"] in current]


def _when(course: Course) -> tuple[str, Address]:
    return course.at.isoformat() if course.at else "", course.address


def _zones(desk: Desk) -> dict[str, ZoneInfo]:
    """The zone of every campaign that was ever approved; UTC for one that this machine does not know."""
    with desk.app.store.read() as connection:
        told = connection.execute(select(campaign.c.name, campaign.c.timezone)).all()
    return {name: ZoneInfo(zone if zone in available_timezones() else "UTC") for name, zone in told}


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
        zone=_zones(desk)[row["campaign"]],
        doubtful=doubtful,
        may_retry=stopped and not doubtful and why not in {Why.EARLIER.value, Why.SECOND.value},
        may_cancel=state in {State.QUEUED, State.WAITING, State.HELD, State.FAILED} and not doubtful,
    )


def pause(desk: Desk, asked: Asked) -> Response:
    """Stop everything, at once and without asking."""
    why = asked.field("why") or None
    pauses.stop(desk.app.store, "all", "", why=why, who=asked.person.name, now=desk.app.now())
    desk.tell(asked, "done_pause")
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
    desk.tell(asked, "done_resume")
    return go(_back(asked))


def cancel(desk: Desk, asked: Asked) -> Response:
    """Take a post and all that follow it out of the queue."""
    address = _address(asked.field("address"))
    manual.cancel(desk.app.store, address, why=_why(asked), who=asked.person.name, now=desk.app.now())
    desk.tell(asked, "done_cancel")
    return go(f"/live/{address}")


def retry(desk: Desk, asked: Asked) -> Response:
    """Queue a post again that is proven not sent."""
    address = _address(asked.field("address"))
    desk.app.notice_restore()
    who, now = asked.person.name, desk.app.now()
    manual.retry(desk.app.store, address, why=_why(asked), who=who, now=now, caps=desk.app.caps)
    desk.tell(asked, "done_retry")
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
    desk.tell(asked, "done_resolve")
    return go(f"/live/{address}")


def unblock(desk: Desk, asked: Asked) -> Response:
    """Let an account that the network refused publish again."""
    name = asked.field("account")
    desk.app.notice_restore()
    manual.unblock(desk.app.store, name, why=_why(asked), who=asked.person.name, now=desk.app.now())
    desk.tell(asked, "done_unblock")
    return go("/live")


def acknowledge(desk: Desk, asked: Asked) -> Response:
    """A person has seen what is held or failed."""
    address = _address(asked.field("address"))
    manual.acknowledge(desk.app.store, address, who=asked.person.name, now=desk.app.now())
    desk.tell(asked, "done_seen")
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
