"""The effect under the conditions of now, held against statsmodels and numpy."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kpi.adjustment import Side, adjusted_effect, depend, fitted, slope_variance
from kpi.arrays import F64
from kpi.inference import effective_n
from kpi.regression import usual_lags

N = 40


def sides(seed: int, *, k: int = 2, gain: float = 1.1, n: int = N) -> tuple[Side, Side]:
    """Days before and after with conditions that moved by half a deviation."""
    rng = np.random.default_rng(seed)
    slopes, found = rng.normal(0, 0.1, k), []
    for nth in range(2):
        x = rng.normal(0.5 * nth, 1, (n, k))
        below = rng.uniform(8, 12, n)
        made = np.exp(x @ slopes + rng.normal(0, 0.1, n)) * (gain if nth else 1.0)
        found.append(Side.of(made * below, below, x, str(nth)))
    return found[0], found[1]


def by_statsmodels(before: Side) -> Any:  # noqa: ANN401 - statsmodels has no types
    """Ordinary least squares of the logarithms, with a constant."""
    return sm.OLS(np.log(before.numerator / before.denominator), sm.add_constant(before.x)).fit()


@pytest.mark.parametrize("seed", range(5))
def test_the_effect_is_what_ordinary_least_squares_expects(seed: int) -> None:
    """ΣY over the sum of what statsmodels predicts, times the mean of exp(residual)."""
    before, after = sides(seed)
    fit = by_statsmodels(before)
    factor = np.exp(fit.resid).mean()
    expected = np.exp(fit.predict(sm.add_constant(after.x))) * factor * after.denominator
    found = adjusted_effect(before, after)
    assert found.effect == pytest.approx(after.numerator.sum() / expected.sum() - 1, rel=1e-9)
    assert found.coef == pytest.approx(fit.params[1:], rel=1e-9)
    assert found.factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_slopes_are_as_unsure_as_the_wider_of_two_covariances(seed: int) -> None:
    """Of the plain covariance and that of Newey and West, at the distance of the days after."""
    before, after = sides(seed)
    expected = after.denominator * np.exp(after.x @ [0.1, -0.2])
    away = expected @ (after.x - before.x.mean(axis=0)) / expected.sum()
    y = np.log(before.numerator / before.denominator)
    fit = sm.OLS(y, sm.add_constant(before.x - before.x.mean(axis=0))).fit()
    hac = fit.get_robustcov_results("HAC", maxlags=usual_lags(N), use_correction=True)
    wanted = [away @ each.cov_params()[1:, 1:] @ away for each in (fit, hac)]
    assert slope_variance(fitted(before), after.x, expected) == pytest.approx(max(wanted), rel=1e-9)


@pytest.mark.parametrize(("seed", "method"), [(3, "ar1"), (2, "ewc")])
def test_the_interval_is_that_of_its_three_parts(seed: int, method: str) -> None:
    """Level before, ratio after and slopes, each by hand; the wider method counts."""
    before, after = sides(seed, k=1)
    found, fit = adjusted_effect(before, after), fitted(before)
    said = np.exp(fit.logarithms(after.x)) * found.factor
    expected = after.denominator * said
    ratio = after.numerator.sum() / expected.sum()
    u = (after.numerator - ratio * expected) / expected.mean() / ratio
    df, waves = N - 2, max(4, round(0.4 * N ** (2 / 3)))
    t = np.arange(1, N + 1)
    slopes = slope_variance(fit, after.x, expected)

    def long_run(series: F64) -> float:
        lam = [
            math.sqrt(2 / N) * (series @ np.cos(math.pi * j * (t - 0.5) / N))
            for j in range(1, waves + 1)
        ]
        return float(np.mean(np.square(lam))) / N

    halves = {}
    worth = effective_n(fit.residual).n_eff, effective_n(u).n_eff
    for name, parts in {
        "ar1": [
            (fit.residual @ fit.residual / df / worth[0], worth[0] - 2),
            (u @ u / (N - 1) / worth[1], worth[1] - 1),
        ],
        "ewc": [(long_run(fit.residual) * (N - 1) / df, waves), (long_run(u), waves)],
    }.items():
        every = [*parts, (slopes, df)]
        variance = sum(v for v, _ in every)
        freedom = variance**2 / sum(v**2 / d for v, d in every)
        halves[name] = stats.t.ppf(0.975, freedom) * math.sqrt(variance)
    half = max(halves.values())
    assert found.method == method == max(halves, key=lambda name: halves[name])
    assert (found.low, found.high) == pytest.approx(
        (ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1), rel=1e-9
    )


def test_the_yardstick_is_the_half_width_over_the_saving() -> None:
    """At 68 % confidence an interval is narrower than at 95 %; of no effect it is no share."""
    before, after = sides(2, k=1, gain=1.3)
    found = adjusted_effect(before, after)
    narrow = adjusted_effect(before, after, confidence=0.68)
    assert found.uncertainty == pytest.approx((narrow.high - narrow.low) / 2 / found.effect)
    assert found.uncertainty == narrow.uncertainty
    assert narrow.high < found.high


def test_equal_windows_have_no_effect_but_the_mean_of_exponents() -> None:
    """The days before against themselves: only what sums and logarithms differ by."""
    before, _ = sides(1)
    found = adjusted_effect(before, before)
    assert abs(found.effect) < 0.01
    assert found.low < 0 < found.high


@given(st.floats(0.5, 3), st.floats(-50, 50), st.floats(0.01, 100))
def test_units_of_conditions_and_of_output_do_not_matter(
    gain: float, shift: float, scale: float
) -> None:
    """Degrees of another scale and pieces by the box give the same effect."""
    before, after = sides(4)
    found = adjusted_effect(before, after)
    moved = [
        Side.of(each.numerator * gain, each.denominator, each.x * scale + shift, "x")
        for each in (before, after)
    ]
    again = adjusted_effect(*moved)
    assert again.effect == pytest.approx(found.effect, rel=1e-6, abs=1e-9)
    assert again.high == pytest.approx(found.high, rel=1e-5)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Correlated days, conditions that moved: 95 in 100, and never much fewer (seeded)."""
    rng, hits, rounds, rho = np.random.default_rng(9), 0, 200, 0.5
    for _ in range(rounds):
        found = []
        for nth in range(2):
            x, noise = rng.normal(0.5 * nth, 1, (N, 2)), rng.normal(0, 1, N)
            for day in range(1, N):
                noise[day] = rho * noise[day - 1] + math.sqrt(1 - rho**2) * noise[day]
            made = np.exp(x @ [0.1, -0.1] + 0.15 * noise) * (1.1 if nth else 1.0)
            found.append(Side.of(made, np.ones(N), x, str(nth)))
        one = adjusted_effect(found[0], found[1])
        hits += one.low <= 0.1 <= one.high
    assert hits >= 0.92 * rounds


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (np.zeros_like, "does not vary"),
        (lambda x: np.stack([x[:, 0], 3 * x[:, 0] + 1], axis=1), "depend on each other"),
        (lambda x: np.tile(x, 20)[:, : len(x)], "too few"),
    ],
)
def test_conditions_that_say_nothing_are_refused(spoil: Any, said: str) -> None:  # noqa: ANN401 - a lambda
    """A constant, a copy, and more conditions than days."""
    before, after = sides(5)
    with pytest.raises(ValueError, match=said):
        adjusted_effect(*(each._replace(x=spoil(each.x)) for each in (before, after)))


def test_dependence_is_told_without_a_fit() -> None:
    """A sum of two columns is no third one; a little noise makes it one."""
    x = np.random.default_rng(1).normal(0, 1, (30, 2))
    both = x.sum(axis=1)[:, None]
    assert depend(np.hstack([x, both]))
    assert not depend(np.hstack([x, both + 0.1 * x[::-1, :1]]))
    assert depend(np.ones((30, 1)))


@pytest.mark.parametrize(
    ("above", "below", "x", "said"),
    [
        (np.ones(5), np.ones(5), np.ones((5, 1)), "at least 6 days; side 0 has 5"),
        (np.ones(6), np.zeros(6), np.ones((6, 1)), "nothing below"),
        (np.full(6, np.nan), np.ones(6), np.ones((6, 1)), "not finite"),
        (np.ones(6), np.ones(6), np.ones(6), "give a row a day"),
        (np.ones(6), np.ones(7), np.ones((6, 1)), "same length"),
    ],
)
def test_windows_that_cannot_be_compared_are_refused(
    above: F64, below: F64, x: F64, said: str
) -> None:
    """With what is wrong with them."""
    with pytest.raises(ValueError, match=said):
        Side.of(above, below, x, "0")


def test_a_day_of_nothing_is_refused() -> None:
    """Zero has no logarithm, on either side."""
    before, after = sides(6)
    empty = np.zeros(N)
    with pytest.raises(ValueError, match="a day before has nothing"):
        adjusted_effect(before._replace(numerator=empty), after)
    with pytest.raises(ValueError, match="the days after have nothing"):
        adjusted_effect(before, after._replace(numerator=empty))
