"""What a signal shows at an instant: the truth as a PLC or a sensor would tell it.

A reading depends on the truth, the signal and the instant alone. So history and the live line,
read at the same instant, show the same value.
"""

import zlib

import numpy as np

from simulators.line import F64, I64, SECOND_NS, Cause, Gauge
from simulators.process import flicker
from simulators.signals import Signal
from simulators.truth import LineTruth, MachineTruth

WH_PER_KWH = 1000  # the meters' resolution


def read(truth: LineTruth, signal: Signal, at_ns: I64) -> F64:
    """The value at each instant; of a text the index of the product."""
    machine = truth.machines[signal.machine]
    if signal.kind == "counter":
        return shown(signal, quantity(truth, signal, at_ns) + signal.base)
    if signal.gauge is not None:
        return _gauge(truth, machine, signal, signal.gauge, at_ns)
    interval = machine.interval(at_ns)
    if signal.kind == "text":
        return machine.product[interval].astype(np.float64)
    dialect = np.array([truth.line.dialect[cause] for cause in Cause], np.float64)
    code: F64 = dialect[machine.cause[interval]]
    return code


def quantity(truth: LineTruth, signal: Signal, at_ns: I64) -> I64:
    """What a counter has counted since the simulation began: pieces, or whole watt hours."""
    machine = truth.machines[signal.machine]
    if signal.name == "energy":
        return np.floor(machine.energy_kwh(at_ns) * WH_PER_KWH).astype(np.int64)
    count = {"good": machine.good, "scrap": machine.scrap, "total": machine.total}[signal.name]
    return count(at_ns)


def shown(signal: Signal, counted: I64) -> F64:
    """A count as the counter's register has it: wrapped; energy in kilowatt hours."""
    if signal.modulus:
        counted = counted % signal.modulus
    return counted / (WH_PER_KWH if signal.name == "energy" else 1)


def changes(truth: LineTruth, signal: Signal, from_ns: int, to_ns: int) -> I64:
    """The instants in [from_ns, to_ns) at which a state or a text changes."""
    machine = truth.machines[signal.machine]
    codes = machine.product if signal.kind == "text" else machine.cause
    edges: I64 = machine.edge_ns[np.flatnonzero(np.diff(codes, prepend=-1))]
    return edges[np.searchsorted(edges, from_ns) : np.searchsorted(edges, to_ns)]


def _gauge(
    truth: LineTruth, machine: MachineTruth, signal: Signal, gauge: Gauge, at_ns: I64
) -> F64:
    value = _true_value(truth, machine, gauge, at_ns)
    value = value + gauge.sd * flicker(zlib.crc32(signal.path.encode()), at_ns)
    if gauge.off is not None or gauge.of == "speed":
        running = machine.cause[machine.interval(at_ns)] == Cause.RUN
        value = np.where(running, value, gauge.off or 0.0)
    return np.round(value, gauge.decimals)


def _true_value(truth: LineTruth, machine: MachineTruth, gauge: Gauge, at_ns: I64) -> F64:
    if gauge.of == "power":
        return machine.watts[machine.interval(at_ns)] / 1000
    if gauge.of == "speed":
        return 60 * SECOND_NS / machine.cycle_ns[np.maximum(machine.run(at_ns), 0)]
    value = truth.process(gauge.of, at_ns) if gauge.of else np.full(at_ns.shape, gauge.mean)
    return value if gauge.work is None else value + machine.effect(gauge.work, at_ns)
