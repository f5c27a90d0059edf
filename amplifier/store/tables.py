"""What is stored, a table per word of the design.

Rows are not the domain: they hold what was approved, queued, done and read. States and modes are lower-case
text with a CHECK, since analysts read them. Nothing is validated here (a table model does not validate);
whatever comes in was composed and checked before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from amplifier.model import Mode, State
from amplifier.store.types import BigId, Instant

naming = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = naming


def _in(column: str, values: type[Mode | State]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


def _key(*, foreign: str | None = None, nullable: bool = False) -> Any:
    """A column for an id; without `foreign` it is the table's own key."""
    if foreign is None:
        return Field(default=None, sa_column=Column(BigId, primary_key=True))
    return Field(default=None, sa_column=Column(BigId, ForeignKey(foreign), nullable=nullable))


def _instant(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(Instant, nullable=nullable))


def _count() -> Any:
    return Field(default=None, sa_column=Column(BigId, nullable=True))


def _text(default: str | None = None) -> Any:
    if default is None:
        return Field(default=None, sa_column=Column(Text, nullable=True))
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def _number(default: int = 0) -> Any:
    return Field(default=default, sa_column_kwargs={"server_default": text(str(default))})


class CampaignRow(SQLModel, table=True):
    """A campaign that was approved at least once."""

    __tablename__ = "campaign"

    id: int = _key()
    name: str = Field(unique=True)
    timezone: str
    created_at: datetime = _instant(nullable=False)
    readings: str | None = _text()
    """The ages at which its posts are read, in seconds, joined by commas; NULL: the usual ones."""


class AccountRow(SQLModel, table=True):
    """An account in one mode: what stops it, and the one thread it has open."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("name", "mode"), CheckConstraint(_in("mode", Mode), name="mode"))

    id: int = _key()
    name: str
    mode: str
    network: str
    handle: str | None = None
    remote_id: str | None = None
    """Its own id on the network, stored at the first `whoami`."""
    open_thread_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    blocked_at: datetime | None = _instant()
    blocked_why: str | None = _text()
    wait_until: datetime | None = _instant()
    """The network asked for silence until then."""
    wait_why: str | None = _text()
    budget_until: datetime | None = _instant()
    """Its budget is used up until then: no thread is begun."""
    budget_why: str | None = _text()
    budget_caps: str | None = _text()
    """The caps that this was decided by: other caps lift it."""
    look_from: datetime | None = _instant()
    """The database was restored from a copy of then: what was sent since is not in it. NULL: it was not."""
    restored_at: datetime | None = _instant()
    """When that was noticed."""


class ThreadRow(SQLModel, table=True):
    """One sealed content of a thread; a newer content is a new row, and `current` moves there."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(_in("mode", Mode), name="mode"),
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

    id: int = _key()
    campaign_id: int = _key(foreign="campaign.id")
    name: str
    account_id: int = _key(foreign="account.id")
    network: str
    mode: str
    n: int
    """How many posts."""
    hash: str
    """`model.content_hash` of network, account, mode, texts and `reply_to`."""
    approval_id: int | None = _key(foreign="approval.id", nullable=True)
    current: int = _number(1)
    origin: str = _text("")
    """The template or text file it was composed from."""
    fingerprint: str = _text("")
    """Of the schedule and this thread's `at`: only another one moves the thread."""
    place: int = _number()
    """Its position in the campaign file."""
    planned_at: datetime = _instant(nullable=False)
    post_gap: float
    """Seconds."""
    thread_gap: float
    late: float
    resume_within: float
    created_at: datetime = _instant(nullable=False)
    hook: int | None = None
    """Which of its alternative first posts it has, counted from 1; NULL without alternatives."""
    reply_to: str | None = _text()
    """The remote id that its first post answers, as a correction does; NULL for none."""
    wall: str | None = _text()
    """The wall time in the campaign's zone that its start was computed from; NULL: it had none."""
    approvals: int = _number(1)
    """How many people have to approve it, each under another name."""


class ApprovalRow(SQLModel, table=True):
    """A person's yes to one content hash; append-only."""

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_thread", "thread_id"),)

    id: int = _key()
    thread_id: int = Field(sa_column=Column(BigId, nullable=False))
    hash: str
    approved_by: str
    """Self-declared: the name given, or the login name."""
    approved_at: datetime = _instant(nullable=False)
    because: str | None = _text()
    planned_at: datetime = _instant(nullable=False)
    """The start that was shown; recorded beside the seal, not in it."""


class PostRow(SQLModel, table=True):
    """One post: the row is the queue."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint(_in("state", State), name="state"),
        CheckConstraint(_in("mode", Mode), name="mode"),
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

    id: int = _key()
    thread_id: int = _key(foreign="thread.id")
    campaign_id: int = _key(foreign="campaign.id")
    account_id: int = _key(foreign="account.id")
    network: str
    mode: str
    k: int
    place: int = _number()
    text: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    why: str | None = _text()
    """A word of `model.Why` while held, failed or cancelled."""
    detail: str | None = _text()
    """That why, told to a person."""
    planned_at: datetime = _instant(nullable=False)
    due_at: datetime = _instant(nullable=False)
    """When it may next be tried."""
    epoch: int = _number()
    """Raised by every claim and every look; a settle under an older one touches nothing."""
    worker: str | None = None
    lease_until: datetime | None = _instant()
    claimed_at: datetime | None = _instant()
    first_tried_at: datetime | None = _instant()
    tries: int = _number()
    """Tries in a row that were proven not sent."""
    anchor: str | None = None
    """The newest own remote id known at the claim."""
    unknown_at: datetime | None = _instant()
    looks: int = _number()
    """Looks that could be read and found nothing, since it became unknown."""
    look_failed_at: datetime | None = _instant()
    """The first look that could not be read, since it became unknown."""
    resent: int = _number()
    """How often two empty looks brought it back to `queued`; at most once."""
    sent_at: datetime | None = _instant()
    sent_at_local: str | None = None
    """Wall time in the campaign's zone, with offset; written at settle, as SQLite knows no zones."""
    remote_id: str | None = None
    parent_remote_id: str | None = None
    url: str | None = _text()
    acked_at: datetime | None = _instant()
    """A person has seen that it is held or failed."""
    reading_due_at: datetime | None = _instant()
    """When its metrics are next to be read."""
    cost: int | None = _count()
    """What creating it costs, in millionths of a US dollar; NULL: queued before costs were kept."""
    checked_at: datetime | None = _instant()
    """After a restore: when it was found not to be out."""
    deleted_at: datetime | None = _instant()
    """When a person had it deleted on the network."""
    created_at: datetime = _instant(nullable=False)


class AttemptRow(SQLModel, table=True):
    """One try at one post, committed before the call; append-only. Its answer is an event."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("post_id", "epoch"),)

    id: int = _key()
    post_id: int = _key(foreign="post.id")
    epoch: int
    kind: str
    """publish, find or delete."""
    worker: str
    at: datetime = _instant(nullable=False)
    lease_until: datetime = _instant(nullable=False)


class EventRow(SQLModel, table=True):
    """One change: who, when, from, to, why; append-only. The state can be rebuilt from these."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_post", "post_id"), Index("ix_event_thread", "thread_id"))

    id: int = _key()
    at: datetime = _instant(nullable=False)
    who: str
    kind: str
    """state, approve, override, pause, resume, account, late-receipt, ack, …"""
    post_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    thread_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    campaign_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    from_state: str | None = None
    to_state: str | None = None
    why: str | None = _text()
    data: str | None = _text()
    """JSON: whatever else changed with it."""


class PauseRow(SQLModel, table=True):
    """What is stopped; the row of scope `all` always exists, and claims share a lock on it."""

    __tablename__ = "pause"
    __table_args__ = (
        UniqueConstraint("scope", "name"),
        CheckConstraint("scope IN ('all', 'account', 'campaign')", name="scope"),
    )

    id: int = _key()
    scope: str
    name: str = _text("")
    """The account's or campaign's name; empty for `all`."""
    since: datetime | None = _instant()
    """NULL: not paused."""
    who: str | None = None
    why: str | None = _text()


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

    id: int = _key()
    at: datetime = _instant(nullable=False)
    kind: str
    """held, failed, blocked, budget, missed beat, recovery, …"""
    post_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    content: str = Field(sa_column=Column(Text, nullable=False))
    """The whole message as JSON."""
    next_at: datetime | None = _instant()
    """When to hand it to the alert command; NULL: done, or given up."""
    tries: int = _number()
    delivered_at: datetime | None = _instant()
    detail: str | None = _text()
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
    at: datetime = _instant(nullable=False)
    note: str | None = _text()


class SnapshotRow(SQLModel, table=True):
    """The metrics of one post at one time; a missing metric is NULL, never 0. Kept narrow: many of these."""

    __tablename__ = "snapshot"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    taken_at: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    """Unix seconds."""
    age_mark: int | None = None
    """The age in seconds that this reading counts for, if it was taken in time for one."""
    likes: int | None = _count()
    reposts: int | None = _count()
    replies: int | None = _count()
    quotes: int | None = _count()
    bookmarks: int | None = _count()
    impressions: int | None = _count()
    link_clicks: int | None = _count()
    profile_clicks: int | None = _count()
    engagements: int | None = _count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


class LatestRow(SQLModel, table=True):
    """The newest reading of each post, written in the same transaction as the snapshot."""

    __tablename__ = "latest"

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    taken_at: datetime = _instant(nullable=False)
    age_seconds: int
    likes: int | None = _count()
    reposts: int | None = _count()
    replies: int | None = _count()
    quotes: int | None = _count()
    bookmarks: int | None = _count()
    impressions: int | None = _count()
    gone_at: datetime | None = _instant()
    """When the network first said that the post no longer exists."""
    link_clicks: int | None = _count()
    profile_clicks: int | None = _count()
    engagements: int | None = _count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


class GapRow(SQLModel, table=True):
    """An age mark that passed without a reading, written when the collector moved past it."""

    __tablename__ = "gap"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    age_mark: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    found_at: datetime = _instant(nullable=False)
    why: str


class HourRow(SQLModel, table=True):
    """What the readings of one hour added to the newest known counts of a campaign: a roll-up, never recomputed."""

    __tablename__ = "hourly"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: int = Field(sa_column=Column(BigId, ForeignKey("campaign.id"), primary_key=True, autoincrement=False))
    mode: str = Field(primary_key=True)
    hour: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    """Hours since 1970-01-01 UTC."""
    readings: int = Field(sa_column=Column(BigId, nullable=False))
    gone: int = Field(sa_column=Column(BigId, nullable=False))
    likes: int | None = _count()
    reposts: int | None = _count()
    replies: int | None = _count()
    quotes: int | None = _count()
    bookmarks: int | None = _count()
    impressions: int | None = _count()
    link_clicks: int | None = _count()
    profile_clicks: int | None = _count()
    engagements: int | None = _count()


class TagRow(SQLModel, table=True):
    """A hashtag of a post that is out, written with its first reading."""

    __tablename__ = "post_tag"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    key: str = Field(primary_key=True)
    """Without `#`, case folded: networks make no difference there."""
    tag: str
    """As it is written, without `#`."""


class ReadingCostRow(SQLModel, table=True):
    """What reading cost an account on one day (UTC): at most this, as the network bills a post once a day."""

    __tablename__ = "reading_cost"
    __table_args__ = (Index("ix_reading_cost_campaign", "campaign_id"), {"sqlite_with_rowid": False})

    day: str = Field(primary_key=True)
    """2026-12-01."""
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("account.id"), primary_key=True, autoincrement=False))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    """0: of no campaign of ours."""
    what: str = Field(primary_key=True)
    """read or account."""
    units: int = Field(sa_column=Column(BigId, nullable=False))
    cost: int = Field(sa_column=Column(BigId, nullable=False))
    """Millionths of a US dollar."""


class AccountSnapshotRow(SQLModel, table=True):
    """How many follow an account, once a day (UTC)."""

    __tablename__ = "account_snapshot"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account_id: int = Field(sa_column=Column(BigId, ForeignKey("account.id"), primary_key=True, autoincrement=False))
    day: str = Field(primary_key=True)
    taken_at: datetime = _instant(nullable=False)
    followers: int | None = _count()


class ImportRow(SQLModel, table=True):
    """A file of facts from outside; the same bytes come in once."""

    __tablename__ = "import"

    id: int = _key()
    sha256: str = Field(unique=True)
    name: str
    """Where it came from, as a person names it."""
    kind: str
    """What kind of file: posts or clicks."""
    at: datetime = _instant(nullable=False)
    """When its counts were true."""
    imported_at: datetime = _instant(nullable=False)
    who: str
    rows: int


class OutsideRow(SQLModel, table=True):
    """The counts of one post in one imported file: kept apart from what a network told us itself."""

    __tablename__ = "outside"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    import_id: int = Field(sa_column=Column(BigId, ForeignKey("import.id"), primary_key=True, autoincrement=False))
    taken_at: int = Field(sa_column=Column(BigId, nullable=False))
    """Unix seconds: when the counts were true."""
    likes: int | None = _count()
    reposts: int | None = _count()
    replies: int | None = _count()
    quotes: int | None = _count()
    bookmarks: int | None = _count()
    impressions: int | None = _count()
    link_clicks: int | None = _count()
    profile_clicks: int | None = _count()
    engagements: int | None = _count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


class MetaRow(SQLModel, table=True):
    """Facts about the database itself: which views it carries."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str


def _table(row: type[SQLModel]) -> Table:
    return cast("Table", row.__table__)  # type: ignore[attr-defined]


campaign = _table(CampaignRow)
account = _table(AccountRow)
thread = _table(ThreadRow)
approval = _table(ApprovalRow)
post = _table(PostRow)
attempt = _table(AttemptRow)
event = _table(EventRow)
pause = _table(PauseRow)
alert = _table(AlertRow)
beat = _table(BeatRow)
snapshot = _table(SnapshotRow)
latest = _table(LatestRow)
gap = _table(GapRow)
hourly = _table(HourRow)
post_tag = _table(TagRow)
reading_cost = _table(ReadingCostRow)
account_snapshot = _table(AccountSnapshotRow)
imported = _table(ImportRow)
outside = _table(OutsideRow)
meta = _table(MetaRow)
