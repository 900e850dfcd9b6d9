"""Debian's Mosquitto on a loopback port, with a configuration and a folder of its own.

Missing at a desk it is one loud skip, missing with CI=true a failure.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

from tests.servers.ports import free_port

START_S = 10.0
HOST = "127.0.0.1"
USUAL = ("allow_anonymous true", "max_queued_messages 100000")  # unless a test says otherwise


def mosquitto() -> str:
    """Path of the broker's program."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        text = "mosquitto is not installed (apt-get install it): the MQTT contract is NOT RUN"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    return found


class Mosquitto:
    """A broker that keeps its sessions in `folder`, to be started, killed and started again."""

    def __init__(self, folder: Path, *lines: str, persistence: bool = True) -> None:
        """Write its configuration.

        Args:
            folder: where configuration, sessions and log lie.
            lines: further lines of the configuration, after the listener.
            persistence: whether sessions survive a restart.
        """
        self.port = free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        text = [
            f"listener {self.port} {HOST}",
            *lines,
            *(one for one in USUAL if not any(one.split()[0] in line for line in lines)),
            f"persistence {'true' if persistence else 'false'}",
            f"persistence_location {folder}/",
            "max_queued_bytes 0",
            "log_dest stdout",
            "connection_messages true",
        ]
        if os.geteuid() == 0:
            text.append("user root")  # or it could not write into the folder
        (folder / "mosquitto.conf").write_text("\n".join(text) + "\n", "utf-8")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait until it listens."""
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [mosquitto(), "-c", str(self.folder / "mosquitto.conf")],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise OSError(f"mosquitto did not start: {self.log()[-2000:]}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it and wait for its end; SIGTERM writes the sessions down."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_S)
            self._process = None

    def reload(self) -> None:
        """Read rights and passwords again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does; its links stand."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "mosquitto.log").read_text("utf-8", "replace")
