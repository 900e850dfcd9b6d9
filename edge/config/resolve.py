"""From the keys of the file to the vocabulary: every default that depends on others is settled."""

from collections.abc import Mapping
from dataclasses import replace

from edge.config.models import DatedKeys, FileKeys, LineKeys, MachineKeys, SignalKeys
from edge.site import Dated, Kind, Line, Machine, Price, Signal, Site

UNKNOWN_PERIOD_STALE_S = 30.0
SHORTEST_STALE_S = 10.0
COUNTS = ("good", "scrap", "total", "rework")
TEXTS = ("product", "order", "lot")

Place = tuple[int, int, str]  # line, machine, name of the signal


def resolve(
    keys: FileKeys, signals: Mapping[Place, SignalKeys], quiet_s: Mapping[str, float | None]
) -> tuple[Site, dict[Place, str]]:
    """The site, and the path of every signal.

    Args:
        keys: the file, without a fault.
        signals: by place in the file.
        quiet_s: the longest time between two signs of life of each source, None where it has none.
    """
    paths: dict[Place, str] = {}
    lines = []
    for i, line in enumerate(keys.lines):
        path = f"{keys.site.id}/{line.id}"
        machines = []
        for j, machine in enumerate(line.machines):
            own = {}
            for name in machine.signals:
                place = (i, j, name)
                paths[place] = f"{path}/{machine.id}/{name}"
                signal = signals[place]
                own[name] = to_signal(paths[place], name, signal, quiet_s.get(signal.source))
            machines.append(to_machine(machine, path, own, is_exit=j in exits(line)))
        lines.append(to_line(line, path, tuple(machines)))
    site = Site(
        id=keys.site.id,
        name=keys.site.name,
        timezone=keys.site.timezone,
        production_day_starts=keys.site.production_day_starts,
        lines=tuple(lines),
        prices=tuple(Price(**price.model_dump()) for price in keys.prices),
        tariffs=tuple(tariff.tariff() for tariff in keys.tariffs),
        demands=tuple(sorted((e.demand() for e in keys.demands), key=lambda e: e.valid_from)),
        peaks=tuple(each.peak() for each in keys.peaks),
        reasons=tuple(reason.reason() for reason in keys.reasons),
    )
    return site, paths


def exits(line: LineKeys) -> set[int]:
    """Positions of the machines whose counts are the line's: the marked, else the last station."""
    marked = {j for j, machine in enumerate(line.machines) if machine.exit}
    if marked:
        return marked
    last = line.machines[-1]
    same = {j for j, m in enumerate(line.machines) if m.station and m.station == last.station}
    return same or {len(line.machines) - 1}


def to_line(line: LineKeys, path: str, machines: tuple[Machine, ...]) -> Line:
    """A line whose state comes from the configured machine, else from its exit."""
    exit_id = next(machine.id for machine in machines if machine.exit)
    return replace(
        to_calendar(line),
        path=path,
        machines=machines,
        line_state=line.line_state or exit_id,
        limits=line.limits,
        profile=line.profile or "",
        maturity_days=line.maturity_days,
    )


def to_calendar(line: LineKeys) -> Line:
    """The calendar of a line, without its machines."""
    return Line(
        id=line.id,
        name=line.name or line.id,
        path="",
        machines=(),
        shifts=tuple(shift.shift() for shift in line.shifts),
        closed=tuple(line.closed),
        weeks=tuple(sorted((each.week() for each in line.weeks), key=lambda each: each.valid_from)),
        days=tuple(sorted((each.site_day() for each in line.days), key=lambda each: each.day)),
    )


def to_machine(
    machine: MachineKeys, line: str, signals: dict[str, Signal], *, is_exit: bool
) -> Machine:
    """A machine with its cycles as dated lists and a station of its own where none is given."""
    return Machine(
        id=machine.id,
        name=machine.name or machine.id,
        path=f"{line}/{machine.id}",
        signals=signals,
        ideal_cycle_s={p: cycles(given) for p, given in machine.ideal_cycle_s.items()},
        station=machine.station or machine.id,
        exit=is_exit,
        micro_after_s=machine.micro_after_s,
        stop_after_s=machine.stop_after_s,
    )


def cycles(given: float | list[DatedKeys]) -> tuple[Dated, ...]:
    """A number holds since ever; a list from day to day, however it was written down."""
    if isinstance(given, list):
        by_day = sorted(given, key=lambda entry: entry.valid_from)
        return tuple(Dated(entry.value, entry.valid_from) for entry in by_day)
    return (Dated(given, None),)


def to_signal(path: str, name: str, keys: SignalKeys, quiet_s: float | None) -> Signal:
    """A signal whose silence has a limit: three signs of life, or what is written."""
    stale_s = max(SHORTEST_STALE_S, 3 * quiet_s) if quiet_s else UNKNOWN_PERIOD_STALE_S
    return Signal(
        path=path,
        name=name,
        kind=keys.kind,
        unit=keys.unit if keys.unit != "1" or name not in COUNTS else "{piece}",
        source=keys.source,
        map=keys.map,
        modulus=keys.modulus,
        reset_policy=keys.reset_policy,
        max_rate=keys.max_rate,
        material=keys.material,
        scale=keys.scale,
        offset=keys.offset,
        debounce_s=keys.debounce_s,
        max_split_gap_s=keys.max_split_gap_s,
        stale_after_s=keys.stale_after_s or stale_s,
    )


def expected_kind(name: str) -> Kind | None:
    """The kind that a name carries; None for a process value."""
    if name in COUNTS or name == "energy":
        return Kind.COUNTER
    if name == "state":
        return Kind.STATE
    return Kind.TEXT if name in TEXTS else None
