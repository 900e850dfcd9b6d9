"""Baselines of before, whose days counted output outside of planned time like planned output."""

from dataclasses import replace
from typing import Any

import numpy as np

from edge.engine.figures.days import by_day
from edge.engine.figures.definitions import FORMER
from edge.engine.verdicts import baselines
from edge.engine.view import View

Document = dict[str, Any]  # JSON


def counts_alike(view: View, frozen: Document) -> bool:
    """Whether a baseline's days are the same by the definition that its target is judged by.

    One that was frozen under a definition of before holds what was made outside of planned time,
    where anything was: what came since cannot be compared with it. Late facts are no reason.
    """
    measure = frozen["measure"]
    if view.counts_unplanned or frozen["definition"] != FORMER.get(measure):
        return True
    line, window = baselines.frozen_line(view, frozen), (frozen["from_ns"], frozen["to_ns"])
    then, now = (
        by_day(replace(view, counts_unplanned=all_output), line, frozen["machine"], measure, window)
        for all_output in (True, False)
    )
    return np.array_equal(then.numerator, now.numerator, equal_nan=True)
