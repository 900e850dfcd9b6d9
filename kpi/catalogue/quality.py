"""Measures of quality: good pieces, scrap and rework against pieces made.

Where nobody counts rejects `sq` is NaN, and every figure here is: good pieces alone say nothing
about quality. Where nobody counts rework `rq` is NaN, which beside a known `sq` means none.
"""

import numpy as np

from kpi import formulas
from kpi.arrays import F64, I64, divide
from kpi.catalogue.parts import Parts, plain, rejects, where_rejects_count
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="1",
    better="higher",
    definition="iso22400/quality_ratio@2",
    source="ISO 22400-2:2014, clause 6, Quality ratio; weighed by ideal cycles, so that "
    "mixed products multiply to the OEE index",
    formula="ΣPRI·GQ / ΣPRI·PQ",
    ko="양품률(시간 기준)",
    en="Quality ratio, by ideal time",
    parts=Parts(where_rejects_count("ideal_gq_s"), plain("ideal_pq_s")),
)
def quality_ratio(  # noqa: PLR0913 - the elements it is made of
    *,
    ideal_gq_s: F64,
    ideal_pq_s: F64,
    sq: F64,
    ideal_gq_low_s: F64,
    ideal_gq_high_s: F64,
    ideal_pq_low_s: F64,
    ideal_pq_high_s: F64,
) -> Bounds:
    """Ideal time of good pieces over that of all pieces, so that A·E·Q is the OEE with any mix.

    Returns:
        Ratios from 0 to 1; NaN where nothing was made, rejects are not counted, or a product
        with output has no ideal cycle.

    >>> gq, pq, sq = np.array([[8.0], [10], [2]])
    >>> ideal = {"ideal_gq_s": gq, "ideal_gq_low_s": gq, "ideal_gq_high_s": gq + 1}
    >>> ideal |= {"ideal_pq_s": pq, "ideal_pq_low_s": pq, "ideal_pq_high_s": pq}
    >>> quality_ratio(sq=sq, **ideal).high.tolist()
    [0.9]
    """
    good_s = Bounds(ideal_gq_low_s, ideal_gq_s, ideal_gq_high_s)
    made_s = Bounds(ideal_pq_low_s, ideal_pq_s, ideal_pq_high_s)
    return _where_rejects_count(sq, formulas.quality(good_s, made_s))


@measure(
    unit="1",
    better="higher",
    definition="iso22400/quality_count@1",
    source="ISO 22400-2:2014, clause 6, Quality ratio",
    formula="ΣGQ / ΣPQ",
    ko="양품률(수량 기준)",
    en="Quality ratio, by count",
    parts=Parts(where_rejects_count("gq"), plain("pq")),
)
def quality_count(  # noqa: PLR0913 - the elements it is made of
    *, gq: F64, pq: F64, sq: F64, gq_low: F64, gq_high: F64, pq_low: F64, pq_high: F64
) -> Bounds:
    """Good pieces over all pieces, ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where nothing was made or rejects are not counted.

    >>> gq, pq, sq = np.array([[8.0], [10], [np.nan]])
    >>> counts = {"gq": gq, "gq_low": gq, "gq_high": gq, "pq": pq, "pq_low": pq, "pq_high": pq}
    >>> quality_count(sq=sq, **counts).value.tolist()
    [nan]
    """
    found = formulas.quality(Bounds(gq_low, gq, gq_high), Bounds(pq_low, pq, pq_high))
    return _where_rejects_count(sq, found)


@measure(
    unit="1",
    better="lower",
    definition="lineproof/defect_rate@1",
    source="win-win programme forms, 공정불량률",
    formula="Σ(SQ + RQ) / ΣPQ",
    ko="공정불량률",
    en="Process defect rate",
    parts=Parts(rejects, plain("pq"), counts_events=True),
)
def defect_rate(  # noqa: PLR0913 - the elements it is made of
    *,
    sq: F64,
    rq: F64,
    pq: F64,
    gq: F64,
    gq_low: F64,
    gq_high: F64,
    pq_low: F64,
    pq_high: F64,
) -> Bounds:
    """Pieces not good at once over all pieces; one of the mandatory figures of the forms.

    Returns:
        Ratios from 0 to 1; NaN where nothing was made or rejects are not counted.

    >>> one, eight, ten = np.array([[1.0], [8], [10]])
    >>> counts = dict.fromkeys(("gq", "gq_low", "gq_high"), eight)
    >>> counts |= dict.fromkeys(("pq", "pq_low", "pq_high"), ten)
    >>> defect_rate(sq=one, rq=one, **counts).value.tolist()
    [0.2]
    """
    bad = sq + _or_zero(rq)
    surely = _surely_bad(bad, Bounds(gq_low, gq, gq_high), Bounds(pq_low, pq, pq_high))
    low = np.fmax(divide(pq_low - gq_high, pq_low), divide(surely, pq_high))
    return _where_rejects_count(sq, Bounds(low, divide(bad, pq), _rest(gq_low, pq_high)))


@measure(
    unit="1",
    better="lower",
    definition="iso22400/scrap_ratio@1",
    source="ISO 22400-2:2014, clause 6, Scrap ratio",
    formula="ΣSQ / ΣPQ",
    ko="스크랩률",
    en="Scrap ratio",
    parts=Parts(plain("sq"), plain("pq"), counts_events=True),
)
def scrap_ratio(  # noqa: PLR0913 - the elements it is made of
    *,
    sq: F64,
    rq: F64,
    pq: F64,
    gq: F64,
    gq_low: F64,
    gq_high: F64,
    pq_low: F64,
    pq_high: F64,
) -> Bounds:
    """Scrapped pieces over all pieces, ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where nothing was made or rejects are not counted. `high` takes
        every piece that may have been made and is not known to be good or reworked for scrap.

    >>> one, eight, ten = np.array([[1.0], [8], [10]])
    >>> counts = dict.fromkeys(("gq", "gq_low", "gq_high"), eight)
    >>> counts |= dict.fromkeys(("pq", "pq_low", "pq_high"), ten)
    >>> scrap_ratio(sq=one, rq=one, **counts).high.tolist()
    [0.1]
    """
    bad = sq + _or_zero(rq)
    surely = _surely_bad(bad, Bounds(gq_low, gq, gq_high), Bounds(pq_low, pq, pq_high))
    return Bounds(
        low=divide(np.maximum(surely - _or_zero(rq), 0.0), pq_high),
        value=divide(sq, pq),
        high=_rest(gq_low + _or_zero(rq), pq_high) + 0 * sq,
    )


@measure(
    unit="1",
    better="lower",
    definition="iso22400/rework_ratio@1",
    source="ISO 22400-2:2014, clause 6, Rework ratio",
    formula="ΣRQ / ΣPQ",
    ko="재작업률",
    en="Rework ratio",
    parts=Parts(plain("rq"), plain("pq"), counts_events=True),
)
def rework_ratio(rq: F64, sq: F64, pq: F64, gq_low: F64, pq_high: F64) -> Bounds:
    """Pieces to be reworked over all pieces, ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where nothing was made or rework is not counted.

    >>> rework_ratio(*np.array([[1.0], [1], [10], [8], [10]])).value.tolist()
    [0.1]
    """
    return Bounds(
        low=divide(rq, pq_high),
        value=divide(rq, pq),
        high=_rest(gq_low + sq, pq_high) + 0 * rq,
    )


@measure(
    unit="1",
    better="higher",
    definition="iso22400/first_pass_yield@2",
    source="ISO 22400-2:2014, clause 6, First pass yield",
    formula="ΣGP / ΣIP",
    ko="직행률(FPY)",
    en="First-pass yield",
)
def first_pass_yield(
    first_good: F64, first_in: F64, count_unknown_ns: I64, pq: F64, pq_high: F64
) -> Bounds:
    """Pieces good at first presentation over pieces presented, ISO 22400-2.

    Returns:
        Ratios from 0 to 1; NaN where first presentations are not told apart. Pieces nobody
        counted, planned or not, may have been all good or all bad: then the bounds are 0 and 1.

    >>> first_pass_yield(*np.array([[9.0], [10], [0], [10], [10]])).low.tolist()
    [0.9]
    """
    value = divide(first_good, first_in)
    told = np.isnan(value) | ((np.asarray(count_unknown_ns) == 0) & ~(pq_high > pq))
    return Bounds(np.where(told, value, 0.0), value, np.where(told, value, 1.0))


def _where_rejects_count(sq: F64, found: Bounds) -> Bounds:
    """A figure, all NaN where `sq` is."""
    counted = ~np.isnan(sq)
    return Bounds(*(np.where(counted, column, np.nan) for column in found))


def _surely_bad(bad: F64, good: Bounds, made: Bounds) -> F64:
    """At least how many of the pieces said to be bad are.

    Where scrap is the difference of two counters, good pieces that may have been missed stand among
    the bad ones: then more may have been good than are known to be, and no more made.
    """
    counted = made.high - made.value >= good.high - good.value
    return np.where(counted, bad, np.maximum(made.low - good.high, 0.0) + 0 * bad)


def _or_zero(rq: F64) -> F64:
    """Rework, and 0 where nobody counts it."""
    return np.where(np.isnan(rq), 0.0, rq)


def _rest(named: F64, most: F64) -> F64:
    """Share of the pieces that there may be which are not `named`; 1 where there is no limit."""
    bounded = np.isfinite(most)
    share = divide(np.where(bounded, most, 0.0) - named, np.where(bounded, most, 0.0))
    return np.where(bounded | np.isnan(most), share, 1.0)
