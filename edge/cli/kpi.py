"""`lineproof kpi`: elements and measures of a line."""

from pathlib import Path
from typing import Any

from edge.cli.output import say_json, table
from edge.cli.site import engine_of, interval, site_of

SHOWN = (
    "availability",
    "effectiveness",
    "quality_ratio",
    "oee",
    "throughput_per_hour",
    "defect_rate",
    "unit_cost",
)
GROUP = ("production_day", "shift", "machine", "product")
FIGURE = ("value", "unit", "low", "high", "coverage", "n")
REASON = ("reason", "state", "seconds", "n")


def command(config: Path, line: str, span: tuple[str, str], by: str, *, json: bool) -> None:
    """Print the rows."""
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    with engine_of(loaded) as engine:
        found = engine.kpis(line, from_ns, to_ns, by)
    if json:
        say_json(found)
    elif by == "reason":
        table(REASON, [[row[key] for key in REASON] for row in found["reasons"]])
    else:
        table((*GROUP, "measure", *FIGURE), [line for row in found["rows"] for line in lines(row)])


def lines(row: dict[str, Any]) -> list[list[object]]:
    """A line for each measure of a row: its value is never shown without unit and coverage."""
    group = [row[key] for key in GROUP]
    measures = {name: row["measures"][name] for name in SHOWN if name in row["measures"]}
    return [[*group, name, *(measure[key] for key in FIGURE)] for name, measure in measures.items()]
