"""What people and files say besides signals: pieces, hours, reasons, what ran, what was planned.

A fact is a value: about which machine, over which time, how much of what, and who says so. Where it
counts is decided by `edge.engine.machine.placing`, what it may say by
`edge.engine.entering.statements`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PIECES = ("good", "scrap", "rework", "total")
FIRSTS = ("inspected", "passed")  # pieces presented for the first time, and those good at once
HOURS: Mapping[str, str] = {
    "work": "labour_ns",
    "attendance": "attendance_ns",
    "repair": "repair_ns",
    "maintenance": "maintenance_ns",
}
"""Kinds of working time, each with its column of the element table."""
TOLD: Mapping[str, str] = {**HOURS, "inspected": "first_in", "passed": "first_good"}
"""Kinds that nothing but people and files tells, each with its column."""
NAMES = ("product", "order", "lot")  # what ran, where no signal tells it
REASON, PLAN = "reason", "plan"
CUT, LINK, CLASS = "cut", "link", "class"
SHAPING = (CUT, LINK, CLASS)
"""What people do to stops: cut one, join two, call one by another class."""
UNDIVIDED = frozenset({REASON, *NAMES, PLAN, *SHAPING})  # all other kinds are divided over time
KINDS = (*PIECES, *FIRSTS, *HOURS, *NAMES, REASON, PLAN)
MANUAL, IMPORTED = "manual", "import"  # where a fact comes from


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that somebody says; of an instant where it begins and ends at once.

    `what` is the type of a defect, the id of a reason, the name of what ran, or of a class what it
    was and is, as `delayed>setup`.
    """

    name: str  # whoever says the same thing again uses the same one
    line: str
    machine: str | None  # None = the line as a whole
    kind: str  # of KINDS
    from_ns: int
    to_ns: int
    quantity: float | None = None
    unit: str = ""
    what: str | None = None
    product: str | None = None
    order: str | None = None
    lot: str | None = None
    due: str | None = None  # a day, of a plan
    origin: str = MANUAL
    who: str | None = None
    note: str | None = None

    @property
    def end_ns(self) -> int:
        """Where it ends, exclusively; an instant lasts a nanosecond."""
        return max(self.to_ns, self.from_ns + 1)


def unit_of(kind: str) -> str:
    """The unit of a kind's quantity; empty where it has none.

    >>> unit_of("scrap"), unit_of("work"), unit_of("reason")
    ('{piece}', 'h', '')
    """
    if kind in HOURS:
        return "h"
    return "{piece}" if kind in (*PIECES, *FIRSTS, PLAN) else ""
