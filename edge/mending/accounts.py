"""The accounts after a loss: what they say is stored has to be there."""

import sqlite3
from collections import Counter
from collections.abc import Iterable

import numpy as np

from edge.archive.manifest import Part
from edge.model import I64, U32
from edge.packing import unpack

IMPORT = "import"  # its rows are of signals that belong to other sources
TAKE = "update account set stored = max(stored - ?, 0) where source = ?"


def balanced(
    new: sqlite3.Connection, parts: Iterable[Part], bodies: Iterable[bytes], nobodys: str
) -> int:
    """Take what is lost from what the accounts say is stored; how many rows that are.

    An account of an earlier day, beside parts that were sealed since, gets what they hold. Where
    files were imported, nobody can tell whose rows of a signal are lost, and the source with the
    most rows loses them. A source whose account is lost gets one that says what is there; rows of
    signals whose source is not known any more are counted under `nobodys`.
    """
    told = dict(new.execute("select source, stored from account").fetchall())
    kept = kept_by_source(new, parts, bodies)
    kept[nobodys] += kept.pop("", 0)
    kept = +kept  # without those that have none
    for source in kept.keys() - told.keys() if IMPORT not in told else ():
        new.execute("insert into account values (?, ?, 0, 0)", (source, kept[source]))
    lost = sum(told.values()) - sum(kept[source] for source in told)
    if IMPORT in told:
        lost = sum(told.values()) - kept.total()
    live = {source: rows for source, rows in told.items() if source != IMPORT}
    if IMPORT in told and live:
        by_source = {max(live, key=live.__getitem__): lost}
    else:
        by_source = {source: rows - kept[source] for source, rows in told.items()}
    for source, rows in by_source.items():
        new.execute(TAKE, (rows, source))
    return max(lost, 0)


def kept_by_source(
    new: sqlite3.Connection, parts: Iterable[Part], bodies: Iterable[bytes]
) -> Counter[str]:
    """How many rows there are of each source's signals."""
    sources = dict(new.execute("select id, source from signal").fetchall())
    kept = Counter[str]()
    for part in parts:
        add(kept, sources, part.signals, part.counts)
    for body in bodies:
        add(kept, sources, *np.unique(unpack(body).signal, return_counts=True))
    return kept


def add(kept: Counter[str], sources: dict[int, str], signals: U32, counts: U32 | I64) -> None:
    """Add rows of signals to their sources."""
    for signal, rows in zip(signals.tolist(), counts.tolist(), strict=True):
        kept[sources.get(signal, "")] += rows
