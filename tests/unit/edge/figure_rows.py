"""One shift by day, its rows as `kpi --json` has them, and their measures."""

from typing import Any

from tests.unit.edge.figure_desk import (
    DAY,
    Desk,
    Row,
    at,
    hourly,
)

DAY_ONLY = (DAY,)
HOUR_S = 3600.0


def full_shift(desk: Desk, machine: str | None = "body") -> list[Row]:
    """Ten pieces less one scrapped in every of the eleven planned hours, at one second each."""
    return hourly(
        desk.site,
        machine,
        at("08:00"),
        at("20:00"),
        apt_s=2700,
        gq=lambda t: 900 if t != at("12:00") else 0,
        sq=lambda t: 100 if t != at("12:00") else 0,
    )


def one(desk: Desk, machine: str | None, by: str = "shift", **span: int) -> dict[str, Any]:
    """The only row of a machine."""
    rows = desk.engine.kpis(
        "mask", span.get("from_ns", at("08:00")), span.get("to_ns", at("20:00")), by
    )["rows"]
    (found,) = [row for row in rows if row["machine"] == machine]
    return dict(found)


def measure(row: dict[str, Any], name: str) -> tuple[Any, ...]:
    """Value, bounds and coverage of a measure."""
    return tuple(row["measures"][name][key] for key in ("value", "low", "high", "coverage"))
