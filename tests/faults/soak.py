"""One long trial: faults of every kind at random moments, then the verdict over all of it.

`python -m tests.faults.soak [--minutes N] [--seed N]`. Machines count on the whole time; every
source keeps what it makes, so nothing may be missing, doubled or invented at the end.
"""

import argparse
import os
import platform
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.stage import Stage

QUIET_S = 2.0, 20.0  # between two faults
BACK_S = 60.0  # at the latest, after each


def kill(stage: Stage) -> None:
    """`kill -9`, sometimes once more while it starts."""
    stage.gateway.kill()
    stage.gateway.start()
    if stage.chance.random() < 0.3:
        time.sleep(stage.chance.uniform(0, 3))
        stage.gateway.kill()
        stage.gateway.start()


def stop(stage: Stage) -> None:
    """An orderly restart, as an update has it."""
    code, took_s = stage.gateway.stop()
    assert code == 0
    assert took_s <= 5, f"it took {took_s:.1f} s to end"
    time.sleep(stage.chance.uniform(0, 10))
    stage.gateway.start()


def freeze(stage: Stage) -> None:
    """The process stands still."""
    os.kill(stage.gateway.pid, signal.SIGSTOP)
    time.sleep(stage.chance.uniform(1, 20))
    os.kill(stage.gateway.pid, signal.SIGCONT)


def hole(stage: Stage) -> None:
    """A way swallows everything, in one direction or both."""
    way = stage.chance.choice([stage.to_plc, stage.to_broker])
    way.hole(*stage.chance.choice([("up",), ("down",), ("up", "down")]))
    stage.run_for(stage.chance.uniform(1, 30))
    way.heal()


def reset(stage: Stage) -> None:
    """A way breaks off some times."""
    way = stage.chance.choice([stage.to_plc, stage.to_broker])
    for _ in range(stage.chance.randrange(1, 6)):
        way.reset()
        stage.run_for(stage.chance.uniform(0, 2))


def refuse(stage: Stage) -> None:
    """Nobody listens for a while."""
    way = stage.chance.choice([stage.to_plc, stage.to_broker])
    way.refuse()
    stage.run_for(stage.chance.uniform(1, 20))
    way.heal()


def slow(stage: Stage) -> None:
    """A bad radio link."""
    way = stage.chance.choice([stage.to_plc, stage.to_broker])
    way.slow(stage.chance.uniform(0, 0.5), stage.chance.uniform(0, 0.5), 20_000)
    stage.run_for(stage.chance.uniform(5, 20))
    way.heal()


def broker(stage: Stage) -> None:
    """The broker is restarted."""
    stage.mosquitto.stop()
    stage.run_for(stage.chance.uniform(0, 10))
    stage.mosquitto.start()


FAULTS: list[Callable[[Stage], None]] = [kill, stop, freeze, hole, reset, refuse, slow, broker]


def played(stage: Stage, minutes: float) -> tuple[Counter[str], float]:
    """Faults until the time is over: how many of each, and the longest way back to fresh data."""
    done, longest_s = Counter[str](), 0.0
    deadline = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline:
        stage.run_for(stage.chance.uniform(*QUIET_S))
        fault = stage.chance.choice(FAULTS)
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {fault.__name__}\n")
        fault(stage)
        longest_s = max(longest_s, stage.fresh(time.time_ns(), BACK_S))
        done[fault.__name__] += 1
    return done, longest_s


def main() -> int:
    """Play, judge, say; 1 if something does not fit."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    with TemporaryDirectory(prefix="soak-") as folder, Stage(Path(folder), options.seed) as stage:
        done, longest_s = played(stage, options.minutes)
        violations = stage.judged()
        rows = sum(len(one.rows) for one in stage.made().values())
    kinds = Counter(one.kind.value for one in violations)
    sys.stdout.write(
        f"{sum(done.values())} faults in {options.minutes:g} minutes: {dict(done)}\n"
        f"{rows} samples made; longest way back to fresh data {longest_s:.1f} s\n"
        f"{dict(kinds) if violations else 'nothing lost, doubled or invented'}\n"
        f"{platform.platform()}\n"
    )
    for one in violations[:20]:
        sys.stdout.write(f"  {one.kind.value}: {one.where}: {one.what}\n")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
