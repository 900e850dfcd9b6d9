"""One SHA-256 for the samples of one signal in one hour, however files hold them.

It covers the rows in reading order (source time, block, place in the block), which neither merging
files nor their order changes; so a package and the site it came from give the same number.
"""

import hashlib
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edge.archive.tables import Run
from edge.model import HOUR_NS, I64


def hourly(run: Run) -> Iterator[tuple[int, int, str]]:
    """Of each hour in which a signal has rows: the hour since 1970, their number, their digest."""
    for hour, rows in hours_of(run.source_ns):
        yield hour, rows.stop - rows.start, digest(run, rows)


def hours_of(source_ns: I64) -> Iterator[tuple[int, slice]]:
    """The rows of each hour; times are sorted."""
    hours = source_ns // HOUR_NS
    starts = np.flatnonzero(np.diff(hours, prepend=-1))
    ends = [*starts[1:].tolist(), len(hours)]
    for start, end in zip(starts.tolist(), ends, strict=False):
        yield int(hours[start]), slice(start, end)


def digest(run: Run, rows: slice) -> str:
    """SHA-256 of some rows."""
    total = hashlib.sha256(b"lineproof samples 1\n%d\n" % (rows.stop - rows.start))
    value = run.value[rows]
    unknown = np.isnan(value)
    total.update(little(run.source_ns[rows], "<i8"))
    total.update(little(run.received_ns[rows], "<i8"))
    total.update(little(np.where(unknown, np.nan, value), "<f8"))
    total.update(little(run.status[rows], "<u4"))
    total.update(little(run.block[rows], "<i8"))
    known = np.unique(value[~unknown]).tolist()
    said = [[one, run.texts[one]] for one in known if one in run.texts]
    total.update(json.dumps(said, ensure_ascii=False).encode())
    return total.hexdigest()


def little(column: NDArray[np.generic], kind: str) -> bytes:
    """The bytes of a column, the same on every machine."""
    return np.ascontiguousarray(column, kind).tobytes()
