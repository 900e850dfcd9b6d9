"""Weights of several companies and of several days, each against a sum on paper."""

import math

import numpy as np
import pytest

from kpi.decompose import standardise, weighted_rates
from kpi.several import ratio_of_sums, weighted_mean, weighted_ratio, weighted_variance
from kpi.verdict import covered_share, is_usable, mean_coverage


def test_changes_are_weighed() -> None:
    """Three parts of ln 2 and one of ln ½ are half of ln 2: the square root of two."""
    theta, weight = [math.log(2), math.log(0.5)], [3.0, 1.0]
    assert weighted_mean(theta, weight) == pytest.approx(math.log(2) / 2)
    assert weighted_ratio(theta, weight) == pytest.approx(math.sqrt(2))


def test_the_variance_of_a_weighted_mean_is_that_of_its_parts() -> None:
    """(9 · 0.04 + 1 · 0.12) / 16; of one change alone its own, whatever it weighs."""
    assert weighted_variance([0.04, 0.12], [3, 1]) == pytest.approx(0.03)
    assert weighted_variance([0.04], [7]) == pytest.approx(0.04)
    assert math.isnan(weighted_variance([0.04, math.nan], [3, 1]))


@pytest.mark.parametrize("theta", [[1.0, math.nan], [1.0, -math.inf]])
def test_a_change_that_is_none_leaves_no_mean(theta: list[float]) -> None:
    """Nobody is left out in silence."""
    assert math.isnan(weighted_mean(theta, [1, 1]))
    assert math.isnan(weighted_ratio(theta, [1, 1]))


def test_without_weight_there_is_no_mean() -> None:
    """Neither of changes nor of variances, and no ratio to a sum of nothing."""
    assert math.isnan(weighted_mean([1.0], [0]))
    assert math.isnan(weighted_variance([1.0], [0]))
    assert math.isnan(ratio_of_sums([0, 0], [1, 2]))
    assert ratio_of_sums([0.5, 0.25], [1, 0.5]) == 2


def test_columns_that_do_not_belong_together_are_refused() -> None:
    """A weight for each change, an after for each before."""
    for ask in (weighted_mean, weighted_variance, ratio_of_sums):
        with pytest.raises(ValueError, match="same length"):
            ask([1.0, 2.0], [1.0])


def test_a_stratum_without_weight_may_be_empty() -> None:
    """2 of 10 at weight 3 and 1 of 4 at weight 1 are 0.85; a third, never made, weighs nothing."""
    hits, tries, weights = np.array([[2.0, 1, 0], [10, 4, 0], [3, 1, 0]])
    assert weighted_rates(hits, tries, weights) == pytest.approx(0.85)
    assert standardise(hits, tries, weights).rate == pytest.approx(0.85 / 4)
    assert math.isnan(weighted_rates(hits, tries, weights + 1))


def test_a_day_counts_from_95_percent_on() -> None:
    """Up to rounding; a day without coverage is 0 in the mean and no usable one."""
    coverage = np.array([1.0, 0.95, 0.9499, math.nan])
    assert is_usable(coverage).tolist() == [True, True, False, False]
    assert covered_share(coverage) == 0.5
    assert mean_coverage(coverage) == pytest.approx((1 + 0.95 + 0.9499) / 4)
    assert math.isnan(covered_share([]))
    assert math.isnan(mean_coverage([]))
