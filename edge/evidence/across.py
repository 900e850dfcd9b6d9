"""Figures across firms, from the newest package of each target: by which rule, of how many.

What always holds: only signed and recomputed packages count, a firm counts once however many
targets it brings, and whoever is left out is listed with the reason. Rates of improvement are
positive where it became better.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import expm1, fsum, isfinite, isnan, log, nan
from statistics import median
from typing import Any, NamedTuple

from edge.engine.figures.days import Days, number
from edge.engine.verdicts.changes import change
from edge.records.firms import Imported
from kpi.catalogue.index import MEASURES
from kpi.distributions import normal_ppf
from kpi.inference import ratio_change_interval
from kpi.several import pool, ratio_of_sums, weighted_mean, weighted_ratio, weighted_variance

Document = dict[str, Any]  # JSON
OUTPUT = "{piece}/h"  # of one kind of goods it can be added up over firms
WITHHELD = "insufficient_data"
LEAST_FIRMS = 2  # a mean of one is none


class Part(NamedTuple):
    """What a target, or a firm with all its targets, adds."""

    site: str
    name: str
    before: float
    after: float
    theta: float
    variance: float  # NaN where its days allow no interval
    weight: float  # what it had before: planned hours or pieces a day, or what they cost


def newest(packages: Iterable[Imported]) -> list[Imported]:
    """The package of the latest state of every target, by site and target."""
    found = dict[tuple[str, str], Imported]()
    for one in packages:
        key = one.site, one.target
        if key not in found or state_of(one) >= state_of(found[key]):
            found[key] = one
    return [found[key] for key in sorted(found)]


def state_of(package: Imported) -> datetime:
    """The instant of the state that a package tells of."""
    return datetime.fromisoformat(package.as_of)


def across(packages: Sequence[Imported]) -> list[Document]:
    """The figures of every measure that packages tell of, several firms together.

    Args:
        packages: the newest of every target.
    """
    groups = dict[tuple[str, str], list[Imported]]()
    for one in packages:
        target = one.result["target"]
        groups.setdefault((target["definition"], target["unit"]), []).append(one)
    return [together(group) for _, group in sorted(groups.items())]


def together(packages: Sequence[Imported]) -> Document:
    """One measure, of all firms that tell of it."""
    told = packages[0].result["target"]
    parts, left_out = list[Part](), list[Document]()
    for one in packages:
        part = part_of(one)
        why = reason(one.result["target"], part)
        if why is None:
            parts.append(part)
        else:
            left_out.append(named(one) | {"reason": why})
    firms = list(firms_of(parts, told["unit"]))
    sign = 1 if told["higher_is_better"] else -1
    return {
        **{key: told[key] for key in ("measure", "unit", "definition", "higher_is_better")},
        "firms": len(firms),
        "targets": len(parts),
        **figures(firms, told["unit"], sign),
        "of": [document(firm, sign) for firm in firms],
        "left_out": left_out,
    }


def reason(target: Document, part: Part) -> str | None:
    """Why a target is not counted; None where it is."""
    if target["verdict"] == WITHHELD:
        return WITHHELD
    return None if isfinite(part.theta) else "no_ratio"


def part_of(package: Imported) -> Part:
    """What a target adds, from its days."""
    days = package.result["days"]
    before, after = (Days.of_document(days[side]) for side in ("baseline", "report"))
    measure = package.result["target"]["measure"]
    old, new = before.ratio(), after.ratio()
    known = old > 0 and new > 0
    basis = before.numerator if measure == "unit_cost" else before.denominator
    return Part(
        package.site,
        package.site_name,
        old,
        new,
        log(new / old) if known else nan,
        variance(before, after, measure) if known and measure in MEASURES else nan,
        fsum(basis) / len(before) if len(before) else nan,
    )


def variance(before: Days, after: Days, measure: str) -> float:
    """The variance of a target's change on the log scale; NaN where its days allow none."""
    found = change(before, after, measure)
    if found is None:
        return nan
    if found.method not in {"ar1", "ewc"}:
        return ((found.high - found.low) / 2 / normal_ppf(0.975)) ** 2  # an interval of 95 %
    sides = before.numerator, before.denominator, after.numerator, after.denominator
    exact = ratio_change_interval(*sides)
    return (exact.se_ar1 if exact.method == "ar1" else exact.se_ewc) ** 2


def firms_of(parts: Sequence[Part], unit: str) -> Iterator[Part]:
    """The targets of each firm as one, by the rule that holds between firms.

    Outputs are added up, and their change is that of the sums. Of other figures the changes are
    weighted, and several have no common value before and after.
    """
    for site in sorted({part.site for part in parts}):
        own = [part for part in parts if part.site == site]
        before, after = fsum(part.before for part in own), fsum(part.after for part in own)
        weights = [part.weight for part in own]
        if unit == OUTPUT:
            theta, shares = log(after / before), [part.before + part.after for part in own]
        else:
            theta, shares = weighted_mean([part.theta for part in own], weights), weights
            before, after = (before, after) if len(own) == 1 else (nan, nan)
        spread = weighted_variance([part.variance for part in own], shares)
        yield Part(site, own[-1].name, before, after, theta, spread, fsum(weights))


def figures(firms: Sequence[Part], unit: str, sign: int) -> Document:
    """The headline with its rule, and the others beside it, each under its own name."""
    weights = [firm.weight for firm in firms]
    sums = [firm.before for firm in firms], [firm.after for firm in firms]
    rates = [sign * expm1(firm.theta) for firm in firms]
    added = ratio_of_sums(*sums) if unit == OUTPUT and firms else nan
    geometric = weighted_ratio([firm.theta for firm in firms], weights) if firms else nan
    rule = "ratio_of_sums" if not isnan(added) else "weighted_geometric_mean"
    return {
        "rule": rule if firms else None,
        "headline": rate(added if rule == "ratio_of_sums" else geometric, sign),
        "ratio_of_sums": rate(added, sign),
        "weighted_geometric_mean": rate(geometric, sign),
        "before": fsum(sums[0]) if unit == OUTPUT and firms else None,
        "after": fsum(sums[1]) if unit == OUTPUT and firms else None,
        "median": median(rates) if rates else None,
        "lowest": min(rates, default=None),
        "highest": max(rates, default=None),
        "pooled": pooled(firms, sign),
    }


def pooled(firms: Sequence[Part], sign: int) -> Document | None:
    """The mean change with its interval, after Hartung and Knapp; None of fewer than two firms."""
    known = [firm for firm in firms if firm.variance > 0]
    if len(known) < LEAST_FIRMS:
        return None
    found = pool([firm.theta for firm in known], [firm.variance for firm in known])
    ends = sorted(sign * expm1(end) for end in (found.low, found.high))
    return {
        "rule": "hartung_knapp",
        "value": sign * expm1(found.theta),
        "low": ends[0],
        "high": ends[1],
        "confidence": 0.95,
        "tau2": found.tau2,
        "df": found.df,
        "firms": len(known),
    }


def rate(ratio: float, sign: int) -> float | None:
    """A ratio as a rate of improvement."""
    return number(sign * (ratio - 1))


def document(firm: Part, sign: int) -> Document:
    """What one firm adds."""
    change_of = sign * expm1(firm.theta)
    ends = {"before": number(firm.before), "after": number(firm.after)}
    told = {"site": firm.site, "site_name": firm.name, **ends}
    return {**told, "improvement_rate": change_of, "weight": firm.weight}


def named(package: Imported) -> Document:
    """Whose target it is."""
    return {
        "site": package.site,
        "site_name": package.site_name,
        "target": package.target,
        "line_name": package.result["target"]["line_name"],
    }
