"""Whether a part holds restated rows, so that whoever asks need not open it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; a part of before has none, and is opened until it is written again."""
    op.add_column("part", sa.Column("restated_ns", sa.BigInteger))
