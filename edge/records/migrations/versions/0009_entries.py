"""Entries of the dated tables: prices, tariffs, ideal cycles, calendars, reasons."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table of `edge.records.entries` as it was at this revision."""
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "subject", "body", "who")),
        sa.Column("note", sa.Text),
        sa.Column("entered_ns", sa.BigInteger, nullable=False),
        sa.Column("replaced_ns", sa.BigInteger),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.UniqueConstraint("number", "version"),
    )
    op.create_index("ix_entry_subject", "entry", ["subject"])
