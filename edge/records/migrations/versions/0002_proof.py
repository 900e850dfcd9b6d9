"""Baselines, targets and what people said of stops."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of `edge.records.proof` as they were at this revision."""
    for name, when in (("baseline", "frozen_ns"), ("target", "agreed_ns")):
        op.create_table(
            name,
            sa.Column("id", sa.Text, primary_key=True),
            sa.Column(when, sa.BigInteger, nullable=False),
            sa.Column("body", sa.Text, nullable=False),
        )
    op.create_table(
        "stop_edit",
        sa.Column("stop", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("edited_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("stop_edit_line", "stop_edit", ["line"])
