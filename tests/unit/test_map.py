"""A newcomer finds every room, and every room of the engine, on a map, and nothing that is gone."""

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
    lines = [re.split(r"  +", line.strip())[0] for line in text.splitlines() if line[:4] == "    "]
    return [word for line in lines for word in line.split()]


@pytest.mark.parametrize("package", ["edge", "edge.engine"])
def test_the_map_names_each_once(package: str) -> None:
    """Whoever adds a room says on the map what it is for."""
    named = on_map(package)
    assert sorted(named) == sorted(set(named))
    assert set(named) ^ there(package) == set()


def test_the_map_for_readers_leads_to_what_it_names() -> None:
    """Each file is there, and holds the class or function at which to begin."""
    text = (ROOT / "docs" / "map.md").read_text("utf-8")
    links = re.findall(r"\]\(([\w./-]+)\)(?: \| `(\w+)` \|| \(`(\w+)`)?", text)
    assert len(links) > 20
    for path, *names in links:
        file = ROOT / "docs" / path
        assert file.is_file(), path
        for name in filter(None, names):
            begin = rf"^(async )?(def|class) {name}\b"
            assert re.search(begin, file.read_text("utf-8"), re.MULTILINE), f"{path} has no {name}"
    for folder in re.findall(r"^\| `([\w/]+)/`", text, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder
