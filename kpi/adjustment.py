"""The effect of a change once its days are compared with what the days before would have made.

The logarithm of a daily ratio is fitted to conditions of the days before alone; the fit says what
days under the conditions of now would have made, and the effect is what they made beyond that.
Sums are exact and every step is one that all processors round alike.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, floats, same_length
from kpi.distributions import t_ppf, tail
from kpi.inference import LEAST_DAYS, LongRun, effective_n, ewc
from kpi.regression import usual_lags

DEPENDENT = 1e-6  # of a column's variance that is left beside the others; less is none of its own
USUAL_CONFIDENCE = 0.68  # at which ASHRAE Guideline 14 looks at a saving


class Adjusted(NamedTuple):
    """What came out, and how sure that is."""

    effect: float  # ΣY/ΣŶ - 1
    low: float
    high: float
    factor: float  # mean of exp(residual) of the days before
    coef: F64  # of each condition, on the log scale
    method: str  # "ar1" or "ewc", whichever is wider
    uncertainty: float  # half-width at 68 % confidence, as a share of the effect


class Side(NamedTuple):
    """One window: daily sums and the conditions under which they came."""

    numerator: F64
    denominator: F64
    x: F64  # shape (days, conditions)

    @classmethod
    def of(cls, numerator: ArrayLike, denominator: ArrayLike, x: ArrayLike, name: str) -> "Side":
        """One window, checked.

        Raises:
            ValueError: lengths differ, fewer than 6 days, or values that have no logarithm.
        """
        above, below = floats(numerator, f"num{name}"), floats(denominator, f"den{name}")
        same_length(**{f"num{name}": above, f"den{name}": below})
        conditions = np.asarray(x, np.float64)
        if conditions.ndim != 2 or len(conditions) != len(above):  # noqa: PLR2004 - rows, columns
            raise ValueError(f"x{name} has shape {conditions.shape}; give a row a day")
        if len(above) < LEAST_DAYS:
            raise ValueError(f"a side needs at least 6 days; side {name} has {len(above)}")
        every = np.concatenate([above, below, conditions.ravel()])
        if not bool(np.isfinite(every).all()) or not bool((below > 0).all()):
            raise ValueError(f"side {name} holds values that are not finite, or nothing below")
        return cls(above, below, conditions)


class Fit(NamedTuple):
    """The line through the days before, in conditions that are centred and of one length."""

    level: float
    mean: F64
    length: F64
    z: F64
    solved: F64  # inverse of Z'Z
    slope: F64
    residual: F64

    def logarithms(self, x: F64) -> F64:
        """What it says of some days."""
        return self.level + combined((x - self.mean) / self.length, self.slope)


def adjusted_effect(before: Side, after: Side, *, confidence: float = 0.95) -> Adjusted:
    """The effect of a change under the conditions of the days after it.

    Args:
        before: the days that are fitted.
        after: the days that are compared with the fit; they never enter it.
        confidence: of the interval.

    Raises:
        ValueError: a day before with nothing above the line, conditions that do not vary or depend
            on each other, or no more days than conditions.
    """
    if not bool((before.numerator > 0).all()):
        raise ValueError("a day before has nothing above the line, so no logarithm")
    fit = fitted(before)
    factor = math.fsum(map(math.exp, fit.residual)) / len(fit.residual)
    expected = after.denominator * np.array([*map(math.exp, fit.logarithms(after.x))]) * factor
    ratio = math.fsum(after.numerator) / math.fsum(expected)
    if not ratio > 0:
        raise ValueError("the days after have nothing above the line, so no logarithm")
    theta = math.log(ratio)
    parts = level_spread(fit), ratio_spread(after.numerator, expected, ratio)
    slopes = LongRun(slope_variance(fit, after.x, expected), residual_df(fit))
    halves = {
        name: half_width([parts[0][name], parts[1][name], slopes], confidence)
        for name in ("ar1", "ewc")
    }
    method = max(halves, key=lambda name: halves[name])
    half = halves[method]
    narrow = half_width([parts[0][method], parts[1][method], slopes], USUAL_CONFIDENCE)
    effect = math.expm1(theta)
    uncertain = (math.exp(theta) * math.sinh(narrow)) / abs(effect) if effect else math.inf
    bounds = math.expm1(theta - half), math.expm1(theta + half)
    return Adjusted(effect, *bounds, factor, fit.slope / fit.length, method, uncertain)


def fitted(of: Side) -> Fit:
    """Least squares of the logarithms on the conditions.

    Raises:
        ValueError: as `adjusted_effect`.
    """
    n, k = of.x.shape
    if n - k - 1 < 1:
        raise ValueError(f"{n} days are too few for {k} conditions")
    y = np.array([math.log(a / b) for a, b in zip(of.numerator, of.denominator, strict=True)])
    mean, length, z = standardised(of.x)
    solved, level = inverse(gram(z)), math.fsum(y) / n
    slope = combined(solved, np.array([math.fsum(one * (y - level)) for one in z.T]))
    return Fit(level, mean, length, z, solved, slope, y - level - combined(z, slope))


def depend(x: F64) -> bool:
    """Whether some conditions of some days can be told from the others."""
    try:
        inverse(gram(standardised(x)[2]))
    except ValueError:
        return True
    return False


def standardised(x: F64) -> tuple[F64, F64, F64]:
    """The means of conditions, their lengths without these, and each of them in its own.

    Raises:
        ValueError: one of them is the same on all days.
    """
    mean = np.array([math.fsum(column) / len(x) for column in x.T], np.float64)
    centred = x - mean
    length = np.array([math.sqrt(math.fsum(column * column)) for column in centred.T], np.float64)
    if bool((length <= 0).any()):
        raise ValueError("a condition does not vary; leave it out")
    return mean, length, centred / length


def gram(z: F64) -> list[list[float]]:
    """Inner products of all columns."""
    return [[math.fsum(one * two) for two in z.T] for one in z.T]


def inverse(gram: list[list[float]]) -> F64:
    """The inverse of a matrix of inner products, column by column.

    Raises:
        ValueError: columns depend on each other.
    """
    k = len(gram)
    rows = [[*row, *(float(i == j) for j in range(k))] for i, row in enumerate(gram)]
    for i in range(k):  # Gauss and Jordan; positive definite, so without exchanging rows
        if rows[i][i] < DEPENDENT:
            raise ValueError("the conditions depend on each other; leave one out")
        pivot = rows[i][i]
        rows[i] = [value / pivot for value in rows[i]]
        for j in range(k):
            if j != i:
                share = rows[j][i]
                rows[j] = [one - share * two for one, two in zip(rows[j], rows[i], strict=True)]
    return np.array([row[k:] for row in rows], np.float64).reshape(k, k)


def combined(matrix: F64, weights: F64) -> F64:
    """Each row of a matrix with some weights; exact sums."""
    return np.array([math.fsum(row * weights) for row in matrix], np.float64)


def residual_df(fit: Fit) -> float:
    """How many days tell of the scatter."""
    return float(len(fit.residual) - len(fit.slope) - 1)


def level_spread(fit: Fit) -> dict[str, LongRun]:
    """How sure the level of the days before is, by both methods."""
    n, df = len(fit.residual), residual_df(fit)
    power = math.fsum(fit.residual * fit.residual)
    if power == 0:
        return dict.fromkeys(("ar1", "ewc"), LongRun(0.0, df))
    worth, waves = effective_n(fit.residual), ewc(fit.residual)
    fewer = max(1.0, worth.n_eff - 1 - len(fit.slope))
    return {
        "ar1": LongRun(power / df / worth.n_eff, fewer),
        "ewc": LongRun(waves.variance * (n - 1) / df, waves.df),
    }


def ratio_spread(numerator: F64, expected: F64, ratio: float) -> dict[str, LongRun]:
    """How sure the ratio of the days after is, by both methods."""
    n = len(numerator)
    u = (numerator - ratio * expected) / (math.fsum(expected) / n) / ratio
    worth, waves = effective_n(u), ewc(u)
    variance = math.fsum(u * u) / (n - 1) / worth.n_eff
    return {"ar1": LongRun(variance, worth.n_eff - 1), "ewc": waves}


def slope_variance(fit: Fit, x: F64, expected: F64) -> float:
    """How unsure the slopes leave what is expected, the farther from the days before the more.

    Of the plain variance and that of Newey and West the greater.
    """
    if not len(fit.slope):
        return 0.0
    n, df = len(fit.residual), residual_df(fit)
    share = expected / math.fsum(expected)
    away = np.array([math.fsum(column * share) for column in ((x - fit.mean) / fit.length).T])
    reach = combined(fit.solved, away)
    plain = math.fsum(fit.residual * fit.residual) / df * math.fsum(away * reach)
    scores = combined(fit.z, reach) * fit.residual
    lags = min(usual_lags(n), n - 1)
    long = math.fsum(scores * scores)
    for lag in range(1, lags + 1):
        long += 2 * (1 - lag / (lags + 1)) * math.fsum(scores[lag:] * scores[:-lag])
    return max(plain, long * n / df)


def half_width(parts: list[LongRun], confidence: float) -> float:
    """Half an interval of a sum of independent parts; degrees of freedom after Satterthwaite."""
    variance = math.fsum(part.variance for part in parts)
    if variance == 0:
        return 0.0
    df = variance**2 / math.fsum(part.variance**2 / part.df for part in parts)
    return t_ppf(1 - tail(confidence), df) * math.sqrt(variance)
