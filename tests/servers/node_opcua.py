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
from typing import Any

from tests.servers.ports import free_port
from tests.servers.process import Process
from tests.servers.ready import missing

HERE = Path(__file__).with_name("node-opcua")
INSTALL_S = 300
NPM = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error")


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
            ["npm", "ci", *NPM],
            cwd=draft,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
        if done.returncode:
            missing(f"npm ci failed: {done.stderr.strip()[-500:]}")
        shutil.copytree(draft, folder, symlinks=True)


class Peer(Process):
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
        command = ["node", str(HERE / "server.js"), json.dumps(self.options)]
        environment = {**os.environ, "NODE_OPCUA": str(installed())}
        super().__init__(command, environment, folder / "server.log")
        self.sha256 = str(self.ready["sha256"])
