"""Which stretch of which line to fold next, and from where.

The newest first: people look at today, and history can wait. Today goes by the quarter of an hour,
older days as a whole.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from edge.engine.machine.anchors import Anchor, MachineAnchor
from edge.engine.machine.gather import COUNTS, Gathered, good, is_counted, needed, state_of
from edge.engine.machine.naming import teller
from edge.engine.machine.observing import to_states
from edge.model import DAY_NS, HOUR_NS, QUARTER_NS, Reader, Samples
from edge.records.progress import Mark
from edge.site import Line, Machine

ROWS_AT_ONCE = 2_000_000  # in one reading, where lines are read together
FOLLOWS = "follows"
RULES = "rules"
TOLD = "told"
TABLES = "tables"  # of these and a number: an entry of the dated tables
LONG_AGO_NS = -(1 << 62)
LOOK_BACK_NS = HOUR_NS  # where no anchor is kept, a fold begins so much earlier


class Task(NamedTuple):
    """Marked time of one line, at most one day of it, and what is left of its marks."""

    line: str
    from_ns: int  # of the marked time
    to_ns: int
    marks: tuple[int, ...]  # their numbers
    rest: tuple[tuple[int, int], ...]  # stretches of these marks that stay marked
    origin: str = ""  # FOLLOWS, RULES, TOLD, an entry of TABLES, or samples

    @property
    def follows(self) -> bool:
        """Whether only the anchor before it changed, and no sample."""
        return self.origin == FOLLOWS


def newest(
    marks: Iterable[Mark],
    line: str,
    hot_ns: int,
    before_ns: int | None = None,
    least_ns: int | None = None,
) -> Task | None:
    """The newest marked day of a line; None where nothing is marked.

    Of what reaches over a hot midnight by less than an hour the earlier day comes first: with the
    anchor that it leaves the later one goes on, and without it an hour would be read once more.

    Args:
        marks: of all lines.
        line: id of the line.
        hot_ns: days that begin at or after it go by the hour.
        before_ns: what is marked from here on stays marked.
        least_ns: what is marked before stays marked.
    """
    mine = [m for m in marks if m.line == line and (before_ns is None or m.from_ns < before_ns)]
    mine = [mark for mark in mine if least_ns is None or mark.to_ns >= least_ns]
    mine.sort(key=lambda mark: mark.to_ns, reverse=True)
    if not mine:
        return None
    from_ns, end_ns, taken = mine[0].from_ns, mine[0].to_ns, mine[:1]
    for mark in mine[1:]:
        if mark.to_ns >= from_ns - HOUR_NS:
            from_ns = min(from_ns, mark.from_ns)
            taken.append(mark)
    to_ns = end_ns if before_ns is None else min(end_ns, before_ns - 1)
    day_ns = max(to_ns // DAY_NS * DAY_NS, least_ns or 0)
    if least_ns is None and max(hot_ns, day_ns - HOUR_NS) <= from_ns < day_ns:
        to_ns, day_ns = day_ns - 1, day_ns - DAY_NS
    rest = [(from_ns, day_ns - 1)] if from_ns < day_ns else []
    if not rest and least_ns is not None and from_ns < least_ns + HOUR_NS:
        rest = [(least_ns - 1, least_ns - 1)]  # news reach back over the edge, later
    rest += [(to_ns + 1, end_ns)] if to_ns < end_ns else []
    ids = tuple(mark.id for mark in taken)
    origin = joint_origin({mark.origin for mark in taken})
    return Task(line, max(from_ns, day_ns), to_ns, ids, tuple(rest), origin)


def fitting(tasks: list[Task], signals: list[int], density: float) -> list[Task]:
    """As many tasks as one reading may hold, the first at least.

    A day of 200 signals every second is 17 million rows: line by line its pieces are longer.

    Args:
        tasks: of one day.
        signals: how many are read for each.
        density: rows of a signal in a day, as last seen.
    """
    rows = [count * density * days_of(task) for task, count in zip(tasks, signals, strict=True)]
    upto = zip(tasks, accumulate(rows), strict=True)
    return [task for task, total in upto if total <= ROWS_AT_ONCE] or tasks[:1]


def days_of(task: Task) -> float:
    """About how many days of samples a task reads."""
    return (task.to_ns - task.from_ns + 2 * HOUR_NS) / DAY_NS


def joint_origin(origins: set[str]) -> str:
    """Why some marked time is folded together: changed rules reach all of it, the rest a part."""
    if RULES in origins:
        return RULES
    if origins == {FOLLOWS}:
        return FOLLOWS
    own = origins - {FOLLOWS}
    if all(origin.startswith(TABLES) for origin in own):
        return own.pop() if len(own) == 1 else TABLES
    return TOLD if own == {TOLD} else ""


def left_until(task: Task) -> int:
    """Up to when time before the task stays marked; news reach back no further than that, yet."""
    return max((to_ns + 1 for _, to_ns in task.rest if to_ns < task.from_ns), default=LONG_AGO_NS)


def edges(task: Task, hot_ns: int, margin_ns: int) -> tuple[int, int]:
    """The rows to be made anew: whole quarters of hours on the hot days, whole days before them.

    What follows from a changed anchor goes on to the end of its hour: it may be long.
    """
    unit = unit_of(task, hot_ns)
    begin_ns = task.from_ns
    if not task.follows:
        begin_ns = max(begin_ns - margin_ns, left_until(task))
    step = max(unit, HOUR_NS) if task.follows else unit
    return begin_ns // unit * unit, (task.to_ns // step + 1) * step


def unit_of(task: Task, hot_ns: int) -> int:
    """A quarter of an hour or a day."""
    return QUARTER_NS if task.from_ns >= hot_ns else DAY_NS


def boundaries(from_ns: int, to_ns: int, hot_ns: int, last_ns: int) -> list[int]:
    """Where anchors are kept: at every quarter of an hour of the hot days, every older midnight."""
    every = range(from_ns, min(to_ns, last_ns) + 1, QUARTER_NS)
    return [at_ns for at_ns in every if at_ns % DAY_NS == 0 or at_ns >= hot_ns or at_ns == from_ns]


def look_back(reader: Reader, line: Line, at_ns: int) -> Anchor:
    """What the last samples before an instant tell, where no anchor is kept.

    It takes for granted that the state still held; a fold of the time before finds out.
    """
    signals = needed(line)
    found = reader.before([signal.path for signal in signals], at_ns)
    symbols = reader.symbols() if any(signal.values_are_text for signal in signals) else {}
    gathered = Gathered(reader, at_ns, at_ns, found, {}, symbols)
    return Anchor({m.id: machine_before(line, m, gathered, at_ns) for m in line.machines})


def machine_before(line: Line, machine: Machine, gathered: Gathered, at_ns: int) -> MachineAnchor:
    """The same of one machine."""
    readings = {}
    for signal in machine.telling:
        samples = last_of(gathered, signal.path)
        if is_counted(signal) and samples is not None and good(samples).all():
            readings[signal.name] = ((int(samples.source_ns[0]), float(samples.value[0])),)
    runs: tuple[tuple[int, int], ...] = ()
    state = state_of(machine)
    if state is not None and (samples := last_of(gathered, state.path)) is not None:
        code = int(to_states(state, samples, gathered.symbols).value[0])
        runs = ((at_ns - 1, code),) if code else ()
    texts = {}
    for name in ("product", "order"):
        signal_of = teller(line, machine, name)
        samples = last_of(gathered, signal_of.path) if signal_of is not None else None
        usable = samples is not None and good(samples).all()
        texts[name] = gathered.symbols.get(int(samples.value[0])) if samples and usable else None
    return MachineAnchor(
        readings=readings,
        runs=runs,
        proof_ns=at_ns - 1 if runs else None,
        products=((at_ns - 1, texts["product"]),),
        orders=((at_ns - 1, texts["order"]),),
        last_product=texts["product"],
        lived={machine.signals[name].source: at_ns - 1 for name in readings if name in COUNTS},
    )


def last_of(gathered: Gathered, path: str) -> Samples | None:
    """The one sample of a signal before an instant, if there is one."""
    samples = gathered.samples.get(path)
    return samples if samples is not None and len(samples.source_ns) else None
