"""The rows of an interval, as a question means them: whole buckets, or folded anew at its edges."""

import numpy as np

from edge.engine.view import View
from edge.plant import Line
from edge.records.elements import CODED, ELEMENT
from edge.records.parts import Elements, read_elements

BUCKET_NS = 900_000_000_000


def rows_between(view: View, line: Line, from_ns: int, to_ns: int) -> Elements:
    """Element rows of a line and its machines that lie in [from_ns, to_ns).

    A bucket that an edge of the interval cuts is folded anew with that edge as a boundary; nothing
    of it is stored.
    """
    rows = read_elements(view.records, line.id, from_ns, to_ns)
    anew = [part for part in edge_parts(from_ns, to_ns) if is_cut(rows, part, (from_ns, to_ns))]
    for part in anew:
        outside = (rows["t1_ns"] <= part[0]) | (rows["t0_ns"] >= part[1])
        rows = joined(rows.take(outside), view.refold(line, part))
    return rows


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
    columns = {}
    for name in ELEMENT:
        added = into[more[name]] if name in CODED else more[name]
        columns[name] = np.concatenate([rows[name], added]).astype(ELEMENT[name])
    return Elements(columns, words)
