"""Every signal of a line: what it means and on which way it comes.

The names `good scrap total state product energy` carry meaning inside a machine; all others are
process values. A PLC shows counters that wrap, its own numbers for states, and text.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Literal

from simulators.line import SITE, STATE_NAMES, STATE_OF, Cause, Gauge, Line, Machine

Kind = Literal["counter", "state", "text", "gauge"]
BROKER = "broker"
ENERGY_TOPIC = "energy"
OLD = 60_000  # counters have run before the simulation begins


@dataclass(frozen=True, slots=True)
class Signal:
    """One named series of one machine."""

    path: str  # hanbit/mask-1/body/good
    machine: str
    name: str
    kind: Kind
    unit: str  # UCUM
    source: str  # id of the PLC, or `broker`
    node: str = ""  # nsu=URI;s=Body.Good
    topic: str = ""
    field: str = ""  # of the message, a JSON object with `ts` in milliseconds
    modulus: int | None = None
    base: int = 0  # what the counter showed when the plant was new
    gauge: Gauge | None = None

    @property
    def live(self) -> bool:
        """Whether it is sent every second; states and texts are sent when they change."""
        return self.kind in ("counter", "gauge")


def plc(line: Line) -> str:
    """The id of a line's PLC as a source."""
    return f"plc-{line.id}"


def namespace(line: Line) -> str:
    """The URI under which a line's PLC has its nodes."""
    return f"urn:{SITE}:{line.id}"


def signals(line: Line) -> tuple[Signal, ...]:
    """All signals of a line, machine by machine, always in the same order."""
    return tuple(
        signal
        for machine in line.machines
        for signal in (*_counts(line, machine), *_states(line, machine), *_gauges(line, machine))
    )


def state_map(line: Line) -> dict[int, str]:
    """What the PLC's numbers mean."""
    return {line.dialect[cause]: STATE_NAMES[STATE_OF[cause]] for cause in Cause}


def _counts(line: Line, machine: Machine) -> list[Signal]:
    unit = "{piece}" if machine.lot == 1 else "{rack}"
    made = [
        replace(
            _signal(line, machine, name, "counter", unit, machine.counts_topic),
            modulus=machine.modulus,
        )
        for name in machine.counts
    ]
    used = _signal(line, machine, "energy", "counter", "kW.h", ENERGY_TOPIC)
    return [
        replace(signal, base=zlib.crc32(signal.path.encode()) % OLD) for signal in (*made, used)
    ]


def _states(line: Line, machine: Machine) -> list[Signal]:
    return [
        _signal(line, machine, "state", "state", "1"),
        _signal(line, machine, "product", "text", "1"),
    ]


def _gauges(line: Line, machine: Machine) -> list[Signal]:
    power = Gauge(machine.id, "power", "kW", "power", sd=0.02, topic=ENERGY_TOPIC)
    return [
        replace(_signal(line, machine, gauge.name, "gauge", gauge.unit, gauge.topic), gauge=gauge)
        for gauge in (*line.gauges, power)
        if gauge.machine == machine.id
    ]


def _signal(
    line: Line, machine: Machine, name: str, kind: Kind, unit: str, topic: str = ""
) -> Signal:
    path = f"{SITE}/{line.id}/{machine.id}"
    if topic:
        return Signal(
            f"{path}/{name}", machine.id, name, kind, unit, BROKER, "", f"{path}/{topic}", name
        )
    tag = f"{_camel(machine.id)}.{_camel(name)}"
    node = f"nsu={namespace(line)};s={tag}"
    return Signal(f"{path}/{name}", machine.id, name, kind, unit, plc(line), node)


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.replace("_", "-").split("-"))
