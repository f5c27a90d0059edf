"""A thread knows which hook it got, and which published post its first post answers.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread", sa.Column("hook", sa.Integer(), nullable=True))
    op.add_column("thread", sa.Column("reply_to", sa.Text(), nullable=True))
