"""Indicators as the programme's forms have them, each with a basis of calculation (산출근거).

No sentence of a basis is typed: formula, periods, sums, coverage, interval, verdict and package are
those of the evidence. The layout is ours; the programme office has the official form.
"""

from collections.abc import Sequence
from math import fsum
from typing import Any, NamedTuple

from edge.engine.figures.definitions import card
from edge.errors import Refused
from edge.evidence.wording import Words
from edge.text import definitions
from edge.text.catalogue import figure, number, percent, signed_percent, text

Document = dict[str, Any]  # JSON
FAMILIES = ("P", "Q", "C", "D", "E")
FAMILY = {
    "defect_rate": "Q",
    "scrap_ratio": "Q",
    "rework_ratio": "Q",
    "first_pass_yield": "Q",
    "rolled_throughput_yield": "Q",
    "rolled_unit_yield": "Q",
    "quality_ratio": "Q",
    "quality_count": "Q",
    "unit_cost": "C",
    "energy_per_good_piece": "E",
}
"""What is not here is P: output and what it is made of."""
SIDES = ("before", "baseline"), ("after", "report")
WITHHELD = "insufficient_data"


class Told(NamedTuple):
    """A target and what vouches for it; without a package it is what stands now."""

    firm: str
    target: Document
    days: Document | None = None
    manifest: str | None = None
    as_of: str | None = None


def rows_of(rows: Sequence[Document]) -> list[Document]:
    """The rows in the order of a form: by family, then firm, line and indicator."""
    keys = ("firm", "line", "indicator")
    return sorted(
        rows, key=lambda row: (FAMILIES.index(row["family"]), *(row[key] for key in keys))
    )


def row_of(told: Told, language: str) -> Document:
    """One indicator."""
    target, words = told.target, Words(told.target, language)
    before, after = target["before"], target["after"]
    known = before is not None and after is not None and before != 0
    rate = (after - before) / before if known else None
    falls = not target["higher_is_better"]
    low, high = target["low"], target["high"]
    return {
        "family": FAMILY.get(target["measure"], "P"),
        "firm": told.firm,
        "line": target["line_name"],
        "indicator": indicator(target["measure"], words),
        "measure": target["measure"],
        "unit": target["unit"],
        "before": before,
        "target": target["target"],
        "after": after,
        "direction": "fall" if falls else "rise",
        "rate": None if rate is None else -rate if falls else rate,
        "low": low,
        "high": high,
        "coverage": target["coverage"],
        "verdict": target["verdict"],
        "basis": basis(told, words),
        "package": told.manifest,
        "as_of": told.as_of,
    }


def indicator(measure: str, words: Words) -> str:
    """The name of a measure as forms have it."""
    return words.or_code(f"programme.form.{measure}", words.measure)


def basis(told: Told, words: Words) -> str:
    """The basis of calculation, sentence by sentence."""
    target = told.target
    found = card(target["definition"])
    sentences = [
        words(
            "programme.says.formula",
            formula=definitions.formula(words.language, found),
            definition=target["definition"],
        ),
        *(side(told, words, name, window) for name, window in SIDES),
        *changed(target, words),
        interval(target, words),
        words(
            "programme.says.coverage",
            before=percent(target["coverage_before"], 0),
            after=percent(target["coverage_after"], 0),
            manual=percent(target["manual_share"], 0),
        ),
        words(
            "programme.says.baseline",
            version=target["baseline"]["version"],
            day=target["baseline"]["frozen_at"][:10],
        ),
        f"{words('programme.verdict')}: {words('verdict.' + target['verdict'])}.",
        vouched(told, words),
    ]
    return " ".join(sentences)


def side(told: Told, words: Words, name: str, window: str) -> str:
    """One period: its days, its sums where a package has them, and their ratio."""
    target = told.target
    ends = (target["report_from"], target["report_to"])
    if name == "before":
        ends = (target["baseline"]["from"], target["baseline"]["to"])
    sums = ""
    if told.days is not None:
        parts = [
            fsum(day[part] for day in told.days[window] if day[part] is not None)
            for part in ("numerator", "denominator")
        ]
        sums = f"{plain(parts[0])} ÷ {plain(parts[1])} = "
    return words(
        "programme.says.side",
        name=words(f"programme.{name}"),
        period=words.period(*ends),
        n=target[f"n_{name}"],
        sums=sums,
        value=words.figure(target[name]),
    )


def plain(value: float) -> str:
    """A sum, with two digits unless it is whole."""
    return number(value, 0 if value.is_integer() else 2)


def changed(target: Document, words: Words) -> list[str]:
    """How the rate of the form follows from the two figures; none where there is none."""
    before, after = target["before"], target["after"]
    if before is None or after is None or not before:
        return []
    falls = not target["higher_is_better"]
    one, two = (before, after) if falls else (after, before)
    bare = [figure(words.language, value, target["unit"]) for value in (one, two, before)]
    rate = (one - two) / before
    return [
        words(
            "programme.says.change",
            name=words(f"programme.{'fall' if falls else 'rise'}"),
            one=bare[0],
            two=bare[1],
            base=bare[2],
            rate=printed(target, rate, words),
        )
    ]


def printed(target: Document, rate: float, words: Words) -> str:
    """A rate of change; for reference only where the data prove none."""
    said = signed_percent(rate)
    if target["verdict"] != WITHHELD:
        return said
    return f"{said} ({words('programme.reference')})"


def interval(target: Document, words: Words) -> str:
    """The interval of the change, or that there is none."""
    low, high = target["low"], target["high"]
    if low is None or high is None:
        return words("programme.says.no_interval")
    return words(
        "programme.says.interval",
        confidence=percent(target["interval"]["confidence"], 0),
        low=signed_percent(low),
        high=signed_percent(high),
    )


def vouched(told: Told, words: Words) -> str:
    """Which package says so."""
    if told.manifest is None or told.as_of is None:
        return words("programme.says.live")
    return words("programme.says.package", hash=told.manifest[:12], day=told.as_of[:10])


def missing(rows: Sequence[Document], language: str) -> list[str]:
    """The families without an indicator, by their names."""
    there = {row["family"] for row in rows}
    return [text(language, f"programme.family.{one}") for one in FAMILIES if one not in there]


def submission(rows: Sequence[Document]) -> Document:
    """What would be handed in: proven indicators alone, each with its package.

    No adapter sends it: there is no public interface whose form we know.

    Raises:
        Refused: nothing is proven, so there is nothing that might be sent.
    """
    proven = [row for row in rows if row["package"] and row["verdict"] != WITHHELD]
    if not proven:
        raise Refused(
            "no indicator has an evidence package and a verdict, so nothing would be handed in;"
            " make a package of a target whose verdict is not withheld"
        )
    names = ("firm", "line", "measure", "unit", "before", "target", "after", "direction", "rate")
    return {
        "format": "lineproof-submission/1",
        "dry_run": True,
        "indicators": [
            {**{name: row[name] for name in names}, "package": row["package"]} for row in proven
        ],
        "left_out": len(rows) - len(proven),
    }
