"""Where a line stands at this moment: state, shift, ahead or behind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from edge.engine.figures.definitions import GOOD_PIECES
from edge.engine.figures.documents import figures_of, unknown
from edge.engine.figures.figures import wall_hours
from edge.engine.figures.loose import add_loose, touches
from edge.engine.figures.orders import planned_in
from edge.engine.figures.sums import Sums, measured, summed
from edge.engine.figures.unseen import with_unseen
from edge.engine.floor.conditions import Condition, condition, of_line
from edge.engine.floor.schedule import ShiftNow, next_shift, shift_at
from edge.engine.floor.states import REACH_NS
from edge.engine.view import View
from edge.model import HOUR_NS, SECOND_NS
from edge.records.parts import Elements, read_elements, read_spans
from edge.site import Line
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Measure
from kpi.states import State

Document = dict[str, Any]  # JSON
FORECAST_FROM_NS = HOUR_NS // 2


def line_now(view: View, line: Line, now_ns: int) -> Document:
    """The document of `GET /lines/{id}/now`."""
    shift = with_plan(view, line, shift_at(view, line, now_ns))
    spans = read_spans(view.records, line.id, now_ns - REACH_NS, now_ns)
    each = {m.id: condition(view, line, m, spans.of(m.id), now_ns) for m in line.machines}
    own = of_line(line, each)
    everybody: dict[str | None, Condition] = {None: own}
    everybody.update(each)
    standing = Standing(view, line, shift, everybody, now_ns)
    good = standing.good(None)
    is_known = own.state is not State.UNKNOWN
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "name": line.name,
        **own.document(view, now_ns),
        "product": product_now(spans),
        "shift": shift.document(view) if shift else None,
        "next_shift": next_shift(view, line, now_ns),
        "coverage": standing.coverage(),
        "good": good,
        **pace(shift, good["value"] if is_known else None),
        "forecast": standing.forecast() if is_known else None,
        "defect_rate": standing.figure(MEASURES["defect_rate"], None),
        "limits": dict(line.limits),
        "machines": [
            {
                "id": machine.id,
                "name": machine.name,
                **each[machine.id].document(view, now_ns),
                "good": standing.good(machine.id),
            }
            for machine in line.machines
        ],
    }


def with_plan(view: View, line: Line, shift: ShiftNow | None) -> ShiftNow | None:
    """The shift with what imported plans ask of it, where there are any, else its own plan."""
    if shift is None:
        return None
    planned = planned_in(view, line, shift.t0_ns, shift.t1_ns)
    return shift if planned is None else replace(shift, plan=planned)


class Standing:
    """What the present shift of a line has made so far."""

    def __init__(
        self,
        view: View,
        line: Line,
        shift: ShiftNow | None,
        conditions: Mapping[str | None, Condition],
        now_ns: int,
    ) -> None:
        self._view, self._shift = view, shift
        window = (shift.t0_ns if shift else now_ns, now_ns)
        rows = read_elements(view.records, line.id, *window) if shift else None
        self._rows: Elements | None = None
        self._figures: dict[str, list[Document]] = {}
        if rows is not None:
            seen = {
                m: c.last_ns for m, c in conditions.items() if c.fresh and c.last_ns is not None
            }
            self._rows = rows = with_unseen(view, line, rows, window, seen)
            self._sums = sums = summed(view, line, rows, [rows["machine"]])
            add_loose(sums, touches(view, line, rows, sums, window))
            elements = measured(line, rows, sums)
            for measure in (GOOD_PIECES, MEASURES["defect_rate"]):
                self._figures[measure.name] = figures_of(measure, sums, elements)

    def good(self, machine: str | None) -> Document:
        """Good pieces of a machine, or of the line for None."""
        return self.figure(GOOD_PIECES, machine)

    def figure(self, measure: Measure, machine: str | None) -> Document:
        """A figure of the shift so far; all unknown where there is no shift or no row."""
        group = None if self._rows is None else self._group(self._rows, self._sums, machine)
        if group is None:
            return unknown(measure)
        return self._figures[measure.name][group]

    def coverage(self) -> float | None:
        """Share of the line's planned time so far of which both states and counts are known.

        A figure has a coverage of its own: counts survive a gap that hides every state in it.
        """
        rows = self._rows
        own = None if rows is None else rows.take(rows["machine"] == 0)
        planned_ns = 0 if own is None else int(own["pbt_ns"].sum())
        if own is None or not planned_ns:
            return None
        unseen_ns = max(int(own[name].sum()) for name in ("unknown_ns", "count_unknown_ns"))
        return 1 - unseen_ns / planned_ns

    def forecast(self) -> Document | None:
        """Good pieces at the end of the shift, by its pace so far and its worst and best full hour.

        From half an hour on; the range holds the pace itself, so it holds the value. What was made
        in a break is made, and sets no pace.
        """
        shift, good = self._shift, self.good(None)["value"]
        if shift is None or shift.elapsed_ns < FORECAST_FROM_NS or good is None:
            return None
        left_h = (shift.planned_ns - shift.elapsed_ns) / HOUR_NS
        pace_h = self._planned_good() / (shift.elapsed_ns / HOUR_NS)
        hours = [pace_h, *self._full_hours()]
        return {
            "value": good + left_h * pace_h,
            "low": good + left_h * min(hours),
            "high": good + left_h * max(hours),
        }

    def _group(self, rows: Elements, sums: Sums, machine: str | None) -> int | None:
        """The group of a machine."""
        codes = sums.keys[:, 0].tolist()
        code = rows.code(machine)
        return codes.index(code) if code in codes else None

    def _planned_good(self) -> float:
        """Good pieces of the line so far, of planned time alone."""
        group = None if self._rows is None else self._group(self._rows, self._sums, None)
        return 0.0 if group is None else float(self._sums.elements["planned_gq"][group])

    def _full_hours(self) -> list[float]:
        """Good pieces of the line's hours that were planned and counted throughout."""
        if self._rows is None:
            return []
        own = self._rows.take(self._rows["machine"] == 0)
        hours = wall_hours(self._view, own["t0_ns"])
        found = []
        for hour in np.unique(hours).tolist():
            mine = hours == hour
            counted = int((own["pbt_ns"] - own["count_unknown_ns"])[mine].sum())
            if counted == HOUR_NS:
                found.append(float(own["gq"][mine].sum()))
        return found


def pace(shift: ShiftNow | None, good: float | None) -> Document:
    """Ahead or behind: where the plan is now, the gap to it in pieces and in minutes of plan."""
    if shift is None or not shift.plan or not shift.planned_ns:
        return {"target_now": None, "gap": None, "gap_minutes": None}
    target = shift.plan * shift.share
    if good is None:
        return {"target_now": target, "gap": None, "gap_minutes": None}
    gap, minute_ns = good - target, 60 * SECOND_NS
    return {
        "target_now": target,
        "gap": gap,
        "gap_minutes": gap * shift.planned_ns / shift.plan / minute_ns,
    }


def product_now(spans: Elements) -> str | None:
    """The product of the line's last span."""
    own = spans.of(None)
    return own.words.get(int(own["product"][-1])) if len(own) else None
