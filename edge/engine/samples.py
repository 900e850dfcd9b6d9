"""Signals and their samples, as people look at them: scaled, and thinned where there are many."""

from typing import Any

import numpy as np

from edge.engine.days import number
from edge.engine.view import View
from edge.errors import NotFound
from edge.model import F64, I64, SECOND_NS, Quality, Samples
from edge.plant import Signal

Document = dict[str, Any]  # JSON


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
    """The samples of one signal; of more than `points` the least and greatest per column.

    Raises:
        NotFound: no such signal.
    """
    known = view.site.signals()
    if path not in known:
        raise NotFound(f"there is no signal '{path}'; `/signals` lists all {len(known)}")
    found, signal = view.reader.samples([path], from_ns, to_ns)[path], known[path]
    kept = thinned(found.source_ns, found.value, (from_ns, to_ns), points)
    symbols = view.reader.symbols()
    return {
        "signal": path,
        "unit": signal.unit,
        "downsampled": len(kept) < len(found.source_ns),
        "samples": [point(view, signal, found, int(i), symbols) for i in kept],
    }


def thinned(t_ns: I64, value: F64, window: tuple[int, int], points: int) -> I64:
    """Positions of at most `points` samples: least and greatest of every column of time."""
    if len(t_ns) <= points:
        return np.arange(len(t_ns))
    columns = points // 2
    column = (t_ns - window[0]) * columns // max(1, window[1] - window[0])
    order = np.lexsort((value, column))
    edges = np.flatnonzero(np.diff(column[order])) + 1
    first = order[np.concatenate([[0], edges])]
    last = order[np.concatenate([edges - 1, [len(order) - 1]])]
    return np.unique(np.concatenate([first, last]))
