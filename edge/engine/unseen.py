"""Planned time that no row covers: nobody knows what the machine did then, and that is a state.

Rows end with the last proof of life. Whoever asks about an interval asks about all of its planned
time, so what lies outside the rows is added as unknown: no count, no state, no good end.
"""

import numpy as np
from numpy.typing import NDArray

from edge.engine.calendars import Hours
from edge.engine.rows import within
from edge.model import I64
from edge.records.elements import ELEMENT, FINAL
from edge.records.parts import Columns, Elements

HOUR_NS = 3_600_000_000_000
I32 = NDArray[np.int32]
UNBOUNDED = ("pq_high", "gq_high", "energy_kwh_high")


def with_unseen(
    rows: Elements, machines: list[str], hours: Hours, window: tuple[int, int]
) -> Elements:
    """The rows, cut to nothing, and for every machine and the line what they leave open.

    Args:
        rows: of one line, inside the window.
        machines: ids; the line itself is added.
        hours: the line's shifts and planned time around the window.
        window: [from_ns, to_ns).
    """
    words = dict(rows.words)
    codes = {text: code for code, text in words.items()}
    fresh = max(words, default=0) + 1
    for text in (*machines, *hours.shift_id):
        if text not in codes:
            codes[text], words[fresh] = fresh, text
            fresh += 1
    shift_codes = np.array([codes[text] for text in hours.shift_id], np.int32)
    blocks = [rows.columns]
    for code in (0, *(codes[machine] for machine in machines)):
        own = rows["machine"] == code
        spans = open_spans(rows["t0_ns"][own], rows["t1_ns"][own], hours, window)
        if len(spans[0]):
            blocks.append(unseen(code, spans, hours, shift_codes))
    return Elements({name: np.concatenate([b[name] for b in blocks]) for name in ELEMENT}, words)


def open_spans(t0_ns: I64, t1_ns: I64, hours: Hours, window: tuple[int, int]) -> tuple[I64, I64]:
    """The parts of shifts inside the window that no row covers, cut at hours and breaks."""
    from_ns, to_ns = window
    if to_ns <= from_ns:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    grid = np.arange(-(-from_ns // HOUR_NS) * HOUR_NS, to_ns, HOUR_NS, dtype=np.int64)
    cuts = [grid, t0_ns, t1_ns, hours.shift_t0_ns, hours.shift_t1_ns]
    cuts += [hours.planned_t0_ns, hours.planned_t1_ns, np.array([from_ns, to_ns])]
    edges = np.unique(np.concatenate(cuts))
    edges = edges[(edges >= from_ns) & (edges <= to_ns)]
    start, end = edges[:-1], edges[1:]
    inside = within(hours.shift_t0_ns, hours.shift_t1_ns, start) >= 0
    order = np.argsort(t0_ns, kind="stable")
    left_open = inside & (within(t0_ns[order], t1_ns[order], start) < 0)
    return start[left_open], end[left_open]


def unseen(
    code: int,
    spans: tuple[I64, I64],
    hours: Hours,
    shift_codes: I32,
) -> Columns:
    """Rows of one machine of which nothing is known but that time was planned, or a break."""
    start, end = spans
    columns: Columns = {name: np.zeros(len(start), kind) for name, kind in ELEMENT.items()}
    shift = within(hours.shift_t0_ns, hours.shift_t1_ns, start)
    planned = within(hours.planned_t0_ns, hours.planned_t1_ns, start) >= 0
    length, none = end - start, np.int64(0)
    columns |= {
        "machine": np.full(len(start), code, np.int32),
        "t0_ns": start,
        "t1_ns": end,
        "shift_id": shift_codes[shift],
        "production_day": hours.shift_day[shift].astype(np.int32),
        "planned": planned,
        "pot_ns": length,
        "pdot_ns": np.where(planned, none, length),
        "pbt_ns": np.where(planned, length, none),
        "unknown_ns": np.where(planned, length, none),
        "count_unknown_ns": np.where(planned, length, none),
        "status": np.full(len(start), FINAL, np.int8),
    }
    for name in UNBOUNDED:
        columns[name] = np.where(planned, np.inf, 0.0)
    return columns
