"""Rows 36 to 45: what happens on the way between us and the servers."""

import time

from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.system.rig import until

NOTICED_S = 10.0
STORM_S = 30.0
SLOW_S = 20.0
LATENCY_S = 0.3
RATE = 20_000.0  # bytes a second


def both(stage: Stage, action: str, *arguments: object) -> None:
    """Do something to both ways."""
    for way in (stage.to_plc, stage.to_broker):
        getattr(way, action)(*arguments)


@fault("36a", "black hole of 10 s", is_short=True)
def hole(stage: Stage) -> float:
    """Shorter than any session: everything arrives after it."""
    return dark(stage, 10.0)


@fault("36b", "black hole of 45 s")
def long_hole(stage: Stage) -> float:
    """Longer than our patience with a link, shorter than what the servers keep."""
    return dark(stage, 45.0)


def dark(stage: Stage, seconds: float) -> float:
    """No byte in either direction for so long."""
    stage.connected()
    both(stage, "hole")
    stage.run_for(seconds)
    both(stage, "heal")
    return stage.fresh(time.time_ns())


@fault("37", "reset storm", is_short=True)
def storm(stage: Stage) -> float:
    """Every link breaks every one to three seconds; we come back no more often than that."""
    stage.connected()
    before = stage.to_plc.connects
    deadline, resets = time.monotonic() + STORM_S, 0
    while time.monotonic() < deadline:
        stage.run_for(stage.chance.uniform(1, 3))
        both(stage, "reset")
        resets += 1
    assert stage.to_plc.connects - before <= 2 * resets, "no back-off"
    return stage.fresh(time.time_ns(), within_s=60)


@fault("38", "half-open link", trials=2)
def half(stage: Stage) -> float:
    """Nothing comes any more though everything goes: noticed, and said."""
    stage.connected()
    both(stage, "hole", "down")
    until(lambda: not running(stage), "both are noticed", NOTICED_S)
    both(stage, "heal")
    return stage.fresh(time.time_ns())


def running(stage: Stage) -> list[str]:
    """Sources that are said to run."""
    sources = stage.gateway.get("health")["sources"]
    return [one["id"] for one in sources if one["state"] == "running"]


@fault("39", "300 ms latency, jitter, 20 kB/s")
def slow(stage: Stage) -> float:
    """No link is given up for being slow."""
    stage.connected()
    before = stage.to_plc.connects, stage.to_broker.connects
    both(stage, "slow", LATENCY_S, LATENCY_S, RATE)
    stage.run_for(SLOW_S)
    after = stage.to_plc.connects, stage.to_broker.connects
    both(stage, "heal")
    assert after == before, f"connected {after} times, not {before}"
    return stage.fresh(time.time_ns())


@fault("43", "connect hangs")
def hang(stage: Stage) -> float:
    """A server that accepts and never answers: every wait has its end, and health says so."""
    stage.connected()
    stage.gateway.stop()
    both(stage, "hole")
    stage.gateway.start()
    until(stage.gateway.answers, "the pages are served")
    until(lambda: stage.gateway.source("plc1")["state"] == "waiting", "a reason is given", 30)
    assert stage.gateway.source("plc1")["message"]
    both(stage, "heal")
    return stage.fresh(time.time_ns(), within_s=60)


@fault("45", "everything heals at once", influx="1.8.10")
def together(stage: Stage) -> float:
    """Sources and sink were away: live data come first, the backlog follows."""
    stage.connected()
    ways = (stage.to_plc, stage.to_broker, stage.to_sink)
    for way in ways:
        way.refuse()
    stage.run_for(SLOW_S)
    for way in ways:
        way.heal()
    return stage.fresh(time.time_ns(), within_s=60)
