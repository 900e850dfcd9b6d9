"""Sheets: the rows of many blocks, cut into the hours of which parts are made."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from edge.archive.columns import Columns, Sheet, stable
from edge.model import BOOL, HOUR_NS, I64, SECOND_NS, Batch

LATE_NS = 7 * 24 * HOUR_NS  # older source times of live rows are not believed when filing
EARLY_NS = 600 * SECOND_NS
LARGEST_CODE = 1 << 32  # of a state; a symbol is larger


class Names(NamedTuple):
    """What the numbers in the blocks stand for."""

    paths: Mapping[int, str]  # of signals, by dense id
    kinds: Mapping[int, str]
    symbols: Mapping[int, str]


def sheets_of(rows: Columns, hour: I64, names: Names) -> Iterator[Sheet]:
    """One sheet for each hour that has rows; equal times keep the order of the rows.

    Args:
        rows: in the order of the journal.
        hour: since 1970, under which each row is filed.
        names: of everything in the rows.
    """
    signals = np.unique(rows.batch.signal)
    path_of = [names.paths.get(number, f"unknown/{number}") for number in signals.tolist()]
    by_path = np.argsort(np.array(path_of, object), kind="stable")
    rank = np.empty(len(signals), np.int64)
    rank[by_path] = np.arange(len(signals))
    rank = rank[np.searchsorted(signals, rows.batch.signal)]
    hours, nth = np.unique(hour, return_inverse=True)
    order = np.argsort(rows.batch.source_ns, kind="stable")  # nearly sorted already: cheap
    order = order[stable(rank[order])]
    order = order[stable(nth[order])]
    texts, code = texts_of(rows.batch, names)
    rows, rank, code = rows.take(order), rank[order], code[order]
    ends = np.searchsorted(nth[order], np.arange(len(hours)), side="right").tolist()
    for number, start, end in zip(hours.tolist(), [0, *ends], ends, strict=False):
        some = slice(start, end)
        first = np.flatnonzero(np.diff(rank[some], prepend=-1))
        held = rank[some][first]
        yield Sheet(
            stem=str(np.datetime64(number, "h")).replace("T", "/"),
            rows=rows.take(some),
            signals=signals[by_path[held]],
            counts=np.diff(first, append=end - start).astype(np.uint32),
            paths=[path_of[i] for i in by_path[held].tolist()],
            text=code[some],
            texts=texts if code[some].any() else [],
        )


def filed(batch: Batch, history: BOOL) -> I64:
    """The hour since 1970 under which each row is filed: that of its source time.

    A live row with a time that cannot be (a week late, ten minutes early) is filed by the hour in
    which it came, or one wrong clock would scatter parts over the years. It keeps its time.

    Args:
        batch: any rows.
        history: which of them come from an import: their source time is right, however old.
    """
    age_ns = batch.received_ns - batch.source_ns
    wrong = ~history & ((age_ns > LATE_NS) | (age_ns < -EARLY_NS))
    return np.where(wrong, batch.received_ns, batch.source_ns) // HOUR_NS


def texts_of(batch: Batch, names: Names) -> tuple[list[str], I64]:
    """The texts behind values, and for each row 1 + the place of its own there, or 0.

    Text signals have them, and states that the source sends as words: a code is a small number.
    """
    texts = [number for number, kind in names.kinds.items() if kind == "text"]
    states = [number for number, kind in names.kinds.items() if kind == "state"]
    of_text = np.isin(batch.signal, np.array(texts, np.uint32))
    of_text |= np.isin(batch.signal, np.array(states, np.uint32)) & (batch.value >= LARGEST_CODE)
    of_text &= np.isfinite(batch.value)
    symbols, nth = np.unique(batch.value[of_text], return_inverse=True)
    found = [names.symbols.get(int(symbol)) for symbol in symbols.tolist()]
    known = np.array([text is not None for text in found], np.bool_)
    place = np.where(known, np.cumsum(known), 0)
    code = np.zeros(len(batch), np.int64)
    code[of_text] = place[nth]
    return [text for text in found if text is not None], code
