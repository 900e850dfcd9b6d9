"""node-opcua, an OPC UA server that we did not write: installed as locked, told what to do.

It is installed on demand below the user's cache, outside the checkout, and once for all checkouts
of the same lock file.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from tests.servers.ports import free_port

HERE = Path(__file__).with_name("node-opcua")
INSTALL_S = 300
NPM = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error")
START_S = 60


def installed(here: Path = HERE) -> Path:
    """A folder with what is locked `here`; skips, or fails with CI=true, where node is missing."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            missing(f"'{tool}' is not on PATH; install Node.js 20 or newer")
    lock = (here / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lineproof"
    folder = cache / f"{here.name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock")):
        if not folder.exists():
            install(folder, here)
    return folder


def missing(what: str) -> None:
    """Skip loudly at a desk, fail where everything has to be there."""
    reason = f"contract tests need a server: {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among all processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(folder: Path, here: Path) -> None:
    """Install what the lock file names; the folder is there whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(here / name, draft)
        done = subprocess.run(
            [
                "npm",
                "ci",
                "--ignore-scripts",
                "--omit=optional",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ],
            cwd=draft,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
        if done.returncode:
            missing(f"npm ci failed: {done.stderr.strip()[-500:]}")
        shutil.copytree(draft, folder, symlinks=True)


class Peer:
    """One running server."""

    def __init__(self, folder: Path, port: int | None = None, **options: Any) -> None:  # noqa: ANN401 - JSON
        """Start it; it listens when this returns.

        Args:
            folder: for its certificate and its log.
            port: where it listens; default one that is free.
            options: users, anonymous, accepts, sessions, namespaces, nodes, sampling_ms.
        """
        self.port = port or free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}"
        self.options = {"port": self.port, "pki": str(folder / "pki"), **options}
        with (folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["node", str(HERE / "server.js"), json.dumps(self.options)],
                env={**os.environ, "NODE_OPCUA": str(installed())},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        ready = self._answer()
        if not ready["ready"]:
            raise OSError(f"server does not start: {ready['error']}")
        self.sha256 = str(ready["sha256"])

    def do(self, command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Have the server do something, and wait until it is done."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        assert answer["ok"], answer
        return answer

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer(self) -> dict[str, Any]:
        """The next line of JSON; node-opcua itself prints warnings between them."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return dict(json.loads(line))
        raise OSError(f"the server ended with {self.process.wait(START_S)}; see its log")
