"""What made a figure: its elements, the decisions on its counters, gaps, tables, and raw samples.

The buckets of an answer add up to its elements, and its elements give the figure: whoever reads it
can follow a number down to the samples that `export` writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from edge.engine.entering.entering import listed
from edge.engine.explaining.decisions import MOST, decisions
from edge.engine.explaining.lacking import lacks
from edge.engine.explaining.lost import Accounts, exclusions, gaps
from edge.engine.explaining.sources import samples_document, sources
from edge.engine.explaining.terms import tables_document, terms_of
from edge.engine.figures.charging import charges
from edge.engine.figures.demand import Own, demand_charge
from edge.engine.figures.documents import figures_of, whole
from edge.engine.figures.figures import Totals, sums_of, totals, with_off_time
from edge.engine.figures.planned import PLANNED, planned_name
from edge.engine.figures.rolling import rolled_sums
from edge.engine.figures.shares import Shares
from edge.engine.figures.sums import IDEAL, all_ideal_name, ideal_name, measured
from edge.engine.folding.lines import EDITION, LineRules, digest
from edge.engine.view import View, day_text
from edge.errors import NotFound, Refused
from edge.model import DAY_NS, F64, I64
from edge.records import elements as table
from edge.records.parts import Elements, read_loose
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Measure

Document = dict[str, Any]  # JSON
Loose = Mapping[str, Any]  # a row of the table of loose increments
LONGEST_DAYS = 35
FLAGS = {
    "rollover": table.ROLLOVER,
    "reset": table.RESET,
    "reading_dropped": table.DROPPED,
    "count_unknown": table.COUNT_UNKNOWN,
    "quarantined": table.QUARANTINED,
    "state_inferred": table.INFERRED,
    "conflict": table.CONFLICT,
    "split": table.SPLIT,
    "loose": table.LOOSE,
    "late": table.LATE,
    "manual": table.MANUAL,
    "scrap_unattributed": table.SCRAP_UNATTRIBUTED,
    "no_ideal_cycle": table.NO_IDEAL_CYCLE,
    "clock_uncertain": table.CLOCK_UNCERTAIN,
    "hides_micro_stops": table.HIDES_MICRO_STOPS,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure is to be explained."""

    line: str
    from_ns: int
    to_ns: int
    machine: str | None = None  # None = the line itself
    measure: str | None = None  # None = all of them
    baseline: str | None = None  # whose ideal cycles and prices are to hold; None = those of now


def explain(view: View, accounts: Accounts, question: Question) -> Document:
    """The answer of `GET /kpis/explain`.

    Raises:
        NotFound: no such line, machine, measure or baseline.
        Refused: more days than one answer can hold, or a baseline of another line.
    """
    machine = view.machine(question.line, question.machine)
    measure = measure_of(question.measure)
    now_ns = view.clock.wall_ns()
    window = window_of(question, now_ns)
    terms = terms_of(view, question.line, question.baseline, window[1])
    line, rules = terms.line, view.refold.rules(question.line)
    told = sources(rules, machine, measure)
    totalled = totals(view, line, window, "interval", terms.prices)
    found = with_off_time(view, line, window, totalled)
    group = next(iter(found.of(question.machine)), None)
    mine = found.sums.rows[group] if group is not None else np.empty(0, np.int64)
    rows = found.rows.take(mine)
    made = decisions(view, line.id, told, rows, window)
    loose = loose_of(view, question, window)
    return {
        "as_of": view.time(now_ns),
        "site": view.site.id,
        "line": line.id,
        "machine": question.machine,
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "baseline": question.baseline,
        **figure_document(view, found, rules, (measure, group)),
        "charges": charges(view, found, mine, loose, terms.prices) if has_cost(measure) else [],
        "demand": demand_of(view, window, found, group) if has_cost(measure) else None,
        "buckets": buckets(view, rows, found.sums.cycle_s[mine], measure),
        "loose": [loose_document(view, each) for each in loose],
        "decisions": made[:MOST],
        "facts": listed(view, line.id, *window)["facts"],
        "decisions_left_out": max(0, len(made) - MOST),
        "gaps": gaps(
            view, accounts, (rules, machine, told), (rows, mine >= len(found.seen)), window
        ),
        "exclusions": exclusions(view, accounts, told, rows, window),
        "tables": tables_document(view, rules, (machine, told), terms, window),
        "versions": versions(rules, rows, measure),
        "samples": samples_document(view, told, window),
    }


def window_of(question: Question, now_ns: int) -> tuple[int, int]:
    """What is asked for, as far as it has come.

    Raises:
        Refused: it is more than one answer can hold.
    """
    window = question.from_ns, max(question.from_ns, min(question.to_ns, now_ns))
    if window[1] - window[0] > LONGEST_DAYS * DAY_NS:
        raise Refused(
            f"at most {LONGEST_DAYS} days are explained at once; ask for a part, such as a day"
        )
    return window


def measure_of(name: str | None) -> Measure | None:
    """The measure of a name; None for all.

    Raises:
        NotFound: with the measures there are.
    """
    if name is None:
        return None
    if name not in MEASURES:
        raise NotFound(f"there is no measure '{name}'; there are {', '.join(sorted(MEASURES))}")
    return MEASURES[name]


def figure_document(
    view: View, found: Totals, rules: LineRules, asked: tuple[Measure | None, int | None]
) -> Document:
    """The figures with their formulas, and the summed elements that they divide."""
    measure, group = asked
    chosen = [measure] if measure else list(MEASURES.values())
    if group is None:
        return {"figures": {}, "elements": {}}
    elements = measured(rules.line, found.rows, found.sums)
    elements |= rolled_sums(rules.line, found.rows, found.sums, elements)
    shares = Shares(view, rules.line, found.rows, found.sums)
    figures = {
        one.name: {
            **figures_of(one, found.sums, elements)[group],
            "manual_share": shares.of(one)[group],
            "formula": one.formula,
        }
        for one in chosen
    }
    for one in chosen:
        known = figures[one.name]["value"] is not None
        figures[one.name]["lacks"] = None if known else lacks(one, elements, group)
    names = dict.fromkeys(name for one in chosen for name in one.elements)
    names |= dict.fromkeys(("pbt_ns", "unknown_ns", "count_unknown_ns"))  # of every coverage
    return {
        "figures": figures,
        "elements": {name: whole(float(elements[name][group])) for name in names},
    }


def buckets(view: View, rows: Elements, cycle_s: F64, measure: Measure | None) -> list[Document]:
    """The rows of the element table by time, with the columns that the figure sums."""
    wanted = set(measure.elements) if measure else set(table.ADDITIVE)
    wanted |= {"pbt_ns", "unknown_ns", "count_unknown_ns"}
    wanted |= {n for n in IDEAL if {ideal_name(n), all_ideal_name(n)} & wanted}
    wanted |= {"energy_kwh"} if has_cost(measure) else set()
    wanted |= {name for name in PLANNED if planned_name(name) in wanted}
    names = [name for name in table.ADDITIVE if name in wanted]
    texts = {name: rows.texts(name) for name in ("product", "order", "shift_id", "reason")}
    order = np.argsort(rows["t0_ns"], kind="stable")
    return [
        {
            "from": view.time(int(rows["t0_ns"][at])),
            "to": view.time(int(rows["t1_ns"][at])),
            "production_day": day_text(int(rows["production_day"][at])),
            **{name: column[at] for name, column in texts.items()},
            "planned": bool(rows["planned"][at]),
            "ideal_cycle_s": whole(float(cycle_s[at])),
            "status": table.STATUS[int(rows["status"][at])],
            "revision": int(rows["revision"][at]),
            "known_at": view.time(int(rows["knowledge_ns"][at])),
            "flags": [name for name, bit in FLAGS.items() if int(rows["flags"][at]) & bit],
            "elements": {name: whole(float(rows[name][at])) for name in names},
        }
        for at in order.tolist()  # buckets, not samples
    ]


def loose_of(view: View, question: Question, window: tuple[int, int]) -> list[Loose]:
    """Increments that no bucket may claim, each with whether it lies in the window whole."""
    return [
        {**each, "whole": window[0] <= int(each["t0_ns"]) and int(each["t1_ns"]) <= window[1]}
        for each in read_loose(view.records, question.line, *window)
        if each["machine"] == question.machine
    ]


def loose_document(view: View, each: Loose) -> Document:
    """An increment that no bucket may claim; one that reaches over the window adds its high."""
    return {
        "quantity": each["quantity"],
        "from": view.time(int(each["t0_ns"])),
        "to": view.time(int(each["t1_ns"])),
        "amount": None if each["amount"] is None else whole(float(each["amount"])),
        "low": whole(float(each["low"])),
        "high": whole(float(each["high"])),
        "whole": each["whole"],
    }


def demand_of(
    view: View, window: tuple[int, int], found: Totals, group: int | None
) -> Document | None:
    """The demand charge of the same time, which no figure of ours divides."""
    kwh, good = sums_of(found, group, ("energy_kwh", "gq"))
    return demand_charge(view, window, Own(kwh, good))


def has_cost(measure: Measure | None) -> bool:
    """Whether what is asked for divides a cost."""
    return measure is None or "cost_krw" in measure.elements


def versions(rules: LineRules, rows: Elements, measure: Measure | None) -> Document:
    """What the figure was computed with: software, definitions, and the versions of its rows."""
    chosen = [measure] if measure else list(MEASURES.values())
    return {
        "software": version("lineproof"),
        "fold": EDITION,
        "definitions": [one.definition for one in chosen],
        "rules": digest(rules.version),
        **{name: distinct(rows, name) for name in table.VERSIONS},
    }


def distinct(rows: Elements, name: str) -> list[str]:
    """The different texts of a coded column."""
    codes: I64 = np.unique(rows[name])
    return sorted(rows.words[code] for code in codes.tolist() if code in rows.words)
