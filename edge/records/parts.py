"""Rows as packed columns: how parts are written and read, and `Elements`, which readers get.

A body is its columns one behind the other in the order of their layout, little-endian, compressed
as one; the number of rows stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

import numpy as np
import zstandard
from numpy.typing import DTypeLike, NDArray
from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.dialects.sqlite import insert

from edge.model import BOOL, I64
from edge.records.database import Records
from edge.records.elements import CODED, IDENTITY, LAYOUTS, loose, part, word

Columns = dict[str, NDArray[Any]]
LEVEL = 3
NEAR = (  # asked every second, so put together once
    select(part.c.rows, part.c.body)
    .where(part.c.line == bindparam("line"), part.c.kind == bindparam("kind"))
    .where(part.c.from_ns < bindparam("to_ns"), part.c.to_ns > bindparam("from_ns"))
    .order_by(part.c.from_ns)
)
RESTATED = NEAR.where(or_(part.c.restated_ns > bindparam("since_ns"), part.c.restated_ns.is_(None)))
WORDS = select(word.c.id, word.c.text)
CODES = select(word.c.text, word.c.id).where(word.c.text.in_(bindparam("texts", expanding=True)))
ADD_WORD = insert(word).on_conflict_do_nothing()
BY_TIME = tuple(  # by all that an increment is; its id, which tells when it came, tells no more
    loose.c[name]
    for name in ("t1_ns", "machine", "quantity", "t0_ns", "amount", "low", "high", "id")
)


@dataclass(frozen=True, slots=True)
class Elements:
    """Rows as columns of one length, with the words they use; those of a machine go by time."""

    columns: Columns
    words: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.columns["t0_ns"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def take(self, rows: BOOL | I64 | slice) -> Self:
        """The chosen rows: a mask, positions or a slice."""
        chosen = {name: column[rows] for name, column in self.columns.items()}
        return type(self)(chosen, self.words)

    def of(self, machine: str | None) -> Self:
        """The rows of one machine; of the line itself for None."""
        code = self.code(machine)
        return self.take(self.columns["machine"] == code)

    def overlapping(self, from_ns: int, to_ns: int) -> Self:
        """The rows that share time with [from_ns, to_ns), whole."""
        inside = (self.columns["t1_ns"] > from_ns) & (self.columns["t0_ns"] < to_ns)
        return self if inside.all() else self.take(inside)

    def code(self, text: str | None) -> int:
        """The number that stands for `text` in the coded columns; -1 where none uses it."""
        if text is None:
            return 0
        return next((code for code, known in self.words.items() if known == text), -1)

    def texts(self, name: str) -> list[str | None]:
        """A coded column as texts; null is None."""
        if name not in CODED:
            raise KeyError(f"{name} is no coded column; these are: {', '.join(sorted(CODED))}")
        return [self.words.get(code) for code in self.columns[name].tolist()]


def read_elements(
    records: Records,
    line: str,
    from_ns: int,
    to_ns: int,
    *,
    as_of: int | None = None,
    kind: str = "element",
) -> Elements:
    """Rows of a line that overlap [from_ns, to_ns), whole rows, the latest revision of each.

    They come in no promised order, but those of one machine come by time.

    Args:
        records: where they lie.
        line: id of the line; the rows of its machines come too.
        from_ns: start of the interval.
        to_ns: end of the interval.
        as_of: an instant; then what was known at it.
        kind: "element", or "usage" for the material usage table.
    """
    with records.reading() as db:
        columns = load(db, kind, line, from_ns, to_ns)
        if as_of is not None:
            old = load(db, f"{kind}_replaced", line, from_ns, to_ns)
            columns = known_at(joined([columns, old], kind), IDENTITY[kind], as_of)
        texts = known_words(db)
    return Elements(columns, texts).overlapping(from_ns, to_ns)


def read_restated(
    records: Records, kind: str, line: str, span: tuple[int, int], since_ns: int
) -> I64:
    """When rows of a line that overlap a span and restate others became known, if after `since_ns`.

    Only parts that hold such rows are opened: over a year that nothing restated it is one query.
    """
    with records.reading() as db:
        columns = load(db, kind, line, *span, since_ns=since_ns)
    rows = Elements(columns, {}).overlapping(*span)
    known: I64 = rows["knowledge_ns"][(rows["revision"] > 0) & (rows["knowledge_ns"] > since_ns)]
    return known


def read_spans(records: Records, line: str, from_ns: int, to_ns: int) -> Elements:
    """The states of a line's machines in [from_ns, to_ns), cut at hours or days."""
    with records.reading() as db:
        columns, texts = load(db, "span", line, from_ns, to_ns), known_words(db)
    return Elements(columns, texts).overlapping(from_ns, to_ns)


def known_at(columns: Columns, identity: tuple[str, ...], as_of: int) -> Columns:
    """Of each identity the greatest revision known at `as_of`; rows taken back are left out."""
    known = np.flatnonzero(columns["knowledge_ns"] <= as_of)
    keys = [columns[name][known] for name in reversed(identity)]
    order = known[np.lexsort((columns["revision"][known], *keys))]
    last = np.ones(len(order), np.bool_)
    if len(order):
        same = [columns[name][order][1:] == columns[name][order][:-1] for name in identity]
        last[:-1] = ~np.logical_and.reduce(same)
    kept = order[last]
    kept = kept[columns["t1_ns"][kept] > columns["t0_ns"][kept]]
    return {name: column[kept] for name, column in columns.items()}


def load(
    db: Connection,
    kind: str,
    line: str,
    from_ns: int,
    to_ns: int,
    *,
    since_ns: int | None = None,
) -> Columns:
    """All rows of the parts that can hold rows of [from_ns, to_ns).

    With an instant, only of parts in which a row was restated after it.
    """
    wanted = {"line": line, "kind": kind, "from_ns": from_ns, "to_ns": to_ns}
    if since_ns is None:
        rows = db.execute(NEAR, wanted).all()
    else:
        rows = db.execute(RESTATED, {**wanted, "since_ns": since_ns}).all()
    return unpack_all([(int(count), body) for count, body in rows], LAYOUTS[kind])


def spans(db: Connection, kind: str, line: str, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
    """From when to when each part reaches that can hold rows of [from_ns, to_ns)."""
    rows = db.execute(
        select(part.c.from_ns, part.c.to_ns)
        .where(part.c.line == line, part.c.kind == kind)
        .where(part.c.from_ns < to_ns, part.c.to_ns > from_ns)
    )
    return [(int(begin_ns), int(end_ns)) for begin_ns, end_ns in rows]


def known_words(db: Connection) -> dict[int, str]:
    """All words there are."""
    return {int(code): str(text) for code, text in db.execute(WORDS)}


def coded(db: Connection, texts: set[str]) -> dict[str, int]:
    """The numbers of `texts`; new ones get theirs now, inside the caller's write transaction."""
    found = {str(text): int(code) for text, code in db.execute(CODES, {"texts": sorted(texts)})}
    if found.keys() >= texts:  # as nearly always
        return found
    db.execute(ADD_WORD, [{"text": text} for text in sorted(texts - found.keys())])
    return coded(db, texts)


def read_loose(
    records: Records, line: str, from_ns: int, to_ns: int, *, as_of: int | None = None
) -> list[dict[str, Any]]:
    """Loose increments of a line that touch [from_ns, to_ns), as rows of the table `loose`.

    By time and in one order, whenever each came to be known: sums of floats depend on it.
    """
    query = select(loose).where(
        loose.c.line == line, loose.c.t1_ns > from_ns, loose.c.t0_ns < to_ns
    )
    if as_of is None:
        query = query.where(loose.c.replaced_ns.is_(None))
    else:
        later = loose.c.replaced_ns.is_(None) | (loose.c.replaced_ns > as_of)
        query = query.where(loose.c.knowledge_ns <= as_of, later)
    with records.reading() as db:
        found = db.execute(query.order_by(*BY_TIME)).mappings()
        return [dict(row) for row in found]


def pack(columns: Columns, layout: Mapping[str, DTypeLike]) -> bytes:
    """A body of these rows."""
    raw = b"".join(
        np.ascontiguousarray(columns[name], np.dtype(kind).newbyteorder("<")).tobytes()
        for name, kind in layout.items()
    )
    return zstandard.ZstdCompressor(level=LEVEL).compress(raw)


def unpack_all(bodies: list[tuple[int, bytes]], layout: Mapping[str, DTypeLike]) -> Columns:
    """The rows of several bodies, one after the other."""
    total = sum(count for count, _ in bodies)
    columns, blocks = Columns(), list[NDArray[Any]]()
    for kind, names in groupby(layout, lambda name: np.dtype(layout[name])):
        blocks.append(np.empty((len(alike := list(names)), total), kind))
        columns |= zip(alike, blocks[-1], strict=True)
    codec, place = zstandard.ZstdDecompressor(), 0
    for count, body in bodies:
        raw, offset = codec.decompress(body), 0
        for block in blocks:  # neighbouring columns of one type are copied at once
            kind, wide = block.dtype.newbyteorder("<"), len(block)
            found = np.frombuffer(raw, kind, wide * count, offset)
            block[:, place : place + count] = found.reshape(wide, count)
            offset += found.nbytes
        place += count
    return columns


def chosen(columns: Columns, rows: BOOL | I64) -> Columns:
    """Some of the rows: a mask or positions."""
    return {name: column[rows] for name, column in columns.items()}


def joined(rows: list[Columns], kind: str) -> Columns:
    """All rows of all, in the order given."""
    if not rows:
        return {name: np.empty(0, dtype) for name, dtype in LAYOUTS[kind].items()}
    if len(rows) == 1:
        return {name: rows[0][name] for name in LAYOUTS[kind]}
    return {name: np.concatenate([each[name] for each in rows]) for name in LAYOUTS[kind]}
