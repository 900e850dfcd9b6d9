"""Measures of time: how planned busy time was spent, as far as anybody saw it.

`value` looks at known time, `low` and `high` give all unknown time to the worse or better side.
"""

import numpy as np

from kpi import formulas
from kpi.arrays import F64, I64, SECOND_NS, divide
from kpi.catalogue.parts import Parts, busy_seconds, plain, seconds, seen_seconds, setup_minutes
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds

_TAIL = 0.025  # on each side of the interval of MTBF


@measure(
    unit="1",
    better="higher",
    definition="iso22400/availability@1",
    source="ISO 22400-2:2014, clause 6, Availability",
    formula="ΣAPT / ΣPBT",
    ko="가용성(시간가동률)",
    en="Availability",
    parts=Parts(seconds("apt_ns"), seen_seconds),
)
def availability(apt_ns: I64, pbt_ns: I64, unknown_ns: I64) -> Bounds:
    """Share of its planned busy time in which a machine really produced: APT / PBT, ISO 22400-2.

    Args:
        apt_ns: actual production time, summed per group, shape (groups,).
        pbt_ns: planned busy time, summed per group.
        unknown_ns: the part of `pbt_ns` in which nobody knows what the machine did.

    Returns:
        Ratios from 0 to 1, shape (groups,). `value` looks at known time only; `low` counts all
        unknown time as lost, `high` as produced. NaN where nothing was planned or nothing is known.

    >>> import numpy as np
    >>> bounds = availability(*np.array([[6, 0, 0], [8, 8, 0], [1, 8, 0]]))
    >>> bounds.low.tolist(), bounds.high.tolist()
    ([0.75, 0.0, nan], [0.875, 1.0, nan])
    """
    return formulas.share_of_span(apt_ns, pbt_ns, unknown_ns)


@measure(
    unit="1",
    better="lower",
    definition="iso22400/setup_ratio@1",
    source="ISO 22400-2:2014, clause 6, Setup ratio",
    formula="ΣAUST / ΣAUPT, AUPT = APT + AUST",
    ko="준비교체비율",
    en="Set-up ratio",
    parts=Parts(seconds("aust_ns"), seconds("apt_ns", "aust_ns")),
)
def setup_ratio(apt_ns: I64, aust_ns: I64, unknown_ns: I64) -> Bounds:
    """Share of processing time that went into set-up: AUST / (APT + AUST), ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where nothing was processed. Unknown time is production in `low`
        and set-up in `high`.

    >>> setup_ratio(*np.array([[6], [2], [0]])).value.tolist()
    [0.25]
    """
    return formulas.share_of_both(aust_ns, apt_ns, unknown_ns)


@measure(
    unit="1",
    better="higher",
    definition="iso22400/technical_efficiency@1",
    source="ISO 22400-2:2014, clause 6, Technical efficiency",
    formula="ΣAPT / Σ(APT + ADET), ADET own and external",
    ko="기술효율",
    en="Technical efficiency",
    parts=Parts(seconds("apt_ns"), seconds("apt_ns", "adet_ns", "adet_external_ns")),
)
def technical_efficiency(
    apt_ns: I64, adet_ns: I64, adet_external_ns: I64, unknown_ns: I64
) -> Bounds:
    """Production against production and delay: APT / (APT + ADET), ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where there was neither. Unknown time is delay in `low` and
        production in `high`.

    >>> technical_efficiency(*np.array([[6], [1], [1], [0]])).value.tolist()
    [0.75]
    """
    return formulas.share_of_both(apt_ns, adet_ns + adet_external_ns, unknown_ns)


@measure(
    unit="s",
    better="higher",
    definition="iso22400/mtbf@1",
    source="ISO 22400-2:2014, clause 6, Mean operating time between failures",
    formula="ΣAPT / number of stops",
    ko="평균고장간격(MTBF)",
    en="Mean operating time between failures",
)
def mtbf(apt_ns: I64, stops_n: I64, unknown_ns: I64) -> Bounds:
    """Operating seconds from one of its own stops to the next.

    Returns:
        Seconds. `low` and `high` are the exact Poisson interval of 95 %, `high` with all unknown
        time operating. Without a stop there is a `low` only; NaN without operating time.

    >>> mtbf(*np.array([[72_000 * 10**9], [2], [0]])).value.tolist()
    [36000.0]
    """
    ran_s, longest_s = apt_ns / SECOND_NS, (apt_ns + unknown_ns) / SECOND_NS
    found = formulas.between_failures(Bounds(ran_s, ran_s, longest_s), stops_n, _TAIL)
    return Bounds(
        low=np.where(longest_s > 0, found.low, np.nan),
        value=np.where(ran_s > 0, found.value, np.nan),
        high=np.where(longest_s > 0, found.high, np.nan),
    )


@measure(
    unit="s",
    better="lower",
    definition="iso22400/mttr@1",
    source="ISO 22400-2:2014, clause 6, Mean time to repair",
    formula="Σ repair time / number of stops",
    ko="평균수리시간(MTTR)",
    en="Mean time to repair",
)
def mttr(repair_ns: I64, stops_n: I64, unknown_ns: I64) -> Bounds:
    """Seconds of repair per stop.

    Returns:
        Seconds; NaN without a stop. Unknown time may hide many short stops, so `low` is 0 where
        there is any; `high` counts all of it as repair.

    >>> mttr(*np.array([[600 * 10**9], [2], [0]])).value.tolist()
    [300.0]
    """
    known = divide(repair_ns / SECOND_NS, stops_n)
    most = divide((repair_ns + unknown_ns) / SECOND_NS, stops_n)
    return Bounds(np.where(unknown_ns > 0, 0 * known, known), known, most)


@measure(
    unit="1",
    better="lower",
    definition="iso22400/corrective_maintenance_ratio@1",
    source="ISO 22400-2:2014, clause 6, Corrective maintenance ratio",
    formula="ΣCMT / Σ(CMT + PMT), repair and planned maintenance",
    ko="사후보전비율",
    en="Corrective maintenance ratio",
)
def corrective_maintenance_ratio(repair_ns: F64, maintenance_ns: F64, unknown_ns: I64) -> Bounds:
    """Repair against all maintenance: CMT / (CMT + PMT), ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where people tell not both. Unknown time is planned maintenance
        in `low` and repair in `high`.

    >>> corrective_maintenance_ratio(*np.array([[1.0], [3.0], [0]])).value.tolist()
    [0.25]
    """
    return formulas.share_of_both(repair_ns, maintenance_ns, unknown_ns)


@measure(
    unit="min",
    better="lower",
    definition="lineproof/minutes_per_changeover@1",
    source="own definition, set-up of planned time over changes from a product to another",
    formula="ΣAUST / number of change-overs, in minutes",
    ko="품종교체 1회당 시간",
    en="Minutes per change-over",
    parts=Parts(setup_minutes, plain("changeovers_n")),
)
def minutes_per_changeover(aust_ns: I64, changeovers_n: I64, unknown_ns: I64) -> Bounds:
    """Minutes of set-up that a change of product took.

    Returns:
        Minutes; NaN without a change-over. Where products changed and nothing was set-up nobody
        tells it, which is not set-up in no time: no value. Unknown time may hide further changes,
        so `low` is 0 where there is any; `high` counts all of it as set-up.

    >>> minutes_per_changeover(*np.array([[2_400 * 10**9], [2], [0]])).value.tolist()
    [20.0]
    """
    minute_ns, is_told = 60 * SECOND_NS, aust_ns > 0
    each = np.where(is_told, divide(aust_ns / minute_ns, changeovers_n), np.nan)
    most = divide((aust_ns + unknown_ns) / minute_ns, changeovers_n)
    low = np.where(unknown_ns > 0, 0 * most, each)
    return Bounds(low, each, np.where(is_told | (unknown_ns > 0), most, np.nan))


@measure(
    unit="1",
    better="higher",
    definition="iso22400/utilisation_efficiency@1",
    source="ISO 22400-2:2014, clause 6, Utilization efficiency",
    formula="ΣAPT / ΣAUBT, AUBT = APT + AUST + ADET",
    ko="이용효율",
    en="Utilisation efficiency",
    parts=Parts(seconds("apt_ns"), seconds("apt_ns", "aust_ns", "adet_ns", "adet_external_ns")),
)
def utilisation_efficiency(
    apt_ns: I64, aust_ns: I64, adet_ns: I64, adet_external_ns: I64, unknown_ns: I64
) -> Bounds:
    """Production against all time with an order: APT / AUBT, ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where there was no order. Unknown time is delay in `low` and
        production in `high`.

    >>> utilisation_efficiency(*np.array([[6], [1], [2], [1], [0]])).value.tolist()
    [0.6]
    """
    rest_ns = aust_ns + adet_ns + adet_external_ns
    return formulas.share_of_both(apt_ns, rest_ns, unknown_ns)


@measure(
    unit="1",
    better="higher",
    definition="iso22400/allocation_efficiency@1",
    source="ISO 22400-2:2014, clause 6, Allocation efficiency",
    formula="ΣAUBT / ΣPBT, AUBT = APT + AUST + ADET",
    ko="할당효율",
    en="Allocation efficiency",
    parts=Parts(busy_seconds, seconds("pbt_ns")),
)
def allocation_efficiency(adot_ns: I64, pbt_ns: I64, unknown_ns: I64) -> Bounds:
    """Share of planned busy time in which there was an order: AUBT / PBT, ISO 22400-2.

    Returns:
        Ratios from 0 to 1. Unknown time is without an order in `value` and `low`, with one in
        `high`. NaN where nothing was planned.

    >>> allocation_efficiency(*np.array([[2], [10], [2]])).value.tolist()
    [0.6]
    """
    return formulas.share_with_order(adot_ns, pbt_ns, unknown_ns)
