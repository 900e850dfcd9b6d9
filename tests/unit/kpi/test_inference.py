"""Intervals against statsmodels, against symmetry, and where the truth is known."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from kpi.arrays import F64
from kpi.capability import capability
from kpi.inference import (
    change_point,
    difference_interval,
    effective_n,
    ewc,
    holm,
    interrupted_series,
    ols_hac,
    poisson_interval,
    pool,
    proportion_interval,
    rate_ratio_interval,
    ratio_change_interval,
    risk_ratio_interval,
)
from kpi.measures import reliability
from kpi.verdict import decide

Process = Callable[[np.random.Generator, tuple[int, ...]], F64]
SEEDED = settings(derandomize=True, deadline=None, max_examples=100)
DAYS = st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 24)), min_size=6, max_size=60)
TRIALS = st.integers(1, 500)


@SEEDED
@given(DAYS, DAYS)
def test_swapping_the_periods_mirrors_the_interval(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    """θ changes its sign and the interval its direction; method and p-value stay."""
    (num0, den0), (num1, den1) = zip(*before, strict=True), zip(*after, strict=True)
    forth = ratio_change_interval(num0, den0, num1, den1)
    back = ratio_change_interval(num1, den1, num0, den0)

    assert back.theta == pytest.approx(-forth.theta, abs=1e-12)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low), rel=1e-9, abs=1e-12)
    assert back.p_value == pytest.approx(forth.p_value, rel=1e-9)
    assert (back.rho0, back.n_eff1) == (forth.rho1, forth.n_eff0)


@SEEDED
@given(DAYS, st.booleans())
def test_identical_periods_prove_nothing(days: list[tuple[int, int]], up: bool) -> None:  # noqa: FBT001 - drawn
    """θ = 0 inside its interval, and the verdict is inconclusive."""
    num, den = zip(*days, strict=True)
    found = ratio_change_interval(num, den, num, den)

    assert found.theta == 0
    assert found.low <= 0 <= found.high
    assert decide(found.theta, found.low, found.high, higher_is_better=up).verdict == "inconclusive"


@SEEDED
@given(DAYS, st.integers(2, 9))
def test_units_and_constant_growth_are_exact(days: list[tuple[int, int]], factor: int) -> None:
    """Counting in dozens changes nothing; a line that is k times as fast has θ = ln k."""
    num, den = (np.array(column, dtype=float) for column in zip(*days, strict=True))
    found = ratio_change_interval(num, den, factor * num, den)
    scaled = ratio_change_interval(num / 12, den * 3600, factor * num / 12, den * 3600)

    assert found.theta == pytest.approx(math.log(factor), rel=1e-12)
    assert scaled[:3] == pytest.approx(found[:3], rel=1e-9, abs=1e-12)


def test_a_constant_series_has_no_width() -> None:
    """Without any variance the change is what it is, and zero is not excluded by a zero bound."""
    flat = ratio_change_interval([9.3] * 8, [3.1] * 8, [9.3] * 8, [3.1] * 8)

    assert (flat.theta, flat.low, flat.high, flat.rho0, flat.p_value) == (0, 0, 0, 0, 1)


def test_rounding_is_no_variance() -> None:
    """Days that are all in proportion differ in their last bits: no correlation, no width."""
    days = np.array([3.0, 7, 11, 13, 17, 19, 23, 29])
    found = ratio_change_interval(1.7 * days, days, 3.4 * days, days)

    assert found.theta == pytest.approx(math.log(2), rel=1e-15)
    assert (found.se_ar1, found.se_ewc, found.rho0, found.rho1, found.p_value) == (0, 0, 0, 0, 0)
    assert found.low == found.theta == found.high
    assert effective_n([0.1] * 6) == (0, 6)
    assert ewc([0.1] * 6) == (0, 4)


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        pytest.param(([1] * 6, [1] * 7, [1] * 6, [1] * 6), "num0 6, den0 7", id="days-missing"),
        pytest.param(([1] * 6, [1] * 6, [1] * 7, [1] * 6), "num1 7, den1 6", id="days-too-many"),
        pytest.param(([1] * 6, [1] * 6, [1] * 6, [0] + [1] * 5), "den1 must be pos", id="no-hours"),
        pytest.param(
            ([1] * 6, [-1] * 6, [1] * 6, [1] * 6), "den0 must be pos", id="less-than-none"
        ),
        pytest.param(([1] * 5, [1] * 5, [1] * 6, [1] * 6), "6 days; side 0 has 5", id="few-days"),
        pytest.param(([1] * 6, [1] * 6, [0] * 6, [1] * 6), "few-events", id="no-logarithm"),
    ],
)
def test_what_has_no_interval_is_refused(sides: tuple[list[int], ...], words: str) -> None:
    """With the side that is wrong."""
    with pytest.raises(ValueError, match=words):
        ratio_change_interval(*sides)


@pytest.mark.parametrize("n", [37, 60, 90, 120])
def test_the_formulas_are_those_of_the_protocol(n: int) -> None:
    """Lag-1 correlation with its bias correction, and cosine transforms, in plain loops."""
    x = np.random.default_rng(7).normal(size=n).cumsum() + 40
    u = (x - x.mean()).tolist()
    r1 = sum(a * b for a, b in pairwise(u)) / sum(a * a for a in u)
    rho = min(0.99, max(0.0, r1 + (1 + 4 * r1) / n))
    nu = round(0.4 * n ** (2 / 3))
    waves = [
        math.sqrt(2 / n) * sum(u[t] * math.cos(math.pi * j * (t + 0.5) / n) for t in range(n))
        for j in range(1, nu + 1)
    ]

    assert effective_n(x) == pytest.approx((rho, max(2, n * (1 - rho) / (1 + rho))))
    assert ewc(x) == pytest.approx((sum(w * w for w in waves) / nu / n, nu))


@SEEDED
@given(TRIALS, TRIALS, st.data())
def test_proportions_agree_with_statsmodels(n1: int, n0: int, data: st.DataObject) -> None:
    """Wilson, Newcombe, Agresti-Caffo and the adjusted Katz interval of any table."""
    x1, x0 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n0))
    one = proportion_interval(x1, n1)
    wilson = proportion_confint(x1, n1, method="wilson")
    assert (one.low, one.high) == pytest.approx(wilson, abs=1e-9)
    for method, theirs in (("newcombe", "newcomb"), ("agresti-caffo", "agresti-caffo")):
        mine = difference_interval(x1, n1, x0, n0, method=method)
        other = confint_proportions_2indep(x1, n1, x0, n0, method=theirs, compare="diff")
        assert (mine.low, mine.high) == pytest.approx(other, abs=1e-9)
    katz = risk_ratio_interval(x1, n1, x0, n0, method="katz-adjusted")
    other = confint_proportions_2indep(x1, n1, x0, n0, method="log-adjusted", compare="ratio")
    assert (katz.low, katz.high) == pytest.approx(other, rel=1e-9)


@SEEDED
@given(st.integers(2, 300), st.integers(2, 300), st.data())
def test_koopman_inverts_the_score_test(n1: int, n0: int, data: st.DataObject) -> None:
    """At its bounds the score test at the likeliest common rate is exactly at its limit."""
    x1, x0 = data.draw(st.integers(1, n1)), data.draw(st.integers(1, n0))
    found = risk_ratio_interval(x1, n1, x0, n0)

    def score(ratio: float) -> float:
        def surprise(p0: float) -> float:
            logs = stats.binom.logpmf([x1, x0], [n1, n0], [p0 * ratio, p0])
            return float(-logs.sum())

        bounds = (1e-15, min(1.0, 1 / ratio) * (1 - 1e-12))
        p0 = optimize.minimize_scalar(surprise, bounds=bounds, options={"xatol": 1e-14}).x
        sides = ((x1, n1, p0 * ratio), (x0, n0, p0))
        return float(sum((x - n * p) ** 2 / (n * p * (1 - p)) for x, n, p in sides))

    assert found.low <= found.value <= found.high
    for bound in (found.low, found.high):
        assert score(bound) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-3)


def test_no_event_on_a_side_leaves_one_bound() -> None:
    """Nothing against something has no lower bound but 0, and the other way round no upper one."""
    nothing = risk_ratio_interval(0, 1000, 500, 1000)
    something = risk_ratio_interval(500, 1000, 0, 1000)

    assert nothing.low == 0
    assert nothing.high < 0.02
    assert something.high == math.inf
    assert something.low == pytest.approx(1 / nothing.high, rel=1e-9)
    assert math.isnan(something.value)
    assert rate_ratio_interval(0, 10, 5, 10).low == 0
    assert rate_ratio_interval(5, 10, 0, 10).high == math.inf


@SEEDED
@given(st.integers(0, 500), st.floats(0.1, 1e5))
def test_poisson_agrees_with_statsmodels(count: int, exposure: float) -> None:
    """Four intervals of a rate; without an event the lower bound is exactly 0."""
    for method, theirs in (
        ("exact", "exact-c"),
        ("score", "score"),
        ("jeffreys", "jeff"),
        ("wald", "wald"),
    ):
        found = poisson_interval(count, exposure, method=method)
        low, high = confint_poisson(count, exposure, method=theirs)
        assert found.high == pytest.approx(high, rel=1e-9)
        assert found.low == (pytest.approx(low, rel=1e-9) if count else 0.0)


def test_regression_agrees_with_statsmodels() -> None:
    """Coefficients and HAC errors, with and without the small-sample factor."""
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(50), rng.normal(size=(50, 2))])
    y = x @ [1.0, 2.0, -0.5] + rng.normal(size=50).cumsum() / 3
    for small in (False, True):
        found = ols_hac(y, x, maxlags=5, small_sample=small)
        other = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": small})
        np.testing.assert_allclose(found.coef, other.params, rtol=1e-9)
        np.testing.assert_allclose(found.se, other.bse, rtol=1e-9)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_is_a_probability(confidence: float) -> None:
    """Whoever writes 95 for 95 % is told so, by every interval."""
    days = [1.0, 2, 3, 4, 5, 6]
    for interval in (
        lambda: ratio_change_interval(days, days, days, days, confidence=confidence),
        lambda: proportion_interval(1, 2, confidence=confidence),
        lambda: risk_ratio_interval(1, 2, 1, 2, confidence=confidence),
        lambda: poisson_interval(1, 2, confidence=confidence),
        lambda: rate_ratio_interval(1, 2, 1, 2, confidence=confidence),
        lambda: pool([1, 2], [1, 2], confidence=confidence),
        lambda: reliability(1, 1, 0, confidence=confidence),
        lambda: capability(days, lower=0, confidence=confidence),
    ):
        with pytest.raises(ValueError, match="confidence is"):
            interval()


def test_dependent_regressors_are_refused() -> None:
    """Two constants have no coefficients of their own."""
    with pytest.raises(ValueError, match="depend on each other"):
        ols_hac([1, 2, 3], np.ones((3, 2)), maxlags=0)


def test_a_known_break_is_found() -> None:
    """Level and slope before, and what changed, from a series without noise."""
    t = np.arange(40)
    found = interrupted_series(10 + 0.5 * t + np.where(t >= 25, 3 - 0.25 * (t - 25), 0), 25)

    np.testing.assert_allclose(found.coef, [10, 0.5, 3, -0.25], atol=1e-9)


@SEEDED
@given(
    st.lists(st.integers(-350, 350).map(lambda n: n / 7), min_size=8, max_size=40),
    st.sampled_from([0.0, 1 / 3, 1e6, -1e9, 1e9, 1e12]),
)
def test_the_change_point_is_the_best_of_all(around: list[float], level: float) -> None:
    """Every split is tried in fractions and none is better, however high the values lie."""
    y = [level + value for value in around]
    found = change_point(y, min_segment=4)

    def squares(part: list[float]) -> Fraction:
        exact = [Fraction(value) for value in part]
        mean = sum(exact, Fraction()) / len(exact)
        return sum(((value - mean) * (value - mean) for value in exact), Fraction())

    whole = squares(y)
    gains = {k: whole - squares(y[:k]) - squares(y[k:]) for k in range(4, len(y) - 3)}
    best, digits = max(gains.values()), whole * Fraction(2, 10**12)
    assert abs(Fraction(found.gain) - best) <= digits
    assert best - gains[found.index] <= digits


def test_of_equal_shifts_the_first_is_named() -> None:
    """Up and down again by as much, thirds that no double holds; and no shift at all."""
    third = 1 / 3
    flat = change_point([third] * 25)

    assert change_point([third] * 10 + [1 + third] * 10 + [third] * 10).index == 10
    assert change_point([1e6] * 10 + [1e6 + third] * 10 + [1e6] * 10).index == 10
    assert (flat.index, flat.gain) == (10, 0)
    with pytest.raises(ValueError, match="two segments"):
        change_point([third] * 19)


def test_few_days_have_a_long_run_variance() -> None:
    """Of two days -1 and 1 the cosines are -sqrt(2), 0, sqrt(2), 0: their mean square over 2."""
    assert ewc([1.0, 3.0]) == pytest.approx((0.5, 4))
    assert effective_n([1.0, 3.0]) == (0, 2)  # correlation -1/2
    for method in (ewc, effective_n):
        with pytest.raises(ValueError, match="at least 2"):
            method([1.0])


@SEEDED
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_steps_down_through_the_measures(p: list[float]) -> None:
    """The k-th smallest of m times m - k + 1, never less than the one before it, at most 1."""
    order = sorted(range(len(p)), key=lambda one: p[one])
    expected, floor = [0.0] * len(p), 0.0
    for rank, one in enumerate(order):
        floor = max(floor, min(1.0, p[one] * (len(p) - rank)))
        expected[one] = floor

    np.testing.assert_allclose(holm(p), expected, rtol=1e-12)


def test_equal_companies_pool_to_themselves() -> None:
    """Without spread between them there is no extra variance."""
    found = pool([0.2, 0.2, 0.2], [0.01, 0.02, 0.03])

    assert found.theta == pytest.approx(0.2)
    assert (found.tau2, found.df) == (0, 2)


def white(rng: np.random.Generator, shape: tuple[int, ...]) -> F64:
    """Days that know nothing of each other."""
    return rng.normal(size=shape)


def autoregressive(rho: float) -> Process:
    """Days that keep a share of the day before; begun 200 days earlier."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> F64:
        noise = rng.normal(size=(*shape[:-1], shape[-1] + 200))
        for day in range(1, noise.shape[-1]):
            noise[..., day] = rho * noise[..., day - 1] + (1 - rho**2) ** 0.5 * noise[..., day]
        return noise[..., 200:]

    return draw


def moving_average(rng: np.random.Generator, shape: tuple[int, ...]) -> F64:
    """Each day the mean of five shocks."""
    noise = rng.normal(size=(*shape[:-1], shape[-1] + 4))
    return np.asarray(sliding_window_view(noise, 5, axis=-1).sum(axis=-1)) / 5**0.5


def six_day_cycle(rng: np.random.Generator, shape: tuple[int, ...]) -> F64:
    """A working week of six days with a wave of its own, begun anywhere, and AR 0.3 on top."""
    phase = rng.uniform(0, 2 * math.pi, size=(*shape[:-1], 1))
    wave = np.sin(2 * math.pi * np.arange(shape[-1]) / 6 + phase)
    return 0.7 * wave + 0.7 * autoregressive(0.3)(rng, shape)


@pytest.mark.parametrize(
    ("days", "process", "least", "most"),
    [
        pytest.param(20, white, 0.93, 0.985, id="20-white"),
        pytest.param(20, autoregressive(0.6), 0.93, 1, id="20-ar6"),
        pytest.param(40, autoregressive(0.6), 0.94, 1, id="40-ar6"),  # at most 6 % false positives
        pytest.param(120, autoregressive(0.6), 0.93, 1, id="120-ar6"),
        pytest.param(60, autoregressive(0.3), 0.93, 1, id="60-ar3"),
        pytest.param(60, autoregressive(0.8), 0.93, 1, id="60-ar8"),
        pytest.param(60, moving_average, 0.93, 1, id="60-ma5"),
        pytest.param(60, six_day_cycle, 0.93, 1, id="60-cycle"),
    ],
)
def test_the_interval_keeps_its_promise(
    days: int, process: Process, least: float, most: float
) -> None:
    """CV 15 %, no change, 1,500 replications: the interval holds the truth often enough."""
    noise = process(np.random.default_rng(20_260_302), (1500, 2, days))
    output, hours = 1000 * (1 + 0.15 * noise), np.full(days, 10.0)

    covered = sum(
        found.low <= 0 <= found.high
        for before, after in output
        for found in [ratio_change_interval(np.abs(before), hours, np.abs(after), hours)]
    )

    assert least <= covered / 1500 <= most
