"""The register of evidence packages that were made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "package",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False, unique=True),
        sa.Column("previous", sa.Text),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("as_of_ns", sa.BigInteger, nullable=False),
        sa.Column("made_ns", sa.BigInteger, nullable=False),
    )
