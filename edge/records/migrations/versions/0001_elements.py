"""The element table and what the fold keeps beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of `edge.records.elements` as they were at this revision."""
    create_rows()
    create_progress()


def create_rows() -> None:
    """The rows themselves: packed parts, the words they use, loose increments."""
    op.create_table(
        "part",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("from_ns", sa.BigInteger, nullable=False),
        sa.Column("to_ns", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("line", "kind", "from_ns"),
    )
    op.create_table(
        "word",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "loose",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("machine", sa.Text),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("t0_ns", sa.BigInteger, nullable=False),
        sa.Column("t1_ns", sa.BigInteger, nullable=False),
        sa.Column("bucket_ns", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.Float),
        sa.Column("low", sa.Float, nullable=False),
        sa.Column("high", sa.Float, nullable=False),
        sa.Column("knowledge_ns", sa.BigInteger, nullable=False),
        sa.Column("replaced_ns", sa.BigInteger),
        sa.Index("loose_by_bucket", "line", "bucket_ns"),
    )


def create_progress() -> None:
    """What is still to be folded, and from where a fold may begin."""
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("from_ns", sa.BigInteger, nullable=False),
        sa.Column("to_ns", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "anchor",
        sa.Column("line", sa.Text, primary_key=True),
        sa.Column("at_ns", sa.BigInteger, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "extent",
        sa.Column("line", sa.Text, primary_key=True),
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("first_ns", sa.BigInteger, nullable=False),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
        sa.Column("watermark_ns", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fold_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
