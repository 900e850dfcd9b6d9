"""Breaks `kpi` on purpose, one operator at a time, and counts whose tests notice.

Two processes share the mutants. Each has run the tests once on the sound module, so that all they
import is there, and tries every mutant in a fork of itself. A test that fails or takes too long
kills the mutant; what survives is printed with its place, to be given a test or a reason.
`make mutants` tries all; `--sample` a seeded part of each module.
"""

import argparse
import importlib
import os
import random
import resource
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, NoReturn

import pytest
from hypothesis import Phase, settings

from tests.mutations import KPI, Mutant, mutants

REACHED = {
    "counters": ("test_counters.py",),
    "states": ("test_states.py",),
    "elements": ("test_elements.py",),
    "inference": ("test_inference.py", "test_other_libraries.py"),
    "proportions": ("test_few_events.py", "test_inference.py", "test_other_libraries.py"),
    "regression": ("test_few_events.py", "test_inference.py", "test_other_libraries.py"),
    "several": (
        *("test_few_events.py", "test_several.py"),
        *("test_inference.py", "test_other_libraries.py"),
    ),
}
"""The modules that are tried, with the tests that reach them; the vectors reach all."""

PUBLIC = {"proportions": "inference", "regression": "inference", "several": "inference"}
"""Where the vectors look for what these modules define."""

TESTS = Path(__file__).parent / "unit" / "kpi"
SLOW = "test_the_interval_keeps_its_promise"  # 1,500 replications a cell; left out here
MEMORY = 8 << 30  # a mutant may ask for more than there is; then its test fails
SURVIVED, FAILED = 0, {1, 2}  # as pytest ends: a test failed, or the tests could not be read


class Chosen:
    """Of the tests that pytest found, those that reach a module, the quick ones first."""

    def __init__(self, module: str) -> None:
        self._prefix = f"{PUBLIC.get(module, module)}."

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the vectors of the module's functions, and every other test but the slow one."""
        items[:] = [item for item in items if self.reaches(item)]

    def reaches(self, item: pytest.Item) -> bool:
        """Whether a test may notice a change of the module."""
        call = getattr(item, "callspec", None)
        vector = call.params.get("vector") if call else None
        return vector["function"].startswith(self._prefix) if vector else SLOW not in item.name


def tested(module: str) -> int:
    """How pytest ends on the tests of a module, without looking for the simplest failure."""
    settings.register_profile("mutants", deadline=None, phases=(Phase.explicit, Phase.generate))
    names = ["test_vectors.py", *REACHED[module]]
    options = ["-qx", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
    return int(pytest.main([*options, *(str(TESTS / name) for name in names)], [Chosen(module)]))


class Fate(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    ended: int  # as pytest ended, or minus the signal that ended it

    @property
    def died(self) -> bool:
        """Whether a test failed, or never came to its end."""
        return self.ended != SURVIVED


@cache
def warm(module: str) -> None:
    """Import all that the tests of a module import, once in each process."""
    silence()
    tested(module)


def fate(mutant: Mutant, seconds: float) -> Fate:
    """How the tests end in a fork of this process that has the mutant for the module.

    Raises:
        RuntimeError: pytest ended in a way that says nothing about the mutant.
    """
    warm(mutant.module)
    pid = os.fork()
    if not pid:
        alone(mutant, seconds)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended > 0 and ended not in FAILED:
        raise RuntimeError(f"pytest ended with {ended} on {mutant.module}:{mutant.line}")
    return Fate(mutant, ended)


def alone(mutant: Mutant, seconds: float) -> NoReturn:
    """Test a mutant, and end this process as the tests end."""
    ended = 1  # that of a module that cannot be imported
    try:
        signal.alarm(max(1, round(seconds)))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        put(mutant)
        ended = tested(mutant.module)
    finally:
        os._exit(ended)


def put(mutant: Mutant) -> None:
    """Make the mutant the module that everybody imports from now on."""
    for name in [name for name in sys.modules if name.startswith(("kpi.", "tests.unit.kpi."))]:
        del sys.modules[name]
    name = f"kpi.{mutant.module}"
    module = sys.modules[name] = ModuleType(name)
    exec(compile(mutant.source, name, "exec"), module.__dict__)
    setattr(importlib.import_module("kpi"), mutant.module, module)


def silence() -> None:
    """Say nothing more on either stream."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def tried(pool: ProcessPoolExecutor, chosen: list[Mutant], seconds: float) -> list[Fate]:
    """What becomes of some mutants of a module, the sound one first.

    Raises:
        SystemExit: the tests fail without any change.
    """
    sound = chosen[0]._replace(source=Path(KPI, f"{chosen[0].module}.py").read_text("utf-8"))
    if pool.submit(fate, sound, 10 * seconds).result().died:
        raise SystemExit(f"{sound.module}: the tests fail without any change; mend that first")
    return list(pool.map(fate, chosen, [seconds] * len(chosen)))


def told(module: str, there_are: int, fates: list[Fate]) -> str:
    """What became of the mutants of a module, and where those stand that live."""
    lines = [
        f"survived kpi/{module}.py:{one.mutant.line}: {one.mutant.change}\n"
        for one in fates
        if not one.died
    ]
    dead, endless = sum(one.died for one in fates), sum(one.ended < 0 for one in fates)
    count = f"{dead} of {len(fates)} died, {endless} of them without an end"
    return "".join([*lines, f"{module}: {count} ({there_are} there are)\n"])


def main() -> int:
    """Try the mutants; 1 where fewer than nine of ten die."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("modules", nargs="*", default=list(REACHED), choices=[*REACHED, []])
    ask.add_argument("--sample", type=int, help="so many of each module; default all")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seconds", type=float, default=60.0, help="longer tests count as failed")
    ask.add_argument("--processes", type=int, default=2)
    asked = ask.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process has one core
    every: list[Fate] = []
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        for module in asked.modules:
            found = mutants(module)
            count = min(asked.sample or len(found), len(found))
            chosen = random.Random(asked.seed).sample(found, count)
            fates = sorted(tried(pool, chosen, asked.seconds), key=lambda one: one.mutant.line)
            sys.stdout.write(told(module, len(found), fates))
            sys.stdout.flush()
            every += fates
    return int(10 * sum(one.died for one in every) < 9 * len(every))


if __name__ == "__main__":
    sys.exit(main())
