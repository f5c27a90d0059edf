"""The first schema: the queue, its history, and the engagement ledger.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from amplifier.store.types import BigId, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("approval", "attempt", "event")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("open_thread_id", BigId, nullable=True),
        sa.Column("blocked_at", Instant(), nullable=True),
        sa.Column("blocked_why", sa.Text(), nullable=True),
        sa.Column("wait_until", Instant(), nullable=True),
        sa.Column("wait_why", sa.Text(), nullable=True),
        sa.CheckConstraint("mode IN ('live', 'dry', 'simulated')", name=op.f("ck_account_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", "mode", name=op.f("uq_account_name_mode")),
    )
    op.create_table(
        "approval",
        sa.Column("id", BigId, nullable=False),
        sa.Column("thread_id", BigId, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_thread", "approval", ["thread_id"], unique=False)
    op.create_table(
        "beat",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "worker", name=op.f("pk_beat")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
    )
    op.create_table(
        "event",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("post_id", BigId, nullable=True),
        sa.Column("thread_id", BigId, nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("campaign_id", BigId, nullable=True),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_post", "event", ["post_id"], unique=False)
    op.create_index("ix_event_thread", "event", ["thread_id"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "pause",
        sa.Column("id", BigId, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.CheckConstraint("scope IN ('all', 'account', 'campaign')", name=op.f("ck_pause_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        sa.UniqueConstraint("scope", "name", name=op.f("uq_pause_scope_name")),
    )
    op.create_table(
        "thread",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("approval_id", BigId, nullable=True),
        sa.Column("current", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("post_gap", sa.Float(), nullable=False),
        sa.Column("thread_gap", sa.Float(), nullable=False),
        sa.Column("late", sa.Float(), nullable=False),
        sa.Column("resume_within", sa.Float(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'dry', 'simulated')", name=op.f("ck_thread_mode")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_thread_account_id_account")),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_thread_approval_id_approval")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_thread_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
    )
    op.create_index("ix_thread_account_planned", "thread", ["account_id", "planned_at"], unique=False)
    op.create_index("ix_thread_content", "thread", ["campaign_id", "name", "account_id", "hash"], unique=True)
    op.create_index(
        "ix_thread_current",
        "thread",
        ["campaign_id", "name", "account_id"],
        unique=True,
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current = 1"),
    )
    op.create_table(
        "post",
        sa.Column("id", BigId, nullable=False),
        sa.Column("thread_id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("first_tried_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("anchor", sa.String(), nullable=True),
        sa.Column("unknown_at", Instant(), nullable=True),
        sa.Column("looks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("look_failed_at", Instant(), nullable=True),
        sa.Column("resent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("sent_at_local", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("parent_remote_id", sa.String(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("acked_at", Instant(), nullable=True),
        sa.Column("reading_due_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (remote_id IS NOT NULL)", name=op.f("ck_post_sent_has_remote_id")),
        sa.CheckConstraint("mode IN ('live', 'dry', 'simulated')", name=op.f("ck_post_mode")),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'sending', 'sent', 'unknown', 'held', 'failed', 'cancelled')",
            name=op.f("ck_post_state"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_post_account_id_account")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_post_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_post_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("network", "mode", "remote_id", name=op.f("uq_post_network_mode_remote_id")),
        sa.UniqueConstraint("thread_id", "k", name=op.f("uq_post_thread_id_k")),
    )
    op.create_index(
        "ix_post_begun",
        "post",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued' AND k > 1"),
        postgresql_where=sa.text("state = 'queued' AND k > 1"),
    )
    op.create_index(
        "ix_post_in_doubt",
        "post",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('sending', 'unknown')"),
    )
    op.create_index(
        "ix_post_lane",
        "post",
        ["account_id", "campaign_id", "due_at", "place", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_post_reading_due",
        "post",
        ["reading_due_at"],
        unique=False,
        sqlite_where=sa.text("reading_due_at IS NOT NULL"),
        postgresql_where=sa.text("reading_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_post_sent",
        "post",
        ["account_id", "sent_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "ix_post_troubled",
        "post",
        ["state", "acked_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('held', 'failed')"),
        postgresql_where=sa.text("state IN ('held', 'failed')"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("post_id", BigId, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_attempt_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("post_id", "epoch", name=op.f("uq_attempt_post_id_epoch")),
    )
    op.create_table(
        "latest",
        sa.Column("post_id", BigId, autoincrement=False, nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("age_seconds", sa.Integer(), nullable=False),
        sa.Column("likes", BigId, nullable=True),
        sa.Column("reposts", BigId, nullable=True),
        sa.Column("replies", BigId, nullable=True),
        sa.Column("quotes", BigId, nullable=True),
        sa.Column("bookmarks", BigId, nullable=True),
        sa.Column("impressions", BigId, nullable=True),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_latest_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_latest")),
    )
    op.create_table(
        "snapshot",
        sa.Column("post_id", BigId, autoincrement=False, nullable=False),
        sa.Column("taken_at", BigId, autoincrement=False, nullable=False),
        sa.Column("age_mark", sa.Integer(), nullable=True),
        sa.Column("likes", BigId, nullable=True),
        sa.Column("reposts", BigId, nullable=True),
        sa.Column("replies", BigId, nullable=True),
        sa.Column("quotes", BigId, nullable=True),
        sa.Column("bookmarks", BigId, nullable=True),
        sa.Column("impressions", BigId, nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_snapshot_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", "taken_at", name=op.f("pk_snapshot")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO pause (scope, name) VALUES ('all', '')")
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """History only grows: the database itself refuses UPDATE and DELETE."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
