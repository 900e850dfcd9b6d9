"""What this machine can do: `make bench`, or `python -m tests.bench [NAME…]`.

A module beside this one that has `measure() -> dict[str, float]`, a figure by what it is, runs in a
process of its own, so that none pays for the memory or threads of another. One that fails is told
on its line and makes the command fail; the others run on.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

MOST_S = 1200.0
CHILD = """
import importlib, json, sys
print(json.dumps(importlib.import_module(f"tests.bench.{sys.argv[1]}").measure()))
"""


def main(names: list[str]) -> int:
    """Print the table; the number of modules that failed."""
    here = Path(__file__)
    files = [path for path in here.parent.glob("*.py") if path != here]
    known = sorted(path.stem for path in files if "\ndef measure(" in path.read_text("utf-8"))
    if unknown := set(names) - set(known):
        sys.exit(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    print_row("figure", "value")
    print_row("---", "---:")
    before = os.getloadavg()[0]
    failed = sum(not print_figures(name) for name in names or known)
    load = f"load {before:.1f} before and {os.getloadavg()[0]:.1f} after"
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    sys.stdout.write(f"\nMeasured {now} on {machine()}; {load}.\n")
    return failed


def print_figures(name: str) -> bool:
    """Run one module and print its rows; whether it ended well."""
    command = [sys.executable, "-c", CHILD, name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_S, check=False)
    if done.returncode:
        print_row(f"{name}: failed", done.stderr.strip().rpartition("\n")[2])
        return False
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    for what, figure in figures.items():
        print_row(what, printed(figure))
    return True


def printed(figure: float) -> str:
    """Three digits that count, thousands grouped."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def print_row(*cells: str) -> None:
    """One row of a Markdown table, at once."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def machine() -> str:
    """What the figures were measured on."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores ({processor()}), {memory_gb:.0f} GB, {systems()}"


def processor() -> str:
    """The name of the processor where the system tells it, else its kind."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text("utf-8").splitlines() if facts.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def systems() -> str:
    """The system and the Python below us."""
    return f"{platform.system()} {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
