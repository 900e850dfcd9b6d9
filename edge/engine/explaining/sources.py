"""The signals that a figure rests on, and the raw samples of them that tell it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from edge.engine.folding.lines import LineRules
from edge.engine.machine.gather import CODE, COUNTS, TEXTS, is_counted, state_of
from edge.engine.machine.naming import teller
from edge.engine.view import View
from edge.model import DAY_NS, STATUS_UNCERTAIN_CLOCK, Samples
from edge.site import Machine, Signal
from kpi.catalogue.registry import COUNT_ELEMENTS, STATE_ELEMENTS, STATION_ELEMENTS, Measure

Document = dict[str, Any]  # JSON
METERED = frozenset({"energy_kwh", "energy_kwh_low", "energy_kwh_high"})
PRICED = frozenset({"cost_krw", "cost_krw_low", "cost_krw_high"})


class Source(NamedTuple):
    """One signal and what it tells."""

    machine: Machine
    signal: Signal
    role: str  # good, scrap, total, rework, energy, state, product, order, or material


def sources(rules: LineRules, machine: Machine | None, measure: Measure | None) -> list[Source]:
    """What tells a figure of a machine, or of the line for None; of all measures for None."""
    names = set(measure.elements) if measure else {*STATE_ELEMENTS, *COUNT_ELEMENTS}
    counting = [machine] if machine else rules.exits
    metering = [machine] if machine else list(rules.line.machines)
    found: list[Source] = []
    if names & STATION_ELEMENTS.keys():  # a machine's own part of it, or the line's stations
        found += [s for each in metering for s in counters_of(each, COUNTS)]
    if names & (COUNT_ELEMENTS.keys() - METERED - PRICED):
        found += [s for each in counting for s in counters_of(each, COUNTS)]
    if names & (METERED | PRICED):
        found += [s for each in metering for s in counters_of(each, ("energy",))]
    if names & PRICED:
        found += [
            Source(each, signal, "material")
            for each in metering
            for signal in each.signals.values()
            if is_counted(signal) and signal.material is not None
        ]
    found += [s for each in ([machine] if machine else rules.tellers) for s in states_of(each)]
    first = machine or rules.exits[0]
    named = {name: teller(rules.line, first, name) for name in TEXTS}
    found += [Source(first, signal, name) for name, signal in named.items() if signal]
    return found


def counters_of(machine: Machine, names: tuple[str, ...]) -> Iterator[Source]:
    """A machine's counters of these names."""
    for name in names:
        signal = machine.signals.get(name)
        if signal is not None and is_counted(signal):
            yield Source(machine, signal, name)


def states_of(machine: Machine) -> Iterator[Source]:
    """What tells a machine's state: pieces are divided by it, whatever the measure."""
    signal = state_of(machine)
    if signal is not None:
        yield Source(machine, signal, "state")


def samples_document(view: View, told: list[Source], window: tuple[int, int]) -> list[Document]:
    """Of each signal the interval that holds every sample used, and what was not used of it.

    It begins with the last sample before the window: the window's first increment counts from it.
    Read day by day, so that a long window needs no more memory than a day.
    """
    paths = list(dict.fromkeys(source.signal.path for source in told))
    before = view.reader.before(paths, window[0])
    rows, bad, doubtful = (dict.fromkeys(paths, 0) for _ in range(3))
    for from_ns in range(window[0], window[1], DAY_NS):
        found = view.reader.samples(paths, from_ns, min(from_ns + DAY_NS, window[1]))
        for path, samples in found.items():
            rows[path] += len(samples.source_ns)
            bad[path] += int((samples.status >> 30 != 0).sum())
            doubtful[path] += int(((samples.status & CODE) == STATUS_UNCERTAIN_CLOCK).sum())
    return [
        {
            "signal": source.signal.path,
            "role": source.role,
            "source": source.signal.source,
            "from": view.time(begin(before.get(source.signal.path), window[0])),
            "to": view.time(window[1]),
            "rows": rows[source.signal.path],
            "not_good": bad[source.signal.path],
            "doubtful_time": doubtful[source.signal.path],
        }
        for source in told
    ]


def begin(samples: Samples | None, otherwise_ns: int) -> int:
    """The time of the one sample, if there is one."""
    if samples is None or not len(samples.source_ns):
        return otherwise_ns
    return int(samples.source_ns[0])
