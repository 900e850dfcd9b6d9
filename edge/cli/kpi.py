"""`lineproof kpi`: elements and measures of a line."""

from pathlib import Path
from typing import Any

from edge.cli.output import say_json, table
from edge.cli.site import engine_of, interval, site_of

SHOWN = ("availability", "effectiveness", "quality_ratio", "oee", "throughput_per_hour")
HEAD = ("production day", "shift", "machine", "product", "GQ", *SHOWN, "defect_rate", "coverage")


def command(config: Path, line: str, span: tuple[str, str], by: str, *, json: bool) -> None:
    """Print the rows."""
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    with engine_of(loaded) as engine:
        found = engine.kpis(line, from_ns, to_ns, by)
    if json:
        say_json(found)
    elif by == "reason":
        keys = ("reason", "state", "seconds", "n")
        table(keys, [[row[key] for key in keys] for row in found["reasons"]])
    else:
        table(HEAD, [cells(row) for row in found["rows"]])


def cells(row: dict[str, Any]) -> list[object]:
    """One row of the table."""
    measures = row["measures"]
    keys = [row[key] for key in ("production_day", "shift", "machine", "product")]
    values = [measures[name]["value"] for name in (*SHOWN, "defect_rate")]
    return [*keys, row["elements"]["GQ"], *values, measures["availability"]["coverage"]]
