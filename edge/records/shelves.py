"""Where rows lie: days still being made in parts of an hour, older ones in one part each.

A live fold rewrites the rows of the current hour every few seconds; in a part of a whole day that
would write a hundred times as much.
"""

import numpy as np
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from edge.model import DAY_NS, HOUR_NS
from edge.records.elements import LAYOUTS, part
from edge.records.parts import Columns, chosen, joined, load, pack

THERE = select(part.c.id, part.c.from_ns, part.c.to_ns, part.c.body).where(
    part.c.line == bindparam("line"),
    part.c.kind == bindparam("kind"),
    part.c.from_ns < bindparam("to_ns"),
    part.c.to_ns > bindparam("from_ns"),
)
TAKE = delete(part).where(part.c.id.in_(bindparam("ids", expanding=True)))
ADD = insert(part)


def shelf(hot_ns: int, from_ns: int, to_ns: int) -> tuple[int, int]:
    """The stretch that must be written as a whole when rows of [from_ns, to_ns) change.

    Args:
        hot_ns: days that begin at or after it are kept by the hour.
        from_ns: begin of the rows.
        to_ns: their end.
    """
    unit = DAY_NS if from_ns // DAY_NS * DAY_NS < hot_ns else HOUR_NS
    last = DAY_NS if (to_ns - 1) // DAY_NS * DAY_NS < hot_ns else HOUR_NS
    return from_ns // unit * unit, -(-to_ns // last) * last


def put_rows(
    db: Connection, kind: str, where: tuple[str, int], held: tuple[int, int], rows: Columns
) -> None:
    """Make `rows` the only ones of a stretch; parts whose bytes stay the same are not written.

    Args:
        db: inside a write transaction.
        kind: of LAYOUTS.
        where: id of the line, and from where on days are kept by the hour.
        held: the stretch; `rows` are all rows of all parts that touch it.
        rows: in any order.
    """
    line, hot_ns = where
    order = np.lexsort((rows["t0_ns"], rows["machine"]))
    t0_ns = rows["t0_ns"][order]
    day_ns, hour_ns = t0_ns // DAY_NS * DAY_NS, t0_ns // HOUR_NS * HOUR_NS
    start_ns = np.where(day_ns < hot_ns, day_ns, hour_ns)
    wanted = {"line": line, "kind": kind, "from_ns": held[0], "to_ns": held[1]}
    there = {(row.from_ns, row.to_ns): row for row in db.execute(THERE, wanted)}
    fresh = []
    for from_ns in np.unique(start_ns).tolist():
        to_ns = from_ns + (DAY_NS if from_ns < hot_ns else HOUR_NS)
        mine = chosen(rows, order[start_ns == from_ns])
        body, old = pack(mine, LAYOUTS[kind]), there.get((from_ns, to_ns))
        if old is not None and old.body == body:
            del there[from_ns, to_ns]
            continue
        key = {"kind": kind, "line": line, "from_ns": from_ns, "to_ns": to_ns}
        fresh.append({**key, **described(mine), "body": body})
    if there:
        db.execute(TAKE, {"ids": [row.id for row in there.values()]})
    if fresh:
        db.execute(ADD, fresh)


def described(rows: Columns) -> dict[str, int]:
    """What is known of a part without opening it."""
    restated_ns = 0
    if "revision" in rows:
        restated_ns = int(rows["knowledge_ns"][rows["revision"] > 0].max(initial=0))
    return {"rows": len(rows["t0_ns"]), "restated_ns": restated_ns}


def add_rows(db: Connection, kind: str, line: str, rows: Columns) -> None:
    """Add rows to those of their days."""
    for day in np.unique(rows["t0_ns"] // DAY_NS).tolist():
        mine = chosen(rows, rows["t0_ns"] // DAY_NS == day)
        from_ns, to_ns = day * DAY_NS, (day + 1) * DAY_NS
        there = load(db, kind, line, from_ns, to_ns)
        put_rows(db, kind, (line, to_ns), (from_ns, to_ns), joined([there, mine], kind))


def compact(db: Connection, line: str, from_ns: int, hot_ns: int) -> None:
    """Put the hours of days before `hot_ns` together."""
    for day_ns in range(from_ns // DAY_NS * DAY_NS, hot_ns, DAY_NS):
        for kind in LAYOUTS:
            rows = load(db, kind, line, day_ns, day_ns + DAY_NS)
            put_rows(db, kind, (line, hot_ns), (day_ns, day_ns + DAY_NS), rows)
