"""From committed blocks to marks: which stretch of which line is to be folded again.

A mark and the cursor are written in one transaction, so no block is passed over.
"""

from collections.abc import Callable, Mapping

import numpy as np

from edge.engine.machine.gather import CODE, COUNTS, state_of
from edge.model import BOOL, HOUR_NS, I64, SECOND_NS, STATUS_UNCERTAIN_CLOCK, Batch, Reader
from edge.records.progress import Life
from edge.site import Machine, Site

LATENESS_NS = 600 * SECOND_NS
Blocks = Callable[[int, int], list[tuple[int, Batch]]]
Key = tuple[str, str]  # line, machine
NEVER = np.iinfo(np.int64).min
Spans = dict[tuple[str, int], tuple[int, int]]  # line and hour: first and last instant


class Owners:
    """Whose each signal is; worked out anew where other paths are known."""

    def __init__(self, site: Site) -> None:
        self.keys: list[Key] = [(line.id, m.id) for line in site.lines for m in line.machines]
        self._by_path = {
            signal.path: place
            for place, machine in enumerate(m for line in site.lines for m in line.machines)
            for signal in machine.signals.values()
        }
        self._paths: Mapping[int, str] | None = None
        self._by_id: I64 = np.empty(0, np.int64)

    def by_id(self, paths: Mapping[int, str]) -> I64:
        """The place of each signal's owner in `keys`, by dense id; -1 = nobody."""
        if paths is not self._paths:
            self._paths, self._by_id = paths, np.full(max(paths, default=0) + 1, -1, np.int64)
            for number, path in paths.items():
                self._by_id[number] = self._by_path.get(path, -1)
        return self._by_id


class Touched:
    """What some blocks touch: per line the hours, per machine its first and last proof of life."""

    def __init__(self, owners: Owners, paths: Mapping[int, str]) -> None:
        self._keys, self._owner = owners.keys, owners.by_id(paths)
        self._first = np.full(len(self._keys), np.iinfo(np.int64).max)
        self._last = np.full(len(self._keys), NEVER)
        self._watermark = np.full(len(self._keys), NEVER)
        self._spans: Spans = {}
        self._doubtful: Spans = {}  # times that are not to be believed; they flag, no more

    def add(self, batch: Batch) -> None:
        """Note what one block touches."""
        known = batch.signal < len(self._owner)
        owner = np.where(known, self._owner[np.where(known, batch.signal, 0)], -1)
        doubtful = (batch.status & CODE) == STATUS_UNCERTAIN_CLOCK
        if doubtful.any():
            self._note_all(owner, batch.source_ns, (owner >= 0) & doubtful, self._doubtful)
        rows = (owner >= 0) & ~doubtful
        self._note_all(owner, batch.source_ns, rows, self._spans)
        owner, source_ns = owner[rows], batch.source_ns[rows]
        np.minimum.at(self._first, owner, source_ns)
        np.maximum.at(self._last, owner, source_ns)
        passed_ns = np.minimum(source_ns, batch.received_ns[rows] - LATENESS_NS)
        np.maximum.at(self._watermark, owner, passed_ns)

    def _note_all(self, owner: I64, source_ns: I64, rows: BOOL, spans: Spans) -> None:
        """Note the chosen rows of all machines."""
        for place in np.unique(owner[rows]).tolist():
            self._note(self._keys[place][0], source_ns[rows & (owner == place)], spans)

    def _note(self, line: str, source_ns: I64, spans: Spans) -> None:
        """Note the first and last instant of each touched hour of a line."""
        source_ns = np.sort(source_ns, kind="stable")
        hours, place = np.unique(source_ns // HOUR_NS, return_index=True)
        ends = np.append(place[1:], len(source_ns)) - 1
        for hour, first, last in zip(hours.tolist(), place.tolist(), ends.tolist(), strict=True):
            from_ns, to_ns = int(source_ns[first]), int(source_ns[last])
            seen = spans.get((line, hour), (from_ns, to_ns))
            spans[line, hour] = min(seen[0], from_ns), max(seen[1], to_ns)

    def lives(self, before: Mapping[Key, Life]) -> dict[Key, Life]:
        """What is known of the touched machines' time now."""
        found = {}
        for place, key in enumerate(self._keys):
            if self._last[place] > NEVER:
                first, last = int(self._first[place]), int(self._last[place])
                life = before.get(key, Life(first, last, int(self._watermark[place])))
                found[key] = Life(
                    min(life.first_ns, first),
                    max(life.last_ns, last),
                    max(life.watermark_ns, int(self._watermark[place])),
                )
        return found

    def stretches(self, lives: Mapping[Key, Life]) -> list[tuple[str, int, int]]:
        """The touched stretches of each line; hours that follow each other are one.

        A time that is not to be believed touches rows only where the line lived.
        """
        lived = {line: (first_ns, last_ns) for line, first_ns, last_ns in spanned(lives)}
        nowhere = (0, -1)
        doubtful = {
            key: span
            for key, span in self._doubtful.items()
            if span[1] >= lived.get(key[0], nowhere)[0] and span[0] <= lived.get(key[0], nowhere)[1]
        }
        return united(self._spans) + united(doubtful)


def united(spans: Spans) -> list[tuple[str, int, int]]:
    """Stretches of lines; hours that follow each other are one."""
    found: list[tuple[str, int, int]] = []
    before: tuple[str, int] | None = None
    for (line, hour), (from_ns, to_ns) in sorted(spans.items()):
        if before == (line, hour - 1):
            found[-1] = (line, found[-1][1], to_ns)
        else:
            found.append((line, from_ns, to_ns))
        before = line, hour
    return found


def lived_on(site: Site, reader: Reader, lives: Mapping[Key, Life], now_ns: int) -> dict[Key, Life]:
    """Machines whose source lived on after all that was known of them."""
    found = {}
    for line in site.lines:
        for machine in line.machines:
            life, source = lives.get((line.id, machine.id)), source_of(machine)
            if life is None or source is None or life.last_ns >= now_ns:
                continue
            proofs = reader.life(source, life.last_ns + 1, now_ns + 1)
            if len(proofs):
                last_ns = int(proofs[-1])
                watermark_ns = max(life.watermark_ns, last_ns - LATENESS_NS)
                found[line.id, machine.id] = Life(life.first_ns, last_ns, watermark_ns)
    return found


def source_of(machine: Machine) -> str | None:
    """The source that says what a machine does."""
    state = state_of(machine)
    if state is not None:
        return state.source
    counters = [machine.signals[name].source for name in COUNTS if name in machine.signals]
    return counters[0] if counters else None


def grown(before: Mapping[Key, Life], after: Mapping[Key, Life]) -> list[tuple[str, int, int]]:
    """Stretches that came to lie between the first and last proof of life of a machine."""
    found = []
    for (line, machine), life in after.items():
        old = before.get((line, machine))
        if old is not None and life.last_ns > old.last_ns:
            found.append((line, old.last_ns, life.last_ns))
        if old is not None and life.first_ns < old.first_ns:
            found.append((line, life.first_ns, old.first_ns))
    return found


def spanned(lives: Mapping[Key, Life]) -> list[tuple[str, int, int]]:
    """First and last proof of life of each line."""
    found: dict[str, tuple[int, int]] = {}
    for (line, _), life in lives.items():
        first_ns, last_ns = found.get(line, (life.first_ns, life.last_ns))
        found[line] = min(first_ns, life.first_ns), max(last_ns, life.last_ns)
    return [(line, first_ns, last_ns) for line, (first_ns, last_ns) in found.items()]
