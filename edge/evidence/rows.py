"""Element rows of a package: as a table for others, and compared with rows computed anew.

Two rows are the same when all their columns are but those that tell when something came to be
known: these are history, and no sample tells them. Nor are the names of versions compared: they
stand for tables that lie in the package, and a later release may name the same ones otherwise.
"""

from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from edge.archive.tables import Table
from edge.engine.view import day_text
from edge.model import DAY_NS, I64
from edge.moment import rfc3339
from edge.records.database import Records, Transaction
from edge.records.elements import CODED, ELEMENT, META, NOT_COMPARED, VERSIONS
from edge.records.parts import Columns, Elements, coded, load, read_elements
from edge.records.shelves import put_rows
from edge.site import Site

KEPT = (*META, *VERSIONS, "flags")  # taken over from the filed rows
COMPARED = [name for name in ELEMENT if name not in {*META, *VERSIONS}]
EPOCH_DAY = np.datetime64("1970-01-01", "D")


class Difference(NamedTuple):
    """The first place in which two tables differ."""

    line: str
    machine: str | None
    t0_ns: int
    column: str
    filed: object
    found: object

    def say(self, zone: ZoneInfo) -> str:
        """Where and what, for people."""
        hour = rfc3339(self.t0_ns // 3_600_000_000_000 * 3_600_000_000_000, zone)
        who = f"{self.line}/{self.machine}" if self.machine else self.line
        return (
            f"hour {hour}, {who}, row of {rfc3339(self.t0_ns, zone)}: {self.column} is filed as"
            f" {self.filed}, the samples give {self.found}"
        )


def table_of(site: Site, lines: dict[str, Elements]) -> Table:
    """The rows of some lines as a table with texts in place of numbers, by line, machine, time."""
    found: dict[str, list[Any]] = {name: [] for name in ("site", "line", *ELEMENT)}
    for line, rows in lines.items():
        rows = in_order(rows)  # noqa: PLW2901 - the same rows
        found["site"] += [site.id] * len(rows)
        found["line"] += [line] * len(rows)
        for name in ELEMENT:
            found[name].append(told(rows, name))
    joined: dict[str, Any] = {"site": found["site"], "line": found["line"]}
    for name in ELEMENT:
        parts = found[name]
        texts = bool(parts) and isinstance(parts[0], list)
        joined[name] = list(chain(*parts)) if texts else np.concatenate(parts)
    return joined


def told(rows: Elements, name: str) -> "NDArray[Any] | list[str | None]":
    """One column as others read it."""
    if name in CODED:
        return rows.texts(name)
    if name == "production_day":
        return [day_text(day) for day in rows[name].tolist()]
    return rows[name]


def rows_of(table: Table, line: str) -> Elements:
    """The rows of one line out of such a table."""
    mine = np.flatnonzero(np.array(table["line"], np.str_) == line)
    texts = {name: [table[name][i] for i in mine.tolist()] for name in CODED if name in table}
    distinct = sorted({text for column in texts.values() for text in column if text is not None})
    codes = {text: code for code, text in enumerate(distinct, 1)}
    columns: Columns = {}
    for name, kind in ELEMENT.items():
        if name in CODED:
            columns[name] = np.array([codes.get(text or "", 0) for text in texts[name]], kind)
        elif name == "production_day":
            days = np.array(table[name], "datetime64[D]")[mine]
            columns[name] = (days - EPOCH_DAY).astype(kind)
        else:
            columns[name] = np.asarray(table[name])[mine].astype(kind)
    return Elements(columns, {code: text for text, code in codes.items()})


def in_order(rows: Elements) -> Elements:
    """The rows by machine and time; those of the line itself first."""
    machines = np.array([text or "" for text in rows.texts("machine")], np.str_)
    return rows.take(np.lexsort((rows["t0_ns"], machines)).astype(np.int64))


def inside(rows: Elements, from_ns: int, to_ns: int) -> Elements:
    """The rows that lie in an interval whole."""
    return rows.take((rows["t0_ns"] >= from_ns) & (rows["t1_ns"] <= to_ns))


def difference(line: str, filed: Elements, found: Elements) -> Difference | None:
    """The earliest row in which two tables of a line differ; None where they are the same."""
    filed, found = in_order(filed), in_order(found)
    keys = [list(zip(e.texts("machine"), e["t0_ns"].tolist(), strict=True)) for e in (filed, found)]
    if keys[0] != keys[1]:
        machine, t0_ns = min(set(keys[0]) ^ set(keys[1]), key=lambda key: (key[1], key[0] or ""))
        there = (machine, t0_ns) in set(keys[0])
        told_as = ("a row", "none") if there else ("no row", "one")
        return Difference(line, machine, t0_ns, "the row", *told_as)
    earliest: Difference | None = None
    for name in COMPARED:
        one, two = compared(filed, name), compared(found, name)
        differs = one != two
        if one.dtype.kind == "f":
            differs &= ~(np.isnan(one) & np.isnan(two))
        for at in np.flatnonzero(differs)[np.argsort(filed["t0_ns"][differs], kind="stable")][:1]:
            key = keys[0][int(at)]
            if earliest is None or key[1] < earliest.t0_ns:
                earliest = Difference(line, *key, name, one[at], two[at])
    return earliest


def compared(rows: Elements, name: str) -> NDArray[Any]:
    """One column as it is compared."""
    if name in CODED:
        return np.array([text or "" for text in rows.texts(name)], np.str_)
    return rows[name] & ~NOT_COMPARED if name == "flags" else rows[name]


def remember(records: Records, line: str, filed: Elements, span: tuple[int, int]) -> None:
    """Give rows computed anew the history that the filed ones have.

    Args:
        records: with the rows computed anew.
        line: whose.
        filed: rows that equal them.
        span: whole days that hold all rows there are.
    """
    fresh = read_elements(records, line, *span)
    place = places(fresh, filed)
    mine, theirs = np.flatnonzero(place >= 0), place[place >= 0]
    with records.writing() as db:
        columns = dict(load(db, "element", line, *span))
        for name in KEPT:
            columns[name] = columns[name].copy()
            columns[name][mine] = numbered(db, filed, name)[theirs]
        put_rows(db, "element", (line, span[1] + DAY_NS), span, columns)


def numbered(db: Transaction, rows: Elements, name: str) -> NDArray[Any]:
    """A column whose texts have the numbers of these records."""
    if name not in CODED:
        return rows[name]
    texts = rows.texts(name)
    known = coded(db, {text for text in texts if text})
    return np.array([known.get(text or "", 0) for text in texts], np.int32)


def places(fresh: Elements, filed: Elements) -> I64:
    """Of each fresh row the place of the filed one of its machine and time; -1 = none."""
    keys = zip(filed.texts("machine"), filed["t0_ns"].tolist(), strict=True)
    known = {key: at for at, key in enumerate(keys)}
    wanted = zip(fresh.texts("machine"), fresh["t0_ns"].tolist(), strict=True)
    return np.array([known.get(key, -1) for key in wanted], np.int64)


def zone_of(site: Site) -> ZoneInfo:
    """The zone in which people read its times."""
    return ZoneInfo(site.timezone)
