"""Bounds hold the truth: whatever of a shift nobody saw, its figure lies between them.

A shift is some stretches of time with a state, pieces of three kinds, energy and money. Of each the
state may go unseen, and each of its counters. The figure of all of it, as if everything had been
seen, must lie between the bounds of what was.
"""

from math import isnan
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kpi.arrays import F64, HOUR_NS, I64, SECOND_NS
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import ELEMENTS

STATES = ("apt_ns", "aust_ns", "adet_ns", "adet_external_ns", "adot_ns")
CHANCE = {"mtbf"}
"""Its bounds are an interval about chance: stops that nobody saw are no part of it."""
STATIONS = {"rolled_throughput_yield", "rolled_unit_yield"}
"""Of several machines: their pieces are no part of one machine's shift."""
SLACK = 1e-9
Stretch = dict[str, Any]
PIECES = st.one_of(st.just(0), st.integers(0, 5000))


OFF: Stretch = {
    "state": "adot_ns",
    "ns": 1,
    "planned": False,
    "counts": {"gq": 1, "sq": 0, "rq": 0},
    "cycle": 0.5,
    "energy": 0.0,
    "cost": 0.0,
    "stops": 0,
    "repair": 0,
    "changeovers": 0,
    "micro": 0,
    "first_good": 1,
    "unseen": False,
    "uncounted": set(),
    "unmetered": False,
    "rare": False,
    "room": 0,
}
"""A good piece outside of the plan."""


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    """One stretch of time, what happened in it, and what of it went unseen."""
    state = draw(st.sampled_from(STATES))
    gq, sq, rq = (draw(PIECES) for _ in range(3))
    stopped = state == "adet_ns"
    length_ns = draw(st.integers(1, 4 * HOUR_NS))
    planned = draw(st.integers(0, 5)) > 0
    return {
        "state": state,
        "ns": length_ns,
        "planned": planned,
        "counts": {"gq": gq, "sq": sq, "rq": rq},
        "cycle": draw(st.sampled_from([0.5, 2.0])),
        "energy": draw(st.floats(0, 50)),
        "cost": draw(st.floats(0, 5e4)),
        "stops": draw(st.integers(0, 2)) if stopped else 0,
        "repair": draw(st.integers(0, length_ns)) if stopped else 0,
        "changeovers": draw(st.integers(0, 2)) if state == "aust_ns" else 0,
        "micro": draw(st.integers(0, 30)) if state == "apt_ns" else 0,
        "first_good": draw(st.integers(0, gq)),
        "unseen": draw(st.booleans()),
        "uncounted": draw(st.sets(st.sampled_from(("gq", "sq", "rq")))),
        "unmetered": draw(st.booleans()),
        "rare": draw(st.booleans()),
        "room": draw(st.integers(0, 3000)),
    }


def sums(shift: list[Stretch], *, seen: bool) -> dict[str, float]:
    """The elements of a shift: all of it, or what was seen of it."""
    found = dict.fromkeys(ELEMENTS, 0.0) | {"unmetered_ns": 0.0}
    found["labour_ns"], found["attendance_ns"] = 7.0 * HOUR_NS, 8.0 * HOUR_NS
    found["maintenance_ns"] = 600.0 * SECOND_NS
    found["calendar_ns"] = float(sum(one["ns"] for one in shift) + HOUR_NS)
    for one in shift:
        add_time(found, one, seen=seen or not one["unseen"])
        add_pieces(found, one, set() if seen else one["uncounted"])
        is_metered = seen or not one["unmetered"]
        for name, unit in (("energy", "energy_kwh"), ("cost", "cost_krw")):
            found[unit] += one[name] if is_metered else 0
            found[f"{unit}_low"] += one[name] if is_metered else 0
            found[f"{unit}_high"] += one[name]
        found["unmetered_ns"] += 0 if is_metered or not one["planned"] else one["ns"]
    return found


def add_time(found: dict[str, float], one: Stretch, *, seen: bool) -> None:
    """Its state and what began in it."""
    if not one["planned"]:
        ran_ns = one["ns"] if one["state"] == "apt_ns" else 0
        found["unplanned_run_ns"] += ran_ns if seen else 0
        found["off_unknown_ns"] += 0 if seen else one["ns"]
        return
    found["pbt_ns"] += one["ns"]
    found[one["state"] if seen else "unknown_ns"] += one["ns"]
    if seen:
        found["stops_n"] += one["stops"]
        found["repair_ns"] += one["repair"]
        found["changeovers_n"] += one["changeovers"]
        hides = one["rare"] and one["state"] == "apt_ns"
        found["micro_n"] += 0 if hides else one["micro"]
        found["watched_micro_n"] += 0 if hides else one["micro"]
        ran_ns = one["ns"] if one["state"] == "apt_ns" else 0
        found["watched_apt_ns"] += 0 if hides else ran_ns
        found["unwatched_ns"] += ran_ns if hides else 0


def add_pieces(found: dict[str, float], one: Stretch, uncounted: set[str]) -> None:
    """Its pieces; of a counter that was silent no more is known than that it has a limit."""
    known = {name: 0 if name in uncounted else n for name, n in one["counts"].items()}
    most = {
        name: n + (one["room"] if name in uncounted else 0) for name, n in one["counts"].items()
    }
    told = {
        "pq": (sum(known.values()), sum(most.values())),
        "gq": (known["gq"], most["gq"]),
    }
    for name, (least, high) in told.items():
        for end, pieces in (("", least), ("_low", least), ("_high", high)):
            found[f"{name}{end}"] += pieces
            if name == "gq":
                found[f"all_ideal_gq{end}_s"] += pieces * one["cycle"]
            if one["planned"]:
                found[f"ideal_{name}{end}_s"] += pieces * one["cycle"]
                found |= (
                    {f"planned_gq{end}": found[f"planned_gq{end}"] + pieces} if name == "gq" else {}
                )
    found["sq"] += known["sq"]
    found["rq"] += known["rq"]
    found["first_in"] += 0 if "gq" in uncounted else one["counts"]["gq"]
    found["first_good"] += 0 if "gq" in uncounted else one["first_good"]
    found["count_unknown_ns"] += one["ns"] if uncounted and one["planned"] else 0


def arrays(elements: dict[str, float]) -> dict[str, F64 | I64]:
    """As measures want them, of one group."""
    whole = ("_ns", "_n")
    found: dict[str, F64 | I64] = {}
    for name, value in elements.items():
        if name.endswith(whole):
            found[name] = np.array([int(value)], dtype=np.int64)
        else:
            found[name] = np.array([value], dtype=np.float64)
    return found


@example([OFF, {**OFF, "first_good": 0, "uncounted": {"gq"}}])
@settings(derandomize=True, deadline=None, max_examples=100)
@given(shift=st.lists(stretches(), min_size=1, max_size=6))
def test_the_figure_of_all_that_happened_lies_between_the_bounds(shift: list[Stretch]) -> None:
    """Of every measure, wherever it has a figure and a bound."""
    everything, told = (arrays(sums(shift, seen=seen)) for seen in (True, False))
    for name in sorted(MEASURES.keys() - CHANCE - STATIONS):
        true = float(MEASURES[name].of(everything).value[0])
        found = MEASURES[name].of(told)
        low, high = float(found.low[0]), float(found.high[0])
        if not isnan(true):
            assert isnan(low) or low <= true * (1 + SLACK), name
            assert isnan(high) or high >= true * (1 - SLACK), name
