"""The fold against a second implementation that looks at every second by itself."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.model import SECOND_NS
from edge.records.parts import read_loose
from edge.site import Kind
from tests.unit.edge.fold_desk import MAP, Desk, at, machine, signal, site_of
from tests.unit.edge.fold_slow import Slow

NAMES = {
    "apt": "apt_ns",
    "aust": "aust_ns",
    "adet": "adet_ns",
    "external": "adet_external_ns",
    "adot": "adot_ns",
    "unknown": "unknown_ns",
    "outside": "unplanned_run_ns",
}


def second(text: str) -> int:
    """A wall time of the test's day in seconds since 1970."""
    return at(text) // SECOND_NS


def story(seed: int) -> Slow:
    """Three hours around a break or a change of shift, told at random."""
    rng = np.random.default_rng(seed)
    begin = second(str(rng.choice(["11:10", "18:40"]))) + int(rng.integers(0, 600))
    shifts = [(second("08:00"), second("20:00"), "2026-03-02/day")]
    shifts += [(second("20:00"), second("+1 08:00"), "2026-03-02/night")]

    def times(longest_s: int) -> list[int]:
        steps = rng.integers(1, longest_s, 600)
        steps[rng.random(600) < 0.02] = int(rng.choice([45, 200, 900]))
        found = begin + np.cumsum(steps)
        return [int(t) for t in found if t < begin + 2.5 * 3600]

    states = [(t, int(rng.choice([1, 1, 1, 2, 3, 4, 5, 6]))) for t in times(60)]
    readings = times(int(rng.choice([15, 100])))
    counts = np.cumsum(rng.integers(0, 30, len(readings))).tolist()
    products = [(t, str(rng.choice(["A", "B"]))) for t in times(4000)]
    pauses = [(second("12:00"), second("13:00"))]
    return Slow(states, list(zip(readings, counts, strict=True)), products, shifts, pauses)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_the_fold_agrees_with_one_that_counts_seconds(seed: int) -> None:
    """Same rows, same times, same pieces, same loose increments."""
    slow = story(seed)
    slow.fold()
    state = signal("body", "state", Kind.STATE, map=MAP)
    only = machine(
        "body",
        state,
        signal("body", "good"),
        signal("body", "product", Kind.TEXT),
        ideal_cycle_s={},
    )
    with TemporaryDirectory() as folder:
        desk = Desk(site_of(only), Path(folder))
        for name, told in (("state", slow.state), ("good", slow.good), ("product", slow.product)):
            desk.say("body", name, *[(t * SECOND_NS, value) for t, value in told])
        desk.run()
        rows = desk.rows()
        found = {
            int(rows["t0_ns"][i]) // SECOND_NS: {
                "t1": int(rows["t1_ns"][i]) // SECOND_NS,
                "product": rows.texts("product")[i],
                "shift": rows.texts("shift_id")[i],
                "planned": bool(rows["planned"][i]),
                **{short: int(rows[name][i]) // SECOND_NS for short, name in NAMES.items()},
                "gq": int(rows["gq"][i]),
            }
            for i in range(len(rows))
        }
        loose = read_loose(desk.records, "mask", 0, 1 << 62)
    assert found == slow.rows
    spans = [
        (r["t0_ns"] // SECOND_NS, r["t1_ns"] // SECOND_NS, r["amount"])
        for r in loose
        if r["machine"] and r["quantity"] == "gq"
    ]
    assert spans == slow.loose
