"""Measures of short stops: gaps between pieces that are too short to be called a stop.

They are seen only where readings come often enough. Where they may hide there is no upper bound,
and time in which they may hide is no part of the value.
"""

import numpy as np

from kpi.arrays import F64, HOUR_NS, I64, divide
from kpi.catalogue.parts import Parts, hours, plain
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="{stop}/h",
    better="lower",
    definition="lineproof/micro_stops_per_hour@1",
    source="own definition, gaps between pieces of one producing run above the limit of "
    "micro-stops and not above that of stops",
    formula="Σ micro-stops / ΣAPT in hours, where readings are close enough to tell them",
    ko="가동 1시간당 순간정지 횟수",
    en="Micro-stops per running hour",
    parts=Parts(plain("watched_micro_n"), hours("watched_apt_ns")),
)
def micro_stops_per_hour(
    *,
    micro_n: F64,
    apt_ns: I64,
    unknown_ns: I64,
    watched_micro_n: F64,
    watched_apt_ns: F64,
    unwatched_ns: I64,
) -> Bounds:
    """Micro-stops per hour of production in which readings would have shown them.

    Returns:
        Stops per hour; NaN where nobody counts pieces, a product that ran has no ideal cycle, or
        all readings are too rare. `low` takes unseen time for production without a micro-stop.
        There is no `high` where anything is unseen: a gap may hide any number of them.

    >>> hour_ns = 3_600 * 10**9
    >>> names = ["micro_n", "apt_ns", "unknown_ns"]
    >>> all_ = dict(zip(names, np.array([[6], [3 * hour_ns], [hour_ns]])))
    >>> seen = {"watched_micro_n": np.array([6.0]), "watched_apt_ns": np.array([2.0 * hour_ns])}
    >>> found = micro_stops_per_hour(**all_, **seen, unwatched_ns=np.array([hour_ns]))
    >>> found.low.tolist(), found.value.tolist(), found.high.tolist()
    ([1.5], [3.0], [nan])
    """
    value = divide(watched_micro_n, watched_apt_ns / HOUR_NS)
    least = divide(micro_n, (apt_ns + unknown_ns) / HOUR_NS)
    all_seen = (unknown_ns == 0) & (unwatched_ns == 0)
    return Bounds(np.fmin(least, value), value, np.where(all_seen, value, np.nan))
