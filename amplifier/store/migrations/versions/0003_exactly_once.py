"""Budgets, alerts, backups, withdrawals, several approvals, zone rules, and beats per mode.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from amplifier.store.types import BigId, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (
        ("budget_until", Instant()),
        ("budget_why", sa.Text()),
        ("budget_caps", sa.Text()),
        ("look_from", Instant()),
        ("restored_at", Instant()),
    ):
        op.add_column("account", sa.Column(name, kind, nullable=True))
    op.add_column("thread", sa.Column("wall", sa.Text(), nullable=True))
    op.add_column("thread", sa.Column("approvals", sa.Integer(), server_default="1", nullable=False))
    op.add_column("post", sa.Column("cost", BigId, nullable=True))
    op.add_column("post", sa.Column("checked_at", Instant(), nullable=True))
    op.add_column("post", sa.Column("deleted_at", Instant(), nullable=True))
    op.create_table(
        "alert",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("post_id", BigId, nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "ix_alert_due",
        "alert",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_alert_post", "alert", ["post_id"], unique=False)
    _beats_by_mode()


def _beats_by_mode() -> None:
    """A beat of the old schema counts for every mode: nobody knows for which ones it beat."""
    op.rename_table("beat", "beat_before")
    if op.get_bind().dialect.name == "postgresql":  # there a key's name belongs to the whole schema
        op.execute("ALTER TABLE beat_before RENAME CONSTRAINT pk_beat TO pk_beat_before")
    op.create_table(
        "beat",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), server_default="", nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "mode", "worker", name=op.f("pk_beat")),
    )
    for mode in ("live", "dry", "simulated"):
        op.execute(
            "INSERT INTO beat (kind, mode, worker, at, note) "
            f"SELECT kind, '{mode}', worker, at, note FROM beat_before WHERE kind = 'publish'"
        )
    op.execute(
        "INSERT INTO beat (kind, mode, worker, at, note) "
        "SELECT kind, '', worker, at, note FROM beat_before WHERE kind <> 'publish'"
    )
    op.drop_table("beat_before")
