"""What is stored, a table per word of the design.

Rows are not the domain: they hold what was approved, queued, done and read. States and modes are lower-case
text with a CHECK, since analysts read them. Nothing is validated here (a table model does not validate);
whatever comes in was composed and checked before.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from amplifier.model import Mode, State
from amplifier.store.columns import count, instant, key, number, one_of, table, words
from amplifier.store.types import BigId


class CampaignRow(SQLModel, table=True):
    """A campaign that was approved at least once."""

    __tablename__ = "campaign"

    id: int = key()
    name: str = Field(unique=True)
    timezone: str
    created_at: datetime = instant(nullable=False)
    readings: str | None = words()
    """The ages at which its posts are read, in seconds, joined by commas; NULL: the usual ones."""


class AccountRow(SQLModel, table=True):
    """An account in one mode: what stops it, and the one thread it has open."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("name", "mode"), CheckConstraint(one_of("mode", Mode), name="mode"))

    id: int = key()
    name: str
    mode: str
    network: str
    handle: str | None = None
    remote_id: str | None = None
    """Its own id on the network, stored at the first `whoami`."""
    open_thread_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    blocked_at: datetime | None = instant()
    blocked_why: str | None = words()
    wait_until: datetime | None = instant()
    """The network asked for silence until then."""
    wait_why: str | None = words()
    budget_until: datetime | None = instant()
    """Its budget is used up until then: no thread is begun."""
    budget_why: str | None = words()
    budget_caps: str | None = words()
    """The caps that this was decided by: other caps lift it."""
    look_from: datetime | None = instant()
    """The database was restored from a copy of then: what was sent since is not in it. NULL: it was not."""
    restored_at: datetime | None = instant()
    """When that was noticed."""


class ThreadRow(SQLModel, table=True):
    """One sealed content of a thread; a newer content is a new row, and `current` moves there."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(one_of("mode", Mode), name="mode"),
        Index(
            "ix_thread_current",
            "campaign_id",
            "name",
            "account_id",
            unique=True,
            sqlite_where=text("current = 1"),
            postgresql_where=text("current = 1"),
        ),
        Index("ix_thread_content", "campaign_id", "name", "account_id", "hash", unique=True),
        Index("ix_thread_account_planned", "account_id", "planned_at"),
    )

    id: int = key()
    campaign_id: int = key(foreign="campaign.id")
    name: str
    account_id: int = key(foreign="account.id")
    network: str
    mode: str
    n: int
    """How many posts."""
    hash: str
    """`model.content_hash` of network, account, mode, texts and `reply_to`."""
    approval_id: int | None = key(foreign="approval.id", nullable=True)
    current: int = number(1)
    origin: str = words("")
    """The template or text file it was composed from."""
    fingerprint: str = words("")
    """Of the schedule and this thread's `at`: only another one moves the thread."""
    place: int = number()
    """Its position in the campaign file."""
    planned_at: datetime = instant(nullable=False)
    post_gap: float
    """Seconds."""
    thread_gap: float
    late: float
    resume_within: float
    created_at: datetime = instant(nullable=False)
    hook: int | None = None
    """Which of its alternative first posts it has, counted from 1; NULL without alternatives."""
    reply_to: str | None = words()
    """The remote id that its first post answers, as a correction does; NULL for none."""
    wall: str | None = words()
    """The wall time in the campaign's zone that its start was computed from; NULL: it had none."""
    approvals: int = number(1)
    """How many people have to approve it, each under another name."""


class ApprovalRow(SQLModel, table=True):
    """A person's yes to one content hash; append-only."""

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_thread", "thread_id"),)

    id: int = key()
    thread_id: int = Field(sa_column=Column(BigId, nullable=False))
    hash: str
    approved_by: str
    """Self-declared: the name given, or the login name."""
    approved_at: datetime = instant(nullable=False)
    because: str | None = words()
    planned_at: datetime = instant(nullable=False)
    """The start that was shown; recorded beside the seal, not in it."""


class PostRow(SQLModel, table=True):
    """One post: the row is the queue."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint(one_of("state", State), name="state"),
        CheckConstraint(one_of("mode", Mode), name="mode"),
        CheckConstraint("(state = 'sent') = (remote_id IS NOT NULL)", name="sent_has_remote_id"),
        UniqueConstraint("thread_id", "k"),
        UniqueConstraint("network", "mode", "remote_id"),
        # promise 3: at most one post per account and mode whose fate is open
        Index(
            "ix_post_in_doubt",
            "account_id",
            unique=True,
            sqlite_where=text("state IN ('sending', 'unknown')"),
            postgresql_where=text("state IN ('sending', 'unknown')"),
        ),
        # heads only, one lane per account and campaign: a blocked or paused lane is skipped, never walked
        Index(
            "ix_post_lane",
            "account_id",
            "campaign_id",
            "due_at",
            "place",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        # a begun thread's next post: it goes before a new thread, and is found without reading the lane
        Index(
            "ix_post_begun",
            "account_id",
            sqlite_where=text("state = 'queued' AND k > 1"),
            postgresql_where=text("state = 'queued' AND k > 1"),
        ),
        Index(
            "ix_post_troubled",
            "state",
            "acked_at",
            sqlite_where=text("state IN ('held', 'failed')"),
            postgresql_where=text("state IN ('held', 'failed')"),
        ),
        Index(
            "ix_post_reading_due",
            "reading_due_at",
            sqlite_where=text("reading_due_at IS NOT NULL"),
            postgresql_where=text("reading_due_at IS NOT NULL"),
        ),
        Index(
            "ix_post_sent",
            "account_id",
            "sent_at",
            sqlite_where=text("state = 'sent'"),
            postgresql_where=text("state = 'sent'"),
        ),
    )

    id: int = key()
    thread_id: int = key(foreign="thread.id")
    campaign_id: int = key(foreign="campaign.id")
    account_id: int = key(foreign="account.id")
    network: str
    mode: str
    k: int
    place: int = number()
    text: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    why: str | None = words()
    """A word of `model.Why` while held, failed or cancelled."""
    detail: str | None = words()
    """That why, told to a person."""
    planned_at: datetime = instant(nullable=False)
    due_at: datetime = instant(nullable=False)
    """When it may next be tried."""
    epoch: int = number()
    """Raised by every claim and every look; a settle under an older one touches nothing."""
    worker: str | None = None
    lease_until: datetime | None = instant()
    claimed_at: datetime | None = instant()
    first_tried_at: datetime | None = instant()
    tries: int = number()
    """Tries in a row that were proven not sent."""
    anchor: str | None = None
    """The newest own remote id known at the claim."""
    unknown_at: datetime | None = instant()
    looks: int = number()
    """Looks that could be read and found nothing, since it became unknown."""
    look_failed_at: datetime | None = instant()
    """The first look that could not be read, since it became unknown."""
    resent: int = number()
    """How often two empty looks brought it back to `queued`; at most once."""
    sent_at: datetime | None = instant()
    sent_at_local: str | None = None
    """Wall time in the campaign's zone, with offset; written at settle, as SQLite knows no zones."""
    remote_id: str | None = None
    parent_remote_id: str | None = None
    url: str | None = words()
    acked_at: datetime | None = instant()
    """A person has seen that it is held or failed."""
    reading_due_at: datetime | None = instant()
    """When its metrics are next to be read."""
    cost: int | None = count()
    """What creating it costs, in millionths of a US dollar; NULL: queued before costs were kept."""
    checked_at: datetime | None = instant()
    """After a restore: when it was found not to be out."""
    deleted_at: datetime | None = instant()
    """When a person had it deleted on the network."""
    created_at: datetime = instant(nullable=False)


class AttemptRow(SQLModel, table=True):
    """One try at one post, committed before the call; append-only. Its answer is an event."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("post_id", "epoch"),)

    id: int = key()
    post_id: int = key(foreign="post.id")
    epoch: int
    kind: str
    """publish, find or delete."""
    worker: str
    at: datetime = instant(nullable=False)
    lease_until: datetime = instant(nullable=False)


class EventRow(SQLModel, table=True):
    """One change: who, when, from, to, why; append-only. The state can be rebuilt from these."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_post", "post_id"), Index("ix_event_thread", "thread_id"))

    id: int = key()
    at: datetime = instant(nullable=False)
    who: str
    kind: str
    """state, approve, override, pause, resume, account, late-receipt, ack, …"""
    post_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    thread_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    campaign_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    from_state: str | None = None
    to_state: str | None = None
    why: str | None = words()
    data: str | None = words()
    """JSON: whatever else changed with it."""


class PauseRow(SQLModel, table=True):
    """What is stopped; the row of scope `all` always exists, and claims share a lock on it."""

    __tablename__ = "pause"
    __table_args__ = (
        UniqueConstraint("scope", "name"),
        CheckConstraint("scope IN ('all', 'account', 'campaign')", name="scope"),
    )

    id: int = key()
    scope: str
    name: str = words("")
    """The account's or campaign's name; empty for `all`."""
    since: datetime | None = instant()
    """NULL: not paused."""
    who: str | None = None
    why: str | None = words()


class AlertRow(SQLModel, table=True):
    """A message to a person, written in the transaction that makes it true; only its delivery is updated."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "ix_alert_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("ix_alert_post", "post_id"),
    )

    id: int = key()
    at: datetime = instant(nullable=False)
    kind: str
    """held, failed, blocked, budget, missed beat, recovery, …"""
    post_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    content: str = Field(sa_column=Column(Text, nullable=False))
    """The whole message as JSON."""
    next_at: datetime | None = instant()
    """When to hand it to the alert command; NULL: done, or given up."""
    tries: int = number()
    delivered_at: datetime | None = instant()
    detail: str | None = words()
    """Why the last try failed."""


class BeatRow(SQLModel, table=True):
    """The last beat of each kind of runner in each mode: how we know that something ran."""

    __tablename__ = "beat"

    kind: str = Field(primary_key=True)
    """publish or collect."""
    mode: str = Field(default="", primary_key=True, sa_column_kwargs={"server_default": ""})
    """The mode that a publishing beat served; empty for collecting."""
    worker: str = Field(primary_key=True)
    """Host and runner: `mail/daemon`, `mail/once`."""
    at: datetime = instant(nullable=False)
    note: str | None = words()


class MetaRow(SQLModel, table=True):
    """Facts about the database itself: which views it carries."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str


campaign = table(CampaignRow)
account = table(AccountRow)
thread = table(ThreadRow)
approval = table(ApprovalRow)
post = table(PostRow)
attempt = table(AttemptRow)
event = table(EventRow)
pause = table(PauseRow)
alert = table(AlertRow)
beat = table(BeatRow)
meta = table(MetaRow)
