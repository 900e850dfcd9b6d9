"""Real InfluxDB servers for the contract tests: built or fetched once, started on the loopback.

2.7.12 and 1.8.10 are built with Go (2.7.12 with Rust as well), 1.6.7 is the program in Debian's
package, unpacked and not installed. Binaries are kept in `${XDG_CACHE_HOME:-~/.cache}/lineproof`.
Nothing here starts a service of the system or touches data outside the folder it is given.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

VERSIONS = ("2.7.12", "1.8.10", "1.6.7")
PKG_CONFIG = "github.com/influxdata/pkg-config@v0.2.14"  # knows how to build Flux's Rust part
OLDER = "github.com/influxdata/influxdb/cmd/influxd@v1.8.10"
NEWER = "github.com/influxdata/influxdb/v2/cmd/influxd"  # its version stands in influxdb27/go.mod
NEWER_MODULE = Path(__file__).parent / "influxdb27"
BUILD_S = 1500.0
LINT_CAP = '#!/bin/sh\nexec "$@" --cap-lints=warn\n'  # Flux denies warnings that newer rustc has


class MissingError(Exception):
    """A server is not here and cannot be made here; the message says what to install."""


def cache() -> Path:
    """The folder of what was built once."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "lineproof")


def influxd(version: str) -> Path:
    """The program of one version, made before.

    Raises:
        MissingError: it is not in the cache; `python -m tests.servers.build` puts it there.
    """
    made = cache() / f"influxd-{version}"
    if not made.exists():
        raise MissingError(f"InfluxDB {version} is not there; run python -m tests.servers.build")
    return made


def build(version: str) -> Path:
    """The program of one version, made now where the cache lacks it; that takes minutes.

    Raises:
        MissingError: the tools to make it are not here, or making it failed.
    """
    made = cache() / f"influxd-{version}"
    with locked(made.with_suffix(made.suffix + ".lock")):
        if not made.exists():
            with TemporaryDirectory(dir=made.parent, prefix="build-") as folder:
                make(version, Path(folder)).replace(made)
    return made


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock, so that two test runs do not build the same thing twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(version: str, folder: Path) -> Path:
    """Make the program of one version in an empty folder and return its path."""
    match version:
        case "2.7.12":
            need("go", "cargo", "cc", "pkg-config")
            (wrapper := folder / "rustc").write_text(LINT_CAP)
            wrapper.chmod(0o755)
            go(["install", PKG_CONFIG], folder)
            more = {
                "PKG_CONFIG": str(folder / "pkg-config"),
                "RUSTUP_TOOLCHAIN": "stable",  # the one that Flux pins is not there
                "RUSTC_WRAPPER": str(wrapper),
            }
            go(["install", NEWER], folder, more)
        case "1.8.10":
            need("go")
            go(["install", OLDER], folder)
        case _:
            need("apt-get", "dpkg-deb")
            run(["apt-get", "download", "-o", "APT::Sandbox::User=root", "influxdb"], folder)
            (package,) = folder.glob("influxdb_*.deb")
            run(["dpkg-deb", "-x", package.name, "."], folder)
            shutil.copy(folder / "usr/bin/influxd", folder)
    return folder / "influxd"


def need(*programs: str) -> None:
    """Find the programs that making a server takes.

    Raises:
        MissingError: one is not on the path.
    """
    for program in programs:
        if shutil.which(program) is None:
            raise MissingError(f"{program!r} is not installed")


def go(arguments: list[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Run the Go tool where our go.mod stands; what it installs comes into `folder`."""
    setting = {"GOBIN": str(folder), "GOFLAGS": "-buildvcs=false", **(more or {})}
    run(["go", *arguments], NEWER_MODULE, setting)


def run(command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Run one step at low priority.

    Raises:
        MissingError: it failed; the message ends with the last that it said.
    """
    done = subprocess.run(
        ["nice", *command],
        cwd=folder,
        env={**os.environ, **(more or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    if done.returncode:
        raise MissingError(f"{' '.join(command)!r} failed: …{done.stdout.strip()[-500:]}")
