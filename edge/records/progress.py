"""How far the fold has come: marks on what is to be done, anchors, extents and the scan's cursor.

All functions work inside the caller's transaction. Questions of every second are made once: to put
one together takes SQLAlchemy as long as SQLite takes to answer.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from edge.model import HOUR_NS
from edge.records.elements import anchor, extent, fold_state, mark

MARKS = select(mark.c.id, mark.c.line, mark.c.from_ns, mark.c.to_ns, mark.c.origin).order_by(
    mark.c.id
)
ADD_MARK = insert(mark)
THESE = mark.c.id.in_(bindparam("ids", expanding=True))
THERE, TAKE = select(mark.c.id).where(THESE), delete(mark).where(THESE)
LIVES = select(
    extent.c.line, extent.c.machine, extent.c.first_ns, extent.c.last_ns, extent.c.watermark_ns
)
ANCHOR = select(anchor.c.body).where(
    anchor.c.line == bindparam("line"), anchor.c.at_ns == bindparam("at_ns")
)
ANCHORS = select(anchor.c.at_ns, anchor.c.body).where(
    anchor.c.line == bindparam("line"),
    anchor.c.at_ns >= bindparam("from_ns"),
    anchor.c.at_ns <= bindparam("to_ns"),
)
PUT_ANCHOR = insert(anchor)
PUT_ANCHOR = PUT_ANCHOR.on_conflict_do_update(set_={"body": PUT_ANCHOR.excluded.body})
STATE = select(fold_state.c.value).where(fold_state.c.name == bindparam("name"))
STATES = select(fold_state.c.name, fold_state.c.value)
PUT_STATE = insert(fold_state)
PUT_STATE = PUT_STATE.on_conflict_do_update(set_={"value": PUT_STATE.excluded.value})


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


PUT_LIFE = insert(extent)
PUT_LIFE = PUT_LIFE.on_conflict_do_update(set_={n: PUT_LIFE.excluded[n] for n in Life._fields})


def add_marks(db: Connection, marks: Iterable[tuple[str, int, int]], origin: str) -> None:
    """Mark stretches of lines."""
    rows = [
        {"line": line, "from_ns": from_ns, "to_ns": to_ns, "origin": origin}
        for line, from_ns, to_ns in marks
    ]
    if rows:
        db.execute(ADD_MARK, rows)


def marks(db: Connection) -> list[Mark]:
    """All marks there are."""
    return [Mark(*row) for row in db.execute(MARKS)]


def take_marks(db: Connection, ids: list[int]) -> bool:
    """Remove marks; False, and nothing is removed, where another process did one of them."""
    there = set(db.execute(THERE, {"ids": ids}).scalars())
    if there != set(ids):
        return False
    db.execute(TAKE, {"ids": ids})
    return True


def lives(db: Connection) -> dict[tuple[str, str], Life]:
    """What is known of each machine's time, by line and machine."""
    return {(line, machine): Life(*times) for line, machine, *times in db.execute(LIVES)}


def put_lives(db: Connection, found: Mapping[tuple[str, str], Life]) -> None:
    """Write what is known of some machines' time."""
    rows = [
        {"line": line, "machine": machine, **life._asdict()}
        for (line, machine), life in found.items()
    ]
    if rows:
        db.execute(PUT_LIFE, rows)


def anchor_at(db: Connection, line: str, at_ns: int) -> str | None:
    """The anchor of a line at an instant; None where none was kept."""
    return db.execute(ANCHOR, {"line": line, "at_ns": at_ns}).scalar_one_or_none()


def put_anchors(
    db: Connection, line: str, from_ns: int, to_ns: int, anchors: Mapping[int, str]
) -> None:
    """Make `anchors` the only ones of a line in [from_ns, to_ns]."""
    found = db.execute(ANCHORS, {"line": line, "from_ns": from_ns, "to_ns": to_ns})
    there = {int(at_ns): str(body) for at_ns, body in found}
    gone = [at_ns for at_ns in there if at_ns not in anchors]
    if gone:
        db.execute(delete(anchor).where(anchor.c.line == line, anchor.c.at_ns.in_(gone)))
    fresh = [(at_ns, body) for at_ns, body in anchors.items() if there.get(at_ns) != body]
    if fresh:
        db.execute(PUT_ANCHOR, [{"line": line, "at_ns": at, "body": body} for at, body in fresh])


def thin_anchors(db: Connection, line: str, hot_ns: int) -> None:
    """Forget the anchors inside hours of days that are no longer made."""
    inside = anchor.c.at_ns % HOUR_NS != 0
    db.execute(delete(anchor).where(anchor.c.line == line, anchor.c.at_ns < hot_ns, inside))


def state(db: Connection, name: str, default: str = "") -> str:
    """One thing that the fold wrote down."""
    value = db.execute(STATE, {"name": name}).scalar_one_or_none()
    return default if value is None else str(value)


def states(db: Connection) -> dict[str, str]:
    """All that the fold wrote down."""
    return {str(name): str(value) for name, value in db.execute(STATES)}


def put_state(db: Connection, name: str, value: str) -> None:
    """Write one thing down."""
    db.execute(PUT_STATE, {"name": name, "value": value})
