"""A day of one machine of which everything is known, and what a line would have told of it.

The truth is by steps of half a minute: a state, a product, pieces, energy. Readings tell it at
every step, until they are spoilt: silence, Bad values, counters that stand apart or are read
rarely. What is spoilt takes nothing from the truth.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from edge.model import BOOL, F64, I64, SECOND_NS, STATUS_BAD, STATUS_GOOD, Row
from edge.site import Dated, Kind, Price, Shift, Site
from tests.unit.edge.fold_desk import DAY, MAP, NIGHT, Desk, at, machine, signal, site_of

STEP_S = 30
STEP_NS = STEP_S * SECOND_NS
FROM_NS, TO_NS = at("08:00"), at("+1 08:00")
STEPS = (TO_NS - FROM_NS) // STEP_NS
EDGES = [hour * 3600 // STEP_S for hour in (4, 5, 12)]  # break, its end, the end of the shift
CYCLE_S = {1: 10.0, 2: 20.0}
PRODUCTS = {1: "A", 2: "B"}
STALE_S = 100.0
RAREST = 120  # steps between readings
PIECES = ("good", "scrap", "rework")
OWN = [["good", "scrap"], ["good", "scrap", "rework"], ["total", "good"], ["total", "scrap"]]
RATES = {"good": 0.2, "scrap": 0.1, "rework": 0.1, "energy": 0.01, "total": 0.4}  # per second
WON = 120.0  # a kilowatt hour
IDLE = 5
Rng = np.random.Generator
Flags = dict[str, BOOL]  # by signal, of each reading


@dataclass(frozen=True)
class Truth:
    """What happened, by steps."""

    state: I64
    product: I64
    counts: dict[str, F64]

    def planned(self, shifts: tuple[Shift, ...]) -> BOOL:
        """Which steps lie in planned time."""
        step = np.arange(STEPS)
        found: BOOL = (step < EDGES[2]) | (len(shifts) > 1)
        return found & ~((step >= EDGES[0]) & (step < EDGES[1]))

    def at_rest(self, steps: BOOL) -> "Truth":
        """The same without anything made in some steps."""
        counts = {name: np.where(steps, 0.0, each) for name, each in self.counts.items()}
        return replace(self, state=np.where(steps, IDLE, self.state), counts=counts)


class Told(NamedTuple):
    """A day, and which of its readings there are and are Bad."""

    truth: Truth
    there: Flags
    bad: Flags


def truth_of(rng: Rng, site: Site) -> Truth:
    """States of minutes to an hour, products of hours, and pieces while it produces.

    It rests in the break: what a silent counter made is divided by producing time.
    """
    state, product = runs(rng, [1, 1, 1, 2, 3, 4, IDLE], 2, 120), runs(rng, [1, 2], 120, 600)
    state[EDGES[0] : EDGES[1]] = IDLE
    running, most = state == 1, np.where(product == 1, 3, 2)
    reworks = "rework" in site.lines[0].machines[0].signals
    each = {
        "good": rng.integers(1, most + 1),
        "scrap": rng.random(STEPS) < 0.1,
        "rework": (rng.random(STEPS) < 0.05) & reworks,
    }
    counts = {name: np.where(running, n, 0).astype(np.float64) for name, n in each.items()}
    counts["energy"] = np.where(running, 0.05, 0.01) * rng.random(STEPS)
    return Truth(state, product, counts)


def runs(rng: Rng, values: list[int], least: int, most: int) -> I64:
    """Random values, each for some steps."""
    lengths = rng.integers(least, most, STEPS // least + 1)
    return np.repeat(rng.choice(values, len(lengths)), lengths)[:STEPS]


def world(rng: Rng) -> Site:
    """The machine, with a counter for each kind, or a total and what was good or scrap of it."""
    names = [*OWN[int(rng.integers(len(OWN)))], "energy"]
    apart: dict[str, Any] = {"max_split_gap_s": STEP_S - 1.0, "stale_after_s": STALE_S}
    counters = [signal("body", name, max_rate=RATES[name], **apart) for name in names]
    if rng.random() < 0.5:
        counters[0] = replace(counters[0], modulus=1000)
    state = signal("body", "state", Kind.STATE, map=MAP, debounce_s=0.0, stale_after_s=STALE_S)
    product = signal("body", "product", Kind.TEXT, stale_after_s=STALE_S)
    cycles = {name: (Dated(CYCLE_S[code], None),) for code, name in PRODUCTS.items()}
    body = machine("body", state, product, *counters, ideal_cycle_s=cycles)
    site = site_of(body, shifts=(DAY,) if rng.random() < 0.5 else (DAY, NIGHT))
    price = Price("electricity", WON, "KRW/kW.h", date(2026, 1, 1))
    return replace(site, prices=(price,))


def spoilt(rng: Rng, truth: Truth, site: Site) -> Told:
    """The day with readings that are Bad or missing.

    A state is known at the edges of the plan and where a product changes: pieces that come while
    nobody knows it belong to the bucket of their reading, whichever side they were made on. And
    nothing is made in off time behind the last reading.
    """
    names = list(site.lines[0].machines[0].signals)
    told = Told(
        replace(truth, product=truth.product.copy()),
        {name: np.ones(STEPS + 1, np.bool_) for name in names},
        {name: np.zeros(STEPS + 1, np.bool_) for name in names},
    )
    counters = [name for name in names if name in RATES]
    for _ in range(int(rng.integers(0, 4))):
        spoil(rng, told, counters)
    if rng.random() < 0.3:
        rare = np.arange(STEPS + 1) % int(rng.choice([4, 20, RAREST])) == 0
        told.there[str(rng.choice(counters))][~rare] = False
    if rng.random() < 0.3:
        told = ended(told, site, int(rng.integers(STEPS // 2, STEPS)) // RAREST * RAREST)
    return told


def spoil(rng: Rng, told: Told, counters: list[str]) -> None:
    """Spoil some readings of everything, of the state, or of a counter, in place."""
    kind, (first, end) = rng.choice(["all", "counter", "bad counter", "bad state"]), stretch(rng)
    read = -(-(max(end, first + 5) + 1) // RAREST) * RAREST  # by then every counter was
    if kind == "counter":
        told.there[str(rng.choice(counters))][first:end] = False
    elif kind == "bad counter":
        told.bad[str(rng.choice(counters))][first:end] = True
    elif not any(first - 2 <= edge <= read for edge in EDGES):
        if kind == "all":
            end = max(end, first + 5)  # longer than a state is carried on
            for each in told.there.values():
                each[first:end] = False
        else:
            told.bad["state"][first:end] = True
        product = told.truth.product
        before = (first - 1) // RAREST * RAREST
        product[before : read + 1] = product[before]


def stretch(rng: Rng) -> tuple[int, int]:
    """Some steps; often over an edge of the calendar."""
    length = int(rng.choice([2, 10, 60, 300]))
    middle = int(rng.choice(EDGES)) if rng.random() < 0.5 else int(rng.integers(STEPS))
    first = max(1, middle - int(rng.integers(0, length + 1)))
    return first, min(first + length, STEPS)


def ended(told: Told, site: Site, last: int) -> Told:
    """The same with nothing read behind a step."""
    for each in told.there.values():
        each[last + 1 :] = False
        each[last] = True  # a counter that is silent while its device lives has nothing to tell
    behind = np.arange(STEPS) >= last
    truth = told.truth.at_rest(behind & ~told.truth.planned(site.lines[0].shifts))
    truth.product[last:] = truth.product[last]
    return told._replace(truth=truth)


def readings(desk: Desk, rng: Rng, told: Told) -> list[Row]:
    """What was read: counters after each step, state and product at its begin."""
    rows: list[Row] = []
    for name, one in desk.site.lines[0].machines[0].signals.items():
        number = next(n for n, path in desk.memory.paths.items() if path == one.path)
        values = column(desk, rng, told.truth, name, one.modulus)
        for step in np.flatnonzero(told.there[name][: len(values)]).tolist():
            at_ns = FROM_NS + step * STEP_NS
            status = STATUS_BAD if told.bad[name][step] else STATUS_GOOD
            rows.append(Row(number, at_ns, at_ns, float(values[step]), status))
    return rows


def column(desk: Desk, rng: Rng, truth: Truth, name: str, modulus: int | None) -> F64:
    """The values of a signal at each edge between steps."""
    if name == "state":
        return truth.state.astype(np.float64)
    if name == "product":
        texts = desk.memory.texts
        known = {code: texts.setdefault(text, len(texts) + 1) for code, text in PRODUCTS.items()}
        return np.array([known[code] for code in truth.product.tolist()], np.float64)
    parts = [truth.counts[one] for one in (PIECES if name == "total" else (name,))]
    begin = 10_000.0 if modulus is None else float(rng.integers(modulus))
    total: F64 = begin + np.concatenate([[0.0], np.cumsum(np.sum(parts, axis=0))])
    return total % modulus if modulus else total
