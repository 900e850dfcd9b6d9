"""Measures of work: good pieces against the hours that people worked.

Hours are told, not metered. Where good pieces were made in a shift of which nobody tells hours
there is no figure: hours of one shift under the pieces of two would flatter both.
"""

import numpy as np

from kpi import formulas
from kpi.arrays import F64, HOUR_NS, I64, SECOND_NS, divide
from kpi.catalogue.parts import Parts, attended, can_be_true, hours, plain, seconds, where_worked
from kpi.catalogue.registry import measure
from kpi.formulas import Bounds


@measure(
    unit="{piece}/h",
    better="higher",
    definition="lineproof/output_per_labour_hour@1",
    source="own definition, good pieces per hour that people worked",
    formula="ΣGQ / Σ labour hours",
    ko="인시당 생산량",
    en="Good pieces per labour hour",
    parts=Parts(where_worked("gq"), hours("labour_ns")),
)
def output_per_labour_hour(gq: F64, labour_ns: F64, gq_low: F64, gq_high: F64) -> Bounds:
    """Good pieces per hour of work.

    Returns:
        Pieces per hour; NaN where no hours are told or nobody counts.

    >>> import numpy as np
    >>> labour_ns = np.array([4 * 3_600e9])
    >>> output_per_labour_hour(np.array([90.0]), labour_ns, *np.full((2, 1), 90.0)).value.tolist()
    [22.5]
    """
    worked_h = labour_ns / HOUR_NS
    return Bounds(*(divide(pieces, worked_h) for pieces in (gq_low, gq, gq_high)))


@measure(
    unit="s",
    better="lower",
    definition="lineproof/labour_per_good_piece@1",
    source="win-win programme forms, 작업공수; in seconds, for hours per piece are tiny",
    formula="Σ labour hours / ΣGQ, in seconds",
    ko="작업공수",
    en="Labour per good piece",
    parts=Parts(seconds("labour_ns"), plain("gq")),
)
def labour_per_good_piece(gq: F64, labour_ns: F64, gq_low: F64, gq_high: F64) -> Bounds:
    """Work that a good piece took.

    Returns:
        Seconds; NaN where no hours are told, nobody counts or nothing good was made.

    >>> import numpy as np
    >>> labour_per_good_piece(*np.array([[90.0], [4 * 3_600e9], [90.0], [100.0]])).low.tolist()
    [144.0]
    """
    worked = formulas.exactly(labour_ns / SECOND_NS)
    return formulas.per_piece(worked, Bounds(gq_low, gq, gq_high))


@measure(
    unit="1",
    better="higher",
    definition="iso22400/worker_efficiency@1",
    source="ISO 22400-2:2014, clause 6, Worker efficiency",
    formula="ΣAPWT / ΣAPAT, told hours of work and of attendance",
    ko="작업자 효율",
    en="Worker efficiency",
    parts=Parts(attended("labour_ns"), attended("attendance_ns")),
)
def worker_efficiency(labour_ns: F64, attendance_ns: F64, untold_ns: I64) -> Bounds:
    """Share of the time that people were there in which they worked: APWT / APAT, ISO 22400-2.

    Who serves several machines has one attendance, told of the line or divided among them, and at
    each machine the work that was done there.

    Returns:
        Ratios from 0 to 1; NaN where hours of work or attendance are missing in a shift with
        people. Where more work than attendance is told (over a second, for rounding) both cannot
        be true, and there is no figure.

    >>> import numpy as np
    >>> hour_ns = 3_600e9
    >>> told = np.array([6.0, 24.0]) * hour_ns, np.array([8.0, 8.0]) * hour_ns
    >>> worker_efficiency(*told, np.zeros(2, np.int64)).value.tolist()
    [0.75, nan]
    """
    share = divide(labour_ns, attendance_ns)
    told = can_be_true(labour_ns, attendance_ns, untold_ns)
    return formulas.exactly(np.where(told, share, np.nan))
