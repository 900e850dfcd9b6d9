"""Signals that end: a counter that never spoke again need not be waited for."""

from edge.engine.machine.gather import Gathered, is_counted
from edge.model import SECOND_NS, Reader
from edge.site import Line

QUIET_NS = 600 * SECOND_NS


class Ended:
    """Remembers which signals have no more samples, as long as no block is committed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._empty: dict[str, tuple[int, int]] = {}  # by path: no sample in [from, to)
        self._scanned = 0

    def look(self, line: Line, gathered: Gathered, last_ns: int, scanned: int) -> bool:
        """Note in `gathered` which silent counters of a line have ended; whether any is new.

        Args:
            line: of it.
            gathered: what was read of it.
            last_ns: last proof of life of the line.
            scanned: number of the last block that was marked.
        """
        if scanned != self._scanned:
            self._empty, self._scanned = {}, scanned
        begin_ns, end_ns = gathered.to_ns, last_ns + 1
        silent = [
            signal.path
            for machine in line.machines
            for signal in machine.telling
            if is_counted(signal) and signal.path not in gathered.ended
        ]
        silent = [path for path in silent if is_silent(gathered, path)]
        wanted: dict[int, list[str]] = {}
        for path in silent:
            known = self._empty.get(path, (end_ns, end_ns))
            wanted.setdefault(min(known[0], end_ns), []).append(path)
        for until_ns, paths in wanted.items():
            found = self._reader.samples(paths, begin_ns, until_ns) if begin_ns < until_ns else {}
            for path in paths:
                if path not in found or not len(found[path].source_ns):
                    self._empty[path] = begin_ns, end_ns
                    gathered.ended.add(path)
        return any(path in gathered.ended for path in silent)


def is_silent(gathered: Gathered, path: str) -> bool:
    """Whether the last ten minutes that were read hold no sample of a signal."""
    times = gathered.samples[path].source_ns
    return not len(times) or int(times[-1]) < gathered.to_ns - QUIET_NS
