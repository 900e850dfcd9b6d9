"""Whether nodes that say nothing have nothing to say.

A server can forget an item and go on with its keep-alives; the signal would stand still for ever,
and look well. So nodes that were silent are read now and then. One whose value is not what was told
last, twice in a row with nothing told between, is not watched by the server any more.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from collectors.opcua.decode import CODE, Decoder, Sent, When
from edge.clock import Clock
from edge.model import F64, I64, SECOND_NS, U32, Batch, Quality

OVERLAP_NS = 10 * SECOND_NS
MOST = 1_000  # nodes read in one turn; more of them take turns


class Told:
    """What the server told last, by signal."""

    def __init__(self, signals: Sequence[int]) -> None:
        size = max(signals, default=0) + 1
        self.source_ns: I64 = np.zeros(size, np.int64)  # 0: nothing yet
        self.value: F64 = np.full(size, np.nan)
        self.status: U32 = np.zeros(size, np.uint32)

    def learn(self, batch: Batch) -> None:
        """Take note of rows; of several of one signal the last one counts."""
        at = batch.signal.astype(np.intp)  # numpy goes to places of its own width twice as fast
        self.source_ns[at] = batch.source_ns
        self.value[at] = batch.value
        self.status[at] = batch.status


class Overlap:
    """Rows read back from a server's history, of which a new subscription may tell some again."""

    def __init__(self, rows: Batch, signals: Sequence[int], clock: Clock) -> None:
        self._past = Told(signals)
        self._past.learn(rows)
        self._clock = clock
        self.until_ns = clock.monotonic_ns() + OVERLAP_NS

    def left_out_of(self, batch: Batch) -> Batch:
        """The rows that the past did not have; after some seconds all of them."""
        if self._clock.monotonic_ns() > self.until_ns:
            return batch
        return batch.take(batch.source_ns > self._past.source_ns[batch.signal])


class Doubt(NamedTuple):
    """A node whose value is not what was told."""

    told_ns: int  # source time of what was told last
    agreed_ns: int  # when value and what was told were last seen to be the same


class Freshness:
    """The silent nodes of one subscription."""

    def __init__(self, told: Told, decoder: Decoder) -> None:
        self._told = told
        self._decoder = decoder
        self._seen_ns = told.source_ns.copy()  # source times at the last turn
        self._agreed_ns: dict[int, int] = {}
        self._doubts: dict[int, Doubt] = {}
        self._after = 0  # the signal at which the last turn ended

    def silent(self, live: Collection[int]) -> list[int]:
        """The signals to be read in this turn: nothing was told of them since the last one."""
        ordered = np.sort(np.fromiter(live, np.int64, len(live)))
        quiet = ordered[self._told.source_ns[ordered] == self._seen_ns[ordered]]
        self._seen_ns = self._told.source_ns.copy()
        later = np.searchsorted(quiet, self._after, "right")
        chosen: list[int] = np.concatenate([quiet[later:], quiet[:later]])[:MOST].tolist()
        self._after = chosen[-1] if len(quiet) > MOST else 0
        return chosen

    def judge(self, found: dict[int, Any], now_ns: int) -> dict[int, int]:
        """Which signals the server has forgotten, and since when we cannot vouch for them.

        Args:
            found: what was read, data values of asyncua by signal.
            now_ns: wall time.
        """
        forgotten = {}
        for signal, value in found.items():
            told_ns = int(self._told.source_ns[signal])
            if self._agrees(signal, value, told_ns):
                self._agreed_ns[signal] = now_ns
                self._doubts.pop(signal, None)
                continue
            before = self._doubts.get(signal)
            if before is not None and before.told_ns == told_ns:
                forgotten[signal] = before.agreed_ns
                del self._doubts[signal]
            else:
                agreed_ns = self._agreed_ns.get(signal, 0)
                self._doubts[signal] = Doubt(told_ns, max(agreed_ns, told_ns) or now_ns)
        return forgotten

    def forgive(self) -> None:
        """Forget all doubts: what the server tells is held up on our side."""
        self._doubts.clear()

    def _agrees(self, signal: int, value: Any, told_ns: int) -> bool:  # noqa: ANN401 - untyped library
        """Whether a value is what was told last; what is read first stands for it until then."""
        status = value.StatusCode.value if value.StatusCode is not None else 0
        row = self._decoder.row(signal, Sent(value.Value, status, None, None), When(0, 0))
        if not told_ns and signal not in self._agreed_ns:
            self._told.value[signal], self._told.status[signal] = row.value, row.status
        if Quality.of(row.status) is Quality.BAD:
            return bool((row.status ^ int(self._told.status[signal])) & CODE == 0)
        return bool(row.value == self._told.value[signal])
