"""The same statistic by scipy, statsmodels, ruptures, arch and pandas, which we did not write."""

import math

import numpy as np
import pandas as pd
import pytest
import ruptures
from arch.covariance.kernel import Bartlett
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.rates import confint_poisson_2indep
from statsmodels.tsa.stattools import acf

from kpi.distributions import chi2_ppf, chi2_sf, normal_ppf, t_ppf, t_sf
from kpi.improvement import companies
from kpi.inference import (
    change_point,
    difference_interval,
    effective_n,
    holm,
    ols_hac,
    pool,
    rate_ratio_interval,
    risk_ratio_interval,
)
from kpi.measures import reliability
from kpi.spc import ewma, overdispersion
from kpi.subgroups import D2, D3, c4

SEEDED = settings(derandomize=True, deadline=None, max_examples=60)
THETA = st.floats(-3, 3)
VARIANCE = st.floats(0.001, 10)


@SEEDED
@given(st.floats(1e-9, 1 - 1e-9), st.floats(0.5, 1e5), st.floats(-30, 60))
def test_distributions_are_those_of_scipy(p: float, df: float, x: float) -> None:
    """Quantiles and tails, also of broken degrees of freedom, to nine digits."""
    pairs = (
        (normal_ppf(p), stats.norm.ppf(p)),
        (t_ppf(p, df), stats.t.ppf(p, df)),
        (chi2_ppf(p, df), stats.chi2.ppf(p, df)),
        (t_sf(x, df), stats.t.sf(x, df)),
        (chi2_sf(x, df), stats.chi2.sf(x, df)),
    )
    for ours, theirs in pairs:
        assert ours == pytest.approx(float(theirs), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("seed", range(12))
def test_the_change_point_is_that_of_ruptures(seed: int) -> None:
    """One shift of the mean by least squares, wherever it lies in a noisy series."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=90).cumsum() / 8 + (np.arange(90) >= rng.integers(15, 75))
    exact = ruptures.Dynp(model="l2", min_size=10, jump=1).fit(y.reshape(-1, 1))

    assert [change_point(y).index, 90] == exact.predict(n_bkps=1)


@pytest.mark.parametrize("lags", [0, 1, 4, 9])
def test_the_error_of_a_mean_is_that_of_arch(lags: int) -> None:
    """Bartlett's weights on the autocovariances of a series that remembers."""
    y = np.random.default_rng(lags).normal(size=80).cumsum() / 5
    found = ols_hac(y, np.ones((80, 1)), maxlags=lags)
    kernel = Bartlett(y.reshape(-1, 1), bandwidth=lags, center=True)

    long_run = float(np.squeeze(np.asarray(kernel.cov.long_run)))
    assert found.coef[0] == pytest.approx(y.mean(), rel=1e-12)
    assert found.se[0] == pytest.approx(math.sqrt(long_run / 80), rel=1e-9)


@SEEDED
@given(st.integers(1, 400), st.integers(1, 400), st.floats(1, 1e4), st.floats(1, 1e4))
def test_a_ratio_of_rates_is_that_of_statsmodels(
    x1: int, x0: int, exposure1: float, exposure0: float
) -> None:
    """MOVER on score intervals."""
    found = rate_ratio_interval(x1, exposure1, x0, exposure0)
    low, high = confint_poisson_2indep(
        x1, exposure1, x0, exposure0, method="mover", compare="ratio"
    )

    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)


@SEEDED
@given(st.integers(2, 300), st.integers(2, 300), st.data())
def test_few_events_are_those_of_statsmodels(n1: int, n0: int, data: st.DataObject) -> None:
    """Koopman's score interval without its small factor, Katz, and Wald's difference."""
    x1, x0 = data.draw(st.integers(1, n1 - 1)), data.draw(st.integers(1, n0 - 1))
    counts = (x1, n1, x0, n0)
    score = confint_proportions_2indep(*counts, method="score", compare="ratio", correction=False)
    log = confint_proportions_2indep(*counts, method="log", compare="ratio")
    wald = confint_proportions_2indep(*counts, method="wald", compare="diff")

    assert risk_ratio_interval(*counts)[1:] == pytest.approx(score, rel=1e-6)
    assert risk_ratio_interval(*counts, method="katz")[1:] == pytest.approx(log, rel=1e-9)
    assert difference_interval(*counts, method="wald")[1:] == pytest.approx(wald, abs=1e-9)


@SEEDED
@given(st.lists(st.tuples(THETA, VARIANCE), min_size=2, max_size=9))
def test_companies_pool_as_in_statsmodels(firms: list[tuple[float, float]]) -> None:
    """DerSimonian-Laird's variance between firms, and the mean; their error times our factor."""
    theta, variance = (np.array(column) for column in zip(*firms, strict=True))
    found = pool(theta, variance)
    with np.errstate(all="ignore"):  # theirs keeps a tau² below zero
        other = combine_effects(theta, variance, method_re="dl")

    assert found.tau2 == pytest.approx(max(0.0, other.tau2), rel=1e-7, abs=1e-12)
    if other.tau2 > 0:
        assert found.theta == pytest.approx(other.mean_effect_re, rel=1e-7, abs=1e-9)
    weight = 1 / (variance + found.tau2)
    factor = max(1.0, float((weight * (theta - found.theta) ** 2).sum()) / (theta.size - 1))
    half = stats.t.ppf(0.975, theta.size - 1) * math.sqrt(factor / weight.sum())
    assert (found.low, found.high) == pytest.approx(
        (found.theta - half, found.theta + half), rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03, 0.005], [0.9, 0.2, 0.2], [0.0, 1.0], [0.3]])
def test_holm_is_that_of_statsmodels(p: list[float]) -> None:
    """Adjusted p-values in the order given; equal ones, 0, 1 and a single one among them."""
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-9)


@SEEDED
@given(st.lists(st.integers(-99, 99), min_size=6, max_size=60).filter(lambda x: len(set(x)) > 1))
def test_the_lag_correlation_is_that_of_statsmodels(days: list[int]) -> None:
    """Lag 1, corrected for its bias and limited."""
    r1, n = float(acf(np.array(days, dtype=float), nlags=1, fft=False)[1]), len(days)
    rho = min(0.99, max(0.0, r1 + (1 + 4 * r1) / n))

    found = effective_n(days)
    assert found.rho == pytest.approx(rho, abs=1e-9)
    assert found.n_eff == pytest.approx(max(2.0, n * (1 - rho) / (1 + rho)), rel=1e-6)


@SEEDED
@given(st.integers(0, 200), st.floats(1, 1e6), st.floats(0.5, 0.999))
def test_the_time_between_failures_is_that_of_scipy(n: int, hours: float, share: float) -> None:
    """Exact Poisson bounds by chi-square quantiles; infinity where nothing failed."""
    found, out = reliability(hours, 1.0, n, confidence=share), (1 - share) / 2
    high = 2 * hours / stats.chi2.ppf(out, 2 * n) if n else math.inf

    assert found.mtbf_low_s == pytest.approx(2 * hours / stats.chi2.isf(out, 2 * n + 2), rel=1e-9)
    assert found.mtbf_high_s == pytest.approx(high, rel=1e-9)


@SEEDED
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=40), st.floats(0.05, 1))
def test_the_memory_chart_is_that_of_pandas(x: list[float], weight: float) -> None:
    """Exponential weights, begun at the center."""
    theirs = pd.Series([0.5, *x]).ewm(alpha=weight, adjust=False).mean()

    np.testing.assert_allclose(
        ewma(x, center=0.5, sigma=1.0, weight=weight).z, theirs[1:], rtol=1e-9, atol=1e-12
    )


@SEEDED
@given(st.lists(st.floats(-10, 10) | st.just(math.nan), max_size=20), st.floats(0.05, 1))
def test_a_missing_point_does_not_end_the_memory(x: list[float], weight: float) -> None:
    """Pandas goes on behind it, and the limits are as wide as the points seen make them."""
    theirs = pd.Series([0.5, *x]).ewm(alpha=weight, adjust=False, ignore_na=True).mean()[1:]
    seen = ~np.isnan(np.array(x, dtype=np.float64))
    found = ewma(x, center=0.5, sigma=1.0, weight=weight)
    without = ewma([one for one in x if not math.isnan(one)], center=0.5, sigma=1.0, weight=weight)

    np.testing.assert_allclose(found.z[seen], theirs[seen], rtol=1e-9, atol=1e-12)
    assert np.isnan(found.z[~seen]).all()
    assert found.upper[seen].tolist() == without.upper.tolist()
    assert found.lower[seen].tolist() == without.lower.tolist()


@SEEDED
@given(st.lists(st.integers(0, 50), min_size=2, max_size=40).filter(any))
def test_scatter_of_counts_is_the_dispersion_test_of_scipy(counts: list[int]) -> None:
    """Against one Poisson mean it is Pearson's chi-square of equal counts."""
    statistic, p_value = stats.chisquare(counts)
    found = overdispersion(counts)

    assert found.statistic == pytest.approx(statistic, rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)


@SEEDED
@given(st.lists(st.tuples(*[st.floats(0.1, 100)] * 3), min_size=1, max_size=9))
def test_the_weighted_mean_is_that_of_scipy(firms: list[tuple[float, ...]]) -> None:
    """The geometric mean of the ratios."""
    before, after, weights = (np.array(column) for column in zip(*firms, strict=True))
    theirs = stats.gmean(after / before, weights=weights) - 1

    found = companies(before, after, weights).weighted_geometric
    assert found == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", range(2, 11))
def test_chart_constants_are_integrals_of_the_normal_range(n: int) -> None:
    """Mean and deviation of the range of n normal values, and the mean of their deviation."""
    x = np.linspace(-9, 9, 1201)
    below = stats.norm.cdf(x)
    w = np.linspace(0, 12, 1201)
    density = stats.norm.pdf(x)
    chance = [
        n * np.trapezoid(density * (stats.norm.cdf(x + width) - below) ** (n - 1), x)
        for width in w.tolist()
    ]
    above = 1 - np.array(chance)
    mean, square = np.trapezoid(above, w), 2 * np.trapezoid(w * above, w)

    assert D2[n] == pytest.approx(mean, abs=6e-4)  # as printed, three digits
    assert D3[n] == pytest.approx(math.sqrt(square - mean**2), abs=6e-4)
    assert c4(n) == pytest.approx(stats.chi.mean(n - 1) / math.sqrt(n - 1), rel=1e-12)
