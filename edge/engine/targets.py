"""Targets: what was promised against a frozen baseline, and what the days since then prove."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from edge.engine import baselines
from edge.engine.judging import Judged, judge
from edge.engine.view import View
from edge.engine.windows import Windows, windows_of
from edge.errors import NotFound, Refused
from edge.records import proof
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to promise."""

    lines: tuple[str, ...]
    machine: str | None
    measure: str
    baselines: tuple[str, ...]  # one a line, in the same order
    improve: float | None  # fraction to the good side
    value: float | None  # or the value itself
    go_live_ns: int
    due: date | None = None
    from_ns: int | None = None  # in place of go-live and black-out
    to_ns: int | None = None


def agree(view: View, wish: Wish) -> Document:
    """Write a target down; it never changes afterwards.

    Raises:
        NotFound: no such line, machine or baseline.
        Refused: baselines that are not of these lines and this measure, or no aim.
    """
    for line in wish.lines:
        view.machine(line, wish.machine)
    frozen = [baselines.shown(view, one) for one in wish.baselines]
    wanted = [(line, wish.machine, wish.measure) for line in wish.lines]
    if [baselines.told_by(body) for body in frozen] != wanted:
        raise Refused("give one baseline of this measure for each line, in the same order")
    if (wish.improve is None) == (wish.value is None):
        raise Refused("say either by which fraction to improve, or which value to reach")
    better = MEASURES[wish.measure].better
    if better is None:
        raise Refused(f"'{wish.measure}' has no good side; choose another measure")
    known, now_ns = proof.kept(view.records, proof.target), view.clock.wall_ns()
    body = {
        "id": f"t{len(known) + 1}",
        "lines": list(wish.lines),
        "machine": wish.machine,
        "measure": wish.measure,
        "baselines": list(wish.baselines),
        "improve": wish.improve,
        "value": wish.value,
        "go_live_ns": wish.go_live_ns,
        "due": wish.due.isoformat() if wish.due else None,
        "from_ns": wish.from_ns,
        "to_ns": wish.to_ns,
        "agreed_at": view.time(now_ns),
        "agreed_before_baseline": any(wish.go_live_ns < body["to_ns"] for body in frozen),
    }
    proof.keep(view.records, proof.target, "agreed_ns", now_ns, body)
    return shown(view, str(body["id"]))


def listed(view: View) -> Document:
    """All targets with their four numbers, interval, coverage and verdict."""
    found = proof.kept(view.records, proof.target).values()
    documents = [document(view, body)[0] for body in found]
    return {"as_of": view.time(view.clock.wall_ns()), "targets": documents}


def shown(view: View, target: str) -> Document:
    """One target with its series by day.

    Raises:
        NotFound: with the ids there are.
    """
    known = proof.kept(view.records, proof.target)
    if target not in known:
        raise NotFound(f"there is no target '{target}'; there are {', '.join(known) or 'none'}")
    found, judged = document(view, known[target])
    return {**found, "series": judged.series()}


def document(view: View, body: Document) -> tuple[Document, Judged]:
    """A target as the contract has it, and what its days prove."""
    frozen = [baselines.shown(view, one) for one in body["baselines"]]
    windows = windows_of(view, body, frozen)
    judged = judge(view, body, frozen, windows)
    first, line = frozen[0], view.line(body["lines"][0])
    measure = MEASURES[body["measure"]]
    return {
        "id": body["id"],
        "lines": body["lines"],
        "line": line.id,
        "line_name": line.name,
        "machine": body["machine"],
        "measure": measure.name,
        "unit": measure.unit,
        "higher_is_better": measure.better == "higher",
        "definition": measure.definition,
        "baseline": {
            key: first[key]
            for key in (
                *("id", "version", "name", "reason", "value", "from", "to", "days"),
                *("frozen_at", "digest"),
            )
        },
        **judged.document(),
        **window_document(view, body, windows),
        "manual_share": 0.0,
    }, judged


def window_document(view: View, body: Document, windows: Windows) -> Document:
    """Go-live, reporting window and due date."""
    due = date.fromisoformat(body["due"]) if body["due"] else None
    return {
        "go_live": view.time(body["go_live_ns"]),
        "report_from": view.time(windows.report[0]),
        "report_to": view.time(windows.report[1]),
        "report_complete": windows.complete,
        "due": body["due"],
        "due_days": (due - windows.today).days if due else None,
        "agreed_at": body["agreed_at"],
    }
