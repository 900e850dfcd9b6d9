"""A newcomer finds every room and every module of the engine on a map, and nothing that is gone."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = re.compile(r"[a-z_]+")


def there(package: str) -> set[str]:
    """The modules and packages right inside a package."""
    folder = ROOT / package.replace(".", "/")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


def on_map(package: str) -> list[str]:
    """What its map names: of rooms what stands left, of modules what stands indented."""
    text = str(import_module(package).__doc__)
    if package == "edge":
        table = text.split("holds it to:\n\n")[1]
        lines = [re.split(r"  +", line)[0] for line in table.splitlines()]
        return [word for line in lines for word in WORDS.findall(re.sub(r"\(.*?\)", "", line))]
    return [word for line in text.splitlines() if line[:4] == "    " for word in line.split()]


@pytest.mark.parametrize("package", ["edge", "edge.engine"])
def test_the_map_names_each_once(package: str) -> None:
    """Whoever adds a module says on the map what it belongs to."""
    named = on_map(package)
    assert sorted(named) == sorted(set(named))
    assert set(named) ^ there(package) == ({"engine"} if package == "edge.engine" else set())


def test_a_group_of_the_engine_knows_only_those_above_it() -> None:
    """So that it can be read from the top down; `engine` knows all of them."""
    paragraphs = re.split(r"\n(?=[A-Z])", str(import_module("edge.engine").__doc__))
    groups = [
        {word for line in text.splitlines() if line[:4] == "    " for word in line.split()}
        for text in paragraphs
    ]
    place = {module: nth for nth, group in enumerate(groups) for module in group}
    assert [
        f"{module} knows {known}"
        for module in place
        for known in known_by(ROOT / "edge/engine" / f"{module}.py")
        if place.get(known, len(groups)) > place[module]
    ] == []


def known_by(file: Path) -> set[str]:
    """The modules of the engine that a module imports."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "edge.engine":
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("edge.engine."):
            found.add(str(node.module).split(".")[2])
    return found
