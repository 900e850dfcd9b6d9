"""The audit log: entries that are only ever added, and their head."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

REFUSE = """\
create trigger audit_no_{verb} before {verb} on audit
begin select raise(abort, 'the audit log is only added to'); end
"""


def upgrade() -> None:
    """Make the tables; the database itself refuses to edit or delete an entry."""
    op.create_table(
        "audit",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("who", "origin", "what", "subject")
        ),
        sa.Column("old", sa.Text),
        sa.Column("new", sa.Text),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
    )
    for verb in ("update", "delete"):
        op.execute(REFUSE.format(verb=verb))
