"""Which source times can be believed, by what came before of the same signal.

What always holds:
1. A time that is that of arrival is our own clock's, and is not judged here.
2. A row keeps its time, whatever is thought of it; only good ones become uncertain.
3. Rows that are marked as of the past (a server's history, what was set aside before) may lie as
   far back as they like.
4. A doubtful time is no measure for those that follow it, and neither is that of a value that was
   lost: then it is whoever noticed that tells the time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from edge.model import (
    AS_PAST,
    BOOL,
    DAY_NS,
    I64,
    SECOND_NS,
    STATUS_BAD,
    STATUS_UNCERTAIN,
    STATUS_UNCERTAIN_CLOCK,
    Batch,
)

AHEAD_NS = 60 * SECOND_NS  # no sample comes before it was true
BACK_NS = 10 * SECOND_NS  # less is how several threads of a device overtake each other
NEVER = np.iinfo(np.int64).min + BACK_NS  # so that it can be subtracted
CODE = np.uint32(0xFFFF_0000)
PAST = np.uint32(AS_PAST)


class Lateness(NamedTuple):
    """How late the samples of a source may come."""

    is_late: bool = False  # it keeps samples and sends them in any order
    window_ns: int = 7 * DAY_NS


USUAL = Lateness()


class Judge:
    """The newest believed time of every signal, and how late each may be."""

    def __init__(self) -> None:
        self._newest_ns: I64 = np.full(1, NEVER)
        self._window_ns: I64 = np.full(1, USUAL.window_ns)
        self._is_late: BOOL = np.zeros(1, np.bool_)

    def allow(self, sources: Mapping[int, str], lateness: Mapping[str, Lateness]) -> None:
        """Say how late signals may be.

        Args:
            sources: of signals, by number.
            lateness: by source; what is not there is as usual.
        """
        self._grow(max(sources, default=0))
        for number, source in sources.items():
            self._is_late[number], self._window_ns[number] = lateness.get(source, USUAL)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """What is judged inside counts for what follows only where nothing fails."""
        newest_ns = self._newest_ns
        try:
            yield
        except BaseException:  # whatever ends the transaction takes its rows back
            self._newest_ns = newest_ns
            raise

    def learn(self, batch: Batch) -> None:
        """Take note of rows that are stored."""
        self._grow(int(batch.signal.max(initial=0)))
        believed = (batch.status & CODE) != STATUS_UNCERTAIN_CLOCK
        believed &= batch.source_ns != batch.received_ns  # our own clock's is no measure
        np.maximum.at(self._newest_ns, batch.signal[believed], batch.source_ns[believed])

    def judged(self, batch: Batch) -> tuple[Batch, BOOL | None]:
        """The same, with times that no working clock tells flagged; and which these are.

        Too far ahead of their arrival, longer ago than the source's window, or before the newest
        time of their signal: then a clock was set back, unless the source sends late.
        """
        if not len(batch):
            return batch, None
        self._grow(int(batch.signal.max()))
        signal = batch.signal.astype(np.intp)
        age_ns = batch.received_ns - batch.source_ns
        bits = int(np.bitwise_or.reduce(batch.status))
        is_past = (batch.status & PAST) != 0 if bits & AS_PAST else None
        wrong = self._out_of_window(signal, age_ns, is_past)
        told_ns = np.where(age_ns == 0, NEVER, batch.source_ns)
        if bits >= STATUS_UNCERTAIN:
            lost = batch.status >= STATUS_BAD
            told_ns[lost | ((batch.status & CODE) == STATUS_UNCERTAIN_CLOCK)] = NEVER
        if wrong is not None:
            told_ns[wrong] = NEVER
        newest_ns = self._newest_ns.copy()
        np.maximum.at(newest_ns, signal, told_ns)
        back = told_ns < newest_ns.take(signal) - BACK_NS
        if is_past is not None:
            back &= ~is_past
        if (back := back & (told_ns != NEVER) & ~self._is_late.take(signal)).any():
            back = self._went_back(signal, told_ns, back)
            wrong = back if wrong is None else wrong | back
        self._newest_ns = newest_ns
        if bits & AS_PAST:
            batch = unmarked(batch)
        if wrong is None or not (wrong := wrong & (batch.status < STATUS_UNCERTAIN)).any():
            return batch, None
        status = np.where(wrong, batch.status | np.uint32(STATUS_UNCERTAIN_CLOCK), batch.status)
        return replace(batch, status=status), wrong

    def _out_of_window(self, signal: I64, age_ns: I64, is_past: BOOL | None) -> BOOL | None:
        """Which rows come before their time, or too long after it."""
        if age_ns.min() >= -AHEAD_NS and age_ns.max() <= self._window_ns.min():
            return None
        old = age_ns > self._window_ns.take(signal)
        if is_past is not None:
            old &= ~is_past
        wrong: BOOL = old | (age_ns < -AHEAD_NS)
        return wrong if wrong.any() else None

    def _went_back(self, signal: I64, told_ns: I64, suspects: BOOL) -> BOOL:
        """Which rows lie before one of their signal that came earlier, here or in a batch before.

        Args:
            signal: of each row.
            told_ns: its time, or never where that is not to be measured by.
            suspects: rows that lie before one of their signal that came earlier or later.
        """
        touched = np.zeros(len(self._newest_ns), np.bool_)
        touched[signal[suspects]] = True
        places = np.flatnonzero(touched.take(signal))
        places = places[np.argsort(signal[places], kind="stable")]
        found = np.zeros(len(signal), np.bool_)
        for of_one in np.split(places, np.flatnonzero(np.diff(signal[places])) + 1):
            before_ns = np.append(self._newest_ns[signal[of_one[0]]], told_ns[of_one[:-1]])
            found[of_one] = told_ns[of_one] < np.maximum.accumulate(before_ns) - BACK_NS
        return found & suspects

    def _grow(self, signal: int) -> None:
        if (more := signal + 1 - len(self._newest_ns)) > 0:
            self._newest_ns = np.append(self._newest_ns, np.full(more, NEVER))
        if (more := signal + 1 - len(self._window_ns)) > 0:
            self._window_ns = np.append(self._window_ns, np.full(more, USUAL.window_ns))
            self._is_late = np.append(self._is_late, np.zeros(more, np.bool_))


def unmarked(batch: Batch) -> Batch:
    """The same without the mark of the past, as it is stored."""
    return replace(batch, status=batch.status & ~PAST)
