"""What somebody wrote, as facts of this site, or every fault of it by its column.

Cells are texts by the names of `COLUMNS`, whoever wrote them: a row of a file, or a form.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from math import isfinite
from typing import NamedTuple, TypeVar

from edge.engine.floor.stop_tiles import reasons_of
from edge.engine.machine.byhand import counted_by
from edge.engine.machine.gather import COUNTS
from edge.engine.view import View
from edge.errors import LineproofError, Refused
from edge.facts import FIRSTS, HOURS, IMPORTED, KINDS, NAMES, PIECES, PLAN, REASON, Fact, unit_of
from edge.model import DAY_NS, SECOND_NS
from edge.moment import parse
from edge.shifts import named, shifts_on
from edge.site import Line, Machine, Site
from edge.tables.headings import UNITS, alone
from edge.tables.writings import day_in, instant_in, joined
from edge.text.catalogue import text

AHEAD_NS = 60 * SECOND_NS  # clocks of people differ
LONGEST_NAME = 120
LONGEST_NS = 400 * DAY_NS
TEXTS = (*NAMES, "who", "note")
ENDS = ("at", "to", "shift", "date")  # columns that say when something ends
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")  # 1,5 is one and a half to many
WIDE = (*PIECES, *FIRSTS, *HOURS)  # kinds that may be the names of columns
Cells = Mapping[str, str]
Value = TypeVar("Value")


class Fault(NamedTuple):
    """What is wrong with one cell."""

    column: str
    value: str
    code: str  # of the texts under `fault.`: what is wrong; what to do
    values: tuple[tuple[str, str | int], ...] = ()  # of its placeholders

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return text("en", f"fault.{self.code}", **dict(self.values))


def fault(column: str, value: str, code: str, **values: str | int) -> Fault:
    """What is wrong with one cell."""
    return Fault(column, value, code, tuple(values.items()))


class Stated(NamedTuple):
    """The facts that were written, and what is wrong; no fact of which anything is wrong."""

    facts: list[Fact]
    faults: list[Fault]


class Wrong(LineproofError):
    """A cell that cannot be meant so; never leaves this module."""

    def __init__(self, column: str, value: str, code: str, **values: str | int) -> None:
        self.fault = fault(column, value, code, **values)
        super().__init__(self.fault.message)


class Tried(NamedTuple):
    """Tries one cell after the other and keeps what is wrong."""

    faults: list[Fault]

    def __call__(self, make: Callable[[], Value]) -> Value | None:
        """What a cell says; None where it is wrong."""
        try:
            return make()
        except Wrong as wrong:
            self.faults.append(wrong.fault)
            return None


class Stater:
    """Makes facts of what is written about one site."""

    def __init__(self, view: View, origin: str, now_ns: int) -> None:
        self._view, self._origin, self._now_ns = view, origin, now_ns

    def stated(self, cells: Cells) -> Stated:
        """The facts of one row: of its `kind`, else of every column that is named like a kind."""
        cells = joined(cells, self._view.site.production_day_starts)
        kinds = [kind for kind in WIDE if cells.get(kind)]
        if cells.get("kind") or not kinds:
            return self._one(cells, cells.get("kind", ""), "quantity")
        found = [self._one(alone(cells, kind), kind, kind) for kind in kinds]
        faults = list(dict.fromkeys(fault for one in found for fault in one.faults))
        return Stated([fact for one in found for fact in one.facts], faults)

    def _one(self, cells: Cells, kind: str, column: str) -> Stated:
        """One fact."""
        if not kind and (column := next((name for name in WIDE if name in cells), "")):
            return Stated([], [fault(column, "", "empty")])
        if kind not in KINDS:
            return Stated([], [fault("kind", kind, "no_kind", known=", ".join(KINDS))])
        tried = Tried([])
        line = tried(lambda: self._line(cells))
        if line is None:
            return Stated([], tried.faults)
        machine = tried(lambda: machine_of(line, kind, cells.get("machine", "")))
        span = tried(lambda: self._span(line, kind, cells)) or (0, 0)
        quantity = tried(lambda: quantity_of(kind, cells, column))
        what = tried(lambda: what_of((self._view.site, line), kind, cells))
        due = tried(lambda: day_of("due", cells["due"])) if cells.get("due") else None
        if not tried.faults:
            column = next((name for name in ENDS if cells.get(name)), "to")
            tried(lambda: self._check(line, (machine, kind), span, column))
        if tried.faults:
            return Stated([], tried.faults)
        fact = Fact(
            name="",
            line=line.id,
            machine=machine.id if machine else None,
            kind=kind,
            from_ns=span[0],
            to_ns=span[1],
            quantity=quantity,
            unit=unit_of(kind),
            what=what,
            due=due,
            origin=self._origin,
            **{name: cells.get(name) or None for name in TEXTS},
        )
        return Stated([replace(fact, name=name_of(fact, cells.get("id", "")))], [])

    def _line(self, cells: Cells) -> Line:
        lines = {line.id: line for line in self._view.site.lines}
        wanted = cells.get("line") or (next(iter(lines)) if len(lines) == 1 else "")
        if wanted not in lines:
            raise Wrong("line", wanted, "no_line", known=", ".join(lines))
        return lines[wanted]

    def _span(self, line: Line, kind: str, cells: Cells) -> tuple[int, int]:
        """When it was: an instant, an interval, or the shift of a day."""
        if cells.get("at"):
            at_ns = self._instant("at", cells["at"])
            return at_ns, at_ns
        if not cells.get("from") and cells.get("date"):
            return self._shift(line, cells)
        if not cells.get("from"):
            raise Wrong("from", "", "no_time_told")
        from_ns = self._instant("from", cells["from"])
        to_ns = self._instant("to", cells["to"]) if cells.get("to") else from_ns
        if to_ns < from_ns or (to_ns == from_ns and kind in (*NAMES, PLAN)):
            raise Wrong("to", cells.get("to", ""), "not_after")
        return from_ns, to_ns

    def _instant(self, column: str, text: str) -> int:
        """The instant of a cell, in the site's time where it has no offset."""
        try:
            return parse(instant_in(text), self._view.zone, self._view.site.production_day_starts)
        except Refused:
            raise Wrong(column, text, "no_time") from None

    def _shift(self, line: Line, cells: Cells) -> tuple[int, int]:
        """The shift of a production day; all its shifts where none is named."""
        day, name = day_of("date", cells["date"]), cells.get("shift", "")
        begin_ns = self._instant("date", day)
        hours = self._view.calendars[line.id].hours(begin_ns, begin_ns + DAY_NS)
        there = [shift.name for shift in shifts_on(line, date.fromisoformat(day))]
        wanted = f"{day}/{named(name, there)}"
        ends = zip(hours.shift_t0_ns.tolist(), hours.shift_t1_ns.tolist(), strict=True)
        spans = [
            span
            for span, shift_id in zip(ends, hours.shift_id, strict=True)
            if shift_id == wanted or (not name and shift_id.startswith(wanted))
        ]
        if not spans:
            known = ", ".join(there) or "none"
            raise Wrong("shift", name, "no_shift", line=line.id, day=day, known=known)
        return spans[0][0], spans[-1][1]

    def _check(
        self, line: Line, of: tuple[Machine | None, str], span: tuple[int, int], column: str
    ) -> None:
        """What only the site and the calendar know; `column` says when it ends."""
        machine, kind = of
        if kind != PLAN and span[1] > self._now_ns + AHEAD_NS:
            raise Wrong(column, self._view.time(span[1]), "future")
        if span[1] - span[0] > LONGEST_NS:
            raise Wrong(column, self._view.time(span[1]), "too_long")
        if machine is not None and kind in {"good", "total"}:
            counted = counted_by({name for name in COUNTS if name in machine.signals})
            if kind in counted or counted & {"good", "total"} == {"good", "total"}:
                raise Wrong("kind", kind, "counted", machine=machine.id)
        if kind in (*PIECES, *FIRSTS, *HOURS) and len(self._days(line, *span)) > 1:
            raise Wrong(column, self._view.time(span[1]), "many_days")

    def _days(self, line: Line, from_ns: int, to_ns: int) -> set[int]:
        """The production days of the shifts that an interval touches."""
        hours = self._view.calendars[line.id].hours(from_ns, max(to_ns, from_ns + 1))
        touched = (hours.shift_t1_ns > from_ns) & (hours.shift_t0_ns < max(to_ns, from_ns + 1))
        return set(hours.shift_day[touched].tolist())


def machine_of(line: Line, kind: str, name: str) -> Machine | None:
    """The machine of a cell; pieces of the line are those of its exit."""
    machines = {machine.id: machine for machine in line.machines}
    if name:
        if name not in machines:
            raise Wrong("machine", name, "no_machine", line=line.id, known=", ".join(machines))
        return machines[name]
    if kind not in (*PIECES, *FIRSTS, REASON):
        return None
    exits = [machine for machine in line.machines if machine.exit] or [line.machines[-1]]
    if kind == REASON:
        return machines.get(line.line_state, exits[0])
    if len(exits) > 1:
        names = ", ".join(machine.id for machine in exits)
        raise Wrong("machine", "", "which_machine", line=line.id, known=names)
    return exits[0]


def quantity_of(kind: str, cells: Cells, column: str) -> float | None:
    """How much; None of a kind that has no quantity."""
    unit, text = unit_of(kind), cells.get("quantity", "").strip()
    if not unit:
        return None
    if "," in text and not THOUSANDS.fullmatch(text):
        raise Wrong(column, text, "no_quantity" if ":" in text else "comma")
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        raise Wrong(column, cells.get("quantity", ""), "no_quantity")
    if unit == "{piece}" and not value.is_integer():
        raise Wrong(column, text, "not_whole")
    scale = UNITS[unit].get(cells.get("unit", "").strip().lower())
    if scale is None:
        raise Wrong("unit", cells["unit"], "no_unit", kind=kind, unit=unit)
    return value * scale


def what_of(where: tuple[Site, Line], kind: str, cells: Cells) -> str | None:
    """The type of a defect, the id of a reason, or the name of what ran."""
    if kind == REASON:
        return reason_of(*where, cells.get("reason") or cells.get("type") or "")
    text = cells.get(kind, "") or cells.get("type", "") if kind in NAMES else cells.get("type", "")
    if kind in NAMES and not text:
        raise Wrong("type", "", "no_name", kind=kind)
    if len(text) > LONGEST_NAME:
        raise Wrong("type", text[:LONGEST_NAME], "long_name", n=LONGEST_NAME)
    return text or None


def reason_of(site: Site, line: Line, text: str) -> str:
    """The id of a reason, by id or by its word in any language."""
    known = reasons_of(site, line)
    for one in known:
        if text.strip().lower() in {one[key].lower() for key in ("id", "ko", "en", "vi")}:
            return str(one["id"])
    names = ", ".join(f"{one['ko']} ({one['id']})" for one in known)
    raise Wrong("reason", text, "no_reason", known=names)


def day_of(column: str, text: str) -> str:
    """A day that is written with its year first, as the calendar writes it.

    >>> day_of("date", "2026. 11. 5."), day_of("date", "2026/11/05")
    ('2026-11-05', '2026-11-05')

    Raises:
        Wrong: it is no day.
    """
    if (day := day_in(text)) is None:
        raise Wrong(column, text, "no_day")
    return day


def name_of(fact: Fact, own: str) -> str:
    """By what a fact is known again: the name that whoever wrote it gave, else all it is about."""
    if fact.origin != IMPORTED and own:
        return f"key:{own}"
    about: list[object] = [fact.line, fact.kind, own]
    if not own:
        about += [fact.machine, fact.what, fact.from_ns, fact.to_ns]
        about += [fact.product, fact.order, fact.lot]
    text = json.dumps(about, ensure_ascii=False)
    return f"{fact.origin}:{hashlib.sha256(text.encode()).hexdigest()[:24]}"
