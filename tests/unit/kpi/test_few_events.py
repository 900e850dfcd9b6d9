"""Intervals at their ends: what is no count is refused, and what is extreme is still exact."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from kpi.inference import (
    change_point,
    difference_interval,
    holm,
    interrupted_series,
    ols_hac,
    poisson_interval,
    pool,
    proportion_interval,
    rate_ratio_interval,
    risk_ratio_interval,
)
from kpi.several import weighted_variance

Ask = Callable[..., Any]
Z = float(stats.norm.ppf(0.975))


@pytest.mark.parametrize(
    ("ask", "arguments", "words"),
    [
        (proportion_interval, (0, 0), "count must lie from 0 to n > 0: 0 of 0"),
        (proportion_interval, (3, 0), "count must lie from 0 to n > 0: 3 of 0"),
        (proportion_interval, (0, -0.5), "count must lie from 0 to n > 0: 0 of -0.5"),
        (proportion_interval, (-0.5, 4), "count must lie from 0 to n > 0: -0.5 of 4"),
        (proportion_interval, (5, 4), "count must lie from 0 to n > 0: 5 of 4"),
        (difference_interval, (5, 4, 1, 4), "count1 must lie from 0 to n1"),
        (difference_interval, (1, 4, 5, 4), "count0 must lie from 0 to n0"),
        (risk_ratio_interval, (5, 4, 1, 4), "count1 must lie from 0 to n1"),
        (risk_ratio_interval, (1, 4, 5, 4), "count0 must lie from 0 to n0"),
        (poisson_interval, (-0.5, 1), "count must not be negative"),
        (poisson_interval, (math.inf, 1), "count must not be negative"),
        (poisson_interval, (1, 0), "exposure positive: 1, 0"),
        (poisson_interval, (1, -0.5), "exposure positive: 1, -0.5"),
        (rate_ratio_interval, (-1, 1, 1, 1), "count1 must not be negative, exposure1 positive"),
        (rate_ratio_interval, (1, 1, 1, 0), "count0 must not be negative, exposure0 positive"),
    ],
)
def test_what_is_no_count_is_refused(ask: Ask, arguments: tuple[float, ...], words: str) -> None:
    """With the side that is wrong and what was given."""
    with pytest.raises(ValueError, match=words):
        ask(*arguments)


@pytest.mark.parametrize(
    ("ask", "arguments", "there_are"),
    [
        (proportion_interval, (1, 4), "wilson"),
        (difference_interval, (1, 4, 2, 4), "newcombe, wald, agresti-caffo"),
        (risk_ratio_interval, (1, 4, 2, 4), "koopman, katz, katz-adjusted"),
        (poisson_interval, (1, 4), "exact, score, jeffreys, wald"),
    ],
)
def test_a_method_that_there_is_not_is_refused(
    ask: Ask, arguments: tuple[float, ...], there_are: str
) -> None:
    """The message lists those that there are."""
    with pytest.raises(ValueError, match=f"method 'exakt' is unknown; there are {there_are}$"):
        ask(*arguments, method="exakt")


@pytest.mark.parametrize(
    ("method", "dispersion"), [("katz", 0.0), ("katz", -0.5), ("koopman", 2.0), ("koopman", 0.5)]
)
def test_a_dispersion_is_positive_and_for_logarithms_alone(method: str, dispersion: float) -> None:
    """Koopman's score has no variance to be scaled."""
    with pytest.raises(ValueError, match=f"dispersion {dispersion} must be positive, and is for"):
        risk_ratio_interval(3, 10, 4, 12, method=method, dispersion=dispersion)


@pytest.mark.parametrize("dispersion", [0.25, 1.0, 4.0])
def test_a_dispersion_widens_the_logarithm_by_its_root(dispersion: float) -> None:
    """Katz on paper: z · √(φ(1/3 - 1/10 + 1/4 - 1/12)) either way."""
    found = risk_ratio_interval(3, 10, 4, 12, method="katz", dispersion=dispersion)
    wide = Z * math.sqrt(dispersion * (1 / 3 - 1 / 10 + 1 / 4 - 1 / 12))

    assert found.value == pytest.approx(0.9)
    assert math.log(found.high / found.value) == pytest.approx(wide, rel=1e-9)
    assert math.log(found.value / found.low) == pytest.approx(wide, rel=1e-9)


@pytest.mark.parametrize("counts", [(0, 10, 4, 12), (3, 10, 0, 12), (0, 10, 0, 12)])
def test_without_an_event_there_is_no_logarithm(counts: tuple[float, ...]) -> None:
    """Katz has no bounds there; with a half added he has, and the same ratio between them."""
    found = risk_ratio_interval(*counts, method="katz")
    half = risk_ratio_interval(*counts, method="katz-adjusted")

    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert 0 < half.low < half.high < math.inf
    assert half.value == pytest.approx(found.value, abs=0, nan_ok=True)


@pytest.mark.parametrize("n", [*range(1, 30), 1000])
def test_nothing_and_nothing_but_events_have_exact_bounds(n: int) -> None:
    """Not a last bit beside 0 and 1, as the plain formula has it for some n."""
    nothing, everything = proportion_interval(0, n), proportion_interval(n, n)
    assert (nothing.value, nothing.low) == (0, 0)
    assert (everything.value, everything.high) == (1, 1)
    assert nothing.high == pytest.approx(Z * Z / (n + Z * Z))
    assert everything.low == pytest.approx(n / (n + Z * Z))


def test_no_event_on_either_side_bounds_no_ratio_of_rates() -> None:
    """From 0 to whatever; of one side alone the other bound stands."""
    found = rate_ratio_interval(0, 10, 0, 10)
    assert (found.low, found.high) == (0, math.inf)
    assert math.isnan(found.value)
    assert rate_ratio_interval(0, 10, 5, 10).low == 0
    assert rate_ratio_interval(5, 10, 0, 10).low > 0


@pytest.mark.parametrize(
    "sides",
    [
        (4.462518367285164e17, 104.9869411046173, 8.393601926049461e16, 226.99120582724748),
        (1.376543975690269e18, 12.615412446949609, 2.2601209281299638e18, 385.1773159915051),
        (2.0588915694605875e17, 7277.831685305239, 9.573961727256563e19, 486.0367549531377),
        (5.2709357046802216e16, 202.33739079134318, 3.770766413505999e16, 3893.036739394931),
    ],
)
def test_a_ratio_of_more_counts_than_doubles_tell_has_bounds(sides: tuple[float, ...]) -> None:
    """Where rounding would take the root of less than nothing: bounds to as many digits."""
    x1, exposure1, x0, exposure0 = sides
    found, ratio = rate_ratio_interval(*sides), x1 / exposure1 * exposure0 / x0

    assert found.value == pytest.approx(ratio, rel=1e-12)
    assert found.low <= ratio * (1 + 1e-12)
    assert found.high >= ratio * (1 - 1e-12)
    assert (found.low, found.high) == pytest.approx((ratio, ratio), rel=1e-6)


@pytest.mark.parametrize("n1", [10**8, 10**9])
@pytest.mark.parametrize("n0", [10**8, 2 * 10**8, 3 * 10**8])
def test_nothing_but_events_of_many_trials_is_a_ratio_of_one(n1: int, n0: int) -> None:
    """The score at a ratio r below 1 is n1(1 - r)/r, so its bound is n1/(n1 + z²), to 7 digits."""
    found = risk_ratio_interval(n1, n1, n0, n0)

    assert found.value == 1
    assert found.low == pytest.approx(n1 / (n1 + Z * Z), abs=1e-7)
    assert found.high == pytest.approx((n0 + Z * Z) / n0, abs=1e-7)


@pytest.mark.parametrize(
    ("y", "x", "lags", "words"),
    [
        ([1, 2, 3], [1, 1, 1], 0, r"x has shape \(3,\); give \(3, k\)"),
        ([1, 2, 3], [[1], [1], [1], [1]], 0, r"x has shape \(4, 1\); give \(3, k\)"),
        ([1, 2, 3], [[1], [1], [1]], -1, "maxlags is -1; it must not be negative"),
    ],
)
def test_a_regression_of_what_does_not_fit_is_refused(
    y: list[int], x: list[Any], lags: int, words: str
) -> None:
    """A row of regressors per value, and lags that there are."""
    with pytest.raises(ValueError, match=words):
        ols_hac(y, x, maxlags=lags)


@pytest.mark.parametrize("lags", [3, 4, 5, 9])
def test_lags_reach_to_the_first_value_and_no_farther(lags: int) -> None:
    """Five values have four lags; more change the weights alone, as in statsmodels."""
    y = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    x = np.column_stack([np.ones(5), [0.0, 1.0, 3.0, 2.0, 7.0]])
    found = ols_hac(y, x, maxlags=lags)
    other = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": min(lags, 4)})
    if lags <= 4:
        np.testing.assert_allclose(found.se, other.bse, rtol=1e-9)
    scores = x * (y - x @ found.coef)[:, None]
    middle = sum(
        (1 - abs(i - j) / (lags + 1)) * np.outer(scores[i], scores[j])
        for i in range(5)
        for j in range(5)
        if abs(i - j) <= lags
    )
    bread = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(found.se, np.sqrt(np.diag(bread @ middle @ bread)), rtol=1e-9)


def test_as_many_coefficients_as_values_have_no_error() -> None:
    """Nothing is left to tell one from; without the factor it is none at all."""
    square = [[1.0, 0.0], [1.0, 1.0]]
    assert np.isnan(ols_hac([1.0, 3.0], square, maxlags=0, small_sample=True).se).all()
    np.testing.assert_allclose(ols_hac([1.0, 3.0], square, maxlags=0).se, 0, atol=1e-12)


def test_a_level_that_one_value_alone_tells_has_no_error() -> None:
    """Only the third row is the level itself; rounding makes its variance less than nothing.

    Or a little more, as the processor has it: so the variance is compared, and not its root.
    """
    x = [[1.0, 2.0, -1.0], [1.0, 2.0, -1.0], [1.0, 0.0, 0.0], [1.0, -2.0, -3.0]]
    y = [2.4606686038345775, 2.4193840930540325, 0.18396311507840163, 7.724045735140057]
    found = ols_hac(y, x, maxlags=1)

    assert found.coef[0] == pytest.approx(y[2], rel=1e-12)
    assert found.se[0] ** 2 == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("y", "x"), [(math.inf, 1.0), (-math.inf, 1.0), (1.0, math.inf)])
def test_an_endless_day_has_no_regression(y: float, x: float) -> None:
    """Whichever side of it is endless; the library below would answer NaN or not at all."""
    with pytest.raises(ValueError, match="x must be finite, and y not infinite"):
        ols_hac([1.0, y, 3.0], [[1.0], [x], [2.0]], maxlags=0)


@pytest.mark.parametrize("go_live", [2, 4])
def test_two_points_a_side_are_a_level_and_a_slope(go_live: int) -> None:
    """The shortest segments there can be, fitted exactly."""
    y = [1.0, 2.0, 7.0, 9.0] if go_live == 2 else [1.0, 2.0, 3.0, 4.0, 10.0, 12.0]
    found = interrupted_series(y, go_live)
    np.testing.assert_allclose(found.coef[:2], [1, 1], atol=1e-9)
    np.testing.assert_allclose(found.coef[3], 1, atol=1e-9)


@pytest.mark.parametrize(
    ("n", "go_live", "words"), [(6, 1, "are 1 and 5"), (6, 5, "are 5 and 1"), (6, 7, "7 and -1")]
)
def test_a_segment_of_one_point_has_no_slope(n: int, go_live: int, words: str) -> None:
    """With how many there are on each side."""
    with pytest.raises(ValueError, match=words):
        interrupted_series(range(n), go_live)


def test_a_segment_may_be_one_day_and_not_none() -> None:
    """The last of three days is another; the first two are alike. One day is no two segments."""
    assert change_point([1.0, 1.0, 4.0], min_segment=1)[:3] == (2, 1, 4)
    assert change_point([1.0, 4.0], min_segment=1)[:3] == (1, 1, 4)
    for least in (0, -1):
        with pytest.raises(ValueError, match=f"min_segment is {least}; segments need at least"):
            change_point([1.0, 4.0], min_segment=least)
    with pytest.raises(ValueError, match="y has 1 values; two segments of 1 do not fit"):
        change_point([1.0], min_segment=1)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_day_that_is_no_number_has_no_change_point(odd: float) -> None:
    """Nobody may guess around it."""
    with pytest.raises(ValueError, match="y must be finite"):
        change_point([1.0, odd, 2.0, 3.0], min_segment=1)


@pytest.mark.parametrize(
    ("theta", "variance", "words"),
    [
        ([0.1, 0.2], [0.1], "same length"),
        ([0.1, 0.2], [0.1, 0.0], "theta must be finite and variance positive"),
        ([0.1, 0.2], [0.1, -0.5], "theta must be finite and variance positive"),
        ([0.1, math.nan], [0.1, 0.2], "theta must be finite and variance positive"),
        ([0.1, math.inf], [0.1, 0.2], "theta must be finite and variance positive"),
        ([0.1], [0.1], "at least 2 companies; there are 1"),
    ],
)
def test_companies_without_a_change_or_a_variance_are_no_pool(
    theta: list[float], variance: list[float], words: str
) -> None:
    """One of them alone makes the mean of all meaningless."""
    with pytest.raises(ValueError, match=words):
        pool(theta, variance)


@pytest.mark.parametrize("p", [[0.5, -0.5], [1.5, 0.5], [2.0], [math.nan]])
def test_what_is_no_probability_is_not_adjusted(p: list[float]) -> None:
    """Neither below 0 nor above 1."""
    with pytest.raises(ValueError, match="p_values must lie from 0 to 1"):
        holm(p)


def test_weights_below_one_weigh_as_well() -> None:
    """Only their proportion matters: half an hour to half an hour is one to one."""
    assert weighted_variance([0.04, 0.12], [0.25, 0.25]) == pytest.approx(0.04)
    assert weighted_variance([0.04, 0.12], [0.25, 0.25]) == weighted_variance([0.04, 0.12], [1, 1])
