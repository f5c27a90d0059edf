"""What is stored of what came of the posts: readings, what they cost, and facts from outside.

The log is append-only; what is kept beside it (`latest`, `hourly`) is written in the same transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from amplifier.store import tables  # noqa: F401 - what is read was published: its tables come first
from amplifier.store.columns import count, instant, key, table
from amplifier.store.types import BigId


class SnapshotRow(SQLModel, table=True):
    """The metrics of one post at one time; a missing metric is NULL, never 0. Kept narrow: many of these."""

    __tablename__ = "snapshot"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    taken_at: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    """Unix seconds."""
    age_mark: int | None = None
    """The age in seconds that this reading counts for, if it was taken in time for one."""
    likes: int | None = count()
    reposts: int | None = count()
    replies: int | None = count()
    quotes: int | None = count()
    bookmarks: int | None = count()
    impressions: int | None = count()
    link_clicks: int | None = count()
    profile_clicks: int | None = count()
    engagements: int | None = count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


class LatestRow(SQLModel, table=True):
    """The newest reading of each post, written in the same transaction as the snapshot."""

    __tablename__ = "latest"

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    taken_at: datetime = instant(nullable=False)
    age_seconds: int
    likes: int | None = count()
    reposts: int | None = count()
    replies: int | None = count()
    quotes: int | None = count()
    bookmarks: int | None = count()
    impressions: int | None = count()
    gone_at: datetime | None = instant()
    """When the network first said that the post no longer exists."""
    link_clicks: int | None = count()
    profile_clicks: int | None = count()
    engagements: int | None = count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


class GapRow(SQLModel, table=True):
    """An age mark that passed without a reading, written when the collector moved past it."""

    __tablename__ = "gap"
    __table_args__ = ({"sqlite_with_rowid": False},)

    post_id: int = Field(sa_column=Column(BigId, ForeignKey("post.id"), primary_key=True, autoincrement=False))
    age_mark: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    found_at: datetime = instant(nullable=False)
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
    likes: int | None = count()
    reposts: int | None = count()
    replies: int | None = count()
    quotes: int | None = count()
    bookmarks: int | None = count()
    impressions: int | None = count()
    link_clicks: int | None = count()
    profile_clicks: int | None = count()
    engagements: int | None = count()


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
    taken_at: datetime = instant(nullable=False)
    followers: int | None = count()


class ImportRow(SQLModel, table=True):
    """A file of facts from outside; the same bytes come in once in each mode."""

    __tablename__ = "import"

    id: int = key()
    sha256: str = Field(unique=True)
    name: str
    """Where it came from, as a person names it."""
    kind: str
    """What kind of file: posts or clicks."""
    at: datetime = instant(nullable=False)
    """When its counts were true."""
    imported_at: datetime = instant(nullable=False)
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
    likes: int | None = count()
    reposts: int | None = count()
    replies: int | None = count()
    quotes: int | None = count()
    bookmarks: int | None = count()
    impressions: int | None = count()
    link_clicks: int | None = count()
    profile_clicks: int | None = count()
    engagements: int | None = count()
    untold: int | None = None
    """Why counts are NULL: flags of `port.Untold`."""


snapshot = table(SnapshotRow)
latest = table(LatestRow)
gap = table(GapRow)
hourly = table(HourRow)
post_tag = table(TagRow)
reading_cost = table(ReadingCostRow)
account_snapshot = table(AccountSnapshotRow)
imported = table(ImportRow)
outside = table(OutsideRow)
