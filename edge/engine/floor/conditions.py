"""What a machine does at this moment, since when, and whether anybody still knows.

Freshness is decided here and nowhere else: what is older than `stale_after_s` is unknown from the
last proof of life on.
"""

from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np

from edge.engine.floor.schedule import QUIET, hours_at, scheduled, since_edge
from edge.engine.floor.states import WORDS, Run, whole_runs
from edge.engine.folding.scanning import source_of
from edge.engine.machine.counting import count
from edge.engine.machine.cycles import ideal_s
from edge.engine.machine.gather import COUNTS, good, state_of
from edge.engine.machine.subjects import BEST_FIRST
from edge.engine.view import View
from edge.model import SECOND_NS, Samples
from edge.records.parts import Elements
from edge.site import Line, Machine, Signal
from kpi.states import State

Document = dict[str, Any]  # JSON
SLOW_BELOW = 0.9  # of the ideal speed
SLOW_OVER_NS = 300 * SECOND_NS
SLOW_LOOK_NS = 5 * SECOND_NS  # how often the counters are asked
MOSTLY = 0.99
NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Condition:
    """State of a machine or line as people may be told."""

    state: State
    since_ns: int | None
    last_ns: int | None  # last proof of life
    fresh: bool
    slow: bool = False

    def document(self, view: View, now_ns: int) -> Document:
        """As JSON."""
        word, cause = WORDS[self.state]
        age_s = None if self.last_ns is None else max(0, now_ns - self.last_ns) / SECOND_NS
        return {
            "state": word,
            "cause": cause,
            "slow": self.slow,
            "since": view.time_or_none(self.since_ns),
            "fresh": self.fresh,
            "age_s": age_s,
        }


def condition(view: View, line: Line, machine: Machine, spans: Elements, now_ns: int) -> Condition:
    """What one machine does.

    Args:
        view: the site.
        line: its line.
        machine: itself.
        spans: its states of the last hours.
        now_ns: this moment.
    """
    if not len(spans):
        return by_calendar(view, line, Condition(State.UNKNOWN, None, None, fresh=False), now_ns)
    run = last_run(spans)
    last_ns = heard_ns(view, machine, run, now_ns)
    fresh = now_ns - last_ns <= int(stale_after_s(machine) * SECOND_NS)
    state = run.state if fresh else State.UNKNOWN
    since_ns = last_ns
    if state is run.state:
        since_ns = (
            run.t0_ns if run.t0_ns > int(spans["t0_ns"][0]) else begin(view, line, machine, run)
        )
    slow = state is State.PRODUCING and is_slow(view, line, machine, spans)
    return by_calendar(view, line, Condition(state, since_ns, last_ns, fresh, slow), now_ns)


def heard_ns(view: View, machine: Machine, run: Run, now_ns: int) -> int:
    """When the source that tells what a machine does was last heard.

    The states of a line reach as far as any of its sources was heard; a machine whose own source
    fell silent has a state there too. So the source is asked, and the states where it never lived.
    """
    source = source_of(machine)
    from_ns = now_ns - 2 * int(stale_after_s(machine) * SECOND_NS)
    proofs = view.reader.life(source, from_ns, now_ns + 1) if source else NOBODY
    if len(proofs):
        return int(proofs[-1])
    return run.t0_ns if run.state is State.UNKNOWN else run.t1_ns


def last_run(spans: Elements) -> Run:
    """The last run of one state, however often it was cut."""
    state, t0_ns = spans["state"], spans["t0_ns"]
    changes = np.flatnonzero((state[1:] != state[:-1]) | (t0_ns[1:] != spans["t1_ns"][:-1]))
    first = int(changes[-1]) + 1 if len(changes) else 0
    return Run(int(t0_ns[first]), int(spans["t1_ns"][-1]), State(int(state[-1])))


def by_calendar(view: View, line: Line, seen: Condition, now_ns: int) -> Condition:
    """A quiet machine named after its break or off time, since that began."""
    if seen.state not in QUIET:
        return seen
    hours = hours_at(view, line, now_ns)
    state, edge_ns = scheduled(hours, seen.state, now_ns), since_edge(hours, now_ns)
    since_ns = seen.since_ns
    if edge_ns is not None and state is not State.UNKNOWN:
        since_ns = edge_ns if since_ns is None else max(since_ns, edge_ns)
    return Condition(state, since_ns, seen.last_ns, seen.fresh)


def of_line(line: Line, machines: dict[str, Condition]) -> Condition:
    """The state of the machine that tells it; of parallel ones the best."""
    teller = next(machine for machine in line.machines if machine.id == line.line_state)
    same = [each for each in line.machines if each.station == teller.station] or [teller]
    exits = [each for each in line.machines if each.exit]
    best = min((machines[each.id] for each in same), key=lambda each: BEST_FIRST.index(each.state))
    slow = best.state is State.PRODUCING and any(machines[each.id].slow for each in exits)
    return Condition(best.state, best.since_ns, best.last_ns, best.fresh, slow)


def begin(view: View, line: Line, machine: Machine, run: Run) -> int:
    """When a run began that is longer than what was read; looked up once an hour."""
    key, hour = (line.id, machine.id), run.t1_ns // (3600 * SECOND_NS)
    known = view.long_runs.get(key)
    if known is None or known[:2] != (hour, run.state):
        window = run.t1_ns - 1, run.t1_ns
        found = whole_runs(view, line, window, {run.state})[machine.id]
        known = hour, run.state, found[0].t0_ns if found else run.t0_ns
        view.long_runs[key] = known
    return known[2]


def stale_after_s(machine: Machine) -> float:
    """How old the last word on a machine's state may be."""
    state = state_of(machine)
    telling = [state] if state else [s for n, s in machine.signals.items() if n in COUNTS]
    return max((signal.stale_after_s for signal in telling), default=0.0)


def is_slow(view: View, line: Line, machine: Machine, spans: Elements) -> bool:
    """Whether five minutes of production stayed below nine tenths of the ideal speed."""
    end_ns = int(spans["t1_ns"][-1])
    from_ns = end_ns - SLOW_OVER_NS
    running = spans["state"] == State.PRODUCING
    shared = np.minimum(spans["t1_ns"], end_ns) - np.maximum(spans["t0_ns"], from_ns)
    if int(shared[running & (shared > 0)].sum()) < MOSTLY * SLOW_OVER_NS:
        return False
    key, slot = (line.id, machine.id), end_ns // SLOW_LOOK_NS
    known = view.slow.get(key)
    if known is None or known[0] != slot:
        product = spans.words.get(int(spans["product"][-1]))
        cycle_s = ideal_s(machine, product, end_ns, view.zone)
        made = 0.0 if isnan(cycle_s) else pieces_between(view, machine, from_ns, end_ns)
        known = slot, cycle_s * made < SLOW_BELOW * SLOW_OVER_NS / SECOND_NS  # False for NaN
        view.slow[key] = known
    return known[1]


def pieces_between(view: View, machine: Machine, from_ns: int, to_ns: int) -> float:
    """Pieces that a machine's counters gave in a short interval; NaN where nobody knows."""
    names = ("total",) if "total" in machine.signals else ("good", "scrap", "rework")
    signals = [machine.signals[name] for name in names if name in machine.signals]
    paths = [signal.path for signal in signals]
    before, inside = view.reader.before(paths, from_ns), view.reader.samples(paths, from_ns, to_ns)
    made = [
        pieces_of(machine, signal, before[signal.path], inside[signal.path], from_ns)
        for signal in signals
    ]
    if not made or made[0] is None:
        return nan
    return sum((one or 0.0 for one in made[1:]), made[0])


def pieces_of(
    machine: Machine, signal: Signal, before: Samples, inside: Samples, from_ns: int
) -> float | None:
    """What one counter gave; None where it never spoke, NaN where a reading cannot be used."""
    if not len(before.source_ns) + len(inside.source_ns):
        return None
    if not len(before.source_ns) or not (good(before).all() and good(inside).all()):
        return nan
    t_ns = np.concatenate([before.source_ns, inside.source_ns])
    value = np.concatenate([before.value, inside.value])
    status = np.concatenate([before.status, inside.status])
    last = np.append(t_ns[1:] > t_ns[:-1], np.True_)
    samples = Samples(t_ns[last], value[last], status[last])
    rows = count(machine, signal, samples, ((), None), np.zeros(0, np.int64))
    length = np.maximum(rows.t_ns - rows.since_ns, 1)
    share = np.clip((rows.t_ns - from_ns) / length, 0.0, 1.0)  # of what came across the start
    return float((rows.count * share)[rows.covering].sum())
