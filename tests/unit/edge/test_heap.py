"""What threads leave in the C library is asked of the C library itself."""

import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
import ctypes, sys, threading
from edge.service.heap import keep_few

if sys.argv[2] == "few":
    keep_few()
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


LET_GO = """
import duckdb
from pathlib import Path
from edge.service.heap import unmap_code

def mapped():
    told = Path("/proc/self/smaps").read_text().split(" r-xp ")[1:]
    ours = [one for one in told if "/_duckdb." in one.partition("\\n")[0]]
    return sum(int(one.partition("Rss:")[2].split()[0]) for one in ours)

ask = "select sum(range) from range(100000)"
answers, seen = [duckdb.sql(ask).fetchall()], [mapped()]
unmap_code("_duckdb.")
seen.append(mapped())
answers.append(duckdb.sql(ask).fetchall())
seen.append(mapped())
print(*seen, answers[0] == answers[1] == [(4999950000,)], unmap_code("_nobody."))
"""


def test_a_program_that_rests_is_let_go_of_and_runs_again() -> None:
    """None of its pages is held until somebody needs them; answers stay the same."""
    done = subprocess.run(
        [sys.executable, "-c", LET_GO], capture_output=True, check=True, text=True
    )
    before, rested, again, *rest = done.stdout.split()
    assert int(before) > int(again) > int(rested) == 0
    assert rest == ["True", "0"]
