"""The simulation of a demo: when its lines were new, and at which ports they are found today.

A port is reserved by a name in the kernel as long as the demo runs, so that demos which start at
one moment, whoever starts them, never want the same.
"""

import json
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edge.clock import SYSTEM
from edge.errors import Unavailable
from edge.model import DAY_NS, SECOND_NS

FILE = "simulation.json"
FIRST_PORTS = {"opcua": 14840, "broker": 11883}
LAST_PORT = 32000
PORTS_APART = 500  # demos have ports of their own, if those of their pages differ by less


@dataclass(frozen=True, slots=True)
class Simulation:
    """The simulated lines of one demo folder: when they were new, where they are found today."""

    start_ns: int
    days: int
    opcua_port: int
    broker_port: int

    @property
    def arguments(self) -> list[str]:
        """What makes the simulators play these very lines."""
        return ["--start", str(self.start_ns), "--days", str(self.days)]

    @property
    def broker(self) -> str:
        """Address of their broker."""
        return f"127.0.0.1:{self.broker_port}"


def simulation_of(folder: Path, days: int, port: int, held: ExitStack) -> Simulation:
    """The simulation of this folder; a new one is as old as its history is to be long.

    Its ports follow from that of the pages, and are reserved until `held` is closed.
    """
    kept = folder / FILE
    if kept.exists():
        facts = json.loads(kept.read_text("utf-8"))
        start_ns, days = int(facts["start_ns"]), int(facts["days"])
    else:
        now_s = SYSTEM.wall_ns() // SECOND_NS
        start_ns = now_s * SECOND_NS - days * DAY_NS
        folder.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(".draft")  # whole or not there: Ctrl-C may come at any moment
        draft.write_text(json.dumps({"start_ns": start_ns, "days": days}), "utf-8")
        draft.replace(kept)
    apart = port % PORTS_APART * 10
    opcua = free_ports(FIRST_PORTS["opcua"] + apart, 3, held)
    return Simulation(start_ns, days, opcua, free_ports(FIRST_PORTS["broker"] + apart, 1, held))


def free_ports(first: int, count: int, held: ExitStack) -> int:
    """The first of so many neighbouring free ports on loopback, reserved.

    Raises:
        Unavailable: where there are none.
    """
    for port in range(first, LAST_PORT, 10):
        with ExitStack() as trial:
            if all(reserved(port + n, trial) for n in range(count)):
                held.push(trial.pop_all())
                return port
    raise Unavailable(f"no {count} free ports from {first} to {LAST_PORT}; end what uses them")


def reserved(port: int, held: ExitStack) -> bool:
    """Whether a port of loopback is free and no other demo has reserved it; it is ours then."""
    name = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    try:
        name.bind(f"\0lineproof-demo-{port}")
    except OSError:
        return False
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
