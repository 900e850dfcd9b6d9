"""What the OPC UA contract is tried with: a keeper of rows, and a process that can be killed.

Run as a program it reads like the service would, keeps what it is handed in one file, line by line
and synced, and goes on from there when it is started again:
`python -m tests.contract.opcua_peer CONFIG.json KEPT.jsonl`.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from collectors.opcua import collect
from collectors.opcua.settings import Config
from edge.model import Batch
from tests.unit.collectors.opcua_kept import Kept, rows_of


class Filed(Kept):
    """A `Deliver` on one file; a line is a commit."""

    def __init__(self, path: Path) -> None:
        lines = recovered(path)
        super().__init__(bytes.fromhex(lines[-1]["key"]) if lines else b"")
        self._file = path.open("ab", buffering=0)

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        rows = [[row.signal, row.source_ns, row.value, row.status] for row in rows_of(batch)]
        self._write({"key": key.hex(), "rows": rows})
        self.key = key

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


def committed_rows(path: Path) -> list[list[float]]:
    """The committed rows: signal, source time, value, status."""
    lines = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
    return [row for line in lines for row in json.loads(line).get("rows", [])]


def values(path: Path, signal_id: int) -> list[float]:
    """The committed values of a signal; without repeats, as intake would leave them."""
    rows = [row for row in committed_rows(path) if row[0] == signal_id]
    return [row[2] for i, row in enumerate(rows) if i == 0 or row[1:] != rows[i - 1][1:]]


class Child:
    """The collector in a process of its own."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.kept = folder / "kept.jsonl"
        self._config = folder / "config.json"
        self._config.write_text(config.model_dump_json())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it connects by itself."""
        command = [sys.executable, "-m", "tests.contract.opcua_peer", str(self._config)]
        self._process = subprocess.Popen([*command, str(self.kept)])

    async def at_work(self) -> None:
        """Return once it has committed rows since it was started."""
        before = len(committed_rows(self.kept))
        async with asyncio.timeout(20):
            while len(committed_rows(self.kept)) <= before:  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.05)

    async def settled(self, signal_id: int, last: float) -> None:
        """Return once the last value is committed."""
        async with asyncio.timeout(20):
            while values(self.kept, signal_id)[-1:] != [last]:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.1)

    def end(self, how: signal.Signals) -> float:
        """End it; how many seconds that took."""
        assert self._process is not None
        asked_s = time.monotonic()
        self._process.send_signal(how)
        self._process.wait(10)
        return time.monotonic() - asked_s


async def main(config: Config, kept: Path) -> None:
    """Collect until SIGTERM."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await collect(config, Filed(kept))


if __name__ == "__main__":
    try:
        wanted = Config.model_validate_json(Path(sys.argv[1]).read_text())
        asyncio.run(main(wanted, Path(sys.argv[2])))
    except asyncio.CancelledError:
        sys.exit(0)
