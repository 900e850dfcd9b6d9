"""Figures, times and spans as commands print them; unknown is a dash."""

from collections.abc import Mapping
from typing import Any

from edge.text.catalogue import SPACE, figure, points, signed_percent, text

WORDS = "en"  # of the printed figures
TO = "\u2013"
OPEN = "open"
USELESS = 10.0  # a ratio above that bounds nothing


def amount(value: float | None, ucum: str) -> str:
    """A figure with its unit."""
    return figure(WORDS, value, ucum).replace(SPACE, " ")


def bare(value: float | None, ucum: str) -> str:
    """A figure without its unit, where that has a column of its own."""
    return figure(WORDS, value, ucum).partition(SPACE)[0]


def bound(value: float | None, ucum: str) -> str:
    """One side of a figure, without its unit.

    What little is known of a machine may bound its speed to a thousand times the ideal one: such a
    bound says nothing, and is called open. `--json` has its number.
    """
    return OPEN if value is not None and ucum == "1" and value > USELESS else bare(value, ucum)


def change(ratio: float | None) -> str:
    """A relative change with its sign."""
    return signed_percent(ratio).replace(SPACE, " ")


def difference(value: float | None, ucum: str) -> str:
    """A difference of two figures with its sign; of two ratios in percentage points."""
    if ucum == "1":
        return points(value).replace(SPACE, " ")
    told = amount(value, ucum)
    return f"+{told}" if value is not None and value > 0 else told


def bounds(low: float | None, high: float | None) -> str:
    """The interval of a relative change."""
    return f"{change(low)} {TO} {change(high)}" if low is not None else change(None)


def period(from_: str, to: str) -> str:
    """Two instants of the site's own time, without what they share."""
    begin, end = clock(from_), clock(to)
    if begin[:10] == end[:10]:
        return f"{begin}{TO}{end[11:]}"
    return f"{begin} {TO} {end}"


def clock(at: str) -> str:
    """An instant as on the wall; seconds only where there are some."""
    return at[:19].replace("T", " ").removesuffix(":00")


def subject(body: Mapping[str, Any]) -> str:
    """What a baseline or target is of: a line, or a machine of it."""
    lines = ", ".join(body.get("lines") or [body["line"]])
    return f"{lines}/{body['machine']}" if body["machine"] else lines


def verdict(code: str) -> str:
    """What a verdict says, in a few words."""
    return text(WORDS, f"verdict.{code}.short")
