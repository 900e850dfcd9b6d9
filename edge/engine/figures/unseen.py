"""Planned time that no row covers: nobody knows what the machine did then, and that is a state.

Rows end with the last proof of life. Whoever asks about an interval asks about all of its planned
time, so what lies outside the rows is added as unknown: no state, no count, and no more pieces than
the counter rules allow for such a gap.
"""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

import numpy as np

from edge.engine.folding.booking import book, held
from edge.engine.machine.calendars import Hours
from edge.engine.machine.counts import Counts, counts_of, given
from edge.engine.machine.placing import Placed
from edge.engine.machine.rows import within
from edge.engine.view import View
from edge.facts import PIECES as PIECES_TOLD
from edge.model import F64, HOUR_NS, I64, SECOND_NS
from edge.records import progress
from edge.records.elements import ELEMENT, FINAL, PROVISIONAL
from edge.records.parts import Columns, Elements
from edge.records.progress import Life
from edge.site import Line, Machine

GRID_NS = HOUR_NS // 4
HEADROOM = 1.1  # over the ideal speed: no counter makes more in a gap
PIECES = ("pq", "gq", "sq", "rq", "pq_low", "pq_high", "gq_low", "gq_high")


class Spans(NamedTuple):
    """Intervals, sorted and disjoint."""

    t0_ns: I64
    t1_ns: I64


def with_unseen(
    view: View,
    line: Line,
    rows: Elements,
    window: tuple[int, int],
    seen: Mapping[str | None, int] | None = None,
    *,
    by_hour: bool = False,
) -> Elements:
    """The rows, and for every machine and the line what they leave open.

    Args:
        view: the site.
        line: whose rows they are.
        rows: of the line and its machines, inside the window.
        window: [from_ns, to_ns).
        seen: by machine, None for the line, where open time ends; default the window's end.
        by_hour: whether no row may lie in two hours of a clock.
    """
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    words, codes = named(rows, [*(m.id for m in line.machines), *hours.shift_id])
    shift_codes = np.array([codes[text] for text in hours.shift_id], np.int64)
    blocks, marks = [rows.columns], dict[str | None, int]()
    told = told_in(view, line, *window)
    for machine in (None, *line.machines):
        name = machine.id if machine else None
        code = codes[name] if name else 0
        own = rows["machine"] == code
        until = window[0], min(window[1], (seen or {}).get(name, window[1]))
        spans = open_spans(rows["t0_ns"][own], rows["t1_ns"][own], hours, until)
        if by_hour:
            spans = cut_at_quarters(spans)
        if len(spans.t0_ns):
            counts = counts_of(line, machine)
            block = unseen(spans, hours, shift_codes, counts)
            block["machine"][:] = code
            know_told(block, line, machine, told)
            marks = marks or watermarks(view, line)
            block["status"][spans.t1_ns > marks.get(name, 0)] = PROVISIONAL
            blocks.append(block)
    if len(blocks) == 1:
        return Elements(rows.columns, words)
    columns = {name: np.concatenate([b[name] for b in blocks]) for name in ELEMENT}
    return Elements(columns, words)


def told_in(view: View, line: Line, from_ns: int, to_ns: int) -> list[Placed]:
    """What people tell of pieces in some time, as far as it lies in rows.

    These reach from the first to the last proof of life: of a shift before or after that there is
    none, and its pieces are in no figure.
    """
    with view.records.reading() as db:
        found = [fact for fact in held(db, line.id, from_ns, to_ns) if fact.kind in PIECES_TOLD]
        lives = progress.lives(db) if found else {}
    if not found:
        return []
    placed = book(view.reader, view.refold.rules(line.id), found).placed
    return [one for one in placed if is_lived(one, lives.get((line.id, one.fact.machine or "")))]


def is_lived(one: Placed, life: Life | None) -> bool:
    """Whether the machine of a fact was heard in the shifts that it touches."""
    return life is not None and one.shifts[0] < life.last_ns and one.shifts[1] > life.first_ns


def know_told(block: Columns, line: Line, machine: Machine | None, told: list[Placed]) -> None:
    """Make kinds known that nobody counts, in the shifts of which somebody tells them.

    The pieces themselves lie in rows; unseen time of such a shift adds none, instead of hiding all.
    """
    exits = [each for each in line.machines if each.exit] or [line.machines[-1]]
    for each in [machine] if machine else exits:
        mine = [placed for placed in told if placed.fact.machine == each.id]
        kinds, spoken = sorted({one.fact.kind for one in mine}), np.zeros(len(block["t0_ns"]), int)
        for one in mine:
            spoken |= one.tells(block["t0_ns"]).astype(int) << kinds.index(one.fact.kind)
        for bits in np.unique(spoken[spoken > 0]).tolist():
            together = [kind for i, kind in enumerate(kinds) if bits >> i & 1]
            for name in given(each, together) - given(each):
                here = (spoken == bits) & np.isnan(block[name])
                block[name] = np.where(here, 0.0, block[name])


def named(rows: Elements, texts: list[str]) -> tuple[dict[int, str], dict[str, int]]:
    """Words of the rows and of these texts, both ways."""
    words = dict(rows.words)
    codes = {text: code for code, text in words.items()}
    fresh = max(words, default=0) + 1
    for text in texts:
        if text not in codes:
            codes[text], words[fresh] = fresh, text
            fresh += 1
    return words, codes


def watermarks(view: View, line: Line) -> dict[str | None, int]:
    """Up to where no more samples are waited for, by machine; None is the line."""
    with view.records.reading() as db:
        lives = progress.lives(db)
    found: dict[str | None, int] = {
        m: life.watermark_ns for (n, m), life in lives.items() if n == line.id
    }
    return {**found, None: max(found.values(), default=0)}


def open_spans(t0_ns: I64, t1_ns: I64, hours: Hours, window: tuple[int, int]) -> Spans:
    """The parts of shifts inside the window that no row covers, cut at shifts and breaks."""
    from_ns, to_ns = window
    nothing = np.zeros(0, np.int64)
    if to_ns <= from_ns:
        return Spans(nothing, nothing)
    order = np.argsort(t0_ns, kind="stable")
    starts, ends = np.append(from_ns, t1_ns[order]), np.append(t0_ns[order], to_ns)
    gaps = ends > starts
    edges = [hours.shift_t0_ns, hours.shift_t1_ns, hours.planned_t0_ns, hours.planned_t1_ns]
    found: list[I64] = []
    for start, end in zip(starts[gaps].tolist(), ends[gaps].tolist(), strict=True):
        begin, finish = max(start, from_ns), min(end, to_ns)
        cuts = np.unique(np.concatenate([*edges, [begin, finish]]))
        cuts = cuts[(cuts >= begin) & (cuts <= finish)]
        found.append(np.stack([cuts[:-1], cuts[1:]]))
    both = np.concatenate(found, axis=1) if found else np.zeros((2, 0), np.int64)
    inside = within(hours.shift_t0_ns, hours.shift_t1_ns, both[0]) >= 0
    return Spans(both[0][inside], both[1][inside])


def cut_at_quarters(spans: Spans) -> Spans:
    """The same time cut at every quarter of an hour: any zone's hours begin at one of them."""
    first, last = spans.t0_ns // GRID_NS, -(-spans.t1_ns // GRID_NS)
    pieces = last - first
    quarter = np.repeat(first, pieces) + arange_each(pieces)
    t0_ns = np.maximum(quarter * GRID_NS, np.repeat(spans.t0_ns, pieces))
    return Spans(t0_ns, np.minimum((quarter + 1) * GRID_NS, np.repeat(spans.t1_ns, pieces)))


def arange_each(lengths: I64) -> I64:
    """0, 1, 2 … for each of some lengths, one after the other."""
    begins = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) - np.repeat(begins, lengths)


def unseen(spans: Spans, hours: Hours, shift_codes: I64, counts: Counts) -> Columns:
    """Rows of which nothing is known but that time was planned, or a break."""
    start, end = spans
    columns: Columns = {name: np.zeros(len(start), kind) for name, kind in ELEMENT.items()}
    shift = within(hours.shift_t0_ns, hours.shift_t1_ns, start)
    planned = within(hours.planned_t0_ns, hours.planned_t1_ns, start) >= 0
    length, none = end - start, np.int64(0)
    planned_ns = np.where(planned, length, none)
    columns |= {
        "t0_ns": start,
        "t1_ns": end,
        "shift_id": shift_codes[shift].astype(np.int32),
        "production_day": hours.shift_day[shift].astype(np.int32),
        "planned": planned,
        "pot_ns": length,
        "pdot_ns": length - planned_ns,
        "pbt_ns": planned_ns,
        "unknown_ns": planned_ns,
        "count_unknown_ns": planned_ns if counts.pieces else np.zeros_like(planned_ns),
        "status": np.full(len(start), FINAL, np.int8),
    }
    columns |= pieces(counts, planned_ns)
    energy = 0.0 if counts.energy else np.nan
    for name, most in (("", 0.0), ("_low", 0.0), ("_high", inf)):
        columns[f"energy_kwh{name}"] = np.where(planned, most, 0.0) + energy
    return columns


def pieces(counts: Counts, planned_ns: I64) -> dict[str, F64]:
    """No piece that is known, and as many as a gap of that length allows; NaN if nobody counts."""
    nothing = np.zeros(len(planned_ns))
    with np.errstate(invalid="ignore"):  # no limit over no time
        cap = np.ceil(HEADROOM * counts.per_s * planned_ns / SECOND_NS) + 1
    most = np.where(planned_ns > 0, cap, 0.0)
    bounded = counts.pieces | (
        {"gq_low", "gq_high", "pq_low", "pq_high"} if counts.pieces else set()
    )
    amounts = {name: most if name.endswith("high") else nothing for name in PIECES}
    return {n: amount if n in bounded else nothing + np.nan for n, amount in amounts.items()}
