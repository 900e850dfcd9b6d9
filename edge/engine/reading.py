"""The rows of an interval, as a question means them: whole buckets, or folded anew at its edges."""

import numpy as np

from edge.engine.view import View
from edge.model import BOOL
from edge.plant import Line
from edge.records.parts import Elements, read_elements


def rows_between(view: View, line: Line, from_ns: int, to_ns: int) -> Elements:
    """Element rows of a line and its machines that lie in [from_ns, to_ns).

    A bucket that an edge of the interval cuts is folded anew with that edge as a boundary; nothing
    of it is stored.
    """
    rows = read_elements(view.records, line.id, from_ns, to_ns)
    cut: BOOL = (rows["t0_ns"] < from_ns) | (rows["t1_ns"] > to_ns)
    if not cut.any():
        return rows
    begins = np.unique(rows["t0_ns"][cut]).tolist()
    pieces = [rows.take(~cut)]
    for begin in begins:
        end = int(rows["t1_ns"][cut & (rows["t0_ns"] == begin)].max())
        edges = max(begin, from_ns), min(end, to_ns)
        pieces.append(view.refold(line, edges))
    words = {code: text for piece in pieces for code, text in piece.words.items()}
    columns = {
        name: np.concatenate([piece.columns[name] for piece in pieces]) for name in rows.columns
    }
    return Elements(columns, words)
