"""How soon fresh data are stored once a server, a link or we ourselves are back.

One service reads node-opcua and Mosquitto, each behind a way that can be cut, 50 values a second
of each; a life goes through all trials, and the judge of the faults looks at what is stored in the
end. Times run from the moment in which a server accepts links, a way carries bytes or the process
is started, to the commit of something made after it; commits are a second apart, as by default.
"""

import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.checker import Kind
from tests.faults.rows_servers import go_on, quiet
from tests.faults.stage import Stage

TRIALS = 30
AWAY_S = 5.0
SEED = 20261121


class Usual(Stage):
    """A site that commits as often as one that says nothing about it."""

    commit_ms = 1_000


def measure() -> dict[str, float]:
    """All of it; ten minutes."""
    with (
        TemporaryDirectory(prefix="recovery-") as folder,
        Usual(Path(folder), SEED) as stage,
    ):
        figures = {
            f"{name}, {what}": figure
            for name, trial in TRIED.items()
            for what, figure in spread([trial(stage) for _ in range(TRIALS)]).items()
        }
        kinds = [one.kind for one in stage.judged()]
    figures["trials of each"] = TRIALS
    figures["samples missing"] = kinds.count(Kind.LOST)
    figures["samples with a wrong time or value"] = kinds.count(Kind.PHANTOM)
    figures["samples stored twice"] = kinds.count(Kind.DOUBLED)
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
    quiet(stage)
    stage.plc.restart(away_s=AWAY_S)
    return go_on(stage)


def link(stage: Stage) -> float:
    """No byte passes on either way for some seconds."""
    stage.connected()
    ways = stage.to_plc, stage.to_broker
    for way in ways:
        way.hole()
    stage.run_for(AWAY_S)
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
