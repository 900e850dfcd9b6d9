"""A desk for tests of the fold: a site on paper, samples in memory, and tables to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edge.engine.folding.fold import Fold
from edge.engine.folding.recent import Recent
from edge.model import I64, SECOND_NS, STATUS_GOOD, Batch, Row, Samples
from edge.moment import parse
from edge.records.database import Records
from edge.records.elements import ELEMENT, LATE, META
from edge.records.parts import Elements, read_elements, read_spans
from edge.site import Dated, Kind, Line, Machine, Shift, Signal, Site
from tests.unit.edge.fake_clock import ToldClock

MAP = {
    "1": "producing",
    "2": "setup",
    "3": "delayed",
    "4": "delayed:external",
    "5": "idle",
    "6": "planned_down",
}
DAY = Shift("day", "08:00", "20:00", breaks=(("12:00", "13:00"),), plan=1000)
NIGHT = Shift("night", "20:00", "08:00")


def at(text: str) -> int:
    """An instant on the test's day, by its wall time in Seoul; "+1 08:00" is the next day's."""
    day, _, wall = text.rpartition(" ")
    seconds = wall if wall.count(":") == 2 else f"{wall}:00"
    return parse(f"2026-03-02T{seconds}+09:00") + int(day or 0) * 86_400 * SECOND_NS


def signal(machine: str, name: str, kind: Kind = Kind.COUNTER, **more: Any) -> Signal:  # noqa: ANN401 - any key of a signal
    """A signal of the test's line."""
    path = f"hanbit/mask/{machine}/{name}"
    unit = "kW.h" if name == "energy" else "{piece}"
    return Signal(path, name, kind, unit, "plc", **more)


def machine(name: str, *signals: Signal, **more: Any) -> Machine:  # noqa: ANN401 - any key of a machine
    """A machine of the test's line with a cycle of one second, unless said."""
    keys = {"ideal_cycle_s": {"A": (Dated(1.0, None),)}, "station": name, "exit": True, **more}
    return Machine(name, name, f"hanbit/mask/{name}", {s.name: s for s in signals}, **keys)


def body(*extra: Signal, **more: Any) -> Machine:  # noqa: ANN401 - any key of a machine
    """A machine with state, good and scrap."""
    state = signal("body", "state", Kind.STATE, map=MAP)
    own = signal("body", "good"), signal("body", "scrap")
    chosen = {each.name: each for each in (state, *own, *extra)}
    return machine("body", *chosen.values(), **more)


def site_of(*machines: Machine, shifts: tuple[Shift, ...] = (DAY, NIGHT)) -> Site:
    """A site with one line."""
    exits = [each.id for each in machines if each.exit]
    line = Line("mask", "mask", "hanbit/mask", machines, shifts, line_state=exits[-1])
    return Site("hanbit", "한빛", "Asia/Seoul", "08:00", (line,))


@dataclass
class Memory:
    """Committed blocks in memory, read as the archive and journal would be."""

    site: Site
    blocks: list[Batch] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)
    lives: dict[str, list[int]] = field(default_factory=dict)

    @property
    def paths(self) -> dict[int, str]:
        return dict(enumerate(self.site.signals(), start=1))

    def write(self, rows: Sequence[Row]) -> None:
        self.blocks.append(Batch.of(list(rows)))

    def after(self, seq: int, limit: int) -> list[tuple[int, Batch]]:
        return list(enumerate(self.blocks, start=1))[seq : seq + limit]

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        numbers = {path: number for number, path in self.paths.items()}
        every = Batch.concat(self.blocks)
        found = {}
        for path in signals:
            inside = (every.source_ns >= from_ns) & (every.source_ns < to_ns)
            mine = every.take(inside & (every.signal == numbers[path]))
            mine = mine.take(np.argsort(mine.source_ns, kind="stable"))
            found[path] = Samples(mine.source_ns, mine.value, mine.status)
        return found

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        every = self.samples(signals, -(1 << 62), at_ns)
        return {
            path: Samples(found.source_ns[-1:], found.value[-1:], found.status[-1:])
            for path, found in every.items()
        }

    def symbols(self) -> dict[int, str]:
        return {number: text for text, number in self.texts.items()}

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        lived = np.array(self.lives.get(source, []), np.int64)
        return lived[(lived >= from_ns) & (lived < to_ns)]


@dataclass
class Told:
    """The same as the engine's store, whose blocks are asked for."""

    memory: Memory
    damaged: Mapping[str, str] = field(default_factory=dict)

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        return self.memory.samples(signals, from_ns, to_ns)

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        return self.memory.before(signals, at_ns)

    def symbols(self) -> dict[int, str]:
        return self.memory.symbols()

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        return self.memory.life(source, from_ns, to_ns)

    def blocks(self, after: int, limit: int = 64) -> list[tuple[int, Batch]]:
        return self.memory.after(after, limit)

    def paths(self) -> dict[int, str]:
        return self.memory.paths


@dataclass
class Desk:
    """A site, its samples and its element table."""

    site: Site
    folder: Path
    name: str = "records"
    memory: Memory = field(init=False)
    clock: ToldClock = field(default_factory=ToldClock)

    def __post_init__(self) -> None:
        self.memory = Memory(self.site)
        self.open()

    def open(self) -> None:
        """Open the records, as a process that starts would."""
        path = self.folder / f"{self.name}.db"
        if not path.exists():
            path.write_bytes(empty_records())
        self.records = Records.open(path)
        told = self.memory.paths.values()
        self.recent = Recent(Told(self.memory), told, self.clock)
        self.fold = Fold(self.site, self.recent, self.records, self.clock)

    def told(
        self, machine: str, name: str, *samples: tuple[str | int, Any], status: int = STATUS_GOOD
    ) -> list[Row]:
        """Rows of one signal; received at once."""
        path = f"hanbit/mask/{machine}/{name}"
        number = next(n for n, known in self.memory.paths.items() if known == path)
        rows = []
        for when, said in samples:
            moment = at(when) if isinstance(when, str) else when
            texts = self.memory.texts
            value = texts.setdefault(said, len(texts) + 1) if isinstance(said, str) else said
            rows.append(Row(number, moment, moment, float(value), status))
        return rows

    def say(
        self, machine: str, name: str, *samples: tuple[str | int, Any], status: int = STATUS_GOOD
    ) -> None:
        """Commit rows of one signal."""
        self.memory.write(self.told(machine, name, *samples, status=status))

    def run(self) -> None:
        """Scan and fold until nothing is left to do."""
        if not self.clock.now_ns and self.memory.blocks:
            found = [int(b.received_ns.max()) for b in self.memory.blocks if len(b)]
            self.clock.now_ns = max(found, default=0)
        while self.fold.scan(self.recent.blocks, self.memory.paths):
            pass
        for _ in range(1000):
            if not self.fold.fold():
                return
        raise AssertionError("the fold does not come to an end")

    def rows(self, machine: str | None = "body", as_of: int | None = None) -> Elements:
        """All rows of a machine."""
        every = read_elements(self.records, "mask", -(1 << 60), 1 << 62, as_of=as_of)
        return every.of(machine)

    def table(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The latest revisions of all rows, as they are compared: by machine and start."""
        return comparable(read_elements(self.records, "mask", -(1 << 60), 1 << 62))

    def spans(self) -> set[tuple[str, int, int, int, str | None]]:
        """What machines did and the line, cut at hours and where the product changes."""
        rows = read_spans(self.records, "mask", -(1 << 60), 1 << 62)
        machines = (name or "" for name in rows.texts("machine"))
        times = (rows[name].tolist() for name in ("t0_ns", "t1_ns", "state"))
        found = list(zip(machines, *times, rows.texts("product"), strict=True))
        assert len(set(found)) == len(found)
        return set(found)

    def sums(self, machine: str | None, from_: str, to: str) -> Mapping[str, float]:
        """Sums of the rows that begin in an interval."""
        rows = self.rows(machine)
        inside = (rows["t0_ns"] >= at(from_)) & (rows["t0_ns"] < at(to))
        names = [
            n
            for n, kind in ELEMENT.items()
            if n.endswith(("_ns", "_n")) or np.dtype(kind).kind == "f"
        ]
        return {name: rows[name][inside].sum().item() for name in names}


@lru_cache(maxsize=1)
def empty_records() -> bytes:
    """The bytes of a new database; making one takes a third of a second."""
    with TemporaryDirectory() as folder:
        Records.open(Path(folder, "empty.db"))
        return Path(folder, "empty.db").read_bytes()


def comparable(rows: Elements) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by key with all that two equal tables must share, floats by their bits."""
    found = {}
    texts = {name: rows.texts(name) for name in ("machine", "product", "order", "shift_id")}
    for i in range(len(rows)):
        row: dict[str, Any] = {name: column[i] for name, column in texts.items()}
        for name in ELEMENT:
            if name in META or name in texts or name.endswith("_version"):
                continue
            value = rows[name][i]
            row[name] = value.tobytes() if value.dtype.kind == "f" else value.item()
        row["flags"] |= LATE  # rows that were restated are compared with those that were not
        found[row["machine"] or "", row["t0_ns"]] = row
    assert len(found) == len(rows)
    return found


def moved(rows: Sequence[Row], received_ns: int) -> list[Row]:
    """Rows that arrived at another time."""
    return [row._replace(received_ns=received_ns) for row in rows]
