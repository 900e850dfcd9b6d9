"""Who watches over the service in place of systemd, and does no more than the unit asks of it.

`WatchdogSec=` is the unit's own: silence for so long is death. What has ended is started again.
"""

import re
import socket
import threading
import time
from pathlib import Path
from typing import Self

from tests.system.rig import Gateway

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "lineproof.service"
LOOK_S = 0.1


def patience_s() -> float:
    """How long the unit lets the event loop be silent."""
    (found,) = re.findall(r"^WatchdogSec=(\d+)$", UNIT.read_text("utf-8"), re.MULTILINE)
    return float(found)


class Keeper:
    """Starts a gateway and keeps it running within the block."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        """Prepare.

        Args:
            gateway: one that does not run.
            folder: where the socket of the watchdog is made.
        """
        self.patience_s = patience_s()
        self.ended: list[str] = []  # why it was started again
        self._gateway = gateway
        self._address = folder / "notify"
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper")
        self._heard_s = 0.0

    def __enter__(self) -> Self:
        self._way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._way.bind(str(self._address))
        self._way.settimeout(LOOK_S)
        self._gateway.setting |= {
            "NOTIFY_SOCKET": str(self._address),
            "WATCHDOG_USEC": str(int(self.patience_s * 1e6)),
        }
        self._start()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()
        self._way.close()
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
            del self._gateway.setting[name]

    def _start(self) -> None:
        self._gateway.start()
        self._heard_s = float("inf")  # before READY=1 nobody is silent

    def _keep(self) -> None:
        while not self._end.is_set():
            self._listen()
            if (code := self._gateway.ended()) is not None:
                self.ended.append(f"ended with {code}")
                self._start()
            elif time.monotonic() - self._heard_s > self.patience_s:
                self.ended.append("was silent")
                self._gateway.kill()
                self._start()

    def _listen(self) -> None:
        try:
            self._way.recv(64)
        except TimeoutError:
            return
        self._heard_s = time.monotonic()
