"""Bodies are written in a thread of their own while the server still works at the one before.

Rows lie by signal in them, each signal's in their order: a third fewer bytes go over the wire than
with signals in turn (measured: 9 instead of 14.5 a row, gzip 1).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from edge.model import Batch
from edge.sinks.influxdb.lineprotocol import LineProtocol

MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent of a batch, and what nobody could send."""

    pieces: list[tuple[Batch, bytes]]  # rows and their lines
    unsayable: list[tuple[Batch, str]]  # rows and why


class Drafts:
    """Writes bodies ahead; one at a time."""

    def __init__(self, lines: LineProtocol) -> None:
        self._lines = lines
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="influxdb-lines")

    def begin(self, batch: Batch) -> asyncio.Future[Draft]:
        """Begin with a batch; who waits for the result gets its draft."""
        return asyncio.get_running_loop().run_in_executor(self._thread, draft, self._lines, batch)

    def close(self) -> None:
        """End the thread with what it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def draft(lines: LineProtocol, batch: Batch) -> Draft:
    """The bodies of a batch, each as long as a server takes them."""
    by_signal = batch.take(np.argsort(batch.signal, kind="stable"))
    rows, unsayable = lines.sift(by_signal)
    pieces = [rows.take(slice(at, at + MOST_LINES)) for at in range(0, len(rows), MOST_LINES)]
    return Draft([(piece, lines.body(piece)) for piece in pieces], unsayable)
