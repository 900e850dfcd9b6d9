"""Targets: what was promised against a frozen baseline, and what the days since then prove."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any

from edge.engine.figures.figures import totals
from edge.engine.figures.shares import Shares, is_told
from edge.engine.verdicts import baselines
from edge.engine.verdicts.adjusting import IN_ORDER
from edge.engine.verdicts.behind import behind
from edge.engine.verdicts.judging import Judged, joined, judge
from edge.engine.verdicts.windows import Windows, windows_of
from edge.engine.view import View
from edge.errors import NotFound, Refused
from edge.moment import SECOND_NS, parse
from edge.records import proof
from edge.records.audit import ADMIN, Actor
from edge.site import Kind
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Measure

Document = dict[str, Any]  # JSON
MOST_SHARE = 2.0  # of a figure that is a share, or as effectiveness a little more
MOST_IMPROVE = 2.0
"""Three times as good; whoever means more gives the value, so that 5 is not taken for 5 %."""
MOST_AFTER_NS = 3653 * 86_400 * SECOND_NS
"""Ten years: a year that is mistyped must not become a window of ten thousand days."""


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
    conditions: tuple[str, ...] | None = None  # looked at beside the verdict; None = a fixed order


def agree(view: View, wish: Wish, by: Actor = ADMIN) -> Document:
    """Write a target down; it never changes afterwards, and is not written twice.

    Raises:
        NotFound: no such line, machine or baseline.
        Refused: baselines that are not of these lines and this measure, or no aim.
    """
    now_ns = view.clock.wall_ns()
    body = meant(view, wish)[0]

    def make(known: Mapping[str, Document]) -> Document:
        same = (one for one in known.values() if one.items() >= body.items())
        return next(same, {**body, "agreed_at": view.time(now_ns)})

    kept = proof.keep(view.records, proof.target, now_ns, make, by)
    return shown(view, str(kept["id"]))


def meant(view: View, wish: Wish) -> tuple[Document, list[Document]]:
    """What would be written down, and the baselines that it rests on.

    Raises:
        NotFound: no such line, machine or baseline.
        Refused: baselines that are not of these lines and this measure, or no aim.
    """
    for line in wish.lines:
        view.machine(line, wish.machine)
    frozen = [baselines.shown(view, one) for one in wish.baselines]
    check_baselines(view, wish, frozen)
    check_conditions(view, wish)
    check_aim(wish, joined([baselines.frozen_days(one) for one in frozen]).usable().ratio())
    return {
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
        "report_days": len(frozen[0]["series"]) if wish.from_ns is None else None,
        "conditions": None if wish.conditions is None else list(wish.conditions),
        "frozen_late": any(one["frozen_ns"] > wish.go_live_ns for one in frozen),
    }, frozen


def check_baselines(view: View, wish: Wish, frozen: list[Document]) -> None:
    """Refuse baselines that do not belong to the wish.

    Raises:
        Refused: of other lines or another measure, of different days, reaching into what is to be
            compared with them, or ending ten years before it.
    """
    wanted = [(line, wish.machine, wish.measure) for line in wish.lines]
    if not frozen or [baselines.told_by(body) for body in frozen] != wanted:
        raise Refused(
            f"the baselines are not of {wish.measure} of {', '.join(wish.lines)}; give one of this"
            " measure for each line, in the same order"
        )
    if len({tuple(row["day"] for row in body["series"]) for body in frozen}) > 1:
        raise Refused("the baselines are of different days; freeze one period for all lines")
    last_ns = max(body["to_ns"] for body in frozen)
    first_ns = wish.go_live_ns if wish.from_ns is None else min(wish.go_live_ns, wish.from_ns)
    if first_ns < last_ns:
        raise Refused(
            f"the baseline ends at {view.time(last_ns)}, after {view.time(first_ns)}; what is"
            " compared must begin when the baseline has ended"
        )
    if max(wish.go_live_ns, wish.to_ns or 0) > last_ns + MOST_AFTER_NS:
        raise Refused(
            f"the baseline ends at {view.time(last_ns)}; go-live and window must lie within ten"
            " years of it"
        )
    if (wish.from_ns is None) != (wish.to_ns is None) or (wish.to_ns or 1) <= (wish.from_ns or 0):
        raise Refused("a window needs a begin and a later end; give both or neither")


def check_conditions(view: View, wish: Wish) -> None:
    """Refuse conditions that nobody knows; they are named before the days that they explain.

    Raises:
        Refused: an unknown name, a signal that is no gauge of these lines, or one named twice.
    """
    gauges = [
        signal.path
        for line in wish.lines
        for machine in view.line(line).machines
        for signal in machine.signals.values()
        if signal.kind is Kind.GAUGE
    ]
    named = wish.conditions or ()
    for at, name in enumerate(named):
        if name not in (*IN_ORDER, *gauges):
            known = ", ".join((*IN_ORDER, *gauges))
            raise Refused(f"'{name}' is no condition of these lines; write one of {known}")
        if name in named[:at]:
            raise Refused(f"condition '{name}' is named twice; name it once")


def check_aim(wish: Wish, before: float) -> None:
    """Refuse a target that cannot be meant.

    Raises:
        Refused: no aim or two, a measure without a good side, or a value that is no improvement.
    """
    better = MEASURES[wish.measure].better
    if better is None:
        raise Refused(f"'{wish.measure}' has no good side; choose another measure")
    if (wish.improve is None) == (wish.value is None):
        raise Refused("say either by which fraction to improve, or which value to reach")
    if wish.improve is not None and not 0 < wish.improve < (1 if better == "lower" else inf):
        raise Refused(
            f"improve is {wish.improve}; a tenth better is 0.1, and nothing falls below 0"
        )
    if wish.improve is not None and wish.improve > MOST_IMPROVE:
        raise Refused(
            f"improve is {wish.improve:g}, which makes it {1 + wish.improve:g} times as good; a"
            " tenth better is 0.1; if that much is meant, give the value to reach"
        )
    if (
        wish.value is not None
        and MEASURES[wish.measure].unit == "1"
        and wish.value > MOST_SHARE >= before
    ):
        raise Refused(
            f"value is {wish.value:g}, and {wish.measure} is a share of 1; {wish.value:g} of a"
            f" hundred is {wish.value / 100:g}"
        )
    if wish.value == inf:
        raise Refused("value is inf, which nobody reaches; write a number")
    sign = 1 if better == "higher" else -1
    if wish.value is not None and not (wish.value >= 0 and sign * (wish.value - before) > 0):
        raise Refused(
            f"{wish.value} is not better than the baseline's {before:g}; {better} is better"
        )


def listed(view: View) -> Document:
    """All targets with their four numbers, interval, coverage and verdict.

    Beside them those that cannot be judged, each with the reason: a baseline was lost with damaged
    records, or the site no longer has their line or machine.
    """
    judged, unjudged = list[Document](), list[Document]()
    for body in proof.kept(view.records, proof.target).values():
        try:
            judged.append(document(view, body)[0])
        except NotFound as error:
            unjudged.append(nameless(view, body, str(error)))
    now = view.time(view.clock.wall_ns())
    return {"as_of": now, "targets": judged, "unjudged": unjudged}


def nameless(view: View, body: Document, because: str) -> Document:
    """What is left to say of a target that cannot be judged."""
    names = {line.id: line.name for line in view.site.lines}
    known = proof.kept(view.records, proof.baseline)
    return {
        **{key: body[key] for key in ("id", "lines", "machine", "measure")},
        "line_name": names.get(body["lines"][0], body["lines"][0]),
        "lost": [one for one in body["baselines"] if one not in known],
        "because": because,
    }


def shown(view: View, target: str) -> Document:
    """One target with its series by day, and with what stands behind its verdict.

    Raises:
        NotFound: with the ids there are.
    """
    known = proof.kept(view.records, proof.target)
    if target not in known:
        raise NotFound(f"there is no target '{target}'; there are {', '.join(known) or 'none'}")
    found, judged = document(view, known[target])
    return {**found, "series": judged.series(), **behind(view, known[target], judged)}


def document(view: View, body: Document) -> tuple[Document, Judged]:
    """A target as the contract has it, and what its days prove."""
    frozen = baselines.agreed_on(view.records, body)
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
        "frozen_late": body["frozen_late"],
        **judged.document(),
        **window_document(view, body, windows),
        "manual_share": manual_share(view, body, measure, frozen, windows),
    }, judged


def manual_share(
    view: View, body: Document, measure: Measure, frozen: list[Document], windows: Windows
) -> float:
    """The greatest share by hand of the figure, of any line, before or after."""
    first, end = (view.begin_of(date.fromisoformat(day)) for day in windows.report)
    now_ns, found = view.clock.wall_ns(), [0.0]
    for name, before in zip(body["lines"], frozen, strict=True):
        line = view.line(name)
        baseline = parse(before["from"]), parse(before["to"])
        for from_ns, to_ns in (baseline, (first, min(end, now_ns))):
            if from_ns < to_ns and is_told(view, line, from_ns, to_ns):
                sums = totals(view, line, (from_ns, to_ns), "interval")
                shares = Shares(view, line, sums.rows, sums.sums).of(measure)
                found += [shares[group] for group in sums.of(body["machine"])]
    return max(found)


def window_document(view: View, body: Document, windows: Windows) -> Document:
    """Go-live, reporting window and due date."""
    due = date.fromisoformat(body["due"]) if body["due"] else None
    today = date.fromisoformat(view.time(view.clock.wall_ns())[:10])
    first, end = (date.fromisoformat(day) for day in windows.report)
    return {
        "go_live": view.time(body["go_live_ns"]),
        "report_from": view.time(view.begin_of(first)),
        "report_to": view.time(view.begin_of(end)),
        "report_complete": windows.complete,
        "due": body["due"],
        "due_days": (due - today).days if due else None,
    }
