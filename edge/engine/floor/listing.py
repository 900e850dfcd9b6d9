"""The lines of a site with what stands beside them: machines, shifts, plans, measures first."""

from typing import Any

from edge.engine.floor.schedule import plan_of
from edge.engine.view import View
from edge.profiles.sector import profile_of
from edge.shifts import week_of
from edge.site import Line, Shift

Document = dict[str, Any]  # JSON


def lines(view: View) -> Document:
    """The document of `GET /lines`."""
    site, now_ns = view.site, view.clock.wall_ns()
    return {
        "as_of": view.time(now_ns),
        "site": {"id": site.id, "name": site.name, "timezone": site.timezone},
        "lines": [line_document(view, line, now_ns) for line in site.lines],
    }


def line_document(view: View, line: Line, now_ns: int) -> Document:
    """One line; its shifts are those of this week."""
    shifts = week_of(line, view.day_of(now_ns))
    return {
        "id": line.id,
        "name": line.name,
        "profile": line.profile,
        "measures": list(profile_of(line.profile).measures),
        "machines": [{"id": each.id, "name": each.name} for each in line.machines],
        "shifts": [shift_document(view, shift, now_ns) for shift in shifts],
    }


def shift_document(view: View, shift: Shift, now_ns: int) -> Document:
    """One shift with its plans."""
    plans = [{"value": one.value, "valid_from": str(one.valid_from)} for one in shift.plans]
    return {
        "name": shift.name,
        "start": shift.start,
        "end": shift.end,
        "plan": plan_of(shift, now_ns, view.zone),
        "plans": plans,
    }
