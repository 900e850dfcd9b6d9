"""Silent stretches: marked time in which a line was not heard is folded in one piece.

Day by day and the newest first, each day would begin with a guess of what held before it, and the
day before would find out, for each of its followers once more: the square of the days.
"""

from collections.abc import Mapping

from edge.engine.folding.lines import LineRules
from edge.engine.folding.planning import Task
from edge.engine.folding.window import Window
from edge.engine.machine.gather import Gathered, gather
from edge.model import DAY_NS, Reader
from edge.site import Line

ROWS_AT_ONCE = 300_000  # of one piece: a year of a line of seven machines
ROWS_A_DAY = 96
FURTHER = 4  # a horizon that does not suffice is moved so many times as far


def whole(
    reader: Reader, rules: Mapping[str, LineRules], tasks: list[Task], hot_ns: int
) -> list[Task]:
    """The same tasks; the first alone and longer where its line was silent before it.

    Args:
        reader: of samples.
        rules: by line.
        tasks: of one day.
        hot_ns: days that begin at or after it go by the hour, and stay short.
    """
    if not tasks or tasks[0].from_ns >= hot_ns:
        return tasks
    longer = joined(reader, rules[tasks[0].line].line, tasks[0])
    return tasks if longer == tasks[0] else [longer]


def joined(reader: Reader, line: Line, task: Task) -> Task:
    """A task that begins on the day on which its line was last heard, if all is marked since."""
    before = [span for span in task.rest if span[1] == task.from_ns - 1]
    if not before or task.from_ns - before[0][0] < DAY_NS:
        return task
    marked_ns = before[0][0]
    least_ns = max(heard(reader, line, task.from_ns), task.from_ns - most_days(line) * DAY_NS)
    begin_ns = max(marked_ns, least_ns // DAY_NS * DAY_NS)
    if begin_ns >= task.from_ns:
        return task
    rest = tuple(span for span in task.rest if span not in before)
    rest = ((marked_ns, begin_ns - 1), *rest) if marked_ns < begin_ns else rest
    return task._replace(from_ns=begin_ns, rest=rest)


def most_days(line: Line) -> int:
    """How many days of a line one piece may hold."""
    return max(1, ROWS_AT_ONCE // (ROWS_A_DAY * (len(line.machines) + 1)))


def heard(reader: Reader, line: Line, at_ns: int) -> int:
    """When a line was last heard before an instant; the instant itself where a source lived on."""
    signals = [signal for machine in line.machines for signal in machine.signals.values()]
    sources = sorted({signal.source for signal in signals})
    if any(len(reader.life(source, at_ns - DAY_NS, at_ns)) for source in sources):
        return at_ns
    found = reader.before([signal.path for signal in signals], at_ns)
    last = [int(samples.source_ns[-1]) for samples in found.values() if len(samples.source_ns)]
    return max(last, default=0)


def read_on(reader: Reader, line: Line, window: Window, last_ns: int) -> tuple[Window, Gathered]:
    """Read further behind a window, until the line is heard again.

    Args:
        reader: of samples.
        line: whose window it is.
        window: with a horizon that did not suffice.
        last_ns: last proof of life of the line.
    """
    while True:
        read_ns = window.horizon_ns
        window = window._replace(horizon_ns=window.to_ns + (read_ns - window.to_ns) * FURTHER)
        gathered = gather(reader, [line], window.start_ns, window.horizon_ns)
        times = [samples.source_ns for samples in gathered.samples.values()]
        if window.horizon_ns > last_ns or any(len(t) and int(t[-1]) >= read_ns for t in times):
            return window, gathered
