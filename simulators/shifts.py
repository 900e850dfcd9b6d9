"""The working day of the simulated site: Asia/Seoul, two shifts that cover 24 hours, two breaks.

Seoul has kept UTC+9 without daylight saving since 1988, so a fixed offset is exact here.
"""

import numpy as np

from simulators.line import I64, SECOND_NS

TIMEZONE = "Asia/Seoul"
PRODUCTION_DAY_STARTS = "08:00"
DAY_NS = 86_400 * SECOND_NS
HOUR_NS = 3600 * SECOND_NS
DAY_OFFSET_NS = (24 + 8 - 9) * HOUR_NS  # 08:00 in Seoul is 23:00 UTC of the day before
SHIFTS = (
    {"name": "주간", "start": "08:00", "end": "20:00", "breaks": [["12:00", "13:00"]]},
    {"name": "야간", "start": "20:00", "end": "08:00", "breaks": [["00:00", "01:00"]]},
)
SHIFT_STARTS_H = (0, 12)  # hours since the production day began
BREAKS_H = ((4, 5), (16, 17))


def first_instant(at_ns: int) -> int:
    """The start of the production day in which an instant lies."""
    return (at_ns - DAY_OFFSET_NS) // DAY_NS * DAY_NS + DAY_OFFSET_NS


def planned_ns(from_ns: int, to_ns: int) -> int:
    """Planned busy time in [from_ns, to_ns): all of it apart from the breaks."""
    days = np.arange(first_instant(from_ns), to_ns, DAY_NS)
    off = sum(overlap(days + a * HOUR_NS, days + b * HOUR_NS, from_ns, to_ns) for a, b in BREAKS_H)
    return to_ns - from_ns - int(off)


def overlap(start: I64, end: I64, from_ns: int, to_ns: int) -> int:
    """How much of [from_ns, to_ns) lies in the given spans, which do not overlap each other."""
    return int(np.maximum(0, np.minimum(end, to_ns) - np.maximum(start, from_ns)).sum())
