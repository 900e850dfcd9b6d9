"""What is taken from a subject once its rows are made: the parts that lie in the window."""

import numpy as np

from edge.engine.machine.spans import Spans
from edge.engine.machine.subjects import Made, Subject
from edge.model import HOUR_NS, I64
from edge.records.loosened import Unplaced
from edge.records.parts import Columns

BEGIN_NS, END_NS = 0, 1 << 62  # before and after all samples


def outside(extents: list[tuple[int, int]]) -> tuple[I64, I64]:
    """Time before the first and after the last proof of life of any of some machines."""
    if not extents:
        return np.array([BEGIN_NS]), np.array([END_NS])
    first_ns, last_ns = min(first for first, _ in extents), max(last for _, last in extents)
    return np.array([BEGIN_NS, last_ns]), np.array([first_ns, END_NS])


def inside(columns: Columns, from_ns: int, to_ns: int) -> Columns:
    """The rows that begin in [from_ns, to_ns)."""
    chosen = (columns["t0_ns"] >= from_ns) & (columns["t0_ns"] < to_ns)
    return {name: column[chosen] for name, column in columns.items()}


def unplaced(subject: Subject, made: Made, from_ns: int, to_ns: int) -> list[Unplaced]:
    """The loose increments whose bucket begins in [from_ns, to_ns)."""
    found = []
    for quantity, increment in made.loose:
        bucket_ns = int(made.columns["t0_ns"][increment.bucket])
        if from_ns <= bucket_ns < to_ns:
            span = increment.t0_ns, increment.t1_ns, bucket_ns
            amounts = increment.amount, increment.low, increment.high
            found.append(Unplaced(subject.name, quantity, *span, *amounts))
    return found


def spans_of(subject: Subject, from_ns: int, to_ns: int) -> Columns:
    """What it did in [from_ns, to_ns), cut at hours and where the product changes."""
    spans = subject.states.cut(from_ns, to_ns) if from_ns < to_ns else Spans.empty()
    hours = np.arange(from_ns // HOUR_NS * HOUR_NS, to_ns, HOUR_NS)
    edges = np.append(subject.products.t0_ns, hours)
    edges = edges[(edges > from_ns) & (edges < to_ns)]
    t0_ns = np.unique(np.concatenate([spans.t0_ns, edges]))
    return {
        "machine": np.full(len(t0_ns), subject.words.code(subject.name), np.int32),
        "t0_ns": t0_ns,
        "t1_ns": np.append(t0_ns[1:], to_ns)[: len(t0_ns)],
        "state": spans.at(t0_ns).astype(np.int8),
        "product": subject.products.at(t0_ns).astype(np.int32),
    }
