"""The engagement log: private counts, why one is missing, gaps, roll-ups, hashtags, costs, followers, facts from outside.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from amplifier.store.types import BigId, Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PUBLIC = ("likes", "reposts", "replies", "quotes", "bookmarks", "impressions")
PRIVATE = ("link_clicks", "profile_clicks", "engagements")
NOT_ASKED = 32


def upgrade() -> None:
    op.add_column("campaign", sa.Column("readings", sa.Text(), nullable=True))
    for table in ("snapshot", "latest"):
        for name in PRIVATE:
            op.add_column(table, sa.Column(name, BigId, nullable=True))
        op.add_column(table, sa.Column("untold", sa.Integer(), nullable=True))
        op.execute(f"UPDATE {table} SET untold = {NOT_ASKED}")
    _table("gap", ("post_id", "age_mark"), _post("gap"), _int("age_mark"), _instant("found_at"), _string("why"))
    _table(
        "hourly", ("campaign_id", "mode", "hour"), _big("campaign_id"), _string("mode"), _big("hour"),
        _big("readings"), _big("gone"), *_counts(), _foreign("hourly", "campaign_id", "campaign"),
    )
    _table("post_tag", ("post_id", "key"), _post("post_tag"), _string("key"), _string("tag"))
    _table(
        "reading_cost", ("day", "account_id", "campaign_id", "what"), _string("day"), _big("account_id"),
        _big("campaign_id"), _string("what"), _big("units"), _big("cost"),
        _foreign("reading_cost", "account_id", "account"),
    )
    op.create_index("ix_reading_cost_campaign", "reading_cost", ["campaign_id"])
    _table(
        "account_snapshot", ("account_id", "day"), _big("account_id"), _string("day"), _instant("taken_at"),
        sa.Column("followers", BigId, nullable=True), _foreign("account_snapshot", "account_id", "account"),
    )
    op.create_table(
        "import",
        sa.Column("id", BigId, nullable=False),
        _string("sha256"), _string("name"), _string("kind"), _instant("at"), _instant("imported_at"), _string("who"),
        _int("rows"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        sa.UniqueConstraint("sha256", name=op.f("uq_import_sha256")),
    )
    _table(
        "outside", ("post_id", "import_id"), _post("outside"), _big("import_id"), _big("taken_at"), *_counts(),
        sa.Column("untold", sa.Integer(), nullable=True), _foreign("outside", "import_id", "import"),
    )
    _hours()


def _hours() -> None:
    """The roll-up begins with what is known: each post's newest reading, in the hour it was taken."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    at = "CAST(FLOOR(EXTRACT(EPOCH FROM l.taken_at)) AS BIGINT)" if postgresql else "CAST(strftime('%s', l.taken_at) AS INTEGER)"
    sums = ", ".join(f"SUM(l.{name})" for name in PUBLIC)
    op.execute(
        f"INSERT INTO hourly (campaign_id, mode, hour, readings, gone, {', '.join(PUBLIC)}) "
        f"SELECT p.campaign_id, p.mode, {at} / 3600, COUNT(*), COUNT(l.gone_at), {sums} "
        f"FROM latest l JOIN post p ON p.id = l.post_id GROUP BY p.campaign_id, p.mode, {at} / 3600"
    )


def _table(name: str, key: tuple[str, ...], *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")), sqlite_with_rowid=False)


def _post(table: str) -> sa.Column[int]:
    name = op.f(f"fk_{table}_post_id_post")
    return sa.Column("post_id", BigId, sa.ForeignKey("post.id", name=name), autoincrement=False, nullable=False)


def _foreign(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"))


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, BigId, nullable=True) for name in (*PUBLIC, *PRIVATE)]


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, BigId, autoincrement=False, nullable=False)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _string(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, Instant(), nullable=False)
