"""What made a target's verdict: every day of both windows, why it counts or not, and the tables.

A day names the figure to explain next, which leads to the day's buckets and raw samples.
"""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from edge.engine.figures.days import Days, number
from edge.engine.figures.figures import totals
from edge.engine.verdicts import baselines
from edge.engine.verdicts.judging import days_since
from edge.engine.verdicts.targets import document
from edge.engine.verdicts.vouched import days_of_other_samples, vouched
from edge.engine.verdicts.windows import Windows, turn, windows_of
from edge.engine.view import View
from edge.errors import NotFound
from edge.records import proof
from kpi.verdict import is_usable

Document = dict[str, Any]  # JSON


def explain(view: View, target: str) -> Document:
    """The answer of `GET /targets/{id}/explain`.

    Raises:
        NotFound: with the ids there are.
    """
    known = proof.kept(view.records, proof.target)
    if target not in known:
        raise NotFound(f"there is no target '{target}'; there are {', '.join(known) or 'none'}")
    body = known[target]
    frozen = baselines.agreed_on(view.records, body)
    windows = windows_of(view, body, frozen)
    told, _ = document(view, body)
    return {
        "as_of": view.time(view.clock.wall_ns()),
        "target": told,
        "lines": [side_by_side(view, one, windows) for one in frozen],
    }


def side_by_side(view: View, frozen: Document, windows: Windows) -> Document:
    """One line's days before and since, and whether what they rest on is still the same."""
    line = view.line(frozen["line"])
    now = baselines.tables(view, line, view.local_day(frozen["to_ns"] - 1))
    seen = totals(view, line, (frozen["from_ns"], frozen["to_ns"]), "day").seen
    digest = baselines.digest(seen)
    span = frozen["from_ns"], frozen["to_ns"]
    samples = vouched(view, frozen.get("signals", []), span)
    before = baselines.frozen_days(frozen)
    return {
        "line": line.id,
        "machine": frozen["machine"],
        "measure": frozen["measure"],
        "definition": frozen["definition"],
        "baseline": {
            **{key: frozen[key] for key in ("id", "version", "name", "from", "to", "frozen_at")},
            **{key: frozen[key] for key in ("software", "digest")},
            "digest_now": digest,
            "restated": digest != frozen["digest"],
            "samples": frozen.get("samples", []),  # baselines of before tell none
            "other_samples": days_of_other_samples(frozen.get("samples", []), samples),
        },
        "tables": frozen["tables"],
        "tables_changed": [n for n in now if now[n] != frozen["tables"].get(n)],
        "unit_prices": frozen["unit_prices"],
        "days": [
            *days_document(view, frozen, before, ["baseline"] * len(before), span),
            *since_document(view, frozen, windows),
        ],
    }


def since_document(view: View, frozen: Document, windows: Windows) -> list[Document]:
    """The days since the baseline, each with the window it belongs to."""
    since, span = days_since(view, frozen), (frozen["to_ns"], view.clock.wall_ns())
    return days_document(view, frozen, since, [windows.place(day) for day in since.day], span)


def days_document(
    view: View, frozen: Document, days: Days, places: list[str], span: tuple[int, int]
) -> list[Document]:
    """Days as sums, with why one is left out and what to ask to see more of it.

    Args:
        view: the site.
        frozen: the baseline by which they count.
        days: the days.
        places: the window to which each belongs.
        span: the time of which they were summed; a day at its edge may not lie in it whole.
    """
    found, usable = [], set(days.usable().day)
    for i, day in enumerate(days.day):  # days, not samples
        from_ns, to_ns = bounds(view, frozen["line"], day, span)
        above, below, coverage = (
            number(float(column[i])) for column in (days.numerator, days.denominator, days.coverage)
        )
        found.append(
            {
                "day": day,
                "window": places[i],
                "from": view.time(from_ns),
                "to": view.time(to_ns),
                "numerator": above,
                "denominator": below,
                "coverage": coverage,
                "used": day in usable and places[i] in ("baseline", "report"),
                "left_out": left_out(places[i], coverage, usable=day in usable),
                "explain": address(frozen, view.time(from_ns), view.time(to_ns)),
            }
        )
    return found


def bounds(view: View, line: str, day: str, span: tuple[int, int]) -> tuple[int, int]:
    """The time whose rows the sums of a production day add up, inside of the span that was summed.

    What is used or made outside of its shifts belongs to a day as well.
    """
    first = date.fromisoformat(day)
    begin_ns, end_ns = (turn(view, line, one) for one in (first, first + timedelta(days=1)))
    return max(begin_ns, span[0]), min(end_ns, span[1])


def left_out(place: str, coverage: float | None, *, usable: bool) -> str | None:
    """Why a day is not part of the verdict; None where it is."""
    if place not in ("baseline", "report"):
        return place
    if usable:
        return None
    thin = coverage is None or not bool(is_usable(coverage))
    return "coverage" if thin else "no_figure"


def address(frozen: Document, from_: str, to: str) -> str:
    """Where the figure of one day is explained, by the cycles and prices of its baseline."""
    asked = {"line": frozen["line"], "measure": frozen["measure"], "from": from_, "to": to}
    if frozen["machine"] is not None:
        asked["machine"] = frozen["machine"]
    asked["baseline"] = frozen["id"]
    return f"/api/v1/kpis/explain?{urlencode(asked)}"
