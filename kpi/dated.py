"""Values that hold from a day on: the one that began last is in force.

Prices, ideal cycles, plans and rates of exchange are all looked up here, by the time of use.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, I64

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVER_NS = int(np.iinfo(np.int64).min)
"""Where something begins that has always held."""


def instant_ns(day: date, wall: time, zone: tzinfo) -> int:
    """The instant of a local wall time; fold 0 is the rule for both doubtful kinds.

    An ambiguous time is its first occurrence, a missing one is read with the offset before.
    """
    moment = datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def midnight_ns(day: date, zone: tzinfo) -> int:
    """The instant at which a local day begins."""
    return instant_ns(day, time.min, zone)


def in_force(t_ns: I64, begins_ns: ArrayLike, value: ArrayLike) -> F64:
    """The value in force at each instant; NaN before the first.

    Args:
        t_ns: instants, in any order.
        begins_ns: when each value begins to hold, in any order; of two that begin together the
            later in the list holds.
        value: the values.
    """
    begins = np.asarray(begins_ns, dtype=np.int64)
    order = np.argsort(begins, kind="stable")
    values = np.concatenate([[np.nan], np.asarray(value, dtype=np.float64)[order]])
    return values[np.searchsorted(begins[order], t_ns, side="right")]
