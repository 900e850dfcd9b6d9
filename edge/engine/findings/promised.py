"""The ideal cycles that targets rely on: those of their baselines, while they report."""

from edge.engine.verdicts.baselines import frozen_line
from edge.engine.verdicts.windows import day_of, windows_of
from edge.engine.view import View
from edge.records import proof
from edge.site import Line


def promised_lines(view: View, window: tuple[int, int]) -> dict[str, list[Line]]:
    """Lines with the ideal cycles of baselines whose targets report in some time, by their ids.

    Args:
        view: the site.
        window: [from_ns, to_ns).
    """
    first, last = (day_of(view, at_ns).isoformat() for at_ns in (window[0], window[1] - 1))
    frozen, known = proof.kept(view.records, proof.baseline), {line.id for line in view.site.lines}
    found: dict[str, dict[str, Line]] = {}
    for target in proof.kept(view.records, proof.target).values():
        bodies = [frozen[name] for name in target["baselines"] if name in frozen]
        if len(bodies) < len(target["baselines"]) or not {b["line"] for b in bodies} <= known:
            continue  # of a line that is gone, or a baseline that was lost with damaged records
        windows = windows_of(view, target, bodies)
        if windows.report[0] <= last and windows.wanted_to > first:
            for body in bodies:
                cycles = repr(body["tables"]["ideal_cycles"])
                found.setdefault(body["line"], {})[cycles] = frozen_line(view, body)
    return {line: list(cycles.values()) for line, cycles in found.items()}
