"""What helps the service works with the system calls that the unit leaves it."""

import ctypes
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from edge.model import Batch, Row
from edge.stores import Stores
from tests.servers.ready import missing

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/lineproof.service"
GOLDEN = ROOT / "tests/unit/edge/evidence/golden.zip"
LONGEST_S = 120
NICE = "import os, sys; sys.exit(os.nice(3))"
OWNER = "import os; os.chown('.', 0, 0)"


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """What the filter is built with."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed: the filter of the unit is NOT TRIED")
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        missing("libseccomp is not installed: the filter of the unit is NOT TRIED")


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A Python process with the system calls of the unit."""
    line = sys.executable, "-m", "tests.system.sandbox", str(UNIT), sys.executable, *words
    return subprocess.run(
        line, cwd=ROOT, input=given, capture_output=True, timeout=LONGEST_S, check=False
    )


def test_the_filter_is_the_one_of_the_unit() -> None:
    """It lets a process stand back and refuses what only root needs."""
    assert run("-c", NICE).returncode == os.nice(0) + 3
    done = run("-c", OWNER)
    assert b"PermissionError: [Errno 1]" in done.stderr


def test_hours_are_sealed(tmp_path: Path) -> None:
    """Or the journal would grow until the disk is full."""
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        ids = stores.catalog.ids({"s/l/m/good": ("counter", "{piece}", "plc")})
        rows = [Row(ids["s/l/m/good"], n, n, float(n), 0) for n in range(1000)]
        last = stores.journal.append(Batch.of(rows))
        stores.catalog.write()
    done = run("-m", "edge.cli.seal_child", str(tmp_path), str(last), "500000", str(os.getpid()))
    assert (done.stderr, json.loads(done.stdout)) == (b"", {"rows": 1000})


def test_a_package_is_verified() -> None:
    """With every figure computed anew, in the bounds that the process gives itself."""
    done = run("-m", "edge.cli.verify_child", str(GOLDEN))
    assert done.stderr == b""
    assert json.loads(done.stdout)["verified"] is True


def test_a_photo_is_shrunk() -> None:
    """Whoever stands at the machine adds one to a task."""
    raw = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(raw, "JPEG")
    done = run("-m", "edge.cli.photo_child", given=raw.getvalue())
    assert done.stderr == b""
    assert b"\xff\xd8" in done.stdout[:16]
