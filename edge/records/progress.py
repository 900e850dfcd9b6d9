"""How far the fold has come: marks on what is to be done, anchors, extents and the scan's cursor.

All functions work inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from edge.model import HOUR_NS
from edge.records.elements import anchor, extent, fold_state, mark


class Mark(NamedTuple):
    """Rows of a line that touch [from_ns, to_ns] may be wrong until they are folded again."""

    id: int
    line: str
    from_ns: int
    to_ns: int
    origin: str = ""


class Life(NamedTuple):
    """What is known of a machine's time."""

    first_ns: int  # proofs of life
    last_ns: int
    watermark_ns: int  # buckets that end up to here are final


def add_marks(db: Connection, marks: Iterable[tuple[str, int, int]], origin: str) -> None:
    """Mark stretches of lines."""
    rows = [
        {"line": line, "from_ns": from_ns, "to_ns": to_ns, "origin": origin}
        for line, from_ns, to_ns in marks
    ]
    if rows:
        db.execute(insert(mark), rows)


def marks(db: Connection) -> list[Mark]:
    """All marks there are."""
    query = select(mark.c.id, mark.c.line, mark.c.from_ns, mark.c.to_ns, mark.c.origin)
    return [Mark(*row) for row in db.execute(query.order_by(mark.c.id))]


def take_marks(db: Connection, ids: list[int]) -> bool:
    """Remove marks; False, and nothing is removed, where another process did one of them."""
    there = set(db.execute(select(mark.c.id).where(mark.c.id.in_(ids))).scalars())
    if there != set(ids):
        return False
    db.execute(delete(mark).where(mark.c.id.in_(ids)))
    return True


def lives(db: Connection) -> dict[tuple[str, str], Life]:
    """What is known of each machine's time, by line and machine."""
    query = select(
        extent.c.line,
        extent.c.machine,
        extent.c.first_ns,
        extent.c.last_ns,
        extent.c.watermark_ns,
    )
    return {(line, machine): Life(*times) for line, machine, *times in db.execute(query)}


def put_lives(db: Connection, found: Mapping[tuple[str, str], Life]) -> None:
    """Write what is known of some machines' time."""
    query = insert(extent)
    query = query.on_conflict_do_update(set_={n: query.excluded[n] for n in Life._fields})
    rows = [
        {"line": line, "machine": machine, **life._asdict()}
        for (line, machine), life in found.items()
    ]
    if rows:
        db.execute(query, rows)


def anchor_at(db: Connection, line: str, at_ns: int) -> str | None:
    """The anchor of a line at an instant; None where none was kept."""
    query = select(anchor.c.body).where(anchor.c.line == line, anchor.c.at_ns == at_ns)
    return db.execute(query).scalar_one_or_none()


def put_anchors(
    db: Connection, line: str, from_ns: int, to_ns: int, anchors: Mapping[int, str]
) -> None:
    """Make `anchors` the only ones of a line in [from_ns, to_ns]."""
    query = select(anchor.c.at_ns, anchor.c.body).where(
        anchor.c.line == line, anchor.c.at_ns >= from_ns, anchor.c.at_ns <= to_ns
    )
    there = {int(at_ns): str(body) for at_ns, body in db.execute(query)}
    gone = [at_ns for at_ns in there if at_ns not in anchors]
    if gone:
        db.execute(delete(anchor).where(anchor.c.line == line, anchor.c.at_ns.in_(gone)))
    for at_ns, body in anchors.items():
        if there.get(at_ns) != body:
            row = insert(anchor).values(line=line, at_ns=at_ns, body=body)
            db.execute(row.on_conflict_do_update(set_={"body": body}))


def thin_anchors(db: Connection, line: str, hot_ns: int) -> None:
    """Forget the anchors inside hours of days that are no longer made."""
    inside = anchor.c.at_ns % HOUR_NS != 0
    db.execute(delete(anchor).where(anchor.c.line == line, anchor.c.at_ns < hot_ns, inside))


def state(db: Connection, name: str, default: str = "") -> str:
    """One thing that the fold wrote down."""
    found = db.execute(select(fold_state.c.value).where(fold_state.c.name == name))
    value = found.scalar_one_or_none()
    return default if value is None else str(value)


def put_state(db: Connection, name: str, value: str) -> None:
    """Write one thing down."""
    row = insert(fold_state).values(name=name, value=value)
    db.execute(row.on_conflict_do_update(set_={"value": value}))
