"""Measures of speed: ideal time of the output against planned and producing time.

The ideal sums come ready made, for the ideal cycle belongs to machine and product. Where a count
is unknown over all planned time there is no value, only bounds: no data, no number. Pieces made
outside of planned time count in none of these; by the definitions before these they did.
"""

import numpy as np

from kpi import formulas
from kpi.arrays import F64, HOUR_NS, I64, divide
from kpi.catalogue.parts import Parts, hours, plain, seconds, stretched_seconds
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="1",
    better="higher",
    definition="iso22400/effectiveness@2",
    source="ISO 22400-2:2014, clause 6, Effectiveness",
    formula="ΣPRI·PQ / ΣAPT",
    ko="성능효율(성능가동률)",
    en="Effectiveness",
    parts=Parts(plain("ideal_pq_s"), stretched_seconds),
)
def effectiveness(  # noqa: PLR0913 - the elements it is made of
    *,
    ideal_pq_s: F64,
    apt_ns: I64,
    pbt_ns: I64,
    unknown_ns: I64,
    ideal_pq_low_s: F64,
    ideal_pq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Ideal time of all pieces over production time: PRI·PQ / APT, ISO 22400-2.

    Returns:
        Ratios from 0, above 1 where a machine ran faster than its ideal cycle. With unknown time
        the value is PRI·PQ / (A·PBT), so that availability · effectiveness · quality is the OEE.
        NaN without production time or without an ideal cycle. No `high` where more time is
        unknown than is known to be production: all pieces over a rest of the time say nothing.

    >>> import numpy as np
    >>> time = {"apt_ns": np.array([8 * 10**9]), "pbt_ns": np.array([10 * 10**9])}
    >>> time |= {"unknown_ns": np.array([0]), "count_unknown_ns": np.array([0])}
    >>> pieces = dict.fromkeys(["ideal_pq_s", "ideal_pq_low_s", "ideal_pq_high_s"], np.array([6.0]))
    >>> effectiveness(**time, **pieces).value.tolist()
    [0.75]
    """
    made_s = Bounds(ideal_pq_low_s, ideal_pq_s, ideal_pq_high_s)
    found = formulas.effectiveness(made_s, apt_ns, pbt_ns, unknown_ns)
    return found._replace(
        value=where_counted(found.value, pbt_ns, count_unknown_ns),
        high=where_told(found.high, apt_ns, unknown_ns),
    )


@measure(
    unit="1",
    better="higher",
    definition="iso22400/oee@2",
    source="ISO 22400-2:2014, clause 6, OEE index",
    formula="ΣPRI·GQ / ΣPBT",
    ko="설비종합효율(OEE)",
    en="OEE index",
    parts=Parts(plain("ideal_gq_s"), seconds("pbt_ns")),
)
def oee(
    ideal_gq_s: F64,
    pbt_ns: I64,
    ideal_gq_low_s: F64,
    ideal_gq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Ideal time of the good pieces over planned busy time, ISO 22400-2.

    Returns:
        Ratios from 0; NaN where nothing was planned or a product with output has no ideal cycle.
        A counter that survived a gap makes it exact, whatever the state was meanwhile.

    >>> import numpy as np
    >>> pbt_ns, none_ns = np.array([[10 * 10**9], [0]])
    >>> oee(np.array([6.0]), pbt_ns, np.array([6.0]), np.array([7.0]), none_ns).high.tolist()
    [0.7]
    """
    found = formulas.oee(Bounds(ideal_gq_low_s, ideal_gq_s, ideal_gq_high_s), pbt_ns)
    return found._replace(value=where_counted(found.value, pbt_ns, count_unknown_ns))


@measure(
    unit="1",
    better="higher",
    definition="iso22400/nee@3",
    source="ISO 22400-2:2014, clause 6, NEE index",
    formula="ΣAUPT / ΣPBT · ΣPRI·PQ / ΣAPT · ΣPRI·GQ / ΣPRI·PQ, AUPT = APT + AUST",
    ko="순설비효율(NEE)",
    en="NEE index",
)
def nee(  # noqa: PLR0913 - the elements it is made of
    *,
    ideal_gq_s: F64,
    ideal_pq_s: F64,
    apt_ns: I64,
    aust_ns: I64,
    pbt_ns: I64,
    unknown_ns: I64,
    ideal_gq_low_s: F64,
    ideal_gq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """The OEE index with set-up counted as use, ISO 22400-2.

    Returns:
        Ratios from 0; NaN without production time or pieces. Unknown time is production in
        `low`, set-up in `high`, which there is only as for effectiveness.

    >>> import numpy as np
    >>> time = {"apt_ns": np.array([8 * 10**9]), "pbt_ns": np.array([10 * 10**9])}
    >>> time |= dict.fromkeys(["unknown_ns", "count_unknown_ns"], np.array([0]))
    >>> names = ["ideal_gq_s", "ideal_pq_s", "ideal_gq_low_s", "ideal_gq_high_s"]
    >>> pieces = dict.fromkeys(names, np.array([4.0]))
    >>> nee(aust_ns=np.array([10**9]), **time, **pieces).value.tolist()
    [0.45]
    """
    index = oee(ideal_gq_s, pbt_ns, ideal_gq_low_s, ideal_gq_high_s, count_unknown_ns)
    found = formulas.nee(index, ideal_pq_s, aust_ns, apt_ns, unknown_ns)
    return found._replace(high=where_told(found.high, apt_ns, unknown_ns))


@measure(
    unit="{piece}/h",
    better="higher",
    definition="lineproof/throughput_per_hour@2",
    source="win-win programme forms, 시간당 생산량",
    formula="ΣGQ / ΣPBT in hours",
    ko="시간당 생산량",
    en="Good pieces per planned hour",
    parts=Parts(plain("planned_gq"), hours("pbt_ns")),
)
def throughput_per_hour(
    planned_gq: F64,
    pbt_ns: I64,
    planned_gq_low: F64,
    planned_gq_high: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Good pieces per planned hour; one of the two mandatory figures of the programme's forms.

    Returns:
        Pieces per hour; NaN where nothing was planned or the count is unknown throughout.

    >>> import numpy as np
    >>> pbt_ns, none_ns = np.array([[2 * 3_600 * 10**9], [0]])
    >>> throughput_per_hour(np.array([90.0]), pbt_ns, *np.full((2, 1), 90.0), none_ns).low.tolist()
    [45.0]
    """
    planned_h = pbt_ns / HOUR_NS
    value = where_counted(divide(planned_gq, planned_h), pbt_ns, count_unknown_ns)
    return Bounds(divide(planned_gq_low, planned_h), value, divide(planned_gq_high, planned_h))


@measure(
    unit="1",
    better="higher",
    definition="lineproof/standard_hours_productivity@2",
    source="win-win programme forms, 시간당 생산량 in standard hours",
    formula="ΣPRI·GQ / ΣPBT, both in hours",
    ko="표준시간 생산성",
    en="Standard hours per planned hour",
    parts=Parts(plain("ideal_gq_s"), seconds("pbt_ns")),
)
def standard_hours_productivity(
    ideal_gq_s: F64,
    pbt_ns: I64,
    ideal_gq_low_s: F64,
    ideal_gq_high_s: F64,
    count_unknown_ns: I64,
) -> Bounds:
    """Standard hours of good output per planned hour: the primary figure of an improvement.

    Returns:
        Ratios from 0. With frozen ideal cycles it compares periods of different products.

    >>> import numpy as np
    >>> pbt_ns, none_ns, ideal_s = np.array([10 * 10**9]), np.array([0]), np.array([5.0])
    >>> standard_hours_productivity(ideal_s, pbt_ns, ideal_s, ideal_s, none_ns).value.tolist()
    [0.5]
    """
    return oee(ideal_gq_s, pbt_ns, ideal_gq_low_s, ideal_gq_high_s, count_unknown_ns)


def where_told(high: F64, apt_ns: I64, unknown_ns: I64) -> F64:
    """`high`, but NaN where production time may be more than twice what is known of it."""
    return np.where(unknown_ns <= apt_ns, high, np.nan)


def where_counted(value: F64, pbt_ns: I64, count_unknown_ns: I64) -> F64:
    """`value`, but NaN where no part of planned time has a known count."""
    return np.where(count_unknown_ns < pbt_ns, value, np.nan)
