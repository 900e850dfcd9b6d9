"""A desk for tests of figures: element tables written by hand, a fixed clock, samples in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edge.engine.engine import Engine
from edge.engine.machine.calendars import Calendar
from edge.engine.machine.rows import within
from edge.ledger import Gap, SetAside
from edge.model import I64, SECOND_NS, STATUS_GOOD, Batch, Samples
from edge.moment import parse
from edge.records import progress
from edge.records.database import Records
from edge.records.elements import CODED, ELEMENT, FINAL, SPAN, USAGE
from edge.records.loosened import Unplaced, put_loose
from edge.records.parts import Columns, coded, joined, load
from edge.records.progress import Life
from edge.records.shelves import put_rows
from edge.site import Dated, Kind, Line, Machine, Price, Shift, Signal, Site
from kpi.states import State
from tests.unit.edge.fake_clock import ToldClock
from tests.unit.edge.fold_desk import empty_records

MAP = {"1": "producing", "2": "setup", "3": "delayed", "4": "delayed:external", "5": "idle"}
DAY = Shift("day", "08:00", "20:00", breaks=(("12:00", "13:00"),), plan=11_000)
NIGHT = Shift("night", "20:00", "08:00")
LONG_AGO, FAR_OFF = -(1 << 60), 1 << 62
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 24 * HOUR_NS
Row = dict[str, Any]


def at(text: str, day: int = 0) -> int:
    """An instant on the test's day, 2026-03-02 in Seoul, or some days later."""
    seconds = text if text.count(":") == 2 else f"{text}:00"
    return parse(f"2026-03-02T{seconds}+09:00") + day * DAY_NS


def signal(machine: str, name: str, line: str = "mask", **more: Any) -> Signal:  # noqa: ANN401 - any key
    """A signal of the test's line."""
    kinds = {"state": Kind.STATE, "product": Kind.TEXT}
    keys = {"kind": kinds.get(name, Kind.COUNTER), "unit": "{piece}", "source": "plc", **more}
    keys["map"] = MAP if name == "state" else {}
    return Signal(path=f"hanbit/{line}/{machine}/{name}", name=name, **keys)


def machine(name: str, *names: str, line: str = "mask", **more: Any) -> Machine:  # noqa: ANN401 - any key
    """A machine with these signals; its cycle is one second of product A unless said."""
    signals = {each: signal(name, each, line) for each in names or ("state", "good", "scrap")}
    keys = {"ideal_cycle_s": {"A": (Dated(1.0, None),)}, "station": name, "exit": True, **more}
    return Machine(name, name.title(), f"hanbit/{line}/{name}", signals, **keys)


def line_of(*machines: Machine, name: str = "mask", **more: Any) -> Line:  # noqa: ANN401 - any key
    """A line by day and by night, unless said."""
    keys = {"shifts": (DAY, NIGHT), "line_state": machines[-1].id, **more}
    return Line(name, name.title(), f"hanbit/{name}", machines, **keys)


def site_of(*lines: Line, prices: tuple[Price, ...] = (), zone: str = "Asia/Seoul") -> Site:
    """A site whose production day starts at eight."""
    return Site("hanbit", "한빛", zone, "08:00", lines or (line_of(machine("body")),), prices)


@dataclass
class Memory:
    """Samples by path, as archive and journal would give them."""

    columns: dict[str, list[tuple[int, float, int]]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    def say(self, path: str, *samples: tuple[int, float], status: int = STATUS_GOOD) -> None:
        """Add samples; they are kept by time."""
        mine = self.columns.setdefault(path, [])
        mine.extend((when, value, status) for when, value in samples)
        mine.sort(key=lambda one: one[0])

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        return {
            path: packed([s for s in self.columns.get(path, []) if from_ns <= s[0] < to_ns])
            for path in signals
        }

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        return {
            path: packed([s for s in self.columns.get(path, []) if s[0] < at_ns][-1:])
            for path in signals
        }

    def symbols(self) -> dict[int, str]:
        return self.texts

    @property
    def damaged(self) -> dict[str, str]:
        return {}

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:  # noqa: ARG002 - of the protocol
        return np.empty(0, np.int64)

    def gaps(self, *_: int) -> list[Gap]:
        return []

    def set_aside(self, *_: int) -> list[SetAside]:
        return []

    def blocks(self, after: int, limit: int = 64) -> list[tuple[int, Batch]]:  # noqa: ARG002 - of the protocol
        return []

    def paths(self) -> dict[int, str]:
        return {}


def packed(samples: Sequence[tuple[int, float, int]]) -> Samples:
    """Samples as columns."""
    t_ns, value, status = zip(*samples, strict=True) if samples else ((), (), ())
    return Samples(
        np.array(t_ns, np.int64), np.array(value, np.float64), np.array(status, np.uint32)
    )


class Desk:
    """A site with its tables and the engine that reads them."""

    def __init__(self, folder: Path, site: Site | None = None, now: int | None = None) -> None:
        self.site = site or site_of()
        path = folder / "records.db"
        path.write_bytes(empty_records())
        self.records = Records.open(path)
        self.memory, self.clock = Memory(), ToldClock(at("20:00") if now is None else now)
        self.engine = Engine(self.site, self.memory, self.records, self.clock)

    @property
    def line(self) -> Line:
        return self.site.lines[0]

    def restart(self, site: Site) -> None:
        """Read a changed configuration."""
        self.site = site
        self.engine = Engine(site, self.memory, self.records, self.clock)

    def rows(self, *rows: Row, line: str = "mask") -> None:
        """Add rows of the element table."""
        self._write("element", ELEMENT, rows, line)

    def replaced(self, *rows: Row, line: str = "mask") -> None:
        """Add rows that a later revision took the place of."""
        self._write("element_replaced", ELEMENT, rows, line)

    def usage(self, *rows: Row, line: str = "mask") -> None:
        """Add rows of the material usage table."""
        self._write("usage", USAGE, [{"unit": "m", **row} for row in rows], line)

    def spans(self, machine: str | None, *runs: tuple[int, int, State], product: str = "A") -> None:
        """Add states of a machine, cut at hours as the fold does."""
        rows = []
        for t0_ns, t1_ns, state in runs:
            inside = range(t0_ns // HOUR_NS * HOUR_NS + HOUR_NS, t1_ns, HOUR_NS)
            for begin, end in zip([t0_ns, *inside], [*inside, t1_ns], strict=True):
                rows.append(
                    {
                        "machine": machine,
                        "t0_ns": begin,
                        "t1_ns": end,
                        "state": state,
                        "product": product,
                    }
                )
        self._write("span", SPAN, rows, "mask")

    def lived(self, first_ns: int, last_ns: int, line: str = "mask") -> None:
        """Say of all machines of a line when they lived; all of it is waited for no more."""
        with self.records.writing() as db:
            lives = {(line, m.id): Life(first_ns, last_ns, last_ns) for m in self.line.machines}
            progress.put_lives(db, lives)

    def loose(self, *found: Unplaced) -> None:
        """Add loose increments."""
        with self.records.writing() as db:
            put_loose(db, "mask", (LONG_AGO, FAR_OFF), found, 0)

    def _write(self, kind: str, layout: Mapping[str, Any], rows: Sequence[Row], line: str) -> None:
        texts = {row[n] for row in rows for n in CODED & row.keys() if row[n] is not None}
        with self.records.writing() as db:
            codes: dict[str | None, int] = {None: 0}
            codes.update(coded(db, texts))
            columns: Columns = {}
            for name, dtype in layout.items():
                values = [row.get(name, None if name in CODED else 0) for row in rows]
                columns[name] = np.array(
                    [codes[v] for v in values] if name in CODED else values, dtype
                )
            there = load(db, kind, line, LONG_AGO, FAR_OFF)
            put_rows(
                db, kind, (line, LONG_AGO), (LONG_AGO, FAR_OFF), joined([there, columns], kind)
            )


def element(  # noqa: PLR0913 - what a row is made of
    site: Site,
    machine: str | None,
    t0_ns: int,
    t1_ns: int,
    *,
    line: int = 0,
    product: str | None = "A",
    apt_s: float | None = None,
    gq: float = 0.0,
    sq: float = 0.0,
    rq: float = 0.0,
    **more: Any,  # noqa: ANN401 - any key
) -> Row:
    """A row of the element table: planned as its calendar says, the rest of its time delay."""
    pbt_ns, where = planned(site, line, t0_ns, t1_ns)
    apt_ns = pbt_ns if apt_s is None or not pbt_ns else int(apt_s * SECOND_NS)
    pq, left_ns = gq + sq + rq, pbt_ns - apt_ns - more.get("unknown_ns", 0)
    row = {
        **where,
        "machine": machine,
        "product": product,
        "order": None,
        "apt_ns": apt_ns,
        "adet_ns": left_ns if pbt_ns else 0,
        "status": FINAL,
        **dict(zip(("gq", "sq", "rq", "pq"), (gq, sq, rq, pq), strict=True)),
        **dict.fromkeys(("pq_low", "pq_high"), pq),
        **dict.fromkeys(("gq_low", "gq_high"), gq),
        **dict.fromkeys(("energy_kwh", "energy_kwh_low", "energy_kwh_high"), np.nan),
    }
    return {**row, **more}


def planned(site: Site, line: int, t0_ns: int, t1_ns: int) -> tuple[int, Row]:
    """What the calendar says of a bucket: its planned time, and the columns that follow."""
    own = calendar(site, line)
    hours, begin = own.hours(t0_ns, t1_ns), np.array([t0_ns], np.int64)
    shift = int(within(hours.shift_t0_ns, hours.shift_t1_ns, begin)[0])
    is_planned = bool(within(hours.planned_t0_ns, hours.planned_t1_ns, begin)[0] >= 0)
    length, in_shift = t1_ns - t0_ns, shift >= 0
    pbt_ns, pot_ns = length if is_planned else 0, length if in_shift else 0
    return pbt_ns, {
        "t0_ns": t0_ns,
        "t1_ns": t1_ns,
        "shift_id": hours.shift_id[shift] if in_shift else None,
        "production_day": hours.shift_day[shift] if in_shift else own.day_of(begin)[0],
        "planned": is_planned,
        "pot_ns": pot_ns,
        "pbt_ns": pbt_ns,
        "pdot_ns": pot_ns - pbt_ns,
    }


def hourly(
    site: Site,
    machine: str | None,
    from_ns: int,
    to_ns: int,
    **each: Any,  # noqa: ANN401 - any key
) -> list[Row]:
    """One row an hour; a quantity may be a function of the row's begin."""
    rows = []
    for t0_ns in range(from_ns, to_ns, HOUR_NS):
        said = {key: value(t0_ns) if callable(value) else value for key, value in each.items()}
        rows.append(element(site, machine, t0_ns, min(t0_ns + HOUR_NS, to_ns), **said))
    return rows


_CALENDARS: dict[tuple[int, int], tuple[Site, Calendar]] = {}


def calendar(site: Site, line: int) -> Calendar:
    """The calendar of a line, resolved once."""
    if _CALENDARS.get((id(site), line), (None,))[0] is not site:
        _CALENDARS[id(site), line] = site, Calendar(site, site.lines[line])
    return _CALENDARS[id(site), line][1]


def by(documents: Sequence[Row], **wanted: Any) -> list[Row]:  # noqa: ANN401 - any key
    """The documents with these values."""
    return [one for one in documents if all(one[key] == value for key, value in wanted.items())]
