"""The demand charge on a terminal."""

from typing import Any

from edge.cli.demand_card import runs


def month(name: str, kw: float | None, because: str = "month_missing") -> dict[str, Any]:
    """The peak of a month."""
    return {"month": name, "kw": kw, "because": [because], "unknown_quarters": None}


def spans(*of: dict[str, Any]) -> list[tuple[str, str]]:
    """First and last month of each line."""
    return [(first["month"], last) for first, last in runs(of)]


def test_months_that_nobody_knows_are_one_line() -> None:
    """Over the turn of a year too; a known month, a hole or another reason ends the line."""
    assert spans(*(month(name, None) for name in ("2025-11", "2025-12", "2026-01"))) == [
        ("2025-11", "2026-01")
    ]
    assert spans(month("2026-01", None), month("2026-02", 31.0), month("2026-03", 31.0)) == [
        (name, name) for name in ("2026-01", "2026-02", "2026-03")
    ]
    assert spans(month("2026-01", None), month("2026-07", None)) == [
        (name, name) for name in ("2026-01", "2026-07")
    ]
    assert spans(month("2026-01", None), month("2026-02", None, "month_running")) == [
        (name, name) for name in ("2026-01", "2026-02")
    ]
