"""Rows 1 to 12: what happens to our own process."""

import os
import signal
import subprocess
import sys
import time

from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.system.rig import LINEPROOF, until

KILLS = 10
CRASHES = ("commit.before", "commit.after", "ack.before")
AWAY_S = 15.0
BUSY_S = 20.0
FILES = 64
TAKEN = 5  # exit code: the folder is in use


@fault("1", "kill -9 at random", trials=3)
def kill(stage: Stage) -> float:
    """Killed while it works and while it starts; the longest time to fresh data."""
    waited_s = []
    for _ in range(KILLS):
        stage.connected()
        time.sleep(stage.chance.uniform(0, 1))
        stage.gateway.kill()
        stage.gateway.start()
        if stage.chance.random() < 0.5:
            time.sleep(stage.chance.uniform(0, 2))
            stage.gateway.kill()
            stage.gateway.start()
        waited_s.append(stage.fresh(time.time_ns()))
    return max(waited_s)


@fault("2a", "kill -9 around commit and acknowledgement, first visits", is_short=True)
def crash_early(stage: Stage) -> None:
    """Before and after the commit, and before the acknowledgement, while links come up."""
    crash(stage, range(1, 4))


@fault("2b", "kill -9 around commit and acknowledgement", trials=2)
def crash_anywhere(stage: Stage) -> None:
    """The same, at ten visits each."""
    crash(stage, range(1, 11))


def crash(stage: Stage, visits: range) -> None:
    """One life for each crash point and visit."""
    stage.connected()
    for n in visits:
        for point in CRASHES:
            stage.gateway.kill()
            stage.gateway.setting = {"LINEPROOF_CRASH": f"{point}:{n}"}
            stage.gateway.start()
            until(lambda: stage.gateway.ended() is not None, f"it dies at {point}")
            assert stage.gateway.ended() == -signal.SIGKILL, stage.gateway.log()[-2000:]
    stage.gateway.kill()
    stage.gateway.setting = {}
    stage.gateway.start()
    stage.connected()


@fault("4", "SIGSTOP and SIGCONT", is_short=True)
def stand(stage: Stage) -> float:
    """It stands still for longer than keep-alives last, and goes on."""
    stage.connected()
    os.kill(stage.gateway.pid, signal.SIGSTOP)
    time.sleep(AWAY_S)
    os.kill(stage.gateway.pid, signal.SIGCONT)
    return stage.fresh(time.time_ns())


@fault("7", "few file descriptors")
def starve_files(stage: Stage) -> float:
    """With 64 of them it stores, and the pages answer."""
    stage.connected()
    stage.gateway.stop()
    stage.gateway.wrap = ["prlimit", f"--nofile={FILES}:{FILES}"]
    stage.gateway.start()
    waited_s = stage.fresh(time.time_ns())
    stage.run_for(AWAY_S)
    assert stage.gateway.answers()
    return waited_s


@fault("8", "CPU starved by four busy loops on its core")
def starve(stage: Stage) -> float:
    """No link is taken for dead, and nothing is lost."""
    stage.connected()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(stage.gateway.pid, {core})
    loop = [
        sys.executable,
        "-c",
        f"import time; e = time.time() + {BUSY_S}\nwhile time.time() < e: 0",
    ]
    busy = [subprocess.Popen(["taskset", "-c", str(core), *loop]) for _ in range(4)]
    before = stage.to_plc.connects, stage.to_broker.connects
    try:
        stage.run_for(BUSY_S)
    finally:
        for process in busy:
            process.wait()
    assert (stage.to_plc.connects, stage.to_broker.connects) == before, "a link was given up"
    return stage.fresh(time.time_ns())


@fault("11", "second instance started", is_short=True)
def second(stage: Stage) -> None:
    """It refuses with a message, and the first goes on."""
    stage.connected()
    line = [LINEPROOF, "run", "--config", str(stage.gateway.folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == TAKEN, done
    assert str(stage.gateway.folder) in done.stderr, done.stderr
    stage.fresh(time.time_ns())
