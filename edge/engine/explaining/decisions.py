"""What was decided on the readings of the counters behind a figure, and on which of them.

Flags in the element table tell in which buckets something was decided; only these are folded anew.
"""

from typing import Any

import numpy as np

from edge.engine.explaining.sources import Source
from edge.engine.machine.counting import Increments
from edge.engine.machine.spread import SAID_BY
from edge.engine.machine.tracks import Track
from edge.engine.view import View
from edge.model import DAY_NS, I64
from edge.records.parts import Elements
from kpi.counters import Decision

Document = dict[str, Any]  # JSON
MOST = 500  # decisions in one answer
FLAGS = int(np.bitwise_or.reduce(list(SAID_BY.values())))


def decisions(
    view: View, line: str, told: list[Source], rows: Elements, window: tuple[int, int]
) -> list[Document]:
    """Every decision other than a plain count, by time.

    Args:
        view: the site.
        line: id of the line.
        told: what tells the figure.
        rows: the element rows of the figure.
        window: [from_ns, to_ns).
    """
    found: list[Document] = []
    for from_ns, to_ns in stretches(rows, window):
        tracks = view.refold.tracks(line, from_ns, to_ns)
        for source in counters(told):
            found += of_counter(view, tracks[source.machine.id], source, from_ns, to_ns)
    return sorted(found, key=lambda one: (one["at"], one["signal"]))


def counters(told: list[Source]) -> list[Source]:
    """Those that count."""
    return [source for source in told if source.role not in ("state", "product", "order")]


def stretches(rows: Elements, window: tuple[int, int]) -> list[tuple[int, int]]:
    """Where decisions lie, at most one stretch a day."""
    at = np.flatnonzero((rows["flags"] & FLAGS) != 0)
    days = rows["t0_ns"][at] // DAY_NS
    found = []
    for day in np.unique(days).tolist():
        mine = at[days == day]
        begin, end = int(rows["t0_ns"][mine].min()), int(rows["t1_ns"][mine].max())
        found.append((max(begin, window[0]), min(end, window[1])))
    return found


def of_counter(
    view: View, track: Track, source: Source, from_ns: int, to_ns: int
) -> list[Document]:
    """The decisions of one counter on readings in [from_ns, to_ns)."""
    increments = track.counters.get(source.signal.name)
    if increments is None:
        return []
    return documents(view, increments, decided_on(increments, from_ns, to_ns), source)


def decided_on(made: Increments, from_ns: int, to_ns: int) -> I64:
    """The readings in [from_ns, to_ns) on which anything but a plain count was decided."""
    told = np.isin(made.decision, list(SAID_BY))
    told &= (made.t_ns >= from_ns) & (made.t_ns < to_ns)
    return np.flatnonzero(told)


def documents(view: View, made: Increments, rows: I64, source: Source) -> list[Document]:
    """The decisions on some readings of a counter."""
    usable = np.flatnonzero(made.decision != Decision.SKIPPED)
    return [document(view, made, row, usable, source) for row in rows.tolist()]


def document(view: View, made: Increments, row: int, usable: I64, source: Source) -> Document:
    """One decision with the readings that it rests on: the one before, itself, the next."""
    place = int(np.searchsorted(made.accepted, row))
    before = int(made.accepted[place - 1]) if place else None
    later = usable[usable > row]
    return {
        "at": view.time(int(made.t_ns[row])),
        "signal": source.signal.path,
        "role": source.role,
        "decision": Decision(int(made.decision[row])).name.lower(),
        "reading": float(made.value[row]),
        "before": reading(view, made, before),
        "after": reading(view, made, int(later[0]) if len(later) else None),
        "count": finite(made.count[row]),
        "low": finite(made.low[row]),
        "high": finite(made.high[row]),
    }


def reading(view: View, made: Increments, row: int | None) -> Document | None:
    """A raw reading and its time."""
    if row is None:
        return None
    return {"at": view.time(int(made.t_ns[row])), "value": float(made.value[row])}


def finite(value: float) -> float | None:
    """A number as JSON; nobody knows it, or nothing bounds it: null."""
    return float(value) if np.isfinite(value) else None
