"""The figures of measures by their formulas alone, in exact fractions and one row at a time."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.measures import oee, ratios

SEEDED = settings(derandomize=True, deadline=None, max_examples=150)
NS = st.sampled_from([0, 1, 10**9]) | st.integers(0, 10**14)
PIECES = st.sampled_from([0, 1]) | st.integers(0, 10**6)
CYCLE = st.sampled_from([0.75, 1.1, 60.0, math.nan])
ROWS = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(("apt", "aust", "adet", "adot", "unknown"), NS)
        | dict.fromkeys(("pq", "gq", "sq", "rq", "more"), PIECES)
        | {"cycle": CYCLE}
    ),
    min_size=1,
    max_size=4,
)
Exact = Fraction | None
SECOND = 10**9


def summed(rows: list[dict[str, Any]], *names: str) -> Fraction:
    """The sum of some columns."""
    return Fraction(sum(row[name] for row in rows for name in names))


def ideal(rows: list[dict[str, Any]], *names: str) -> Exact:
    """Σ cycle · pieces; None where a piece has no cycle."""
    parts = [(row["cycle"], sum(row[name] for name in names)) for row in rows]
    if any(math.isnan(cycle) for cycle, pieces in parts if pieces):
        return None
    return sum((Fraction(cycle) * pieces for cycle, pieces in parts if pieces), Fraction())


def over(above: Exact, below: Exact) -> Exact:
    """A quotient; None where a side has no value, or there is nothing to divide by."""
    return None if above is None or not below else above / below


def times(*factors: Exact) -> Exact:
    """A product; None where a factor has no value."""
    known = [factor for factor in factors if factor is not None]
    return math.prod(known, start=Fraction(1)) if len(known) == len(factors) else None


def same(found: Any, expected: dict[str, Exact]) -> None:  # noqa: ANN401 - any of the results
    """Every field is what the formula gives, NaN where that has no value."""
    exact = {name: math.nan if value is None else float(value) for name, value in expected.items()}
    assert found._asdict() == pytest.approx(exact, rel=1e-12, nan_ok=True)


@SEEDED
@given(ROWS, st.sampled_from(["iso22400", "vorne", "teep"]), st.integers(1, 10**16))
def test_oee_is_what_its_formulas_say(rows: list[dict[str, Any]], dialect: str, year: int) -> None:
    """Sums first; what is unknown leaves the denominator of availability, and widens bounds."""
    planned = summed(rows, "apt", "aust", "adet", "adot", "unknown")
    ran, unseen = summed(rows, "apt"), summed(rows, "unknown")
    whole = {"iso22400": planned, "vorne": planned - summed(rows, "adot"), "teep": Fraction(year)}
    base = whole[dialect] if dialect != "teep" else max(planned, Fraction(year))
    made, good, most = ideal(rows, "pq"), ideal(rows, "gq"), ideal(rows, "pq", "more")
    available = over(ran, base - unseen)
    found = oee(
        [sum(row[name] for name in ("apt", "aust", "adet", "adot", "unknown")) for row in rows],
        [row["apt"] for row in rows],
        [row["cycle"] for row in rows],
        [row["pq"] for row in rows],
        [row["gq"] for row in rows],
        unknown_ns=[row["unknown"] for row in rows],
        adot_ns=[row["adot"] for row in rows],
        calendar_ns=int(base) if dialect == "teep" else None,
        pq_high=[row["pq"] + row["more"] for row in rows],
        gq_low=0,
        dialect=dialect,
    )

    same(
        found,
        {
            "availability": available,
            "effectiveness": over(times(made, Fraction(SECOND)), times(available, base)),
            "quality_time": over(good, made),
            "quality_count": over(summed(rows, "gq"), summed(rows, "pq")),
            "oee": over(times(good, Fraction(SECOND)), base),
            "availability_low": over(ran, base),
            "availability_high": over(ran + unseen, base),
            "effectiveness_low": over(times(made, Fraction(SECOND)), ran + unseen),
            "effectiveness_high": over(times(most, Fraction(SECOND)), ran),
            "oee_low": over(Fraction(), base),
            "oee_high": over(times(good, Fraction(SECOND)), base),
            "coverage": over(planned - unseen, planned),
        },
    )


@SEEDED
@given(ROWS)
def test_ratios_are_what_their_formulas_say(rows: list[dict[str, Any]]) -> None:
    """AUPT = APT + AUST, AUBT = AUPT + ADET, PBT = AUBT + ADOT + U; NEE forgives set-up."""
    running, busy = summed(rows, "apt", "aust"), summed(rows, "apt", "aust", "adet")
    planned = busy + summed(rows, "adot", "unknown")
    ran, made = summed(rows, "apt"), ideal(rows, "pq")
    speed = over(times(made, Fraction(SECOND)), ran)
    elements = {
        f"{name}_ns": [row[name] for row in rows]
        for name in ("apt", "aust", "adet", "adot", "unknown")
    }
    pieces = {name: [row[name] for row in rows] for name in ("pq", "gq", "sq", "rq")}

    same(
        ratios(**elements, ideal_s=[row["cycle"] for row in rows], **pieces),
        {
            "utilisation": over(ran, busy),
            "allocation": over(busy, planned),
            "setup_ratio": over(summed(rows, "aust"), running),
            "technical_efficiency": over(ran, ran + summed(rows, "adet")),
            "nee": times(over(running, planned), speed, over(ideal(rows, "gq"), made)),
            "scrap_ratio": over(summed(rows, "sq"), summed(rows, "pq")),
            "rework_ratio": over(summed(rows, "rq"), summed(rows, "pq")),
        },
    )
