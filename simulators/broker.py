"""`python -m simulators.broker`: the demo's MQTT broker, on loopback and for nobody else.

Mosquitto where it is installed: sessions and queues then survive its restart and ours. Elsewhere
amqtt in a child of its own: it speaks MQTT 3.1.1 only, keeps sessions in memory while it runs, and
does not send again what was not acknowledged, so a crash of the subscriber loses what was on its
way (measured). Its anonymous plugin is never used: sessions that it admits are dropped at once.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

from amqtt.broker import Broker as AmqttBroker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

HOST = "127.0.0.1"
START_S = 15.0
STOP_S = 5.0
MOSQUITTO = """\
listener {port} {host}
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 30
max_queued_messages 200000
max_queued_bytes 0
max_inflight_messages 500
log_dest stdout
"""


class Admit(BaseAuthPlugin):  # type: ignore[misc]  # amqtt is read without types
    """Everyone on this machine may connect, and keeps the session."""

    async def authenticate(self, *, session: Session) -> bool:
        """Admit by name, as it were: an anonymous session would not outlive its link."""
        session.is_anonymous = False
        return True


class Broker:
    """A broker in a child process."""

    def __init__(self, folder: Path, port: int, *, foreign: bool = True) -> None:
        """Choose the program.

        Args:
            folder: for configuration, sessions and log; made if absent.
            port: on loopback.
            foreign: whether Mosquitto may be taken where it is installed.
        """
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        self._mosquitto = shutil.which("mosquitto", path=path) if foreign else None
        self.name = "mosquitto" if self._mosquitto else "amqtt"
        self.port = port
        self._folder = folder.absolute()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and return once it listens.

        Raises:
            OSError: it ended at once or does not listen; the message holds the end of its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if listens(self.port):
            raise OSError(f"port {self.port} is taken; stop who listens there, or choose another")
        log = self._folder / f"{self.name}.log"
        with log.open("wb") as out:
            self._child = subprocess.Popen(self._command(), stdout=out, stderr=subprocess.STDOUT)  # noqa: S603 - our own command
        deadline = time.monotonic() + START_S
        while not listens(self.port):
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise OSError(f"{self.name} did not start: {log.read_text('utf-8')[-800:]}")
            time.sleep(0.02)

    def wait(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self._child.wait() if self._child else 0

    def stop(self) -> None:
        """End it and wait; Mosquitto writes its sessions down before."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def _command(self) -> list[str]:
        if self._mosquitto is None:
            return [sys.executable, "-m", "simulators.broker", "--amqtt", "--port", str(self.port)]
        text = MOSQUITTO.format(port=self.port, host=HOST, folder=self._folder)
        if os.geteuid() == 0:
            text += "user root\n"  # it would change to a user who may not write here
        config = self._folder / "mosquitto.conf"
        config.write_text(text, "utf-8")
        return [self._mosquitto, "-c", str(config)]


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


async def serve(port: int) -> None:
    """Run amqtt until SIGTERM or SIGINT."""
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    broker = AmqttBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"simulators.broker.Admit": {}},
        }
    )
    await broker.start()
    await end.wait()
    await broker.shutdown()


def main(arguments: list[str] | None = None) -> int:
    """Run a broker in the foreground; one line of JSON says that it listens."""
    parser = argparse.ArgumentParser("simulators.broker", description=__doc__)
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--folder", type=Path, default=Path("broker"), help="sessions and log")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    parser.add_argument("--amqtt", action="store_true", help="run amqtt in this very process")
    options = parser.parse_args(arguments)
    if options.amqtt:
        asyncio.run(serve(options.port))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if options.with_parent:
        threading.Thread(target=end_with_parent, daemon=True).start()
    broker = Broker(options.folder, options.port)
    try:
        broker.start()
        sys.stdout.write(json.dumps({"broker": broker.name, "port": broker.port}) + "\n")
        sys.stdout.flush()
        return broker.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        broker.stop()


def end_with_parent() -> None:
    """Wait for the end of stdin, which is the end of who holds its other side, however it came."""
    while os.read(0, 1_000):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
