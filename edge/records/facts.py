"""Facts as they are kept: every revision of each, and which one holds.

A fact is never changed: a correction is a further revision, and the last one holds. One that was
taken back has a last revision that says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)

from edge.facts import UNDIVIDED, Fact
from edge.records.database import metadata

AT_ONCE = 500  # names in one question
fact = Table(
    "fact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),  # that all its revisions share
    Column("revision", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("machine", Text),
    Column("kind", Text, nullable=False),
    Column("from_ns", BigInteger, nullable=False),
    Column("to_ns", BigInteger, nullable=False),
    Column("quantity", Float),
    Column("unit", Text, nullable=False),
    Column("what", Text),
    Column("product", Text),
    Column("order", Text),
    Column("lot", Text),
    Column("due", Text),
    Column("origin", Text, nullable=False),
    Column("who", Text),
    Column("note", Text),
    Column("entered_ns", BigInteger, nullable=False),
    Column("replaced_ns", BigInteger),  # null = holds
    Column("withdrawn", Boolean, nullable=False),
    UniqueConstraint("number", "revision"),
    Index("fact_by_name", "name"),
    Index("fact_by_time", "line", "from_ns"),
)
NAMES = tuple(field.name for field in fields(Fact))
OF_LINE = select(fact).where(  # asked every second, so put together once
    fact.c.line == bindparam("line"),
    fact.c.replaced_ns.is_(None),
    fact.c.withdrawn.is_(False),
    fact.c.from_ns < bindparam("to_ns"),
)
TOUCHING = OF_LINE.where(
    (fact.c.to_ns > bindparam("from_ns")) | (fact.c.from_ns >= bindparam("from_ns"))
).order_by(fact.c.from_ns, fact.c.to_ns, fact.c.name)
NAMING = OF_LINE.where(
    fact.c.to_ns >= bindparam("from_ns"),
    fact.c.product.is_not(None) | fact.c.order.is_not(None),
    fact.c.kind.not_in(UNDIVIDED),
)


class Kept(NamedTuple):
    """One revision of a fact."""

    number: int
    revision: int  # 1, 2, …
    entered_ns: int
    withdrawn: bool
    fact: Fact


class Outcome(NamedTuple):
    """What became of a fact that was told, and the revision that held before."""

    became: Literal["new", "same", "corrected"]
    kept: Kept
    before: Kept | None = None


def judged(db: Connection, told: Sequence[Fact], at_ns: int) -> list[Outcome]:
    """What would become of facts; nothing is written.

    One of a known name corrects it, unless its origin has said the same before.

    Args:
        db: inside a transaction.
        told: in their order; names are distinct.
        at_ns: this moment.
    """
    known = by_name(db, [each.name for each in told])
    number = db.execute(select(func.max(fact.c.number))).scalar_one_or_none() or 0
    found: list[Outcome] = []
    for each in told:
        earlier = known.get(each.name, [])
        own = [one for one in earlier if one.fact.origin == each.origin]
        if not earlier:
            number += 1
            found.append(Outcome("new", Kept(number, 1, at_ns, withdrawn=False, fact=each)))
        elif own and own[-1].fact == each:
            found.append(Outcome("same", earlier[-1]))
        else:
            found.append(Outcome("corrected", after(earlier[-1], each, at_ns), earlier[-1]))
    return found


def after(before: Kept, now: Fact, at_ns: int, *, withdrawn: bool = False) -> Kept:
    """The revision that follows one."""
    return Kept(before.number, before.revision + 1, at_ns, withdrawn, now)


def tell(db: Connection, outcomes: Iterable[Outcome]) -> None:
    """Write what was judged to be new or a correction, inside the same write transaction."""
    for became, kept, _ in outcomes:
        if became == "same":
            continue
        query = update(fact).where(fact.c.number == kept.number, fact.c.replaced_ns.is_(None))
        db.execute(query.values(replaced_ns=kept.entered_ns))
        row: dict[str, Any] = {name: getattr(kept.fact, name) for name in NAMES}
        own = {name: getattr(kept, name) for name in Kept._fields if name != "fact"}
        db.execute(insert(fact), {**row, **own, "replaced_ns": None})


def by_name(db: Connection, names: Sequence[str]) -> dict[str, list[Kept]]:
    """All revisions of the facts of some names, oldest first."""
    found: dict[str, list[Kept]] = {}
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        query = select(fact).where(fact.c.name.in_(some)).order_by(fact.c.revision)
        for row in db.execute(query).mappings():
            found.setdefault(str(row["name"]), []).append(kept_of(row))
    return found


def revisions(db: Connection, number: int) -> list[Kept]:
    """All revisions of one fact, oldest first; none where there is no such fact."""
    query = select(fact).where(fact.c.number == number).order_by(fact.c.revision)
    return [kept_of(row) for row in db.execute(query).mappings()]


def holding(
    db: Connection, line: str, from_ns: int, to_ns: int, kinds: Iterable[str] = ()
) -> list[Kept]:
    """The facts of a line that hold and touch [from_ns, to_ns), in an order that never changes.

    Args:
        db: inside a transaction.
        line: id of the line.
        from_ns: begin.
        to_ns: end, exclusive.
        kinds: only these; none given = all.
    """
    wanted = tuple(kinds)
    query = TOUCHING.where(fact.c.kind.in_(wanted)) if wanted else TOUCHING
    rows = db.execute(query, {"line": line, "from_ns": from_ns, "to_ns": to_ns}).mappings()
    return [kept_of(row) for row in rows]


def naming(db: Connection, line: str, from_ns: int, to_ns: int) -> list[Fact]:
    """The facts of a line that name what ran, and may touch [from_ns, to_ns), but for runs."""
    rows = db.execute(NAMING, {"line": line, "from_ns": from_ns, "to_ns": to_ns}).mappings()
    return [kept_of(row).fact for row in rows]


def kept_of(row: RowMapping) -> Kept:
    """One revision out of its row."""
    told = Fact(**{name: row[name] for name in NAMES})
    return Kept(row["number"], row["revision"], row["entered_ns"], row["withdrawn"], told)
