"""What the README tells people to type works as printed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMAND_S = 120


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def sessions() -> list[tuple[str, list[str]]]:
    """Each command of the README with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def run(command: str, folder: Path) -> str:
    """Run a command as somebody would, beside the interpreter of the tests; what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        shlex.split(command),
        cwd=folder,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}: {done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.slow
def test_every_command_does_what_is_printed_below_it(tmp_path: Path) -> None:
    """One after the other in one folder; an ellipsis stands for anything."""
    past, scrap = blocks("csv")
    (days,) = blocks("python")
    lesson, _ = blocks("yaml")
    (tmp_path / "lesson").mkdir()
    for name, text in (
        ("past.csv", past),
        ("scrap.csv", scrap),
        ("days.py", days),
        ("lesson/lineproof.yaml", lesson),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    for command, promised in sessions():
        said = run(command, tmp_path).splitlines()
        for line in promised:
            pattern = re.escape(line).replace("…", ".*")
            assert any(re.fullmatch(pattern, one) for one in said), f"{command}: {said}"
    assert (tmp_path / "samples.csv").read_text("utf-8").count("\n") == past.count("\n")


def test_the_configuration_it_prints_is_valid(tmp_path: Path) -> None:
    """Whoever copies it has a site that starts."""
    _, text = blocks("yaml")
    (tmp_path / "lineproof.yaml").write_text(text, "utf-8")
    for name in ("plc1", "influx"):
        secret = tmp_path / "secrets" / name
        secret.parent.mkdir(exist_ok=True)
        secret.write_text("geheim\n")
        secret.chmod(0o600)
    assert "is valid" in run("lineproof check", tmp_path)


def test_every_command_and_target_it_names_exists(tmp_path: Path) -> None:
    """Also those that the text mentions and no session runs."""
    helped = run("lineproof --help", tmp_path)
    for command in re.findall(r"`lineproof (\w+)", README):
        assert re.search(rf"^\W*{command}\s", helped, re.MULTILINE), command
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"\bmake ([a-z]+)\b(?=`| +#)", README)
    assert {"demo", "test"} <= set(named) <= set(targets)


def test_every_file_it_points_to_exists() -> None:
    """Links, pictures and paths."""
    links = [link for link in re.findall(r"\[[^\]]*\]\(([^)#]+)\)", README) if ":" not in link]
    paths = re.findall(r"`((?:docs|deploy|tests|kpi|collectors|edge)/[\w./-]*)`", README)
    assert [path for path in links + paths if not (ROOT / path).exists()] == []
