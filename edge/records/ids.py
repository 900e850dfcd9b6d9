"""The ids that people give on: `b1`, `t1`, `k1`; none is ever given twice.

Damage may take rows while others still tell of them: a target of its baseline, a note of its task,
the audit log of what was made. A lost id that came back would make them tell of something else.
"""

import re
from collections.abc import Iterable

from sqlalchemy import select

from edge.records.audit import audit
from edge.records.database import Transaction


def next_id(db: Transaction, prefix: str, verb: str, told: Iterable[str]) -> str:
    """The id behind all that ever were.

    Args:
        db: the transaction that will use it.
        prefix: what ids of this kind begin with; a number follows.
        verb: what the audit log says when one of them is made.
        told: ids that are there, and ids that something else tells of.
    """
    made = db.scalars(select(audit.c.subject).where(audit.c.what == verb))
    form = re.compile(rf"{prefix}([0-9]+)")
    found = [form.fullmatch(name) for name in (*told, *made)]
    return f"{prefix}{max((int(one[1]) for one in found if one), default=0) + 1}"
