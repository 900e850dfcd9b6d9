"""How fast the engine folds: simulated days of three lines, imported, then folded at one go."""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from edge.cli.demo_site import write_site
from edge.cli.import_samples import writing
from edge.cli.site import site_of
from edge.importing import import_files

DAYS = 8
START = "2026-03-01T08:00:00+09:00"


def measure(days: int = DAYS) -> dict[str, float]:
    """Rows folded per second, and what a day of three lines takes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        plant = ["--start", START, "--days", str(days)]
        write_site(folder, json.loads(simulators("describe", *plant, "--json")), 8000)
        simulators("history", *plant, "--out", str(folder / "past"))
        loaded = site_of(folder)
        with writing(loaded) as (stores, engine):
            files = sorted((folder / "past").glob("*.npz"))
            rows = import_files(stores, files, loaded.site.signals()).stored
            began_s = time.perf_counter()
            engine.catch_up(lambda _: None)
            took_s = time.perf_counter() - began_s
    return {
        "engine: rows folded per second": rows / took_s,
        "engine: ms for a day of three lines": 1000 * took_s / days,
    }


def simulators(*arguments: str) -> str:
    """What a simulator command prints."""
    command = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.1f}\n")
