"""Random worlds for the fold: two machines and all that can go wrong with their signals."""

from pathlib import Path

import numpy as np

from edge.model import SECOND_NS, STATUS_BAD, STATUS_GOOD, STATUS_UNCERTAIN_CLOCK, Row
from edge.site import Dated, Kind, Site
from tests.unit.edge.fold_desk import MAP, Desk, at, machine, signal, site_of

TWO_CYCLES = {"A": (Dated(1.0, None),), "B": (Dated(2.0, None),)}


def world() -> Site:
    """A body machine that tells everything and a packer that only counts, of one line."""
    body = machine(
        "body",
        signal("body", "state", Kind.STATE, map=MAP, debounce_s=2.0, stale_after_s=40.0),
        signal("body", "good", modulus=1000, max_rate=3.0),
        signal("body", "scrap", max_rate=1.0, reset_policy="order"),
        signal("body", "product", Kind.TEXT),
        signal("body", "order", Kind.TEXT),
        signal("body", "film", material="film", scale=0.5, reset_policy="shift", max_rate=2.0),
        signal("body", "temperature", Kind.GAUGE),
        exit=False,
        ideal_cycle_s=TWO_CYCLES,
    )
    pack = machine(
        "pack",
        signal("pack", "good", stale_after_s=60.0),
        signal("pack", "total", max_rate=4.0),
        signal("pack", "energy"),
        ideal_cycle_s=TWO_CYCLES,
        stop_after_s=120.0,
    )
    return site_of(body, pack)


def rows_of(desk: Desk, seed: int, hours: float, sparse: float) -> list[Row]:
    """Samples of some hours around the change of shift at 20:00, spoilt at random.

    Args:
        desk: of the world.
        seed: the same one gives the same rows.
        hours: how long.
        sparse: from 0 to 1, how much is missing.
    """
    rng = np.random.default_rng(seed)
    start = at("19:00") + int(rng.integers(-3600, 3600)) * SECOND_NS + int(rng.integers(0, 2)) * 7
    end = start + int(hours * 3600) * SECOND_NS
    dead = [dead_time(rng, start, end) for _ in range(int(rng.integers(0, 4)))]
    rows: list[Row] = []
    for name, path in desk.memory.paths.items():
        own, kind = path.split("/")[-2], path.split("/")[-1]
        times = instants(rng, start, end, kind, sparse)
        times = times[
            ~np.any(
                [(times >= a) & (times < b) & (w in (own, "")) for a, b, w in dead]
                or [np.zeros(len(times), bool)],
                axis=0,
            )
        ]
        values = values_of(desk, rng, kind, times)
        status = np.where(rng.random(len(times)) < 0.02, STATUS_BAD, STATUS_GOOD)
        status = np.where(rng.random(len(times)) < 0.005, STATUS_UNCERTAIN_CLOCK, status)
        rows += [
            Row(name, int(t), int(t), float(v), int(s))
            for t, v, s in zip(times, values, status, strict=True)
        ]
    return rows


def dead_time(rng: np.random.Generator, start: int, end: int) -> tuple[int, int, str]:
    """A stretch in which a machine, or all, are silent."""
    a = int(rng.integers(start, end))
    length = int(rng.choice([30, 300, 3000, 20000])) * SECOND_NS
    return a, a + length, str(rng.choice(["body", "pack", ""]))


def instants(
    rng: np.random.Generator, start: int, end: int, kind: str, sparse: float
) -> np.ndarray:
    """When a signal was sampled; often on whole seconds, so on edges too."""
    period = {"product": 2500, "order": 1800, "energy": 60, "state": 60}.get(kind, 20)
    if rng.random() < sparse:
        period *= int(rng.choice([5, 30, 200]))
    steps = rng.integers(1, 2 * period, int((end - start) // SECOND_NS // period) + 2)
    times = start + np.cumsum(steps) * SECOND_NS
    if rng.random() < 0.5:
        times = times // (20 * SECOND_NS) * (20 * SECOND_NS)
    return np.unique(times[times < end])


def values_of(desk: Desk, rng: np.random.Generator, kind: str, times: np.ndarray) -> np.ndarray:
    """What a signal said; counters wrap, are reset, jump and fall back."""
    n = len(times)
    if kind == "state":
        return rng.choice([1, 1, 1, 2, 3, 4, 5, 6, 9], n).astype(float)
    if kind in ("product", "order"):
        texts = [
            desk.memory.texts.setdefault(t, len(desk.memory.texts) + 1) for t in ("A", "B", "C")
        ]
        return rng.choice(texts, n).astype(float)
    if kind == "temperature":
        return rng.normal(20, 1, n)
    rate = {"good": 0.8, "scrap": 0.05, "film": 0.4, "total": 0.9, "energy": 0.01}[kind]
    gap_s = np.diff(times, prepend=times[:1]) / 1e9
    moving = rng.random(n) < 0.7
    if kind == "energy":
        value = np.cumsum(rng.random(n) * rate * gap_s)
    else:
        value = np.cumsum(rng.poisson(rate * gap_s) * moving).astype(float)
    for place in rng.integers(0, max(n, 1), int(rng.integers(0, 3))) if n else ():
        value[place:] -= value[place] - rng.integers(0, 3)  # a reset
    for place in rng.integers(0, max(n, 1), int(rng.integers(0, 3))) if n else ():
        value[place] = rng.choice([0.0, 1e6, value[place] / 2 // 1])  # a wild reading
    for place in rng.integers(0, max(n, 1), int(rng.integers(0, 3))) if n else ():
        value[place : place + int(rng.integers(2, 200))] = value[place]  # a frozen register
    return value % 1000 if kind == "good" else np.maximum(value, 0)


def desk_in(folder: str, name: str) -> Desk:
    """A desk of the world."""
    return Desk(world(), Path(folder), name)
