"""What threads leave in the C library is asked of the C library itself."""

import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
import ctypes, sys, threading
from edge.service.heap import share_arenas

if sys.argv[2] == "few":
    share_arenas()
together = threading.Barrier(8)

def work():
    kept = [bytes(2_000) for _ in range(100)]  # too large for Python's own heap
    together.wait()
    return kept

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(c.fopen(sys.argv[1].encode(), b"w"))
c.malloc_info(0, file)
c.fclose(file)
"""


@pytest.mark.parametrize(("asked", "most"), [("few", 2), ("nothing", 64)])
def test_threads_share_few_arenas(tmp_path: Path, asked: str, most: int) -> None:
    """Two for eight threads; where nobody asks for it, each has its own."""
    report = tmp_path / "malloc.xml"
    subprocess.run([sys.executable, "-c", TOLD, str(report), asked], check=True)
    arenas = report.read_text("utf-8").count("<heap ")
    assert arenas <= most
    assert (arenas > 2) == (asked == "nothing")
