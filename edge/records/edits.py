"""What people said of stops: every answer is kept, the newest one holds."""

from typing import NamedTuple

from sqlalchemy import func, insert, select

from edge.records.database import Records
from edge.records.proof import stop_edit


class Edit(NamedTuple):
    """One answer; version 0 stands for a stop of which nobody has said anything."""

    version: int
    reason: str | None
    note: str | None


UNSAID = Edit(0, None, None)


def last_edits(records: Records, line: str) -> dict[str, Edit]:
    """What was said last of each stop of a line, by the stop's id."""
    query = select(stop_edit).where(stop_edit.c.line == line).order_by(stop_edit.c.version)
    with records.reading() as db:
        rows = db.execute(query).all()
    return {row.stop: Edit(row.version, row.reason, row.note) for row in rows}


def keep_edit(records: Records, line: str, stop: str, edit: Edit, at_ns: int) -> bool:
    """Keep an answer that follows the newest one; whether nobody else was faster.

    Args:
        records: where it is kept.
        line: id of the stop's line.
        stop: id of the stop.
        edit: the answer, its version one more than the one that its author saw.
        at_ns: now.
    """
    with records.writing() as db:
        newest = select(func.coalesce(func.max(stop_edit.c.version), 0))
        if db.execute(newest.where(stop_edit.c.stop == stop)).scalar_one() != edit.version - 1:
            return False
        facts = {"stop": stop, "line": line, "edited_ns": at_ns}
        db.execute(insert(stop_edit), {**facts, **edit._asdict()})
        return True
