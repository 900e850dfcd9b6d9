"""Packages of other sites, and the keys that they sign with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables of `edge.records.firms` as they were at this revision."""
    op.create_table(
        "firm_key",
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("since_ns", sa.BigInteger, nullable=False),
    )
    texts = ("site", "site_name", "target", "as_of", "key")
    op.create_table(
        "firm_package",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("manifest", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("imported_ns", sa.BigInteger, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )
