"""HOW-TO-VERIFY: its lines are run as they stand, with sha256sum, openssl and DuckDB."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.evidence.zipping import Package
from tests.unit.edge.evidence.desk import Document

DUCKDB = """#!{python}
import sys, duckdb
print(duckdb.sql(sys.argv[2]).fetchall())
"""


@pytest.fixture
def ran(made: tuple[Path, Document], tmp_path: Path) -> dict[str, str]:
    """What each command printed, in a folder with the files of the package."""
    with Package.open(made[0]) as package:
        for name in package.entries:
            path = tmp_path / "package" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(package[name])
    tool = tmp_path / "bin" / "duckdb"
    tool.parent.mkdir()
    tool.write_text(DUCKDB.format(python=sys.executable))
    tool.chmod(0o755)
    lines = (tmp_path / "package" / "HOW-TO-VERIFY").read_text().splitlines()
    commands = [line.strip()[2:] for line in lines if line.strip().startswith("$ ")]
    return {
        command: output(command, tmp_path) for command in commands if "lineproof" not in command
    }


def output(command: str, folder: Path) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder / "package",
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout.strip()


def test_the_lines_that_are_printed_can_be_run(
    ran: dict[str, str], made: tuple[Path, Document]
) -> None:
    """Each says what its line says it must."""
    said = list(ran.values())

    assert said[0] == ""
    assert said[1] == "1"
    assert said[2].split()[0] == made[1]["manifest"]
    assert "improved" in said[3] or "insufficient_data" in said[3]
    before, after = map(float, re.findall(r"[\d.]+", said[4]))
    assert (before, after) == pytest.approx((2400.0, 3127.5))
    assert said[5] == "[(0,)]"
    assert re.findall(r"[\d.]+", said[6]) == ["6360.0", "6360.0"]  # 53 a minute, two hours
    assert "success" in said[7].lower()
    assert len(ran) + 1 <= 10
