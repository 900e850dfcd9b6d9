"""Yields of all stations of a line, one after the other; there is none of a machine alone."""

from kpi.arrays import F64
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="1",
    better="higher",
    definition="lineproof/rolled_throughput_yield@1",
    source="ISO 13053-1:2011, clause 5.4, Rolled throughput yield",
    formula="Π(ΣGP / ΣIP), over the stations of the line",
    ko="누적 직행률(RTY)",
    en="Rolled throughput yield",
)
def rolled_throughput_yield(
    first_rolled: F64, first_rolled_low: F64, first_rolled_high: F64
) -> Bounds:
    """Share of what a line begins that would be good at first presentation at every station.

    Returns:
        Ratios from 0 to 1, `formulas.rolled` of the stations' first-pass yields; NaN of a machine,
        and where one station does not tell first presentations or has none.

    >>> import numpy as np
    >>> rolled_throughput_yield(*np.array([[0.45], [0.0], [1.0]])).value.tolist()
    [0.45]
    """
    return Bounds(first_rolled_low, first_rolled, first_rolled_high)


@measure(
    unit="1",
    better="higher",
    definition="lineproof/rolled_unit_yield@1",
    source="own definition, yields by count of all stations of a line multiplied, where nobody "
    "tells pieces apart that come a second time",
    formula="Π(ΣGQ / ΣPQ), over the stations of the line",
    ko="누적 양품률(수량 기준)",
    en="Rolled unit yield, by count",
)
def rolled_unit_yield(unit_rolled: F64, unit_rolled_low: F64, unit_rolled_high: F64) -> Bounds:
    """Share of what a line begins that would be good at every station, as its counters tell.

    Returns:
        Ratios from 0 to 1, `formulas.rolled` of the stations' `quality_count`; NaN of a machine,
        and where one station made nothing or does not count its rejects.

    >>> import numpy as np
    >>> rolled_unit_yield(*np.array([[0.9], [0.8], [1.0]])).low.tolist()
    [0.8]
    """
    return Bounds(unit_rolled_low, unit_rolled, unit_rolled_high)
