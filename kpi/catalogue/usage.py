"""Measures of usage: what a piece made took, good or not.

A bound of a quotient takes the other bound of its denominator, as for good pieces in `cost`.
"""

from kpi import formulas
from kpi.arrays import F64
from kpi.catalogue.parts import Parts, plain
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="kW.h",
    better="lower",
    definition="iso22400/energy_per_piece@1",
    source="ISO 22400-2:2014, clause 6, Comprehensive energy consumption",
    formula="Σ energy / ΣPQ",
    ko="종합 에너지 소비(생산수량 기준)",
    en="Comprehensive energy per piece made",
    parts=Parts(plain("energy_kwh"), plain("pq")),
)
def energy_per_piece(
    *,
    energy_kwh: F64,
    pq: F64,
    energy_kwh_low: F64,
    energy_kwh_high: F64,
    pq_low: F64,
    pq_high: F64,
) -> Bounds:
    """Metered energy per piece made, good or not, ISO 22400-2.

    Returns:
        Kilowatt hours; NaN where nothing is metered or nothing was made.

    >>> import numpy as np
    >>> energy = dict.fromkeys(["energy_kwh", "energy_kwh_low", "energy_kwh_high"], np.array([5.0]))
    >>> made = dict.fromkeys(["pq", "pq_low"], np.array([100.0]))
    >>> energy_per_piece(**energy, **made, pq_high=np.array([125.0])).low.tolist()
    [0.04]
    """
    energy = Bounds(energy_kwh_low, energy_kwh, energy_kwh_high)
    return formulas.per_piece(energy, Bounds(pq_low, pq, pq_high))
