"""What the engine publishes of a day holds the day's truth between its bounds."""

from math import isnan, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.figures.figures import kpis
from edge.engine.folding.anew import Refold
from edge.engine.view import View
from edge.model import BOOL, HOUR_NS
from edge.site import Site
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import ELEMENTS, QUALITY_ELEMENTS, TOLD_ELEMENTS
from tests.unit.edge.bounds_world import (
    CYCLE_S,
    EDGES,
    FROM_NS,
    PIECES,
    PRODUCTS,
    STEP_NS,
    STEPS,
    TO_NS,
    WON,
    Told,
    Truth,
    readings,
    spoilt,
    truth_of,
    world,
)
from tests.unit.edge.fold_desk import Desk

STATES = {1: "apt_ns", 2: "aust_ns", 3: "adet_ns", 4: "adet_external_ns", 5: "adot_ns"}
OTHERS = {
    *("mtbf", "mttr", "micro_stops_per_hour", "minutes_per_changeover"),
    *("first_pass_yield", "rolled_throughput_yield"),
}
"""About chance, about stops and gaps that a step of the truth does not tell, or told by people."""
ENDS = ("", "_low", "_high")
SLACK = 1e-6
SEEDS = st.integers(0, 2**32 - 1)
Groups = dict[str, dict[str | None, tuple[BOOL, float]]]  # steps and calendar hours, by name
KEYS = {"machine": "product", "day": "production_day", "shift": "shift", "product": "product"}


def groups_of(told: Told) -> Groups:
    """The steps of each row that is asked for; of a product those in which one was told."""
    every, step = np.ones(STEPS, np.bool_), np.arange(STEPS)
    known = step < np.flatnonzero(told.there["product"])[-1]
    product = told.truth.product
    return {
        "machine": {None: (every, 24.0)},
        "day": {"2026-03-02": (every, 24.0)},
        "shift": {"day": (step < EDGES[2], 12.0), "night": (step >= EDGES[2], 12.0)},
        "product": {text: (known & (product == code), nan) for code, text in PRODUCTS.items()},
    }


def elements_of(truth: Truth, site: Site, steps: BOOL, hours: float) -> dict[str, float]:
    """The sums of some steps, as if all had been seen."""
    inside = steps & truth.planned(site.lines[0].shifts)
    found = dict.fromkeys(ELEMENTS, 0.0) | dict.fromkeys(TOLD_ELEMENTS, nan)
    found |= {n: float((inside & (truth.state == s)).sum() * STEP_NS) for s, n in STATES.items()}
    found["pbt_ns"] = float(inside.sum() * STEP_NS)
    found["unplanned_run_ns"] = float((steps & ~inside & (truth.state == 1)).sum() * STEP_NS)
    found["calendar_ns"] = hours * HOUR_NS
    cycle = np.where(truth.product == 1, CYCLE_S[1], CYCLE_S[2])
    good = truth.counts["good"]
    made = np.sum([truth.counts[name] for name in PIECES], axis=0)
    kwh = float(truth.counts["energy"][steps].sum())
    for end in ENDS:
        for name, each in (("gq", good), ("pq", made)):
            found[f"{name}{end}"] = float(each[steps].sum())
            found[f"ideal_{name}{end}_s"] = float((each * cycle)[inside].sum())
        found[f"planned_gq{end}"] = float(good[inside].sum())
        found[f"all_ideal_gq{end}_s"] = float((good * cycle)[steps].sum())
        found[f"energy_kwh{end}"], found[f"cost_krw{end}"] = kwh, kwh * WON
    counts_rework = "rework" in site.lines[0].machines[0].signals
    found["sq"] = float(truth.counts["scrap"][steps].sum())
    found["rq"] = float(truth.counts["rework"][steps].sum()) if counts_rework else nan
    found["unit_rolled"] = found["gq"] / found["pq"] if found["pq"] else nan  # of the one station
    return found


def check(seed: int) -> None:
    """One world: every row of machine and line, over the day, its shifts and its products."""
    rng = np.random.default_rng([seed])
    site = world(rng)
    told = spoilt(rng, truth_of(rng, site), site)
    with TemporaryDirectory() as folder:
        desk = Desk(site, Path(folder))
        desk.memory.write(readings(desk, rng, told))
        desk.clock.now_ns = TO_NS
        desk.run()
        refold = Refold(site, desk.recent, desk.records)
        view = View(site, desk.recent, desk.records, desk.clock, refold)
        for by, groups in groups_of(told).items():
            rows = kpis(view, "mask", FROM_NS, TO_NS, by)["rows"]
            for row in rows:
                name = None if by == "machine" else row[KEYS[by]]
                if name in groups:
                    elements = elements_of(told.truth, site, *groups[name])
                    hold(row["measures"], elements, f"{seed}: {row['machine']} by {by}, {name}")


def hold(found: dict[str, Any], elements: dict[str, float], place: str) -> None:
    """Every bound that is told holds the truth."""
    arrays = {name: np.array([value]) for name, value in elements.items()}
    for name in MEASURES.keys() - OTHERS:
        true, told = float(MEASURES[name].of(arrays).value[0]), found[name]
        low, high = told["low"], told["high"]
        if not isnan(true):
            assert low is None or low <= true + SLACK * abs(true), (place, name, true, told)
            assert high is None or high >= true - SLACK * abs(true), (place, name, true, told)


def test_what_is_compared_are_all_measures_of_time_pieces_and_energy() -> None:
    """What is left out is named, and looks at what people tell, at events or at gaps."""
    assert set(MEASURES) > OTHERS
    events = {
        "stops_n",
        "changeovers_n",
        "micro_n",
        "first_in",
        "first_rolled",
    } | TOLD_ELEMENTS.keys()
    assert all(events & set(MEASURES[name].elements) for name in OTHERS)
    assert QUALITY_ELEMENTS - {"first_in", "first_good", "first_rolled"} <= {
        name for one in MEASURES.keys() - OTHERS for name in MEASURES[one].elements
    }


@settings(max_examples=3, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_is_told_of_a_day_holds_what_happened(seed: int) -> None:
    """Whatever was silent, Bad, rare or lost at the end."""
    check(seed)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_what_is_told_of_a_day_holds_what_happened_in_more_worlds(seed: int) -> None:
    """The same of more of them."""
    check(seed)
