"""OEE and its relatives of some rows: sums first, then one division.

Arguments are columns of element rows, or scalars; percentages are never averaged. A quantity
without an ideal cycle makes what needs the cycle NaN, and nothing else.
"""

import math
from typing import NamedTuple

from numpy.typing import ArrayLike

from kpi import formulas
from kpi.arrays import SECOND_NS, divide, floats, known, quotient
from kpi.distributions import tail
from kpi.rows import duration, ideal_bounds_s, ideal_sum_s, quantity, same_rows

DIALECTS = ("iso22400", "vorne", "teep")


class Oee(NamedTuple):
    """OEE and its factors; availability · effectiveness · quality_time = oee."""

    availability: float
    effectiveness: float
    quality_time: float
    quality_count: float
    oee: float
    availability_low: float
    availability_high: float
    effectiveness_low: float
    effectiveness_high: float
    oee_low: float
    oee_high: float
    coverage: float


class Ratios(NamedTuple):
    """Further ratios of ISO 22400-2."""

    utilisation: float
    allocation: float
    setup_ratio: float
    technical_efficiency: float
    nee: float
    scrap_ratio: float
    rework_ratio: float


class Losses(NamedTuple):
    """Where planned time went, in seconds; the last nine add up to the first."""

    planned_s: float
    setup_s: float
    delay_s: float
    delay_external_s: float
    idle_s: float
    unknown_s: float
    micro_s: float
    slow_s: float  # negative where the machine ran faster than its ideal cycle
    scrap_s: float
    good_s: float


class Reliability(NamedTuple):
    """MTBF with its exact Poisson interval, MTTR, and availability by both."""

    mtbf_s: float
    mttr_s: float
    availability: float
    mtbf_low_s: float
    mtbf_high_s: float


class Ratio(NamedTuple):
    """A ratio of sums and its bounds."""

    value: float
    low: float
    high: float


def oee(  # noqa: PLR0913 - the elements of the formula
    pbt_ns: ArrayLike,
    apt_ns: ArrayLike,
    ideal_s: ArrayLike,
    pq: ArrayLike,
    gq: ArrayLike,
    *,
    unknown_ns: ArrayLike = 0,
    adot_ns: ArrayLike = 0,
    calendar_ns: ArrayLike | None = None,
    pq_low: ArrayLike | None = None,
    pq_high: ArrayLike | None = None,
    gq_low: ArrayLike | None = None,
    gq_high: ArrayLike | None = None,
    dialect: str = "iso22400",
) -> Oee:
    """OEE of some rows with bounds, by the denominator of a dialect.

    Args:
        pbt_ns: planned busy time.
        apt_ns: production time.
        ideal_s: ideal cycle per piece; NaN is allowed where nothing was made.
        pq: pieces made.
        gq: good pieces.
        unknown_ns: the part of `pbt_ns` that nobody saw.
        adot_ns: time without an order, left out by the dialect `vorne`.
        calendar_ns: calendar time, the denominator of `teep`.
        pq_low: least pieces made; default `pq`. Likewise `pq_high`, `gq_low`, `gq_high`.
        pq_high: most pieces made.
        gq_low: least good pieces.
        gq_high: most good pieces.
        dialect: `iso22400` over PBT, `vorne` over PBT less no order, `teep` over calendar time.

    Raises:
        ValueError: columns of different lengths, negative durations or quantities, APT and
            unknown exceed PBT, an unknown dialect, or teep without calendar_ns.
    """
    times = {"pbt_ns": pbt_ns, "apt_ns": apt_ns, "adot_ns": adot_ns, "unknown_ns": unknown_ns}
    same_rows(**times, ideal_s=ideal_s, pq=pq, gq=gq)
    pbt, apt, adot, unknown = (duration(each, name) for name, each in times.items())
    span = _denominator(dialect, (pbt, apt, adot, unknown), calendar_ns)
    made = ideal_bounds_s(ideal_s, pq, "pq", pq_low, pq_high)
    good = ideal_bounds_s(ideal_s, gq, "gq", gq_low, gq_high)
    pieces = (formulas.exactly(quantity(each, n)) for each, n in ((gq, "gq"), (pq, "pq")))
    available, index = formulas.share_of_span(apt, span, unknown), formulas.oee(good, span)
    effective = formulas.effectiveness(made, apt, span, unknown)
    found = {
        "availability": available.value,
        "effectiveness": effective.value,
        "quality_time": formulas.quality(good, made).value,
        "quality_count": formulas.quality(*pieces).value,
        "oee": index.value,
        "availability_low": available.low,
        "availability_high": available.high,
        "effectiveness_low": effective.low,
        "effectiveness_high": effective.high,
        "oee_low": index.low,
        "oee_high": index.high,
        "coverage": 1 - divide(unknown, pbt),
    }
    return Oee(**{name: float(value) for name, value in found.items()})


def ratios(  # noqa: PLR0913 - the elements of the formulas
    *,
    apt_ns: ArrayLike,
    aust_ns: ArrayLike,
    adet_ns: ArrayLike,
    adot_ns: ArrayLike,
    ideal_s: ArrayLike,
    pq: ArrayLike,
    gq: ArrayLike,
    sq: ArrayLike = 0,
    rq: ArrayLike = 0,
    unknown_ns: ArrayLike = 0,
) -> Ratios:
    """The further ratios of some rows; planned busy time is the sum of the five times.

    Args:
        apt_ns: production time.
        aust_ns: set-up time.
        adet_ns: delay, own and external.
        adot_ns: time without an order.
        ideal_s: ideal cycle per piece.
        pq: pieces made.
        gq: good pieces.
        sq: scrap.
        rq: rework.
        unknown_ns: time that nobody saw.
    """
    same_rows(apt_ns=apt_ns, aust_ns=aust_ns, adet_ns=adet_ns, adot_ns=adot_ns, pq=pq)
    same_rows(apt_ns=apt_ns, unknown_ns=unknown_ns, ideal_s=ideal_s, gq=gq, sq=sq, rq=rq)
    apt, aust = duration(apt_ns, "apt_ns"), duration(aust_ns, "aust_ns")
    adet, adot = duration(adet_ns, "adet_ns"), duration(adot_ns, "adot_ns")
    unknown = duration(unknown_ns, "unknown_ns")
    planned = apt + aust + adet + adot + unknown
    index = formulas.oee(ideal_bounds_s(ideal_s, gq, "gq"), planned)
    pieces, made = quantity(pq, "pq"), ideal_sum_s(ideal_s, pq, "pq")
    found = {
        "utilisation": formulas.share_of_both(apt, aust + adet, 0).value,
        "allocation": formulas.share_with_order(adot, planned, unknown).value,
        "setup_ratio": formulas.share_of_both(aust, apt, 0).value,
        "technical_efficiency": formulas.share_of_both(apt, adet, 0).value,
        "nee": formulas.nee(index, made, aust, apt, 0).value,
        "scrap_ratio": divide(quantity(sq, "sq"), pieces),
        "rework_ratio": divide(quantity(rq, "rq"), pieces),
    }
    return Ratios(**{name: float(value) for name, value in found.items()})


def losses(  # noqa: PLR0913 - the elements of the bridge
    *,
    apt_ns: ArrayLike,
    aust_ns: ArrayLike,
    adet_ns: ArrayLike,
    adet_external_ns: ArrayLike,
    adot_ns: ArrayLike,
    unknown_ns: ArrayLike,
    micro_ns: ArrayLike,
    ideal_s: ArrayLike,
    pq: ArrayLike,
    gq: ArrayLike,
) -> Losses:
    """The loss bridge of some rows, from planned time down to the ideal time of good pieces.

    Args:
        apt_ns: production time.
        aust_ns: set-up time.
        adet_ns: the machine's own delay.
        adet_external_ns: delay from outside.
        adot_ns: time without an order.
        unknown_ns: time that nobody saw.
        micro_ns: what micro-stops took of `apt_ns`.
        ideal_s: ideal cycle per piece.
        pq: pieces made.
        gq: good pieces.

    Raises:
        ValueError: columns of different lengths, negative durations or quantities, or micro-stops
            took more than `apt_ns`.
    """
    times = {"aust_ns": aust_ns, "adet_ns": adet_ns, "adet_external_ns": adet_external_ns}
    times |= {"adot_ns": adot_ns, "unknown_ns": unknown_ns}
    same_rows(apt_ns=apt_ns, **times, micro_ns=micro_ns, ideal_s=ideal_s, pq=pq, gq=gq)
    apt, micro = duration(apt_ns, "apt_ns"), duration(micro_ns, "micro_ns")
    if micro > apt:
        raise ValueError(f"micro_ns exceeds apt_ns, of which it is a part: {micro} of {apt}")
    others = [duration(each, name) for name, each in times.items()]
    made, good = (
        ideal_sum_s(ideal_s, column, name) * SECOND_NS for column, name in ((pq, "pq"), (gq, "gq"))
    )
    bridge = (apt + sum(others), *others, micro, apt - micro - made, made - good, good)
    return Losses(*(part / SECOND_NS for part in bridge))


def reliability(
    operating_s: ArrayLike, repair_s: ArrayLike, failures: ArrayLike, *, confidence: float = 0.95
) -> Reliability:
    """Mean operating time between failures with its exact Poisson interval, and time to repair.

    Args:
        operating_s: operating time.
        repair_s: repair time.
        failures: how many failures; without one there is only a lower bound.
        confidence: of the two-sided interval.

    Raises:
        ValueError: columns of different lengths, negative arguments, a broken number of failures,
            or a confidence outside (0, 1).
    """
    same_rows(operating_s=operating_s, repair_s=repair_s, failures=failures)
    ran, repaired = quantity(operating_s, "operating_s"), quantity(repair_s, "repair_s")
    counts = known(failures, "failures")
    if bool((counts % 1).any()):
        raise ValueError("failures must be whole numbers")
    n, spans = math.fsum(counts), formulas.exactly(ran)
    low, mean, high = map(float, formulas.between_failures(spans, n, tail(confidence)))
    if n == 0:
        return Reliability(math.nan, math.nan, math.nan, low, math.inf)
    return Reliability(mean, quotient(repaired, n), quotient(ran, ran + repaired), low, high)


def ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    numerator_low: ArrayLike | None = None,
    numerator_high: ArrayLike | None = None,
) -> Ratio:
    """The ratio of the sums, with the numerator's bounds; NaN where the denominator is 0.

    Raises:
        ValueError: columns of different lengths.
    """
    same_rows(numerator=numerator, denominator=denominator)
    same_rows(numerator=numerator, low=numerator_low, high=numerator_high)
    bottom, top = math.fsum(floats(denominator, "denominator")), floats(numerator, "numerator")
    low, high = (
        top if bound is None else floats(bound, name)
        for bound, name in ((numerator_low, "numerator_low"), (numerator_high, "numerator_high"))
    )
    return Ratio(*(quotient(math.fsum(column), bottom) for column in (top, low, high)))


def _denominator(
    dialect: str, times: tuple[int, int, int, int], calendar_ns: ArrayLike | None
) -> int:
    """The time that a dialect divides by, of PBT, APT, ADOT and unknown time."""
    pbt, apt, adot, unknown = times
    if apt + adot + unknown > pbt:
        raise ValueError(f"apt_ns, adot_ns, unknown_ns exceed pbt_ns: {apt}, {adot}, {unknown}")
    if dialect not in DIALECTS:
        raise ValueError(f"dialect {dialect!r} is unknown; there are {', '.join(DIALECTS)}")
    if dialect == "teep":
        if calendar_ns is None:
            raise ValueError("dialect teep divides by calendar time; give calendar_ns")
        return duration(calendar_ns, "calendar_ns")
    return pbt - adot if dialect == "vorne" else pbt
