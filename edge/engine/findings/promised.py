"""The ideal cycles that targets rely on: those of their baselines, while they report."""

from edge.engine.verdicts.baselines import agreed_on, frozen_line
from edge.engine.verdicts.windows import day_of, windows_of
from edge.engine.view import View
from edge.errors import NotFound
from edge.records import proof
from edge.site import Line


def promised_lines(view: View, window: tuple[int, int]) -> dict[str, list[Line]]:
    """Lines with the ideal cycles of baselines whose targets report in some time, by their ids.

    Args:
        view: the site.
        window: [from_ns, to_ns).
    """
    first, last = (day_of(view, at_ns).isoformat() for at_ns in (window[0], window[1] - 1))
    found: dict[str, dict[str, Line]] = {}
    for target in proof.kept(view.records, proof.target).values():
        try:
            bodies = agreed_on(view.records, target)
            windows = windows_of(view, target, bodies)
        except NotFound:
            continue  # of a line or machine that is gone, or a baseline that was lost
        if windows.report[0] <= last and windows.wanted_to > first:
            for body in bodies:
                cycles = repr(body["tables"]["ideal_cycles"])
                found.setdefault(body["line"], {})[cycles] = frozen_line(view, body)
    return {line: list(cycles.values()) for line, cycles in found.items()}
