"""Measures of cost: what a good piece took of energy and money.

A bound of a quotient takes the other bound of its denominator: little energy over many pieces.
"""

from kpi import formulas
from kpi.arrays import F64
from kpi.catalogue.parts import Parts, plain
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="kW.h",
    better="lower",
    definition="iso22400/energy_per_good_piece@1",
    source="ISO 22400-2:2014, clause 6, Comprehensive energy consumption; per good piece, "
    "not per piece",
    formula="Σ energy / ΣGQ",
    ko="에너지 원단위",
    en="Energy per good piece",
    parts=Parts(plain("energy_kwh"), plain("gq")),
)
def energy_per_good_piece(
    energy_kwh: F64,
    gq: F64,
    energy_kwh_low: F64,
    energy_kwh_high: F64,
    gq_low: F64,
    gq_high: F64,
) -> Bounds:
    """Metered energy per good piece.

    Returns:
        Kilowatt hours; NaN where nothing is metered or nothing good was made.

    >>> import numpy as np
    >>> energy_per_good_piece(*np.array([[5.0], [100], [5], [6], [100], [100]])).high.tolist()
    [0.06]
    """
    energy = Bounds(energy_kwh_low, energy_kwh, energy_kwh_high)
    return formulas.per_piece(energy, Bounds(gq_low, gq, gq_high))


@measure(
    unit="KRW",
    better="lower",
    definition="lineproof/unit_cost@2",
    source="win-win programme forms, 제조원가; what is metered at the prices of its "
    "time: base and demand charges, labour and overhead are not included",
    formula="Σ price·quantity of what is metered / ΣGQ",
    ko="단위원가",
    en="Unit cost",
    parts=Parts(plain("cost_krw"), plain("gq")),
)
def unit_cost(
    cost_krw: F64,
    gq: F64,
    cost_krw_low: F64,
    cost_krw_high: F64,
    gq_low: F64,
    gq_high: F64,
) -> Bounds:
    """Priced usage per good piece: what the line meters, no more.

    Returns:
        Won; NaN where a used item has no price or nothing good was made.

    >>> import numpy as np
    >>> unit_cost(*np.array([[500.0], [100], [500], [500], [100], [125]])).low.tolist()
    [4.0]
    """
    cost = Bounds(cost_krw_low, cost_krw, cost_krw_high)
    return formulas.per_piece(cost, Bounds(gq_low, gq, gq_high))
