"""Signals and their samples, as people look at them: scaled, and thinned where there are many."""

from typing import Any

import numpy as np

from edge.engine.figures.days import number
from edge.engine.view import View
from edge.errors import NotFound
from edge.model import F64, I64, SECOND_NS, Quality, Samples
from edge.site import Signal

Document = dict[str, Any]  # JSON
A_COLUMN = 3  # samples that are kept of a column of time
QUALITY_BITS = 30


def signals(view: View) -> Document:
    """Every signal with its last sample."""
    now_ns, known = view.clock.wall_ns(), view.site.signals()
    last = view.reader.before(list(known), now_ns)
    symbols = view.reader.symbols()
    found = [described(view, s, last[path], symbols, now_ns) for path, s in known.items()]
    return {"as_of": view.time(now_ns), "signals": found}


def described(
    view: View, signal: Signal, last: Samples, symbols: dict[int, str], now_ns: int
) -> Document:
    """One signal as JSON."""
    age_s = (now_ns - int(last.source_ns[-1])) / SECOND_NS if len(last.source_ns) else None
    return {
        "path": signal.path,
        "kind": signal.kind.value,
        "unit": signal.unit,
        "source": signal.source,
        "last": point(view, signal, last, 0, symbols) if len(last.source_ns) else None,
        "age_s": age_s,
        "stale_after_s": signal.stale_after_s,
    }


def point(
    view: View, signal: Signal, samples: Samples, i: int, symbols: dict[int, str]
) -> Document:
    """One sample as JSON."""
    value, status = float(samples.value[i]), int(samples.status[i])
    text = symbols.get(int(value)) if signal.values_are_text and np.isfinite(value) else None
    shown = None if signal.values_are_text else number(value * signal.scale + signal.offset)
    return {
        "time": view.time(int(samples.source_ns[i])),
        "value": shown,
        "text": text,
        "status": status,
        "quality": Quality.of(status).name.lower(),
    }


def samples(view: View, path: str, from_ns: int, to_ns: int, points: int) -> Document:
    """The samples of one signal; of more than `points` those that make the picture.

    Raises:
        NotFound: no such signal.
    """
    known = view.site.signals()
    if path not in known:
        raise NotFound(f"there is no signal '{path}'; `/signals` lists all {len(known)}")
    found, signal = view.reader.samples([path], from_ns, to_ns)[path], known[path]
    kept = thinned(found, (from_ns, to_ns), points)
    symbols = view.reader.symbols()
    return {
        "as_of": view.time(view.clock.wall_ns()),
        "signal": path,
        "unit": signal.unit,
        "downsampled": len(kept) < len(found.source_ns),
        "samples": [point(view, signal, found, int(i), symbols) for i in kept],
    }


def thinned(samples: Samples, window: tuple[int, int], points: int) -> I64:
    """Places of about `points` samples: of every column of time what a picture shows of it.

    That is the least and the greatest value, and the first sample that is none: a gap stays a gap.
    """
    t_ns, value = samples.source_ns, samples.value
    if len(t_ns) <= points:
        return np.arange(len(t_ns))
    width_ns = max(1, -(-(window[1] - window[0]) // max(1, points // A_COLUMN)))
    column = (t_ns - window[0]) // width_ns
    known = np.isfinite(value) & (samples.status >> QUALITY_BITS == Quality.GOOD)
    places = [
        ends(column, value, np.flatnonzero(known)),
        ends(column, t_ns, np.flatnonzero(~known)),
    ]
    return np.unique(np.concatenate([*places[0], places[1][0]]))


def ends(column: I64, value: I64 | F64, rows: I64) -> tuple[I64, I64]:
    """Of each column the chosen rows with the least and with the greatest value."""
    order = rows[np.lexsort((value[rows], column[rows]))]
    change = np.flatnonzero(np.diff(column[order])) + 1
    first = np.concatenate([np.zeros(min(1, len(order)), np.int64), change])
    last = np.append(change, len(order))[: len(first)] - 1
    return order[first], order[last]
