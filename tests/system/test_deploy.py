"""What lies in deploy/ is accepted by the programs that it is for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from edge.config.loader import load
from edge.service.kinds import kinds
from tests.servers.ready import missing

DEPLOY = Path(__file__).parents[2] / "deploy"
EXPOSURE = 15  # systemd's score times ten that must not be exceeded


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that exists on this machine."""
    text = (DEPLOY / "systemd/lineproof.service").read_text("utf-8")
    here = Path(sys.executable).with_name("lineproof")
    copy = tmp_path / "lineproof.service"
    copy.write_text(text.replace("ExecStart=/opt/lineproof/bin/lineproof", f"ExecStart={here}"))
    return copy


def analyze(*arguments: str | Path) -> str:
    """Ask systemd, which need not run for it; what it objects to."""
    if (program := shutil.which("systemd-analyze")) is None:
        missing("systemd-analyze is not installed: the unit is NOT CHECKED")
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stdout}{done.stderr}"


def test_systemd_accepts_the_unit(unit: Path) -> None:
    """Every key is known and well written."""
    assert analyze("verify", unit) == ""


def test_the_unit_is_sandboxed(unit: Path) -> None:
    """What the service does not need, a hole in it must not give away."""
    assert analyze("security", "--offline=true", f"--threshold={EXPOSURE}", unit) == ""


def test_the_sample_configuration_is_valid() -> None:
    """And shows what one line can have."""
    loaded = load(DEPLOY / "site", kinds())
    assert [len(line.machines) for line in loaded.site.lines] == [4]


def test_the_containers_listen_on_loopback_and_hold_no_secret() -> None:
    """Docker opens a published port to everyone unless told otherwise, past the firewall."""
    compose = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        for key, value in service["environment"].items():
            assert not re.search("PASSWORD|TOKEN", key) or value.startswith("/run/secrets/")
