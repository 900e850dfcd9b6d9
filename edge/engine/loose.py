"""Loose increments: counts that no single row may claim (`kpi.md` 5.4), added where they belong.

A group that holds such an interval whole takes amount, low and high; one that it only touches takes
its high and nothing else.
"""

from math import isnan, nan

from edge.engine.cycles import ideal_s, line_ideal_s
from edge.engine.sums import Sums, ideal_name
from edge.engine.view import View
from edge.plant import Line
from edge.records.parts import Elements, read_loose


def add_loose(view: View, line: Line, rows: Elements, sums: Sums, window: tuple[int, int]) -> None:
    """Add the loose increments that touch the groups to their sums, in place."""
    found = read_loose(view.records, line.id, *window)
    for i in range(len(sums) if found else 0):
        machine = rows.words.get(int(rows["machine"][sums.rows[i][0]]))
        for increment in found:
            if increment["machine"] == machine:
                add(view, line, sums, i, increment)


def add(view: View, line: Line, sums: Sums, i: int, increment: dict[str, float]) -> None:
    """Add one increment to one group."""
    quantity, elements = str(increment["quantity"]), sums.elements
    t0_ns, t1_ns = int(increment["t0_ns"]), int(increment["t1_ns"])
    if t1_ns <= sums.from_ns[i] or t0_ns >= sums.to_ns[i] or quantity not in elements:
        return
    whole = t0_ns >= sums.from_ns[i] and t1_ns <= sums.to_ns[i]
    amount = increment["amount"] if increment["amount"] is not None else 0.0
    additions = {f"{quantity}_high": increment["high"]}
    if whole:
        additions |= {quantity: amount, f"{quantity}_low": increment["low"]}
    cycle_s = cycle_at(view, line, str(increment["machine"] or ""), t1_ns)
    for name, more in additions.items():
        if name not in elements:
            continue
        elements[name][i] += more
        if quantity in {"pq", "gq"} and more:
            elements[ideal_name(name)][i] += more * cycle_s


def cycle_at(view: View, line: Line, machine: str, at_ns: int) -> float:
    """The ideal cycle where only one product could have been made; NaN else."""
    if not machine:
        products = {p for m in line.machines for p in m.ideal_cycle_s}
        found = {line_ideal_s(line, product, at_ns, view.zone) for product in products}
    else:
        own = next(m for m in line.machines if m.id == machine)
        found = {ideal_s(own, product, at_ns, view.zone) for product in own.ideal_cycle_s}
    found = {cycle for cycle in found if not isnan(cycle)}
    return found.pop() if len(found) == 1 else nan
