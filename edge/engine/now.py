"""Where a line stands at this moment: state, shift, ahead or behind (`ux.md` P1).

Freshness is decided here and nowhere else: what is older than its `stale_after_s` is unknown from
the last proof of life on.
"""

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from edge.engine.figures import Figure, figures_of, totals
from edge.engine.rows import within
from edge.engine.sums import or_none
from edge.engine.unseen import HOUR_NS
from edge.engine.view import View, day_text
from edge.model import SECOND_NS
from edge.plant import Line, Machine
from edge.records.parts import Elements, read_spans
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Bounds, Measure
from kpi.states import State

Document = dict[str, Any]  # JSON
LOOK_BACK_NS = 26 * HOUR_NS
FORECAST_FROM_NS = HOUR_NS // 2
SLOW_BELOW = 0.9  # of the ideal speed
SLOW_OVER_NS = 300 * SECOND_NS
WORDS = {
    State.UNKNOWN: ("unknown", None),
    State.PRODUCING: ("producing", None),
    State.SETUP: ("setup", None),
    State.DELAYED: ("delayed", "internal"),
    State.DELAYED_EXTERNAL: ("delayed", "external"),
    State.IDLE: ("idle", None),
    State.PLANNED_DOWN: ("planned_down", None),
    State.NOT_SCHEDULED: ("not_scheduled", None),
}
GOOD_PIECES = Measure(
    name="good_pieces",
    definition="lineproof/good_pieces@1",
    unit="{piece}",
    better="higher",
    formula="ΣGQ",
    ko="양품",
    en="Good pieces",
    elements=("gq", "gq_low", "gq_high"),
    function=lambda gq, gq_low, gq_high: Bounds(gq_low, gq, gq_high),
)
QUIET = {State.UNKNOWN, State.IDLE, State.PLANNED_DOWN, State.NOT_SCHEDULED}


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """The shift at an instant, and its planned time."""

    id: str
    day: int
    t0_ns: int
    t1_ns: int
    plan: int | None
    planned_ns: int
    elapsed_ns: int

    @property
    def share(self) -> float:
        """Share of the planned time that has passed."""
        return self.elapsed_ns / self.planned_ns if self.planned_ns else 0.0


def line_now(view: View, line: Line, now_ns: int) -> Document:
    """The document of `GET /lines/{id}/now`."""
    shift = shift_at(view, line, now_ns)
    window = (shift.t0_ns if shift else now_ns - HOUR_NS, now_ns)
    goods, defects = shift_figures(view, line, window)
    good = goods[None]
    spans = read_spans(view.records, line.id, now_ns - LOOK_BACK_NS, now_ns)
    machines = [
        machine_now(view, line, machine, spans, now_ns) | {"good": goods[machine.id].document()}
        for machine in line.machines
    ]
    own = next(m for m in machines if m["id"] == line.line_state)
    state = {key: own[key] for key in ("state", "cause", "slow", "since", "fresh", "age_s")}
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "name": line.name,
        **state,
        "product": product_now(spans),
        "shift": shift_document(view, shift),
        "next_shift": next_shift(view, line, now_ns),
        "good": good.document(),
        **pace(shift, good.value),
        "forecast": forecast(view, line, shift, good.value, now_ns),
        "defect_rate": defects.document(),
        "limits": dict(line.limits),
        "machines": machines,
    }


def shift_at(view: View, line: Line, now_ns: int) -> ShiftNow | None:
    """The shift in which an instant lies."""
    hours = view.calendars[line.id].hours(now_ns, now_ns + 1)
    for i, shift_id in enumerate(hours.shift_id):
        t0_ns, t1_ns = int(hours.shift_t0_ns[i]), int(hours.shift_t1_ns[i])
        if t0_ns <= now_ns < t1_ns:
            begin = np.clip(hours.planned_t0_ns, t0_ns, t1_ns)
            end = np.clip(hours.planned_t1_ns, t0_ns, t1_ns)
            passed = np.minimum(end, now_ns) - np.minimum(begin, now_ns)
            name = shift_id.partition("/")[2]
            plan = next(shift.plan for shift in line.shifts if shift.name == name)
            planned, elapsed = int((end - begin).sum()), int(passed.sum())
            return ShiftNow(shift_id, int(hours.shift_day[i]), t0_ns, t1_ns, plan, planned, elapsed)
    return None


def next_shift(view: View, line: Line, now_ns: int) -> Document | None:
    """Name and start of the next shift within a week."""
    hours = view.calendars[line.id].hours(now_ns, now_ns + 7 * 24 * HOUR_NS)
    for shift_id, t0_ns in zip(hours.shift_id, hours.shift_t0_ns.tolist(), strict=True):
        if t0_ns > now_ns:
            return {"name": shift_id.partition("/")[2], "from": view.time(t0_ns)}
    return None


def shift_document(view: View, shift: ShiftNow | None) -> Document | None:
    """A shift as JSON."""
    if shift is None:
        return None
    return {
        "name": shift.id.partition("/")[2],
        "production_day": day_text(shift.day),
        "from": view.time(shift.t0_ns),
        "to": view.time(shift.t1_ns),
        "plan": shift.plan,
        "planned_s": shift.planned_ns / SECOND_NS,
        "elapsed_s": shift.elapsed_ns / SECOND_NS,
    }


def shift_figures(
    view: View, line: Line, window: tuple[int, int]
) -> tuple[dict[str | None, Figure], Figure]:
    """Good pieces of the line (None) and of each machine so far, and the line's defect rate."""
    rows, sums = totals(view, line, window, "all")
    names = [rows.words.get(int(rows["machine"][mine[0]])) for mine in sums.rows]
    goods = dict(zip(names, figures_of(GOOD_PIECES, sums), strict=True))
    return goods, figures_of(MEASURES["defect_rate"], sums)[names.index(None)]


def pace(shift: ShiftNow | None, good: float) -> Document:
    """Ahead or behind: where the plan is now, the gap to it in pieces and in minutes of plan."""
    if shift is None or shift.plan is None or not shift.planned_ns:
        return {"target_now": None, "gap": None, "gap_minutes": None}
    target = shift.plan * shift.share
    gap = good - target
    minutes = gap * shift.planned_ns / shift.plan / (60 * SECOND_NS)
    return {"target_now": round(target), "gap": or_none(gap), "gap_minutes": or_none(minutes)}


def forecast(
    view: View, line: Line, shift: ShiftNow | None, good: float, now_ns: int
) -> Document | None:
    """Good pieces at the end of the shift, by its pace so far and its worst and best full hour."""
    if shift is None or shift.elapsed_ns < FORECAST_FROM_NS or isnan(good):
        return None
    left_h = (shift.planned_ns - shift.elapsed_ns) / HOUR_NS
    pace_h = good / (shift.elapsed_ns / HOUR_NS)
    rows, sums = totals(view, line, (shift.t0_ns, now_ns), "hour")
    full = [
        float(sums.elements["gq"][i])
        for i, mine in enumerate(sums.rows)
        if rows["machine"][mine[0]] == 0
        and sums.elements["pbt_ns"][i] == HOUR_NS
        and not sums.elements["count_unknown_ns"][i]
    ]
    low, high = min([pace_h, *full]), max([pace_h, *full])
    return {
        "value": round(good + left_h * pace_h),
        "low": round(good + left_h * low),
        "high": round(good + left_h * high),
    }


def machine_now(view: View, line: Line, machine: Machine, spans: Elements, now_ns: int) -> Document:
    """State, since when, and whether it is fresh."""
    own = spans.of(machine.id)
    age_ns = now_ns - int(own["t1_ns"][-1]) if len(own) else None
    stale_ns = int(stale_after_s(machine) * SECOND_NS)
    fresh = age_ns is not None and age_ns <= stale_ns
    state, since_ns = State.UNKNOWN, (int(own["t1_ns"][-1]) if len(own) else None)
    if fresh:
        state, since_ns = last_run(own)
    state = scheduled(view, line, state, now_ns)
    word, cause = WORDS[state]
    return {
        "id": machine.id,
        "name": machine.name,
        "state": word,
        "cause": cause,
        "slow": state is State.PRODUCING and is_slow(view, line, machine, now_ns),
        "since": view.time_or_none(since_ns),
        "fresh": fresh,
        "age_s": None if age_ns is None else age_ns / SECOND_NS,
    }


def last_run(spans: Elements) -> tuple[State, int]:
    """The last state and the start of its run, however often it was cut."""
    states = spans["state"]
    changes = np.flatnonzero(states != states[-1])
    first = int(changes[-1]) + 1 if len(changes) else 0
    return State(int(states[-1])), int(spans["t0_ns"][first])


def scheduled(view: View, line: Line, state: State, now_ns: int) -> State:
    """What a quiet machine is outside planned time; one that runs then is shown as it is."""
    if state not in QUIET:
        return state
    hours = view.calendars[line.id].hours(now_ns, now_ns + 1)
    at = np.array([now_ns], np.int64)
    if within(hours.planned_t0_ns, hours.planned_t1_ns, at)[0] >= 0:
        return state
    in_shift = within(hours.shift_t0_ns, hours.shift_t1_ns, at)[0] >= 0
    return State.PLANNED_DOWN if in_shift else State.NOT_SCHEDULED


def stale_after_s(machine: Machine) -> float:
    """How old the last word on a machine's state may be."""
    signals = machine.signals
    telling = signals.get("state") or next(iter(signals.values()), None)
    return telling.stale_after_s if telling else 0.0


def is_slow(view: View, line: Line, machine: Machine, now_ns: int) -> bool:
    """Whether five minutes of production stayed below nine tenths of the ideal speed."""
    rows, sums = totals(view, line, (now_ns - SLOW_OVER_NS, now_ns), "machine")
    for i, mine in enumerate(sums.rows):
        if rows.words.get(int(rows["machine"][mine[0]])) == machine.id:
            running_s = float(sums.elements["apt_ns"][i]) / SECOND_NS
            ideal_s = float(sums.elements["ideal_pq_s"][i])
            ran_through = running_s >= 0.99 * SLOW_OVER_NS / SECOND_NS
            return ran_through and ideal_s < SLOW_BELOW * running_s
    return False


def product_now(spans: Elements) -> str | None:
    """The product of the line's last span."""
    own = spans.of(None)
    return own.words.get(int(own["product"][-1])) if len(own) else None
