"""Rows 5 to 12 once more: what is wrong with ourselves, and who starts us again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tests.faults import poked
from tests.faults.keeper import Keeper
from tests.faults.matrix import fault
from tests.faults.rows_storage import findings
from tests.faults.stage import Stage
from tests.system.rig import lineproof, until

POISONS = ("", "site: {", "\0", "sources: 7\n", "{}", "lines:\n\t- id: mask-1\n", "[" * 9_999)
STARTS = 20
SESSIONS = 2
HELD_S = 30.0
THREADS = ("intake", "engine", "sealer", "health")
WAKES_S = 20.0 + 10.0  # as often as the sealer is asked, and ten seconds to notice
TIGHT_S = 15.0
ROOM = 4 * 1024 * 1024  # more than it has by now
BEFORE = "c21a8bc"  # the oldest commit whose journal.db and records.db are like ours
PACKAGES = ("api", "collectors", "edge", "kpi", "simulators")
ROOT = Path(__file__).parents[2]
RUN_S = 3.0
BEGIN = "import sys; sys.argv.pop(0); from edge.cli.main import main; main()"
"""The installed script begins today's version, and no other has to begin in the same place."""
PAGES = Path("api") / "static"


@fault("5", "twenty starts with a configuration that has faults")
def poison(stage: Stage) -> float:
    """The last good one is used, the health page says so, and the PLC has no more sessions."""
    stage.connected()
    until(stage.gateway.answers, "the pages are served: this configuration is good")
    file = stage.gateway.folder / "lineproof.yaml"
    sound, waited_s = file.read_text("utf-8"), []
    for n in range(STARTS):
        stage.gateway.stop()
        cut = stage.chance.randrange(len(sound) - 1)  # half written, too
        file.write_text(POISONS[n % len(POISONS)] if n % 2 else sound[:cut], "utf-8")
        stage.gateway.start()
        waited_s.append(stage.fresh(time.time_ns()))
        until(stage.gateway.answers, "the pages are served")
        assert findings(stage, "gateway/configuration") == ["finding.configuration"]
        assert stage.plc.sessions() <= SESSIONS, "dead sessions pile up"
    lineproof("check", "--config", stage.gateway.folder, code=3)
    stage.gateway.stop()
    file.write_text(sound, "utf-8")
    stage.gateway.start()
    until(stage.gateway.answers, "the pages are served")
    assert findings(stage, "gateway/configuration") == []
    return max(waited_s)


@fault("6", "no memory left")
def squeeze(stage: Stage) -> float:
    """Whatever it does then, started again it has lost nothing that it acknowledged."""
    stage.connected()
    deadline = time.monotonic() + TIGHT_S
    try:
        limit(stage, size(stage.gateway.pid) + ROOM)
        while stage.gateway.ended() is None and time.monotonic() < deadline:
            questions(stage)
    finally:
        if stage.gateway.ended() is None:
            stage.gateway.kill()  # as the kernel does, which takes whoever grows
    stage.gateway.start()
    return stage.fresh(time.time_ns())


def size(pid: int) -> int:
    """Bytes of address space that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def limit(stage: Stage, most: int) -> None:
    """Let the service have so many bytes of address space."""
    subprocess.run(["prlimit", f"--as={most}:", "--pid", str(stage.gateway.pid)], check=True)


def questions(stage: Stage) -> None:
    """Ask for what takes memory, whether or not it is answered."""
    for path in ("health", "stops", "kpis", "signals"):
        try:
            stage.gateway.get(path)
        except OSError:
            time.sleep(0.1)


@fault("9", "event loop held for thirty seconds")
def hold(stage: Stage) -> float:
    """The watchdog of the system notices, and what was not acknowledged comes again."""
    with kept(stage) as keeper:
        stage.connected()
        (stage.folder / "poked" / "hold").write_text(str(HELD_S), "ascii")
        began_s = time.monotonic()
        stage.gateway.tell(signal.SIGUSR1)
        until(lambda: keeper.ended == ["was silent"], "it is noticed", keeper.patience_s + 5)
        stage.fresh(time.time_ns())
        return time.monotonic() - began_s


@fault("10", "a thread ends")
def end_threads(stage: Stage) -> float:
    """Noticed within ten seconds, whichever it was; the process ends itself and begins anew."""
    waited_s = []
    with kept(stage) as keeper:
        for n, name in enumerate(THREADS, 1):
            stage.connected()
            assert stage.gateway.get("health")  # so that its thread has begun
            (stage.folder / "poked" / "ends").write_text(name, "ascii")
            began_s = time.monotonic()
            stage.gateway.tell(signal.SIGUSR2)
            until(partial(is_seen, stage, keeper, n), f"the end of {name} is seen", WAKES_S)
            stage.fresh(time.time_ns())
            waited_s.append(time.monotonic() - began_s)
    return max(waited_s)


def is_seen(stage: Stage, keeper: Keeper, ends: int) -> bool:
    """Whether it has begun anew so often; an idle thread ends when it is next asked something."""
    with suppress(OSError):
        stage.gateway.get("health")
    return len(keeper.ended) == ends


@contextmanager
def kept(stage: Stage) -> Iterator[Keeper]:
    """The service runs under a watchdog, and can be harmed from inside."""
    stage.connected()
    stage.gateway.stop()
    folder = stage.folder / "poked"
    folder.mkdir()
    shutil.copy(poked.__file__, folder / "sitecustomize.py")
    before = stage.gateway.setting
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))
    stage.gateway.setting = {**before, "PYTHONPATH": path}
    try:
        with Keeper(stage.gateway, stage.folder) as keeper:
            yield keeper
    finally:
        stage.gateway.setting = before


@fault("12", "upgrade, and back, and up again")
def upgrade(stage: Stage) -> float:
    """Each version reads what the other wrote, and goes on where it ended."""
    stage.connected()
    old = checked_out(stage.folder / "old")
    waited_s = []
    stage.gateway.wrap = [sys.executable, "-P", "-c", BEGIN]
    for path in (old, ROOT, old, ROOT):
        stage.gateway.stop()
        stage.gateway.setting = {"PYTHONPATH": str(path)}
        stage.gateway.start()
        waited_s.append(stage.fresh(time.time_ns()))
        stage.run_for(RUN_S)
    return max(waited_s)


def checked_out(folder: Path) -> Path:
    """The files of an older version; it takes a clone with its history."""
    folder.mkdir()
    line = ["git", "-C", str(ROOT), "archive", "--format=tar", BEFORE, *PACKAGES]
    packed = subprocess.run(line, check=False, capture_output=True)
    assert packed.returncode == 0, f"{packed.stderr.decode()}; is this a whole clone?"
    unpack = ["tar", "--extract", "--directory", str(folder)]
    subprocess.run(unpack, input=packed.stdout, check=True)
    shutil.copytree(ROOT / PAGES, folder / PAGES)  # built, so no commit has them
    return folder
