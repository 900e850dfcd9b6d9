"""Facts that people and files tell besides signals."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table of `edge.records.facts` as it was at this revision."""
    texts = ("machine", "what", "product", "order", "lot", "due", "who", "note")
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "line", "kind")),
        sa.Column("from_ns", sa.BigInteger, nullable=False),
        sa.Column("to_ns", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Float),
        *(sa.Column(name, sa.Text) for name in texts),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("unit", "origin")),
        sa.Column("entered_ns", sa.BigInteger, nullable=False),
        sa.Column("replaced_ns", sa.BigInteger),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.UniqueConstraint("number", "revision"),
    )
    op.create_index("fact_by_name", "fact", ["name"])
    op.create_index("fact_by_time", "fact", ["line", "from_ns"])
