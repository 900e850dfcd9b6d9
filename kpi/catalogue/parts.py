"""A measure as two sums: what stands above the line, and what below.

A comparison of windows needs sums, not figures: that of a window is the ratio of its sums. Both
parts add up over days; above / below is the measure's value wherever both are known.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from kpi.arrays import BOOL, F64, HOUR_NS, I64, SECOND_NS, divide

Part = Callable[[Mapping[str, F64 | I64]], F64]


class Parts(NamedTuple):
    """Numerator and denominator of a measure, of shape (groups,) each."""

    above: Part
    below: Part
    counts_events: bool = False  # above counts events among the trials below


def plain(name: str) -> Part:
    """A quantity as it is."""
    return lambda e: np.asarray(e[name], np.float64)


def hours(name: str) -> Part:
    """A duration in hours."""
    return lambda e: np.asarray(e[name] / HOUR_NS, np.float64)


def seconds(*names: str) -> Part:
    """Durations together, in seconds."""
    return lambda e: np.asarray(np.add.reduce([e[name] for name in names]) / SECOND_NS, np.float64)


def seen_seconds(elements: Mapping[str, F64 | I64]) -> F64:
    """Planned time of which somebody knows what the machine did, in seconds."""
    return np.asarray((elements["pbt_ns"] - elements["unknown_ns"]) / SECOND_NS, np.float64)


def stretched_seconds(elements: Mapping[str, F64 | I64]) -> F64:
    """Production time as long as if unknown time had gone like known time: A·PBT, in seconds."""
    seen_ns = elements["pbt_ns"] - elements["unknown_ns"]
    return elements["apt_ns"] / SECOND_NS * divide(elements["pbt_ns"], seen_ns)


def busy_seconds(elements: Mapping[str, F64 | I64]) -> F64:
    """Planned time with an order in which somebody knows what the machine did, in seconds."""
    return seen_seconds(elements) - elements["adot_ns"] / SECOND_NS


def ordered_seconds(elements: Mapping[str, F64 | I64]) -> F64:
    """Planned time but for that without an order, in seconds."""
    return np.asarray((elements["pbt_ns"] - elements["adot_ns"]) / SECOND_NS, np.float64)


def setup_minutes(elements: Mapping[str, F64 | I64]) -> F64:
    """Set-up time in minutes; unknown where products changed and nothing tells of set-up."""
    told = (elements["aust_ns"] > 0) | (elements["changeovers_n"] == 0)
    return np.where(told, elements["aust_ns"] / (60 * SECOND_NS), np.nan)


def where_rejects_count(name: str) -> Part:
    """A quantity that says nothing of quality where nobody counts rejects."""
    return lambda e: np.asarray(e[name] + 0 * e["sq"], np.float64)


def where_worked(name: str) -> Part:
    """A quantity that says nothing of labour where nobody tells hours of work."""
    return lambda e: np.asarray(e[name] + 0 * e["labour_ns"], np.float64)


def attended(name: str) -> Part:
    """A duration in seconds, in days of which all work and attendance is told and can be true."""

    def of(elements: Mapping[str, F64 | I64]) -> F64:
        told = (elements[each] for each in ("labour_ns", "attendance_ns", "untold_ns"))
        return np.where(can_be_true(*told), elements[name] / SECOND_NS, np.nan)

    return of


def can_be_true(labour_ns: F64 | I64, attendance_ns: F64 | I64, untold_ns: F64 | I64) -> BOOL:
    """Whether all hours are told, and none of work that nobody attended; a second is rounding."""
    return np.asarray((untold_ns == 0) & (labour_ns - attendance_ns <= SECOND_NS), np.bool_)


def rejects(elements: Mapping[str, F64 | I64]) -> F64:
    """Scrap and rework; rework that nobody counts is none beside a known scrap."""
    return np.asarray(elements["sq"] + np.nan_to_num(elements["rq"]), np.float64)
