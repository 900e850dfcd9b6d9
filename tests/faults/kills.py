"""Many lives: `kill -9` at any moment, or the power cut, and the verdict over all of it at the end.

`python -m tests.faults.kills [--cycles 1000] [--power 500] [--seed N]`. A PLC and a broker count on
the whole time, and each keeps what it made until we acknowledge it. Half of the lives end while
they start, the others soon after they have stored something. A power cut leaves what lies on the
medium at that moment (ext4 with `noauto_da_alloc`, a copy of its image), and the next life begins
on it; all that was said to be stored has to be there.
"""

import argparse
import os
import platform
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.rows_storage import sealed, stored
from tests.faults.stage import Stage
from tests.servers.ports import free_port
from tests.system.rig import until
from tests.system.witness import journalled

START_S = 4.0  # within which half of the lives end, whatever they were at
AFTER_S = 0.5  # after the first rows of the others
STORES_S = 60.0
TOLD_EVERY = 50  # cycles
EXAMINED_EVERY = 25  # power cuts: the whole medium is read by another program

End = Callable[[Stage], None]


@dataclass
class Lives:
    """What became of them."""

    stored: int = 0
    back_s: list[float] = field(default_factory=list)  # from the start to the first rows of all

    def told(self, cycles: int) -> str:
        """In one line."""
        ordered = sorted(self.back_s)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        return (
            f"{cycles} lives, {self.stored} of them stored something; start to fresh data of both: "
            f"median {statistics.median(ordered):.1f} s, 95 % {p95:.1f} s, most {ordered[-1]:.1f} s"
        )


def kill(stage: Stage) -> None:
    """`kill -9`."""
    stage.gateway.kill()


class PowerCut:
    """The end of everything that was not on the medium."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, stage: Stage) -> None:
        """Stop the process in its tracks, keep the medium, and go on with it."""
        assert stage.disk is not None
        self.count += 1
        os.kill(stage.gateway.pid, signal.SIGSTOP)
        told = stored(stage.gateway.data)
        copy = stage.folder / "cut.img"
        stage.disk.cut(copy)
        stage.gateway.kill()
        stage.disk.replace(copy)
        there = stored(stage.gateway.data)
        assert all(there.get(name, 0) >= rows for name, rows in told.items()), (told, there)
        if self.count % EXAMINED_EVERY == 0:
            rows = len(journalled(stage.gateway.data))
            assert rows + sealed(stage.gateway.data) == sum(there.values()), (rows, there)


def lived(stage: Stage, cycles: int, end: End) -> Lives:
    """So many lives, one after the other."""
    lives = Lives()
    for n in range(1, cycles + 1):
        before = stored(stage.gateway.data)
        if stage.chance.random() < 0.5:
            lives.back_s.append(stage.fresh(time.time_ns(), STORES_S))
            time.sleep(stage.chance.uniform(0, AFTER_S))
        else:
            time.sleep(stage.chance.uniform(0, START_S))
        stage.gateway.lives()
        end(stage)
        lives.stored += stored(stage.gateway.data) != before
        stage.gateway.port = free_port()  # meanwhile somebody else may have taken the old one
        stage.gateway.write(stage.document())
        stage.gateway.start()
        if n % TOLD_EVERY == 0:
            sys.stderr.write(f"{time.strftime('%H:%M:%S')} {n} {lives.told(n)}\n")
    until(stage.gateway.answers, "the last life answers", STORES_S)
    return lives


def tried(cycles: int, seed: int, *, power: bool) -> bool:
    """One trial: play, judge, say; whether everything fits."""
    with (
        TemporaryDirectory(prefix="kills-") as folder,
        Stage(Path(folder), seed, disk="ext4" if power else "") as stage,
    ):
        stage.connected()
        lives = lived(stage, cycles, PowerCut() if power else kill)
        violations = stage.judged()
        rows = sum(len(one.rows) for one in stage.made().values())
    kinds = Counter(one.kind.value for one in violations)
    sys.stdout.write(
        f"{'power cuts' if power else 'kill -9'}, seed {seed}: {lives.told(cycles)}\n"
        f"{rows} samples made: "
        f"{dict(kinds) if violations else 'nothing lost, doubled or invented'}\n"
    )
    for one in violations[:20]:
        sys.stdout.write(f"  {one.kind.value}: {one.where}: {one.what}\n")
    sys.stdout.flush()
    return not violations and lives.stored > cycles / 3


def main() -> int:
    """Play what is asked for; 1 if something does not fit."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--cycles", type=int, default=0, help="kill -9, such as 1000")
    parser.add_argument("--power", type=int, default=0, help="power cuts, such as 500; needs root")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    if not options.cycles and not options.power:
        parser.error("nothing to do: --cycles N, --power N, or both")
    holds = [
        tried(cycles, options.seed, power=power)
        for cycles, power in ((options.cycles, False), (options.power, True))
        if cycles
    ]
    sys.stdout.write(f"{platform.platform()}\n")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
