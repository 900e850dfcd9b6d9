"""Signals and texts out of a damaged journal, filled up from what the parts say of themselves."""

import sqlite3
from typing import NamedTuple

from edge.archive.relisting import Told
from edge.catalog import digest
from edge.mending.examining import is_symbol_of
from edge.mending.reading import Cells, rows_of

MARGIN = 1_000  # ids left out where nobody knows which were given


class Names(NamedTuple):
    """What numbers stand for."""

    signals: list[Cells]  # id, path, kind, unit, source
    symbols: dict[int, str]
    next_id: int  # 0: the one behind the last
    notes: list[str]


def names_of(old: sqlite3.Connection, told: list[Told]) -> Names:
    """As they are in the journal; where it is not whole, the parts are believed first."""
    rows = list(rows_of(old, "signal", "id, path, kind, unit, source", "id"))
    symbols = {
        symbol: text
        for symbol, text in rows_of(old, "symbol", "symbol, text", "n")
        if is_symbol_of(symbol, text)
    }
    for one in told:
        symbols |= one.symbols
    if is_vouched(old, rows):
        return Names(rows, symbols, 0, [])
    sources = {row[0]: row[4] for row in rows if isinstance(row[4], str)}
    known = {
        entry.id: (entry.id, path, entry.kind, entry.unit, sources.get(entry.id, ""))
        for one in told
        for path, entry in one.signals.items()
    }
    others = [row for row in rows if row[0] not in known]
    last = max([0, *known, *(row[0] for row in rows if isinstance(row[0], int))])
    note = f"names of signals were damaged: {len(known)} are as the archive has them"
    return Names([*known.values(), *others], symbols, last + MARGIN, [note])


def is_vouched(old: sqlite3.Connection, rows: list[Cells]) -> bool:
    """Whether the signals are those that were written."""
    try:
        found = old.execute("select digest from vouched where name = 'signal'").fetchone()
        if found is not None:
            return bool(found[0] == digest(old))
    except sqlite3.Error:
        pass  # written by a version that did not vouch, or not readable
    return bool(rows) and [row[0] for row in rows] == list(range(1, len(rows) + 1))
