"""How soon fresh data are stored once a server, a link or we ourselves are back.

`python -m tests.bench.recovery [NAME…]`, a name being a part of one. A service reads node-opcua and
Mosquitto, each behind a way that can be cut, 50 values a second of each; a stage lasts for all
trials of a kind, and the judge of the faults looks at what is stored in the end. Times run from the
moment in which a server accepts links, a way carries bytes or the process is started, to the commit
of something made after it; commits are a second apart, as by default.
"""

import math
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.bytecode import compiled
from tests.faults.checker import Kind
from tests.faults.reading import latest
from tests.faults.stage import GOOD, Stage
from tests.system.rig import until

TRIALS = 30
AWAY_S = 3.0
CUT_S = 5.0
BACK_S = 60.0
SEED = 20261121


class Usual(Stage):
    """A site that commits as often as one that says nothing about it."""

    commit_ms = 1_000


def measure() -> dict[str, float]:
    """All of it; twelve minutes on a machine that does nothing else."""
    return measured("")


def measured(part: str) -> dict[str, float]:
    """The kinds of trial whose names hold this."""
    figures, kinds = dict[str, float](), Counter[Kind]()
    compiled()
    for name, trial in TRIED.items():
        if part in name:
            with (
                TemporaryDirectory(prefix="recovery-") as folder,
                Usual(Path(folder), SEED) as stage,
            ):
                waits_s = [trial(stage) for _ in range(TRIALS)]
                kinds.update(one.kind for one in stage.judged())
            figures |= {f"{name}, {what}": figure for what, figure in spread(waits_s).items()}
    figures["trials of each"] = TRIALS
    figures["samples missing"] = kinds[Kind.LOST]
    figures["samples with a wrong time or value"] = kinds[Kind.PHANTOM]
    figures["samples stored twice"] = kinds[Kind.DOUBLED]
    return figures


def spread(waited_s: list[float]) -> dict[str, float]:
    """Median, 95 % and maximum, s."""
    ordered = sorted(waited_s)
    return {
        "median s": statistics.median(ordered),
        "95 % s": ordered[math.ceil(0.95 * len(ordered)) - 1],
        "max s": ordered[-1],
    }


def plc(stage: Stage) -> float:
    """The server's process ends, and another one begins some seconds later."""
    stage.connected()
    stage.plc.stand()
    last_ns = stage.plc.rows[-1].source_ns  # what is not stored yet, a power cut would take
    until(lambda: latest(stage.gateway.data)[GOOD] >= last_ns, "all is stored")
    stage.plc.restart(away_s=AWAY_S)
    began_s, before = time.monotonic(), stage.stored("plc1")
    until(lambda: stage.stored("plc1") > before, "the value that stands there now", BACK_S)
    waited_s = time.monotonic() - began_s
    stage.plc.count()
    return waited_s


def link(stage: Stage) -> float:
    """No byte passes on either way for some seconds."""
    stage.connected()
    ways = stage.to_plc, stage.to_broker
    for way in ways:
        way.hole()
    stage.run_for(CUT_S)
    for way in ways:
        way.heal()
    return stage.fresh(time.time_ns())


def broker(stage: Stage) -> float:
    """The broker ends in good order, and begins some seconds later."""
    stage.connected()
    stage.mosquitto.stop()
    stage.run_for(AWAY_S)
    stage.mosquitto.start()
    return stage.fresh(time.time_ns())


def kill(stage: Stage) -> float:
    """`kill -9` of the service, which is started at once: its own start counts."""
    stage.connected()
    time.sleep(stage.chance.uniform(0, 1))
    stage.gateway.kill()
    stage.gateway.start()
    return stage.fresh(time.time_ns())


TRIED: dict[str, Callable[[Stage], float]] = {
    "PLC restarted": plc,
    "link cut for 5 s": link,
    "broker restarted": broker,
    "service killed": kill,
}


if __name__ == "__main__":
    for wanted in sys.argv[1:] or [""]:
        for what, seconds in measured(wanted).items():
            sys.stdout.write(f"{what}: {seconds:.2f}\n")
