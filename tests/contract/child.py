"""A collector of any kind in a process of its own, to be killed.

Run as a program it reads like the service would, keeps what it is handed in one file, line by line
and synced, and goes on from there when it is started again:
`python -m tests.contract.child KIND CONFIG.json KEPT.jsonl`.
It dawdles before and after a commit, so that many kills fall between that and its acknowledgement.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from edge.model import Batch
from edge.service.kinds import collector
from tests.contract.deadline import until
from tests.unit.collectors.opcua_kept import Kept, rows_of

DAWDLE_S = 0.1
PATIENCE_S = 30.0


class Filed(Kept):
    """A `Deliver` on one file; a line is a commit."""

    def __init__(self, path: Path) -> None:
        lines = recovered(path)
        super().__init__(bytes.fromhex(lines[-1]["key"]) if lines else b"")
        self._file = path.open("ab", buffering=0)
        self._turn = asyncio.Lock()  # commits keep the order of the calls

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        async with self._turn:
            await asyncio.sleep(random.uniform(0, DAWDLE_S))
            rows = [[row.signal, row.source_ns, row.value, row.status] for row in rows_of(batch)]
            self._write({"key": key.hex(), "rows": rows})
            self.key = key
        await asyncio.sleep(random.uniform(0, DAWDLE_S))

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        self._write({"key": self.key.hex(), "gap": [reason, from_ns, to_ns]})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        os.fsync(self._file.fileno())


def recovered(path: Path) -> list[dict[str, Any]]:
    """The commits in the file; a torn last line is cut off, for it was not committed."""
    if not path.exists():
        return []
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    os.truncate(path, len(whole) + 1 if whole else 0)
    return [json.loads(line) for line in whole.splitlines()]


def committed(path: Path) -> list[dict[str, Any]]:
    """The commits and gaps so far, oldest first."""
    lines = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def committed_rows(path: Path) -> list[list[float]]:
    """The committed rows: signal, source time, value, status."""
    return [row for line in committed(path) for row in line.get("rows", [])]


def committed_gaps(path: Path) -> list[list[Any]]:
    """The gaps written down: reason, from, to."""
    return [line["gap"] for line in committed(path) if "gap" in line]


def values(path: Path, signal_id: int) -> list[float]:
    """The committed values of a signal; without repeats, as intake would leave them."""
    rows = [row for row in committed_rows(path) if row[0] == signal_id]
    return [row[2] for i, row in enumerate(rows) if i == 0 or row[1:] != rows[i - 1][1:]]


class Child:
    """The collector in a process of its own."""

    def __init__(self, kind: str, config: BaseModel, folder: Path) -> None:
        self.kept = folder / "kept.jsonl"
        self._kind, self._config = kind, folder / "config.json"
        self._config.write_text(config.model_dump_json())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it connects by itself."""
        arguments = [self._kind, str(self._config), str(self.kept)]
        self._process = subprocess.Popen([sys.executable, "-m", "tests.contract.child", *arguments])

    async def at_work(self) -> None:
        """Return once it has committed something since it was looked at."""
        before = len(committed(self.kept))
        await until(lambda: len(committed(self.kept)) > before, "a commit", PATIENCE_S)

    async def settled(self, signal_id: int, last: float) -> None:
        """Return once the last value is committed."""
        arrived = [last]
        await until(
            lambda: values(self.kept, signal_id)[-1:] == arrived, f"the value {last}", PATIENCE_S
        )

    async def reached(self, signal_id: int, value: float) -> None:
        """Return once that value or a later one is committed."""
        await until(
            lambda: values(self.kept, signal_id)[-1:] >= [value], f"the value {value}", PATIENCE_S
        )

    async def quiet(self) -> None:
        """Return once nothing has come for a while: whatever comes twice has come by then."""
        seen = -1
        async with asyncio.timeout(PATIENCE_S):
            while seen != (seen := len(committed(self.kept))):  # noqa: ASYNC110 - another's work
                await asyncio.sleep(0.2)

    def end(self, how: signal.Signals) -> float:
        """End it, if it runs; how many seconds that took."""
        asked_s = time.monotonic()
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None
        return time.monotonic() - asked_s


async def main(kind: str, config: str, kept: Path) -> None:
    """Collect until SIGTERM."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    module = collector(kind)
    await module.collect(module.Config.model_validate_json(config), Filed(kept))


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_text(), Path(sys.argv[3])))
    except asyncio.CancelledError:
        sys.exit(0)
