"""What a change is made of: hours, machines, availability, speed, quality, mix, and a told rest.

Every decomposition adds up to the change it is of. What the parts do not reach, such as pieces
counted over an edge of products or a frozen day that was restated since, is its part `rest`; where
a part cannot be known there is none, and a code says why.
"""

from collections.abc import Sequence
from math import floor, fsum, inf, isfinite, log10, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.days import number
from edge.engine.verdicts.strata import Key, Strata
from edge.model import F64
from kpi.catalogue.index import MEASURES
from kpi.decompose import lmdi

Document = dict[str, Any]  # JSON
KNOW_HOW = frozenset({"availability", "speed", "quality", "rate", "usage"})
"""Parts that are credited; the others are named as what they are."""
SMALL = 1e-9
DIGITS = 12
OUTPUTS = {
    "throughput_per_hour": ("planned_pq", "planned_gq"),
    "standard_hours_productivity": ("ideal_pq_s", "ideal_gq_s"),
    "oee": ("ideal_pq_s", "ideal_gq_s"),
}
"""Measures of output over planned time, and what they count of it."""
LOSSES = {
    "setup": "aust_ns",
    "delay": "adet_ns",
    "waiting": "adet_external_ns",
    "no_order": "adot_ns",
}
SECONDS_A_UNIT = {"throughput_per_hour": 3_600.0}  # of planned time below the line; else 1


class Part(NamedTuple):
    """One part of a change."""

    code: str
    amount: float  # NaN where it is not known
    item: str | None = None
    reason: str | None = None  # why it is not known

    def document(self, places: int) -> Document:
        """As JSON, with so many digits behind the point."""
        return {
            "code": self.code,
            "item": self.item,
            "amount": number(round(self.amount, places) + 0.0),  # no zero has a sign
            "credited": self.code in KNOW_HOW,
            "reason": self.reason,
        }


class Split(NamedTuple):
    """A change taken apart, or the code of why it cannot be."""

    of: str  # figure, bill, or output
    unit: str
    method: str
    ends: tuple[float, float]
    parts: tuple[Part, ...] = ()
    reason: str | None = None

    @property
    def places(self) -> int:
        """Digits behind the point of its parts: twelve of the figure; later ones are noise."""
        size = max(map(abs, self.ends))
        return DIGITS - 1 - floor(log10(size)) if 0 < size < inf else DIGITS

    def document(self) -> Document:
        """As JSON; the last part is the rest, so that all add up to the change."""
        before, after = self.ends
        change = after - before
        reason, parts = self.reason, self.parts
        if not isfinite(change):
            reason, parts = reason or "no_figure", ()
        return {
            "of": self.of,
            "unit": self.unit,
            "method": self.method,
            "before": number(before),
            "after": number(after),
            "change": number(change),
            "reason": reason,
            "parts": [part.document(self.places) for part in (*parts, *rest(self.ends, parts))],
        }


def rest(ends: tuple[float, float], parts: Sequence[Part]) -> tuple[Part, ...]:
    """What the parts do not reach; less than the last digits is nothing."""
    if not parts:
        return ()
    known = [part.amount for part in parts if isfinite(part.amount)]
    left = fsum([ends[1], -ends[0], *(-amount for amount in known)])
    return (Part("rest", 0.0 if abs(left) <= SMALL * max(map(abs, ends)) else left),)


def figure(measure: str, sides: tuple[Strata, Strata], ends: tuple[float, float]) -> Split:
    """The change of the figure itself.

    Args:
        measure: its name.
        sides: before and after.
        ends: the two published figures.
    """
    if measure in OUTPUTS:
        names, unit_s = OUTPUTS[measure], SECONDS_A_UNIT.get(measure, 1.0)
        return of_output("figure", MEASURES[measure].unit, sides, ends, (names, unit_s))
    how = of_losses if measure == "availability" else of_ratio
    return how(MEASURES[measure].unit, sides, ends)


def daily_output(sides: tuple[Strata, Strata], ends: tuple[float, float] | None = None) -> Split:
    """The change of good pieces per production day, with hours and machines.

    Of planned time alone, whose hours are a factor: pieces of overtime belong to no such hour.

    Args:
        sides: before and after.
        ends: the two figures, where days tell them; else what the products come to.
    """
    before, after = (one.whole("planned_gq") / one.days if one.days else nan for one in sides)
    return of_output(
        "output", "{piece}/d", sides, ends or (before, after), (("planned_pq", "planned_gq"), None)
    )


def of_output(
    of: str,
    unit: str,
    sides: tuple[Strata, Strata],
    ends: tuple[float, float],
    counted: tuple[tuple[str, str], float | None],
) -> Split:
    """Output as a product of factors for each product, by LMDI.

    Output = machines · planned time · share of the product in the running time · A · E · Q, summed
    over products. The share is the mix. A product that ran on one side alone keeps its speed and
    quality, so that all of it is mix.

    Args:
        of: what is taken apart.
        unit: of it.
        sides: before and after.
        ends: the two published figures.
        counted: names of all and of good output, and seconds of a unit of planned time; None for
            output a day, in which time and machines are factors too.
    """
    (made, good), unit_s = counted
    unseen = any(
        not isfinite(one.whole("planned_sq")) for one in sides
    )  # then all that is told is good
    names = (good if unseen else made, good)
    keys = sorted({*sides[0].keys, *sides[1].keys})
    blank = Split(of, unit, "lmdi", ends)
    if any(not one.days or not one.whole("apt_ns") > 0 for one in sides):
        return blank._replace(reason="no_running_time")
    speeds, yields = matched(keys, sides, names)
    tables = []
    for side, one in enumerate(sides):
        time_s = unit_s or one.whole("pbt_ns") / one.days
        machines = np.array([one.machines[line] for line, _ in keys])
        many = machines if unit_s is None else np.ones(len(keys))
        each = (many, *shares(keys, one), speeds[side] / many, yields[side])
        tables.append(np.stack([np.full(len(keys), time_s), *each], axis=1))
    if not all(np.isfinite(table).all() and (table >= 0).all() for table in tables):
        return blank._replace(reason="no_figure" if good == "planned_gq" else "no_cycle")
    names_of = ("hours", "machines", "mix", "availability", "speed", "quality")
    effects = lmdi(*tables).effects.tolist()
    found = [Part(code, effect) for code, effect in zip(names_of, effects, strict=True)]
    found = found if unit_s is None else found[2:]  # what is per planned hour has neither of both
    if unseen:
        found[-1] = Part("quality", nan, None, "rejects_uncounted")
    return blank._replace(parts=tuple(found))


def shares(keys: list[Key], one: Strata) -> tuple[F64, F64]:
    """The share of planned time that each product ran, as mix, and the availability of its line."""
    planned, running = one.of_line("pbt_ns", keys), one.of_line("apt_ns", keys)
    known = planned - one.of_line("unknown_ns", keys)
    mix = over(one.of("apt_ns", keys), running) * planned / one.whole("pbt_ns")
    return mix, over(running, known)


def matched(
    keys: list[Key], sides: tuple[Strata, Strata], names: tuple[str, str]
) -> tuple[list[F64], list[F64]]:
    """Speed and quality of each product on both sides; of one that did not run, the other's."""
    speeds, yields = [], []
    for one in sides:
        planned = one.of_line("pbt_ns", keys)
        seen_share = over(planned - one.of_line("unknown_ns", keys), planned)
        speeds.append(over(one.of(names[0], keys), one.of("apt_ns", keys), nan) * seen_share)
        yields.append(over(one.of(names[1], keys), one.of(names[0], keys), nan))
    return both(speeds), both(yields)


def both(columns: list[F64]) -> list[F64]:
    """Two columns, each filled with the other where it has nothing, and with 0 where both have."""
    one, two = columns
    filled = np.where(np.isnan(one), two, one), np.where(np.isnan(two), one, two)
    return [np.nan_to_num(column, nan=0.0) for column in filled]


def of_losses(unit: str, sides: tuple[Strata, Strata], ends: tuple[float, float]) -> Split:
    """Availability: what is not running is set-up, delay, waiting or without an order."""
    blank = Split("figure", unit, "difference", ends)
    known_s = [one.whole("pbt_ns") - one.whole("unknown_ns") for one in sides]
    if not min(known_s) > 0:
        return blank._replace(reason="no_running_time")
    parts = []
    for code, name in LOSSES.items():
        before, after = (one.whole(name) / s for one, s in zip(sides, known_s, strict=True))
        parts.append(Part(code, before - after))
    return blank._replace(parts=tuple(parts))


def of_ratio(unit: str, sides: tuple[Strata, Strata], ends: tuple[float, float]) -> Split:
    """A ratio of sums: the ratio within each product, and the mix of products, by LMDI.

    What is above the line of a product that has nothing below it, such as energy while no piece
    was made, is the part `without_output`.
    """
    blank, keys = Split("figure", unit, "lmdi", ends), sorted({*sides[0].keys, *sides[1].keys})
    whole = [one.whole("below") for one in sides]
    above = [one.of("above", keys) for one in sides]
    below = [one.of("below", keys) for one in sides]
    known = all(total > 0 for total in whole) and bool(np.isfinite([above, below]).all())
    if not known or bool((np.array(above) < 0).any()):
        return blank._replace(reason="no_figure")
    rates = both([over(a, b, nan) for a, b in zip(above, below, strict=True)])
    tables = [
        np.stack([column / total, rate], axis=1)
        for column, total, rate in zip(below, whole, rates, strict=True)
    ]
    mix, rate = lmdi(*tables).effects.tolist()
    loose = [
        fsum(a[b == 0].tolist()) / total for a, b, total in zip(above, below, whole, strict=True)
    ]
    outside = [Part("without_output", loose[1] - loose[0])] if any(loose) else []
    return blank._replace(parts=(Part("mix", mix), Part("rate", rate), *outside))


def over(above: F64, below: F64, otherwise: float = 0.0) -> F64:
    """A quotient; `otherwise` where there is nothing below the line."""
    found: F64 = np.divide(above, below, out=np.full(len(above), otherwise), where=below > 0)
    return found
