"""How a measure is declared, and which elements it may ask for.

The names below are the whole interface between who sums and who divides. Sums are plain: a NaN in
one row makes the sum NaN, and so the figure. Nothing here clips or rounds.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from kpi.arrays import F64, I64, divide
from kpi.catalogue.parts import Parts
from kpi.formulas import Bounds

Better = Literal["higher", "lower"] | None
Elements = Mapping[str, F64 | I64]

STATE_ELEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "apt_ns": "producing",
        "aust_ns": "setup",
        "adet_ns": "delayed",
        "adet_external_ns": "delayed:external",
        "adot_ns": "idle",
        "unknown_ns": "unknown",
        "stops_n": "delayed",
        "repair_ns": "delayed",
        "changeovers_n": "setup",
        "unplanned_run_ns": "producing",
    }
)
"""Elements that states give, each with the state it is the time of."""

COUNT_ELEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "pq": "pieces made, where the count is known",
        "gq": "good pieces; NaN where nobody counts them",
        "sq": "scrap; NaN where nobody counts rejects",
        "rq": "rework; NaN where nobody counts it, which is 0 beside a known sq",
        "pq_low": "least number of pieces made",
        "pq_high": "greatest number of pieces made",
        "gq_low": "least number of good pieces",
        "gq_high": "greatest number of good pieces",
        "count_unknown_ns": "planned time covered by counts of unknown size",
        "first_in": "pieces presented for the first time; NaN where nobody tells them apart",
        "first_good": "those of first_in that were good at once",
        "planned_gq": "good pieces of planned time alone",
        "planned_gq_low": "least number of good pieces of planned time",
        "planned_gq_high": "greatest number of good pieces of planned time",
        "ideal_pq_s": "of planned time ideal cycle times pq; NaN where output has no cycle",
        "ideal_gq_s": "the same of gq",
        "ideal_pq_low_s": "the same of pq_low",
        "ideal_pq_high_s": "the same of pq_high",
        "ideal_gq_low_s": "the same of gq_low",
        "ideal_gq_high_s": "the same of gq_high",
        "all_ideal_gq_s": "ideal cycle times gq, of planned time and of all other",
        "all_ideal_gq_low_s": "the same of gq_low",
        "all_ideal_gq_high_s": "the same of gq_high",
        "energy_kwh": "metered energy; NaN where nothing is metered",
        "energy_kwh_low": "least energy",
        "energy_kwh_high": "greatest energy",
        "cost_krw": "priced usage; NaN where a used item has no price",
        "cost_krw_low": "least cost of what was used",
        "cost_krw_high": "greatest cost of what was used",
        "micro_n": "micro-stops; NaN where nobody counts pieces or there is no ideal cycle",
        "watched_micro_n": "those of them in watched time",
        "watched_apt_ns": "production time whose readings would have shown a micro-stop",
        "unwatched_ns": "production time in which micro-stops may hide",
    }
)
"""Elements that counters give."""

STATION_ELEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "first_rolled": "first-pass yields of a line's stations multiplied; NaN where one has none",
        "first_rolled_low": "the same of their lower bounds",
        "first_rolled_high": "the same of their upper bounds",
        "unit_rolled": "the same of their yields by count",
        "unit_rolled_low": "the same of their lower bounds",
        "unit_rolled_high": "the same of their upper bounds",
    }
)
"""Elements that all stations of a line give together, as `kpi.formulas.rolled` multiplies them."""

QUALITY_ELEMENTS = frozenset(
    {
        *("gq", "planned_gq", "sq", "rq", "ideal_gq_s", "all_ideal_gq_s", "first_in", "first_good"),
        *("first_rolled", "unit_rolled"),
    }
)
"""Those of them that a later inspection may still change."""

TOLD_ELEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "labour_ns": "hours worked; NaN where a shift with good pieces has none",
        "attendance_ns": "hours that people were there; NaN where nobody tells any",
        "untold_ns": "planned time of shifts with people, of which work or attendance is not told",
        "maintenance_ns": "planned maintenance; NaN where nobody tells any",
    }
)
"""Elements that only people or files tell."""

CALENDAR_ELEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "pbt_ns": "planned busy time",
        "calendar_ns": "time of whole production days or shifts; NaN where a group is not of such",
        "off_unknown_ns": "the part of it outside of the plan in which no state is known",
    }
)
"""Elements that the calendar gives."""

ELEMENTS: frozenset[str] = frozenset(
    {*CALENDAR_ELEMENTS, *STATE_ELEMENTS, *COUNT_ELEMENTS, *STATION_ELEMENTS, *TOLD_ELEMENTS}
)
"""All that a measure may ask for."""

PLANNED_STATES = ("producing", "setup", "delayed", "delayed:external", "idle", "unknown")
"""The states that share planned busy time among them."""

OTHER_STATES = ("planned_down", "not_scheduled")
"""The states of all other time."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: what it is called, what it means, and how it is computed."""

    name: str
    definition: str  # namespace/name@version; changes whenever a number would
    unit: str  # UCUM, or a currency
    better: Better
    source: str  # standard, clause and entry there; or the form that asks for it
    formula: str  # in the words of the element table
    ko: str
    en: str
    elements: tuple[str, ...]
    function: Callable[..., Bounds]
    parts: Parts | None = None  # None = its days cannot be added up and compared

    @property
    def matures(self) -> bool:
        """Whether facts of quality that come later may still change it."""
        return not QUALITY_ELEMENTS.isdisjoint(self.elements)

    @property
    def version(self) -> int:
        """Counted up whenever the same elements give another number."""
        return version_of(self.definition)

    @property
    def states(self) -> tuple[str, ...]:
        """The states whose time or events it counts, each once.

        Planned busy time is that of all of them, and pieces count in whatever state they came.
        Calendar time is that of the others too.
        """
        if "calendar_ns" in self.elements:
            return (*PLANNED_STATES, *OTHER_STATES)
        seen = [STATE_ELEMENTS[name] for name in self.elements if name in STATE_ELEMENTS]
        if "pbt_ns" in self.elements or not seen:
            return PLANNED_STATES
        return tuple(dict.fromkeys(seen))

    @property
    def depends(self) -> frozenset[str]:
        """Which times make it uncertain, by the names of their elements."""
        asked = {*self.elements}
        found = {
            "unknown_ns": STATE_ELEMENTS.keys() & asked,
            "count_unknown_ns": COUNT_ELEMENTS.keys() & asked,
            "station_unknown_ns": STATION_ELEMENTS.keys() & asked,
            "unwatched_ns": asked & {"unwatched_ns"},
            "untold_ns": asked & {"untold_ns"},
            "unmetered_ns": asked & {"energy_kwh", "cost_krw"},
        }
        return frozenset(name for name, names in found.items() if names)

    def of(self, elements: Elements) -> Bounds:
        """The figure of every group.

        Args:
            elements: summed elements by name, each of shape (groups,); more than it needs is fine.

        Returns:
            low, value, high of shape (groups,); NaN where undefined or without a bound.

        Raises:
            ValueError: an element it needs is not there.
        """
        if missing := [name for name in self.elements if name not in elements]:
            raise ValueError(f"{self.name} needs the elements {', '.join(missing)}; sum them too")
        return self.function(**{name: elements[name] for name in self.elements})

    def coverage(self, elements: Elements) -> F64:
        """Share of planned time with the facts it rests on, 0 to 1; NaN where nothing is planned.

        Args:
            elements: `pbt_ns` and those of `depends` by name, shape (groups,).
        """
        shares = [1 - divide(elements[name], elements["pbt_ns"]) for name in self.depends]
        share: F64 = np.minimum.reduce(shares)
        return share


def version_of(definition: str) -> int:
    """`iso22400/oee@2` -> 2."""
    return int(definition.rpartition("@")[2])


Family = Callable[..., Bounds]
_MEASURES: dict[str, Measure] = {}


def registered() -> Mapping[str, Measure]:
    """What the modules imported so far have declared; `index.MEASURES` has all of it."""
    return MappingProxyType(_MEASURES)


def measure(  # noqa: PLR0913 - what a definition card says
    *,
    unit: str,
    better: Better,
    definition: str,
    source: str,
    formula: str,
    ko: str,
    en: str,
    parts: Parts | None = None,
) -> Callable[[Family], Family]:
    """Register the decorated function as the measure of its name.

    Args:
        unit: UCUM code, or the currency.
        better: the good side, for targets; None where there is none.
        definition: `iso22400/…@version`, `lineproof/…@version`, or another dialect's.
        source: standard, clause and entry there; or the form that asks for it.
        formula: as printed beside the figure.
        ko: Korean name.
        en: English name.
        parts: numerator and denominator, where days of it can be added up.

    Raises:
        ValueError: a parameter is no element, or the name is taken.
    """

    def register(function: Family) -> Family:
        name, elements = function.__name__, tuple(inspect.signature(function).parameters)
        if strange := [element for element in elements if element not in ELEMENTS]:
            raise ValueError(f"{name} asks for {', '.join(strange)}; that is no element")
        if name in _MEASURES:
            raise ValueError(f"{name} is declared twice")
        _MEASURES[name] = Measure(
            name, definition, unit, better, source, formula, ko, en, elements, function, parts
        )
        return function

    return register
