"""Breaks `kpi` on purpose, one operator at a time, and counts whose tests notice.

Each mutant is a copy of the package with one change, tested in a process of its own. A test that
fails or takes too long kills it; what survives is printed with its place, to be given a test or a
reason. `make mutants` tries all of the four modules; `--sample` a seeded part of each.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
REACHED = {
    "counters": ("test_counters.py",),
    "states": ("test_states.py",),
    "elements": ("test_elements.py",),
    "inference": ("test_inference.py", "test_other_libraries.py"),
}
"""The modules that are tried, with the tests that reach them; the vectors reach all."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


class Mutant(NamedTuple):
    """One change: where, what, and the whole module with it."""

    module: str
    line: int
    change: str
    source: str


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(Path(ROOT, "kpi", f"{module}.py").read_text("utf-8"))
    found = []
    for place, node in enumerate(ast.walk(tree)):
        for change, apply in changes(node):
            copy = deepcopy(tree)
            twin = next(other for at, other in enumerate(ast.walk(copy)) if at == place)
            apply(twin)
            found.append(Mutant(module, getattr(node, "lineno", 0), change, ast.unparse(copy)))
    return sorted(found, key=lambda one: (one.line, one.change))


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """What can be changed in a node, and how."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            other = COMPARISONS[type(op)]
            yield f"{type(op).__name__} -> {other.__name__}", set_to("ops", [other()])
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in ARITHMETIC:
            twin = ARITHMETIC[type(operator)]
            yield f"{type(operator).__name__} -> {twin.__name__}", set_to("op", twin())
        case ast.BoolOp(op=ast.And()):
            yield "and -> or", set_to("op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield "or -> and", set_to("op", ast.And())
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", set_to("value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value} -> {value + 1}", set_to("value", value + 1)
            yield f"{value} -> {value - 1}", set_to("value", value - 1)
        case _:
            yield from statements(node)


def statements(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """What can be left out of a node, and how."""
    match node:
        case ast.Return(value=ast.expr()):
            yield "return None", set_to("value", ast.Constant(None))
        case ast.FunctionDef(body=body):
            for at, line in enumerate(body):
                if isinstance(line, ast.Assign | ast.AugAssign | ast.If | ast.For | ast.While):
                    yield f"drop {ast.unparse(line).splitlines()[0]}", dropping(at)
        case _:
            return


def set_to(field: str, value: object) -> Callable[[ast.AST], None]:
    """A change of one field."""
    return lambda node: setattr(node, field, value)


def dropping(at: int) -> Callable[[ast.AST], None]:
    """A change that takes one statement out of a function."""

    def apply(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef):
            node.body[at] = ast.Pass()

    return apply


def dies(mutant: Mutant, seconds: float) -> bool:
    """Whether a test fails, or never ends, with the mutant in place."""
    with TemporaryDirectory() as folder:
        there = Path(folder)
        shutil.copytree(ROOT / "kpi", there / "kpi")
        shutil.copytree(ROOT / "tests" / "unit" / "vectors", there / "tests/unit/vectors")
        shutil.copytree(ROOT / "tests" / "unit" / "kpi", there / "tests/unit/kpi")
        shutil.copy(ROOT / "pyproject.toml", there)
        Path(there, "kpi", f"{mutant.module}.py").write_text(mutant.source, "utf-8")
        tests = [f"tests/unit/kpi/{name}" for name in REACHED[mutant.module]]
        vectors = ["tests/unit/kpi/test_vectors.py", "-k", "not keeps_its_promise"]
        command = ["nice", sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider"]
        try:
            done = subprocess.run(
                [*command, *tests, *vectors],
                cwd=there,
                env={"PYTHONPATH": folder, "PATH": "/usr/bin:/bin"},
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return True
        return done.returncode in {1, 2}  # a test failed, or the module cannot be imported


def main() -> int:
    """Try the mutants; 1 where fewer than nine of ten die."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("modules", nargs="*", default=list(REACHED), choices=[*REACHED, []])
    ask.add_argument("--sample", type=int, help="so many of each module; default all")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seconds", type=float, default=120.0, help="longer tests count as failed")
    ask.add_argument("--processes", type=int, default=2)
    asked = ask.parse_args()
    tried = killed = 0
    for module in asked.modules:
        sound = Mutant(module, 0, "none", Path(ROOT, "kpi", f"{module}.py").read_text("utf-8"))
        if dies(sound, 5 * asked.seconds):
            sys.stdout.write(f"{module}: the tests fail without any change; mend that first\n")
            return 2
        every = mutants(module)
        count = min(asked.sample or len(every), len(every))
        chosen = random.Random(asked.seed).sample(every, count)
        with ThreadPoolExecutor(asked.processes) as pool:
            dead = list(pool.map(lambda one: dies(one, asked.seconds), chosen))
        for one, died in zip(chosen, dead, strict=True):
            if not died:
                sys.stdout.write(f"survived kpi/{module}.py:{one.line}: {one.change}\n")
        sys.stdout.write(f"{module}: {sum(dead)} of {count} died ({len(every)} there are)\n")
        sys.stdout.flush()
        tried, killed = tried + count, killed + sum(dead)
    return int(10 * killed < 9 * tried)


if __name__ == "__main__":
    sys.exit(main())
