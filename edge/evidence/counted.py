"""What was decided on the counters behind both windows of a target, and what is left out of them.

Each decision stands with the raw readings that it rests on; of very many the rest is counted by
kind. Making and verifying call the same function over rows that were filled the same way.
"""

from collections import Counter
from typing import Any

import numpy as np

from edge.engine.explaining.decisions import counters, decided_on, documents, stretches
from edge.engine.explaining.lost import not_planned
from edge.engine.explaining.sources import Source, sources
from edge.engine.figures.figures import totals
from edge.engine.verdicts import baselines
from edge.engine.view import View
from edge.evidence.decisions import left_out
from edge.evidence.results import Promise, first_difference, report_window
from edge.model import BOOL
from edge.moment import parse
from edge.records.parts import Elements
from kpi.catalogue.index import MEASURES
from kpi.counters import Decision

Document = dict[str, Any]  # JSON
KEY = "windows"  # in decisions.json
MOST = 500  # decisions of one window and line that are listed


def document(view: View, promise: Promise, result: Document) -> Document:
    """Decisions and exclusions of both windows, line by line.

    Args:
        view: the site as it was known at the instant of the state.
        promise: the target.
        result: its figures, with the ends of the reporting window.
    """
    report = report_window(view, result)
    return {
        "baseline": [
            of_line(view, body, (body["from_ns"], body["to_ns"])) for body in promise.baselines
        ],
        "report": [of_line(view, body, report) for body in promise.baselines],
    }


def difference(filed: Document, view: View, promise: Promise, result: Document) -> str | None:
    """Where `decisions.json` tells counters or days left out otherwise than these figures."""
    again = {"days_left_out": left_out(result), KEY: document(view, promise, result)}
    return first_difference({name: filed[name] for name in again}, again)


def of_line(view: View, body: Document, window: tuple[int, int]) -> Document:
    """One window of one line or machine."""
    line, machine = baselines.frozen_line(view, body), view.machine(body["line"], body["machine"])
    window = window[0], max(window)
    found = totals(view, line, window, "interval")
    mine = [found.sums.rows[group] for group in found.of(body["machine"])]
    rows = found.rows.take(np.concatenate([np.empty(0, np.int64), *mine]))
    told = sources(view.refold.rules(line.id), machine, MEASURES[body["measure"]])
    made, kinds = decided(view, (line.id, told), rows, window)
    return {
        "line": line.id,
        "machine": body["machine"],
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "decisions": made,
        "decisions_in_all": dict(sorted(kinds.items())),
        "decisions_not_listed": kinds.total() - len(made),
        "not_planned": unplanned(view, rows, ~rows["planned"].astype(np.bool_)),
    }


def decided(
    view: View, subject: tuple[str, list[Source]], rows: Elements, window: tuple[int, int]
) -> tuple[list[Document], Counter[str]]:
    """The first decisions by time, and how many there are of each kind.

    A day at a time, so that a counter of nothing but resets needs no more memory than its readings.

    Args:
        view: the site.
        subject: the line, and what tells its figure.
        rows: the element rows of the figure; their flags tell where anything was decided.
        window: [from_ns, to_ns).
    """
    line, told = subject
    found, kinds = list[Document](), Counter[str]()
    for from_ns, to_ns in stretches(rows, window):
        tracks, today = view.refold.tracks(line, from_ns, to_ns), list[Document]()
        for source in counters(told):
            made = tracks[source.machine.id].counters.get(source.signal.name)
            if made is None:
                continue
            at = decided_on(made, from_ns, to_ns)
            each, counts = np.unique(made.decision[at], return_counts=True)
            named = [Decision(kind).name.lower() for kind in each.tolist()]
            kinds.update(dict(zip(named, counts.tolist(), strict=True)))
            today += documents(view, made, at[: MOST - len(found)], source)
        today.sort(key=lambda one: (one["at"], one["signal"]))
        found += today[: MOST - len(found)]
    return found, kinds


def unplanned(view: View, rows: Elements, outside: BOOL) -> Document:
    """Time that was not planned, by why: how much of it, and the pieces that it does not count."""
    found: Document = {}
    spans = not_planned(view, rows, outside)
    for why in sorted({span["why"] for span in spans}):
        mine = [span for span in spans if span["why"] == why]
        ends = [parse(span["to"]) - parse(span["from"]) for span in mine]
        found[why] = {
            "spans": len(mine),
            "seconds": sum(ends) / 10**9,
            "pieces": float(sum(span["pieces"] for span in mine)),
        }
    return found
