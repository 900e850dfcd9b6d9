"""Loose increments as the fold writes them; what no longer holds is kept with its end."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from edge.records.database import Records
from edge.records.elements import loose


class Unplaced(NamedTuple):
    """An increment that belongs to no bucket; machine None = the line's own."""

    machine: str | None
    quantity: str
    t0_ns: int
    t1_ns: int
    bucket_ns: int
    amount: float | None
    low: float
    high: float


THERE = select(loose.c.id, *(loose.c[name] for name in Unplaced._fields)).where(
    loose.c.line == bindparam("line"),
    loose.c.replaced_ns.is_(None),
    loose.c.bucket_ns >= bindparam("from_ns"),
    loose.c.bucket_ns < bindparam("to_ns"),
)


def put_loose(
    db: Connection, line: str, window: tuple[int, int], found: Iterable[Unplaced], known_ns: int
) -> None:
    """Make `found` the loose increments of a line whose buckets begin in a window.

    Args:
        db: inside a write transaction.
        line: id of the line.
        window: begin and end.
        found: all of them.
        known_ns: now.
    """
    asked = {"line": line, "from_ns": window[0], "to_ns": window[1]}
    there = {Unplaced(*values): number for number, *values in db.execute(THERE, asked)}
    wanted = set(found)
    gone = [number for row, number in there.items() if row not in wanted]
    if gone:
        db.execute(update(loose).where(loose.c.id.in_(gone)).values(replaced_ns=known_ns))
    fresh = sorted(wanted - there.keys(), key=by_time)
    if fresh:
        rows = [{"line": line, "knowledge_ns": known_ns, **row._asdict()} for row in fresh]
        db.execute(insert(loose), rows)


def read_loosened(records: Records, line: str, span: tuple[int, int], since_ns: int) -> list[int]:
    """When loose increments that end in a span came or went, if after `since_ns`.

    A late reading may change one and no row: both its neighbours in time are loose as well.
    """
    inside = loose.c.line == line, loose.c.bucket_ns >= span[0], loose.c.bucket_ns < span[1]
    turns = loose.c.knowledge_ns, loose.c.replaced_ns
    with records.reading() as db:
        found = [db.execute(select(at).where(*inside, at > since_ns)).scalars() for at in turns]
        return [int(at_ns) for each in found for at_ns in each]


def by_time(row: Unplaced) -> tuple[int, str, str, int]:
    """The order in which increments of one fold are kept; `read_loose` gives them in its own."""
    return row.t1_ns, row.machine or "", row.quantity, row.t0_ns
