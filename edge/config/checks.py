"""What the keys must be to one another, beyond what each must be by itself."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from edge.config.models import (
    NAME_PATTERN,
    ApiKeys,
    LineKeys,
    PriceKeys,
    SignalKeys,
    SiteKeys,
)
from edge.config.places import Places, spelled
from edge.config.resolve import COUNTS, Place, exits, expected_kind, to_calendar
from edge.entries import DemandEntry, ShiftKeys
from edge.errors import Fault
from edge.shifts import DAY_MIN, clash, minutes, weekdays
from edge.site import Kind
from edge.units import misfit

STATES = (
    "producing",
    "setup",
    "delayed",
    "delayed:external",
    "idle",
    "planned_down",
    "not_scheduled",
    "unknown",
)
ENERGY_UNITS = ("kW.h", "W.h", "MW.h", "MJ", "kJ", "J")
UCUM_FOR = {
    "kWh": "kW.h", "Wh": "W.h", "MWh": "MW.h", "°C": "Cel", "C": "Cel", "℃": "Cel", "degC": "Cel",
    "pcs": "{piece}", "pc": "{piece}", "ea": "{piece}", "EA": "{piece}", "개": "{piece}",
    "sec": "s", "minutes": "min", "rpm": "{rpm}", "hours": "h", "percent": "%", "Amp": "A",
}  # fmt: skip
METERS = {Kind.COUNTER: ENERGY_UNITS, Kind.GAUGE: ("W", "kW", "MW")}
LAST_PORT = 65_535
GRID = timedelta(minutes=15)
OURS = (
    "archive",
    "disk",
    "figures",
    "frames",
    "gateway",
    "import",
    "journal",
    "records",
    "sealing",
)  # who else has findings


class Whole(NamedTuple):
    """The parts of the file of which a model could be made, by their place."""

    site: SiteKeys | None
    api: ApiKeys | None
    lines: Mapping[int, LineKeys]
    prices: Mapping[int, PriceKeys]
    demands: Mapping[int, DemandEntry | None]


def check(
    whole: Whole,
    signals: Mapping[Place, SignalKeys],
    points: Mapping[Place, BaseModel],
    places: Places,
) -> Iterator[Fault]:
    """Every fault that needs more than one key to be seen."""
    if whole.site is not None:
        yield from zone_faults(whole.site, places)
    if whole.api is not None:
        yield from port_faults(whole.api, places)
    yield from doubles({i: line.id for i, line in whole.lines.items()}, ("lines",), places)
    for i, line in whole.lines.items():
        yield from line_faults(line, i, places)
        yield from calendar_faults(line, i, whole.site, places)
    for place, signal in signals.items():
        yield from signal_faults(place, signal, places)
    yield from shared_addresses(signals, points, places)
    yield from meter_faults(whole, signals, places)
    for i, price in whole.prices.items():
        if price.valid_to is not None and price.valid_to <= price.valid_from:
            message = f"is {price.valid_to}, not after valid_from; write a later day"
            yield places.fault(("prices", i, "valid_to"), message)
        metered = [(signal.material, signal.unit) for signal in signals.values()]
        if why := misfit(price.item, price.unit, metered):
            yield places.fault(("prices", i, "unit"), why)


def explained(fault: Fault, others: Sequence[Fault]) -> bool:
    """Whether a fault follows from another that was found at the same key or inside it."""
    inside = tuple(f"{fault.path}{sign}" for sign in ".[")
    return any(one.path == fault.path or one.path.startswith(inside) for one in others)


def port_faults(api: ApiKeys, places: Places) -> Iterator[Fault]:
    """The pages have a port."""
    if not 0 < int(api.listen.rpartition(":")[2]) <= LAST_PORT:
        message = f"is '{api.listen}'; write a port from 1 to {LAST_PORT}"
        yield places.fault(("api", "listen"), message)


def zone_faults(site: SiteKeys, places: Places) -> Iterator[Fault]:
    """The zone exists, and its offset lies on the grid of the buckets."""
    steps = ("site", "timezone")
    try:
        offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(site.timezone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last where no file has such a name
        seen = site.timezone
        yield places.fault(steps, f"is '{seen}'; write an IANA zone such as Asia/Seoul")
        return
    if offset is not None and offset % GRID:
        yield places.fault(steps, "lies off the 15-minute grid; such zones are not supported")


def line_faults(line: LineKeys, i: int, places: Places) -> Iterator[Fault]:
    """Ids, exits, the machine of the state, and shifts that do not overlap."""
    ids = [machine.id for machine in line.machines]
    yield from doubles(dict(enumerate(ids)), ("lines", i, "machines"), places)
    if line.line_state is not None and line.line_state not in ids:
        message = f"is '{line.line_state}'; write one of {', '.join(ids)}"
        yield places.fault(("lines", i, "line_state"), message)
    stations = {line.machines[j].station or ids[j] for j in exits(line)}
    if len(stations) > 1:
        message = f"is true in {len(stations)} stations; mark the one whose pieces leave the line"
        yield places.fault(("lines", i, "machines", max(exits(line)), "exit"), message)


def calendar_faults(
    line: LineKeys, i: int, site: SiteKeys | None, places: Places
) -> Iterator[Fault]:
    """No two shifts at once: in the usual week, after it changes, and on single days."""
    spans = sorted(span for k, shift in enumerate(line.shifts) for span in week(shift, k))
    for (_, end, first), (start, _, second) in pairwise(spans):
        if start < end:
            message = f"overlaps the shift '{line.shifts[first].name}'; mend start, end or days"
            yield places.fault(("lines", i, "shifts", second, "start"), message)
            return
    yield from doubles_of([each.day for each in line.days], ("lines", i, "days"), "day", places)
    starts = [each.valid_from for each in line.weeks]
    yield from doubles_of(starts, ("lines", i, "weeks"), "valid_from", places)
    found = clash(to_calendar(line), site.production_day_starts if site else "00:00")
    if found is not None:
        name = "days" if found.day in {each.day for each in line.days} else "weeks"
        name = name if getattr(line, name) else "days"
        yield places.fault(("lines", i, name), f"{found}; mend start, end or days")


def week(shift: ShiftKeys, index: int) -> Iterator[tuple[int, int, int]]:
    """The shift's spans in minutes of the week, with its index."""
    start, end = minutes(shift.start), minutes(shift.end)
    length = (end - start) % DAY_MIN or DAY_MIN
    for day in weekdays(shift.days):
        yield day * DAY_MIN + start, day * DAY_MIN + start + length, index


def signal_faults(place: Place, signal: SignalKeys, places: Places) -> Iterator[Fault]:
    """The kind fits the name, the keys fit the kind, and the unit is one of UCUM."""
    steps = ("lines", place[0], "machines", place[1], "signals", place[2])
    name, expected = place[2], expected_kind(place[2])
    if expected is not None and signal.kind is not expected:
        yield places.fault(
            (*steps, "kind"), f"is '{signal.kind.value}'; '{name}' is a {expected.value}"
        )
        return
    if signal.kind is Kind.STATE and not signal.map:
        yield places.fault((*steps, "map"), "is missing; give every code its state")
    for code, state in signal.map.items():
        if signal.kind is Kind.STATE and state not in STATES:
            message = f"{code} is '{state}'; write one of {', '.join(STATES)}"
            yield places.fault((*steps, "map"), message)
    if signal.modulus is not None and (signal.kind is not Kind.COUNTER or name == "energy"):
        yield places.fault((*steps, "modulus"), "stands at no count of pieces; remove it")
    if signal.scale == 0 or (signal.kind is Kind.COUNTER and signal.scale < 0):
        wanted = "one above 0" if signal.kind is Kind.COUNTER else "another number"
        yield places.fault((*steps, "scale"), f"is {signal.scale:g}; write {wanted}")
    yield from unit_faults(steps, name, signal, places)


def unit_faults(
    steps: tuple[str | int, ...], name: str, signal: SignalKeys, places: Places
) -> Iterator[Fault]:
    """Counts are pieces, energy is energy, and common misspellings are named."""
    spot = (*steps, "unit")
    if signal.unit in UCUM_FOR:
        yield places.fault(spot, f"is '{signal.unit}'; write {UCUM_FOR[signal.unit]} (UCUM)")
    elif name in COUNTS and not (signal.unit == "1" or signal.unit.startswith("{")):
        message = f"is '{signal.unit}'; write what is counted in braces, such as {{piece}}"
        yield places.fault(spot, message)
    elif name == "energy" and signal.unit not in ENERGY_UNITS:
        units = ", ".join(ENERGY_UNITS)
        yield places.fault(spot, f"is '{signal.unit}'; write one of {units}")


def shared_addresses(
    signals: Mapping[Place, SignalKeys], points: Mapping[Place, BaseModel], places: Places
) -> Iterator[Fault]:
    """No two signals read the same thing: it would be counted twice."""
    seen: dict[tuple[str, str], Place] = {}
    for place, point in points.items():
        where = point.model_dump_json(exclude={"kind", "signal", "sampling_ms", "queue"})
        address = (signals[place].source, where)
        first = seen.setdefault(address, place)
        if first != place:
            other = spelled(("lines", first[0], "machines", first[1], "signals", first[2]))
            steps = ("lines", place[0], "machines", place[1], "signals", place[2])
            yield places.fault(steps, f"reads the same as {other}; keep one", at_key=True)


def meter_faults(
    whole: Whole, signals: Mapping[Place, SignalKeys], places: Places
) -> Iterator[Fault]:
    """A meter of the power that is billed is a signal that counts energy or tells power."""
    site = whole.site.id if whole.site else ""
    known = {
        f"{site}/{line.id}/{line.machines[j].id}/{name}"
        for (i, j, name), signal in signals.items()
        if (line := whole.lines.get(i)) and signal.unit in METERS.get(signal.kind, ())
    }
    for i, demand in whole.demands.items():
        for k, path in enumerate(demand.meter if demand else ()):
            if path not in known:
                paths = ", ".join(sorted(known)) or "a signal of kW.h or kW, of which there is none"
                message = f"is '{path}', no meter; write {paths}"
                yield places.fault(("demands", i, "meter", k), message)


def doubles_of(
    days: Sequence[date], steps: tuple[str | int, ...], key: str, places: Places
) -> Iterator[Fault]:
    """Days that are given twice in one list."""
    for k, day in enumerate(days):
        if day in days[:k]:
            yield places.fault((*steps, k, key), f"is {day}, which is there already; keep one")


def doubles(
    ids: Mapping[int, str], steps: tuple[str | int, ...], places: Places
) -> Iterator[Fault]:
    """Ids that are given twice in one list."""
    seen = set[str]()
    for i, name in ids.items():
        if name in seen:
            yield places.fault((*steps, i, "id"), f"'{name}' is given twice; rename one")
        seen.add(name)


def wrong_id(name: str, known: Container[str]) -> str:
    """What is wrong with the id of a source or sink; empty where nothing is."""
    if not re.fullmatch(NAME_PATTERN, name):
        return f"is '{name}'; write lower-case letters, digits, dashes and underlines"
    if name in OURS:
        return f"is '{name}', which names a room of ours; write another"
    return f"is '{name}', as another is; give each a name of its own" if name in known else ""
