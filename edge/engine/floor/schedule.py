"""What the calendar says of an instant: the shift that runs, the next one, breaks and off time."""

from dataclasses import dataclass
from datetime import timedelta
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from edge.engine.machine.calendars import Hours
from edge.engine.machine.cycles import in_force
from edge.engine.machine.rows import within
from edge.engine.view import EPOCH_DAY, View, day_text
from edge.model import DAY_NS, I64, SECOND_NS
from edge.shifts import shifts_on, worked
from edge.site import Line, Shift
from kpi.states import State

Document = dict[str, Any]  # JSON
AHEAD_NS = 14 * DAY_NS  # how far the next shift is looked for
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

    def document(self, view: View) -> Document:
        """As JSON."""
        return {
            "name": self.id.partition("/")[2],
            "production_day": day_text(self.day),
            "from": view.time(self.t0_ns),
            "to": view.time(self.t1_ns),
            "plan": self.plan,
            "planned_s": self.planned_ns / SECOND_NS,
            "elapsed_s": self.elapsed_ns / SECOND_NS,
        }


def shift_at(view: View, line: Line, now_ns: int) -> ShiftNow | None:
    """The shift in which an instant lies."""
    hours = hours_at(view, line, now_ns)
    i = int(within(hours.shift_t0_ns, hours.shift_t1_ns, np.array([now_ns], np.int64))[0])
    if i < 0:
        return None
    t0_ns, t1_ns = int(hours.shift_t0_ns[i]), int(hours.shift_t1_ns[i])
    begin = np.clip(hours.planned_t0_ns, t0_ns, t1_ns)
    end = np.clip(hours.planned_t1_ns, t0_ns, t1_ns)
    passed = np.minimum(end, now_ns) - np.minimum(begin, now_ns)
    name = hours.shift_id[i].partition("/")[2]
    day = EPOCH_DAY + timedelta(days=int(hours.shift_day[i]))
    shifts = *worked(line, day, view.site.production_day_starts), *shifts_on(line, day)
    plan = plan_of(next(shift for shift in shifts if shift.name == name), t0_ns, view.zone)
    return ShiftNow(
        id=hours.shift_id[i],
        day=int(hours.shift_day[i]),
        t0_ns=t0_ns,
        t1_ns=t1_ns,
        plan=plan,
        planned_ns=int((end - begin).sum()),
        elapsed_ns=int(passed.sum()),
    )


def plan_of(shift: Shift, begin_ns: int, zone: ZoneInfo) -> int | None:
    """What the rule of a shift asks of one that begins then; None where it asks nothing yet."""
    if not shift.plans:
        return shift.plan
    asked = in_force(shift.plans, begin_ns, zone)
    return None if isnan(asked) else int(asked)


def next_shift(view: View, line: Line, now_ns: int) -> Document | None:
    """Name and start of the next shift within two weeks."""
    hours = view.calendars[line.id].hours(now_ns, now_ns + AHEAD_NS)
    for shift_id, t0_ns in zip(hours.shift_id, hours.shift_t0_ns.tolist(), strict=True):
        if t0_ns > now_ns:
            return {"name": shift_id.partition("/")[2], "from": view.time(t0_ns)}
    return None


def hours_at(view: View, line: Line, at_ns: int) -> Hours:
    """The calendar around an instant."""
    return view.calendars[line.id].hours(at_ns, at_ns + 1)


def scheduled(hours: Hours, state: State, at_ns: int) -> State:
    """What a quiet machine is outside planned time; one that runs then is shown as it is."""
    if state not in QUIET:
        return state
    at = np.array([at_ns], np.int64)
    if within(hours.planned_t0_ns, hours.planned_t1_ns, at)[0] >= 0:
        return state
    in_shift = within(hours.shift_t0_ns, hours.shift_t1_ns, at)[0] >= 0
    return State.PLANNED_DOWN if in_shift else State.NOT_SCHEDULED


def edges(hours: Hours) -> I64:
    """Every instant at which shifts, breaks or off time begin."""
    return np.unique(np.concatenate([hours[0], hours[1], hours.planned_t0_ns, hours.planned_t1_ns]))


def since_edge(hours: Hours, at_ns: int) -> int | None:
    """Since when the calendar has said of the line what it says at an instant."""
    passed = edges(hours)
    passed = passed[passed <= at_ns]
    return int(passed[-1]) if len(passed) else None
