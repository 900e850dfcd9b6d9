"""The rows of an interval, as a question means them: whole buckets, or folded anew at its edges."""

from typing import NamedTuple

import numpy as np

from edge.engine.view import View
from edge.records.elements import CODED, META
from edge.records.parts import Columns, Elements, read_elements
from edge.site import Line

BUCKET_NS = 900_000_000_000


class Extract(NamedTuple):
    """The element rows of an interval, and what was used of materials in it."""

    rows: Elements
    usage: Elements


def read(view: View, line: Line, from_ns: int, to_ns: int) -> Extract:
    """Rows of a line and its machines that lie in [from_ns, to_ns), and its material usage.

    A bucket that an edge of the interval cuts is folded anew with that edge as a boundary; nothing
    of it is stored. Its parts are as provisional and as often revised as the whole.
    """
    from_ns = min(from_ns, to_ns)
    rows = read_elements(view.records, line.id, from_ns, to_ns)
    usage = read_elements(view.records, line.id, from_ns, to_ns, kind="usage")
    for part in edge_parts(from_ns, to_ns):
        if is_cut(rows, part, (from_ns, to_ns)):
            anew = view.refold(line.id, *part)
            rows, usage = replaced(rows, anew.rows, part), replaced(usage, anew.usage, part)
    return Extract(rows, usage)


def rows_between(view: View, line: Line, from_ns: int, to_ns: int) -> Elements:
    """The element rows alone."""
    return read(view, line, from_ns, to_ns).rows


def edge_parts(from_ns: int, to_ns: int) -> list[tuple[int, int]]:
    """The parts of buckets at the edges of an interval; one, where both lie in one bucket."""
    first, last = -(-from_ns // BUCKET_NS) * BUCKET_NS, to_ns // BUCKET_NS * BUCKET_NS
    if first > last:
        return [(from_ns, to_ns)]
    parts = [(from_ns, first), (last, to_ns)]
    return [part for part in parts if part[0] < part[1]]


def is_cut(rows: Elements, part: tuple[int, int], window: tuple[int, int]) -> bool:
    """Whether a stored row of this part reaches over an edge of the window."""
    here = (rows["t1_ns"] > part[0]) & (rows["t0_ns"] < part[1])
    over = (rows["t0_ns"] < window[0]) | (rows["t1_ns"] > window[1])
    return bool((here & over).any())


def replaced(rows: Elements, anew: Elements, part: tuple[int, int]) -> Elements:
    """The rows with those of one part made anew."""
    outside = (rows["t1_ns"] <= part[0]) | (rows["t0_ns"] >= part[1])
    return joined(rows.take(outside), aged(anew, rows.take(~outside)))


def aged(anew: Elements, stored: Elements) -> Elements:
    """Rows made anew with revision and status of the stored ones whose time they share."""
    columns, names = dict(anew.columns), anew.texts("machine")
    columns |= {name: columns[name].copy() for name in META}
    columns["reason"][:] = 0  # the row is not stored, so nothing is said of why
    for at in range(len(stored)):  # of one bucket: a few for each machine
        name = stored.words.get(int(stored["machine"][at]))
        own = np.array([machine == name for machine in names], np.bool_)
        own &= (anew["t0_ns"] < stored["t1_ns"][at]) & (anew["t1_ns"] > stored["t0_ns"][at])
        for meta in ("revision", "status", "knowledge_ns"):
            columns[meta][own] = stored[meta][at]
    return Elements(columns, anew.words)


def joined(rows: Elements, more: Elements) -> Elements:
    """Rows of two tables as one, whatever numbers each gave to its words."""
    words = dict(rows.words)
    codes = {text: code for code, text in words.items()}
    for text in more.words.values():
        if text not in codes:
            codes[text] = max(words, default=0) + 1
            words[codes[text]] = text
    into = np.zeros(max(more.words, default=0) + 1, np.int32)
    for code, text in more.words.items():
        into[code] = codes[text]
    columns: Columns = {}
    for name, column in rows.columns.items():
        added = into[more[name]] if name in CODED else more[name]
        columns[name] = np.concatenate([column, added]).astype(column.dtype)
    return Elements(columns, words)
