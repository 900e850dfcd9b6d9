"""Days before and after a change, and the targets that are agreed on them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.site import Line, Price, Site
from tests.unit.edge.figure_desk import (
    DAY,
    HOUR_NS,
    Desk,
    Row,
    at,
    element,
    line_of,
    machine,
    site_of,
)

BEFORE, BLACKOUT, AFTER = 24, 10, 24
WAVE = (0, 3, -2, 1, -3, 2, -1)
"""A week of ups and downs, without a slope and without correlation from day to day."""
Amount = Callable[[int], float]


def line(**more: Any) -> Line:  # noqa: ANN401 - any key
    """A line of one body, by day and without breaks that blur the arithmetic."""
    return line_of(machine("body"), **{"shifts": (DAY,), "maturity_days": 0, **more})


def days_of(desk: Desk, first: int, last: int, place: int = 0, **each: Amount | float) -> None:
    """A row an hour of the line for some days; amounts are those of a planned hour."""
    site, name, rows = desk.site, desk.site.lines[place].id, []
    for day in range(first, last):
        said: dict[str, Any] = {
            key: value(day) if callable(value) else value for key, value in each.items()
        }
        hours = [h for h in range(8, 20) if h != 12]
        starts = [at(f"{hour:02}:00", day) for hour in hours]
        rows += [hour_of(site, start, line=place, **said) for start in starts]
    desk.rows(*rows, line=name)
    desk.lived(at("00:00"), at("00:00", 90), line=name)


def hour_of(site: Site, t0_ns: int, **said: Any) -> Row:  # noqa: ANN401 - any key
    """The line's row of one hour."""
    return element(site, None, t0_ns, t0_ns + HOUR_NS, **said)


def wave(level: float, step: float = 10.0) -> Amount:
    """A level with a week's ups and downs."""
    return lambda day: level + step * WAVE[day % 7]


def desk_of(folder: Path, *lines: Line, prices: tuple[Price, ...] = ()) -> Desk:
    """A desk at noon after baseline, black-out and report."""
    site = site_of(*(lines or (line(),)), prices=prices)
    return Desk(folder, site, at("12:00", BEFORE + BLACKOUT + AFTER))


def frozen(desk: Desk, measure: str, line: str = "mask", **more: Any) -> str:  # noqa: ANN401 - any key
    """A baseline of the first days; its id."""
    keys = {
        "from_ns": at("00:00"),
        "to_ns": at("00:00", BEFORE),
        "name": "before",
        "reason": "as it was",
    }
    found = desk.engine.freeze(
        Freeze(**{"line": line, "machine": None, "measure": measure, **keys, **more})
    )
    return str(found["id"])


def wished(measure: str, *baselines: str, lines: Sequence[str] = ("mask",), **more: Any) -> Wish:  # noqa: ANN401 - any key
    """A target a tenth better, live when the baseline ends."""
    keys: dict[str, Any] = {
        "improve": 0.1,
        "value": None,
        "go_live_ns": at("00:00", BEFORE),
        **more,
    }
    return Wish(tuple(lines), None, measure, baselines, **keys)


def agreed(desk: Desk, measure: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    """The target document of a baseline and a wish."""
    return desk.engine.agree(wished(measure, frozen(desk, measure), **more))
