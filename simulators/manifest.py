"""What the simulated site consists of, for programs: enough to write its configuration from.

Addresses are those at which `serve` listens when it is given the same ports.
"""

from collections.abc import Iterable

from simulators.line import Line, Machine
from simulators.shifts import PRODUCTION_DAY_STARTS, SHIFTS, TIMEZONE, first_instant
from simulators.signals import BROKER, Signal, namespace, plc, signals, state_map
from simulators.simulation import simulate
from simulators.site import NAME, SITE
from simulators.truth import LineTruth
from simulators.workers import workers

Json = dict[str, object]
USER, PASSWORD = "gateway", "hanbit-2018"
RACK_RATE_PER_S = 0.05  # racks and cards come one every few minutes


def describe(
    lines: Iterable[Line], start_ns: int, opcua_port: int, broker: tuple[str, int]
) -> Json:
    """The whole site: sources, lines, machines, signals; instants in nanoseconds UTC."""
    lines = tuple(lines)
    return {
        "site": {
            "id": SITE,
            "name": NAME,
            "timezone": TIMEZONE,
            "production_day_starts": PRODUCTION_DAY_STARTS,
        },
        "start_ns": start_ns,
        "sources": [
            *(_plc(line, opcua_port + place) for place, line in enumerate(lines)),
            {"id": BROKER, "kind": "mqtt", "url": "mqtt://{}:{}".format(*broker)},
        ],
        "lines": [_line(line, start_ns) for line in lines],
    }


def true_effects(lines: Iterable[Line], start_ns: int, end_ns: int, seed: int) -> Json:
    """What each line really achieved before and after its levers: the answer to be found."""
    lines = tuple(lines)
    with workers(len(lines)) as pool:
        tasks = [(line, start_ns, end_ns, seed) for line in lines]
        truths = pool.starmap(simulate, tasks, chunksize=1)
    return {truth.line.id: effect(truth, start_ns, end_ns) for truth in truths}


def effect(truth: LineTruth, start_ns: int, end_ns: int) -> Json:
    """Before, after and relative change of one line, in [start_ns, end_ns)."""
    live_ns = truth.line.levers.go_live_ns(truth.start_ns)
    before, after = truth.summary(start_ns, live_ns), truth.summary(live_ns, end_ns)
    change = {
        name: after[name] / before[name] - 1
        for name in ("good_per_planned_h", "defect_rate", "kwh_per_good")
    }
    return {"go_live_ns": live_ns, "before": before, "after": after, "change": change}


def _plc(line: Line, port: int) -> Json:
    return {
        "id": plc(line),
        "kind": "opcua",
        "url": f"opc.tcp://127.0.0.1:{port}",
        "namespace": namespace(line),
        "policies": ["None", "Basic256Sha256"],
        "user": USER,
        "password": PASSWORD,
    }


def _line(line: Line, start_ns: int) -> Json:
    return {
        "id": line.id,
        "name": {"ko": line.ko, "en": line.en},
        "profile": line.profile,
        "products": list(line.products),
        "shifts": [{**shift, "days": "mon-sun", "plan": line.plan} for shift in SHIFTS],
        "limits": {"defect_rate": line.defect_limit},
        "go_live_ns": line.levers.go_live_ns(first_instant(start_ns)),
        "machines": [
            _machine(line, machine, [s for s in signals(line) if s.machine == machine.id])
            for machine in line.machines
        ],
    }


def _machine(line: Line, machine: Machine, of_machine: list[Signal]) -> Json:
    return {
        "id": machine.id,
        "name": {"ko": machine.ko, "en": machine.en},
        "station": machine.station or machine.id,
        "exit": machine.exit,
        "ideal_cycle_s": dict(machine.ideal_cycle_s),
        "signals": [_signal(line, signal) for signal in of_machine],
    }


def _signal(line: Line, signal: Signal) -> Json:
    told: Json = {
        "path": signal.path,
        "name": signal.name,
        "kind": signal.kind,
        "unit": signal.unit,
        "source": signal.source,
    }
    if signal.node:
        told["node"] = signal.node
    else:
        told |= {"topic": signal.topic, "value": f"$.{signal.field}", "time": "$.ts"}
    if signal.modulus:
        told["modulus"] = signal.modulus
    if signal.kind == "state":
        told["map"] = {str(code): name for code, name in state_map(line).items()}
    if signal.unit == "{rack}":
        told["max_rate"] = RACK_RATE_PER_S
    return told
