"""OEE and availability by other dialects than ISO 22400, each under a name of its own.

`vorne` takes time without an order for not planned, `teep` divides by calendar time. A figure of
another denominator is another figure: it has its own definition, and never the name of the first.
"""

from kpi import formulas
from kpi.arrays import F64, I64, divide
from kpi.catalogue.parts import Parts, busy_seconds, ordered_seconds, plain, seconds
from kpi.catalogue.registry import measure
from kpi.catalogue.speed import where_counted, where_told
from kpi.formulas import Bounds


@measure(
    unit="1",
    better="higher",
    definition="vorne/oee@1",
    source="Vorne, oee.com, OEE: no orders is a schedule loss, no part of planned production time",
    formula="ΣPRI·GQ / Σ(PBT - ADOT)",
    ko="설비종합효율(OEE), 주문 없는 시간 제외",
    en="OEE, time without an order not planned",
    parts=Parts(plain("ideal_gq_s"), ordered_seconds),
)
def oee_vorne(  # noqa: PLR0913 - the elements it is made of
    *,
    ideal_gq_s: F64,
    pbt_ns: I64,
    adot_ns: I64,
    unknown_ns: I64,
    ideal_gq_low_s: F64,
    ideal_gq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Ideal time of the good pieces over planned time with an order.

    Returns:
        Ratios from 0; NaN where nothing was planned with an order. Unknown time may have been
        without an order: `value` and `low` take it for planned, `high` leaves it out, and there is
        none where more is unknown than known.

    >>> import numpy as np
    >>> time = {"pbt_ns": np.array([10 * 10**9]), "adot_ns": np.array([2 * 10**9])}
    >>> time |= dict.fromkeys(["unknown_ns", "count_unknown_ns"], np.array([0]))
    >>> names = ["ideal_gq_s", "ideal_gq_low_s", "ideal_gq_high_s"]
    >>> oee_vorne(**time, **dict.fromkeys(names, np.array([6.0]))).value.tolist()
    [0.75]
    """
    good_s = Bounds(ideal_gq_low_s, ideal_gq_s, ideal_gq_high_s)
    found, known_ns = formulas.oee(good_s, pbt_ns - adot_ns), pbt_ns - adot_ns - unknown_ns
    return Bounds(
        low=found.low,
        value=where_counted(found.value, pbt_ns, count_unknown_ns),
        high=where_told(formulas.oee(good_s, known_ns).high, known_ns, unknown_ns),
    )


@measure(
    unit="1",
    better="higher",
    definition="vorne/availability@1",
    source="Vorne, oee.com, Availability: no orders is a schedule loss, no part of planned "
    "production time",
    formula="ΣAPT / Σ(PBT - ADOT)",
    ko="가용성, 주문 없는 시간 제외",
    en="Availability, time without an order not planned",
    parts=Parts(seconds("apt_ns"), busy_seconds),
)
def availability_vorne(apt_ns: I64, pbt_ns: I64, adot_ns: I64, unknown_ns: I64) -> Bounds:
    """Share of planned time with an order in which the machine produced.

    Returns:
        Ratios from 0 to 1; NaN where nothing was planned with an order or nothing is known.
        Unknown time is with an order in all of them, lost in `low`, produced in `high`.

    >>> import numpy as np
    >>> availability_vorne(*np.array([[6], [10], [2], [0]])).value.tolist()
    [0.75]
    """
    return formulas.share_of_span(apt_ns, pbt_ns - adot_ns, unknown_ns)


@measure(
    unit="1",
    better="higher",
    definition="teep/oee@1",
    source="Vorne, oee.com, TEEP: good output against all the time there is",
    formula="ΣPRI·GQ / calendar time, GQ planned or not",
    ko="총설비종합효율(TEEP)",
    en="TEEP, OEE over calendar time",
)
def teep(
    all_ideal_gq_s: F64,
    calendar_ns: F64,
    pbt_ns: I64,
    all_ideal_gq_low_s: F64,
    all_ideal_gq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Ideal time of all good pieces over calendar time, of whole production days and shifts.

    Returns:
        Ratios from 0; NaN where the time is not of whole production days or shifts, where a
        product with output has no ideal cycle, or where nothing is known of planned time.

    >>> import numpy as np
    >>> day_ns, shift_ns, none_ns = np.array([[86_400 * 10**9], [28_800 * 10**9], [0]])
    >>> good_s = np.array([21_600.0])
    >>> teep(good_s, day_ns, shift_ns, good_s, good_s, none_ns).value.tolist()
    [0.25]
    """
    good_s = Bounds(all_ideal_gq_low_s, all_ideal_gq_s, all_ideal_gq_high_s)
    found = formulas.oee(good_s, calendar_ns)
    return found._replace(value=where_counted(found.value, pbt_ns, count_unknown_ns))


@measure(
    unit="1",
    better="higher",
    definition="teep/availability@2",
    source="Vorne, oee.com, TEEP: production against all the time there is",
    formula="ΣAPT / calendar time, APT planned or not; off time nobody knows of is in high alone",
    ko="가용성, 달력시간 기준",
    en="Availability over calendar time",
)
def availability_teep(
    apt_ns: I64, unplanned_run_ns: I64, calendar_ns: F64, unknown_ns: I64, off_unknown_ns: F64
) -> Bounds:
    """Share of calendar time in which the machine is known to have produced.

    Returns:
        Ratios from 0 to 1; NaN where the time is not of whole production days or shifts. Off time
        of which nobody knows is no production in `low` and `value`, and all of it in `high`;
        unknown planned time is lost in `low`, produced in `high`, and left out of `value`.

    >>> import numpy as np
    >>> found = availability_teep(*np.array([[5], [1], [24.0], [0], [3]]))
    >>> found.value.tolist(), found.high.tolist()
    ([0.25], [0.375])
    """
    ran_ns = apt_ns + unplanned_run_ns
    found = formulas.share_of_span(ran_ns, calendar_ns, unknown_ns)
    return found._replace(high=divide(ran_ns + unknown_ns + off_unknown_ns, calendar_ns))
