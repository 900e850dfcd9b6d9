"""The vocabulary of the shop floor: what a site is made of, down to what is measured.

Nothing here behaves beyond construction. An id names a thing inside its parent, a path the whole
way: `hanbit/mask-1/body/good`. Where a comment says resolved, the configuration has filled it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from typing import NamedTuple


class Kind(Enum):
    """What the values of a signal mean."""

    COUNTER = "counter"
    STATE = "state"
    GAUGE = "gauge"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Signal:
    """What is measured: one named series of one machine.

    `name` carries meaning inside a machine: good, scrap, total, rework, state, product, order,
    lot, energy; any other name is a process value.
    """

    path: str  # hanbit/mask-1/body/good
    name: str
    kind: Kind
    unit: str  # UCUM
    source: str  # id of the source
    map: Mapping[str, str] = field(default_factory=dict)  # raw code or text -> state name
    modulus: int | None = None
    reset_policy: str = "power"
    max_rate: float | None = None  # per second; None = the default of kind and ideal cycle
    material: str | None = None
    scale: float = 1.0  # units per count, or slope of a gauge; values are kept unscaled
    offset: float = 0.0
    debounce_s: float = 1.0
    max_split_gap_s: float | None = None
    stale_after_s: float = 30.0  # resolved: never None here

    @property
    def values_are_text(self) -> bool:
        """Whether a value is a symbol's integer: texts, and states that are told by words."""
        words = any(not code.removeprefix("-").isdigit() for code in self.map)
        return self.kind is Kind.TEXT or (self.kind is Kind.STATE and words)


class Dated(NamedTuple):
    """A value and the local day from which it holds; the first holds since ever."""

    value: float
    valid_from: date | None


@dataclass(frozen=True)
class Machine:
    """A work unit after ISA-95."""

    id: str
    name: str
    path: str  # hanbit/mask-1/body
    signals: Mapping[str, Signal]
    ideal_cycle_s: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    station: str = ""  # machines of one station are parallel; resolved: its own id where alone
    exit: bool = False  # resolved: exactly one station of a line counts its output
    micro_after_s: float | None = None
    stop_after_s: float = 300.0

    @cached_property
    def telling(self) -> tuple[Signal, ...]:
        """Its counters, states and texts: a handful beside hundreds of process values."""
        return tuple(each for each in self.signals.values() if each.kind is not Kind.GAUGE)

    @cached_property
    def by_source(self) -> Mapping[str, tuple[Signal, ...]]:
        """Its signals by their source, process values and all."""
        found: dict[str, list[Signal]] = {}
        for each in self.signals.values():
            found.setdefault(each.source, []).append(each)
        return {source: tuple(signals) for source, signals in found.items()}

    @cached_property
    def patience_s(self) -> Mapping[str, float]:
        """How long each of its sources may be silent before nobody knows whether it lives."""
        every = self.by_source.items()
        return {source: min(each.stale_after_s for each in same) for source, same in every}


@dataclass(frozen=True, slots=True)
class Shift:
    """A local wall-clock rule, as `kpi.calendar.ShiftRule` takes it, and what it should make."""

    name: str
    start: str
    end: str
    days: str = "mon-sun"
    breaks: tuple[tuple[str, str], ...] = ()
    plan: int | None = None  # pieces, since ever
    plans: tuple[Dated, ...] = field(default=(), repr=False)  # dated; never a part of a row's rules


class Week(NamedTuple):
    """The shifts of a line from a production day on, in place of those before."""

    valid_from: date
    shifts: tuple[Shift, ...]


class Day(NamedTuple):
    """A production day that is not as its week is."""

    day: date
    closed: bool  # none of the usual shifts
    shifts: tuple[Shift, ...] = ()  # besides; their weekdays mean nothing


@dataclass(frozen=True, slots=True)
class Line:
    """Machines in series that make one product at a time."""

    id: str
    name: str
    path: str
    machines: tuple[Machine, ...]
    shifts: tuple[Shift, ...]
    closed: tuple[date, ...] = ()
    line_state: str = ""  # id of the machine whose state is the line's; resolved
    limits: Mapping[str, float] = field(default_factory=dict)
    profile: str = ""
    maturity_days: int = 14
    weeks: tuple[Week, ...] = ()  # by day
    days: tuple[Day, ...] = ()  # by day, each once


class Price(NamedTuple):
    """What one unit of an item costs from a local day on."""

    item: str
    value: float
    unit: str  # KRW/kW.h
    valid_from: date
    valid_to: date | None = None


class Tariff(NamedTuple):
    """What electricity costs by season and band of the hour, from a local day on."""

    item: str
    contract: str  # as `kpi.tariff` names it
    rates: tuple[tuple[float, ...], ...]  # by season and band, in their order there
    unit: str
    valid_from: date
    valid_to: date | None = None
    holidays: tuple[date, ...] = ()
    deferred_until: date | None = None


class Demand(NamedTuple):
    """What a month's greatest power costs, from a local day on."""

    rate: float  # KRW per kW and month
    contract_kw: float
    floor: float  # share of the contract power that is charged in any month
    months: tuple[int, ...]  # of the year; their peaks count for eleven months more
    meter: tuple[str, ...]  # paths of signals; none: all energy of all machines
    valid_from: date
    valid_to: date | None = None


class Peak(NamedTuple):
    """The greatest power of a month as the electricity company billed it."""

    month: date  # its first day
    value: float  # kW


Rate = Price | Tariff
"""What tells the price of an item at an instant."""


class Reason(NamedTuple):
    """A reason for stops, from a local day on."""

    id: str
    ko: str
    en: str
    vi: str
    line: str | None  # None = of all lines
    valid_from: date
    valid_to: date | None = None
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """One factory, one directory, one service."""

    id: str
    name: str
    timezone: str
    production_day_starts: str
    lines: tuple[Line, ...]
    prices: tuple[Price, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    reasons: tuple[Reason, ...] = ()
    demands: tuple[Demand, ...] = ()  # by day
    peaks: tuple[Peak, ...] = ()  # of two of one month the later one holds

    def signals(self) -> dict[str, Signal]:
        """All signals by path, in the order of the configuration."""
        return {
            signal.path: signal
            for line in self.lines
            for machine in line.machines
            for signal in machine.signals.values()
        }
