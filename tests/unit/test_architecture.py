"""The rules of the house that no linter knows: sizes, rooms, and what never enters the tree.

How sizes are counted: a function and a class by their lines without decorators and docstring, for
explaining more must not make code worse; a module whole. A file of tests is a list of promises and
may have 500 lines, a test that tells one story 60.
"""

import ast
import gc
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from edge.service.kinds import kinds
from tests.contract import peers

ROOT = Path(__file__).parents[2]
PACKAGES = ("edge", "collectors", "kpi", "api", "simulators")
Function = ast.FunctionDef | ast.AsyncFunctionDef
NOWHERE = {
    "address of a registry": r'^\s*(--(extra-)?index-url|registry\s*=\s*http)|"resolved":',
    "path of a machine": r"(?<![\w.$}])/(work|farm|home/\w+|root|Users)/[a-z.]",
}


@cache
def files(*folders: str) -> list[Path]:
    """All Python files of some folders that are ours."""
    found = [path for folder in folders for path in Path(ROOT, folder).rglob("*.py")]
    foreign = {"node_modules", "vectors"}
    return [path for path in found if not foreign & set(path.relative_to(ROOT).parts)]


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed; the collector of Python rests, or it looks at every node again and again."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()


def blocks(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node but expressions, in which nothing is defined and nothing caught."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for one in getattr(node, name, ()):
            yield one
            yield from blocks(one)


def place(path: Path, line: int) -> str:
    """Where something stands, to click on."""
    return f"{path.relative_to(ROOT)}:{line}"


def length(node: Function | ast.ClassDef) -> int:
    """Lines from the keyword to the end, without the docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_modules_stay_small() -> None:
    """Whoever opens a file can read it to its end: 300 lines, of promises 500."""
    long = []
    for path in files(*PACKAGES, "tests"):
        lines = len(path.read_text("utf-8").splitlines())
        if lines > (500 if path.name.startswith("test_") else 300):
            long.append(f"{place(path, lines)} has {lines} lines")
    assert long == []


def test_functions_and_classes_stay_small() -> None:
    """A function has 40 lines, a class 200; the docstring is free."""
    long = [
        f"{place(path, node.lineno)} {node.name} has {length(node)} lines"
        for path in files(*PACKAGES, "tests")
        for node in blocks(tree(path))
        if isinstance(node, Function | ast.ClassDef) and length(node) > most(node)
    ]
    assert long == []


def most(node: Function | ast.ClassDef) -> int:
    """Lines that a function or class may have."""
    if isinstance(node, ast.ClassDef):
        return 200
    return 60 if node.name.startswith("test_") else 40


def test_one_place_catches_everything() -> None:
    """Nothing disappears in a broad except; who cleans up raises the same again."""
    found = [
        place(path, node.lineno)
        for path in files(*PACKAGES)
        for node in blocks(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and not raises_again(node)
    ]
    assert [where.split(":")[0] for where in found] == ["edge/supervise.py"], found


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether an except clause catches bugs too."""
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether it ends by raising what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_every_room_has_its_place_in_the_layers() -> None:
    """Import-linter says nothing of a module that no contract names."""
    settings = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)}
    rooms = {f"edge.{found.name}" for found in pkgutil.iter_modules([str(ROOT / "edge")])}
    rooms |= {name for name in PACKAGES if name not in {"edge", "simulators"}}
    assert rooms <= placed, f"without a place in pyproject.toml: {sorted(rooms - placed)}"


def test_every_kind_is_run_through_the_contract_suite() -> None:
    """Each collector and each sink has at least one peer that we did not write."""
    assert sorted(kind for kind, found in peers.SOURCES.items() if found) == [*kinds().sources]
    assert sorted(kind for kind, found in peers.SINKS.items() if found) == [*kinds().sinks]


def test_kpi_needs_numpy_and_the_quantiles_of_scipy_only() -> None:
    """A mentor recomputes a figure with nothing else installed."""
    allowed = {"kpi", "numpy", *sys.stdlib_module_names}
    foreign = [
        f"{place(path, 1)} imports {name}"
        for path in files("kpi")
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name.split(".")[0] not in allowed and not name.startswith("scipy.special")
    ]
    assert foreign == []


def imported(node: ast.AST) -> Iterator[str]:
    """The names that an import statement asks for, `from scipy import special` as one name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_field_of_the_configuration_is_described() -> None:
    """Schema, reference and messages are made of the descriptions."""
    for package in ("edge", "collectors", "api"):
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not re.search(r"migrations|__main__", found.name):
                importlib.import_module(found.name)
    bare = [
        f"{model.__module__}.{model.__qualname__}.{name}"
        for model in models(BaseModel)
        for name, field in model.model_fields.items()
        if not (field.description or "").strip()
    ]
    assert bare == []


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All models of ours."""
    for derived in model.__subclasses__():
        if derived.__module__.split(".")[0] in PACKAGES:
            yield derived
        yield from models(derived)


def test_every_decision_has_a_number_of_its_own() -> None:
    """Texts name a decision by its number alone."""
    names = sorted(path.name for path in Path(ROOT, "docs", "decisions").glob("*.md"))
    pairs = [pair for pair in pairwise(names) if pair[0][:4] == pair[1][:4]]
    assert pairs == [], "give the later one the next free number"


def test_every_decision_is_in_the_index_with_its_status() -> None:
    """A newcomer finds it by its subject, and sees whether it still holds."""
    folder = Path(ROOT, "docs", "decisions")
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("0*.md"))}
    index = Path(folder, "README.md").read_text("utf-8")
    listed = re.findall(r"^- \[\d+\]\(([^)]+)\)", index, re.MULTILINE)
    assert sorted(listed) == [*texts], "put each into docs/decisions/README.md, once"
    assert [name for name, text in texts.items() if "\n**Status**: " not in text] == []


@pytest.mark.parametrize("what", NOWHERE)
def test_the_tree_speaks_of_no_machine(what: str) -> None:
    """What is committed works anywhere."""
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seen = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        text = path.read_bytes().decode("utf-8", "ignore") if path.is_file() else ""
        if path != Path(__file__) and (found := re.search(NOWHERE[what], text, re.MULTILINE)):
            seen.append(f"{place(path, text.count(chr(10), 0, found.start()) + 1)}: {found[0]!r}")
    assert seen == []
