"""Sets up what the tests run against: `python -m tests.servers`.

Programs of the system come from apt where we may install them, the rest is built or fetched into
the cache. One line for each says where it is or, loudly, that it is missing and what to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import build, modbus, node_opcua
from tests.servers.build import tell
from tests.servers.ready import setting_up

PACKAGES = {  # of Debian, by a file or program that each one brings
    "mosquitto": "mosquitto",
    "chromium": "chromium",
    "systemd-analyze": "systemd",
    "faketime": "faketime",
    "cc": "build-essential",  # InfluxDB 2.7 has parts in C and Rust,
    "pkg-config": "pkg-config",  # which its own pkg-config finds with the usual one
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
}
APT_S = 900.0


def main() -> int:
    """Set all up; not 0 where a continuous integration run lacks something."""
    with setting_up():
        return int(any([install_packages(), install_from_npm(), build.main()]))


def install_packages() -> bool:
    """Install what apt has and we lack; whether that failed where it must not."""
    lacking = [package for thing, package in PACKAGES.items() if not is_there(thing)]
    if not lacking:
        return False
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        tell(f"MISSING: {' '.join(lacking)}; apt-get install them, or their tests do not run")
        return os.environ.get("CI") == "true"
    tell(f"apt-get install {' '.join(lacking)}")
    apt("update")
    return apt("install", "-y", "--no-install-recommends", *lacking)


def is_there(thing: str) -> bool:
    """Whether a program is on the path, or a file where it should be."""
    if thing.startswith("/"):
        return Path(thing).exists()
    return shutil.which(thing, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def apt(*arguments: str) -> bool:
    """Run apt-get without questions; whether it failed, which is told."""
    done = subprocess.run(
        ["apt-get", "-q", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=APT_S,
        check=False,
    )
    if done.returncode:
        tell(f"MISSING: apt-get {' '.join(arguments)} failed: …{done.stdout.strip()[-500:]}")
    return done.returncode != 0


def install_from_npm() -> bool:
    """Install the servers of OPC UA and Modbus; whether that failed where it must not."""
    try:
        for here in (node_opcua.HERE, modbus.HERE):
            tell(f"{here.name}: {node_opcua.installed(here)}")
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        tell(f"MISSING: {error}")
        return os.environ.get("CI") == "true"
    return False


if __name__ == "__main__":
    sys.exit(main())
