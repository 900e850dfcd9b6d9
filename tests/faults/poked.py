"""Harm from inside: copied as `sitecustomize.py` beside a service, which then obeys two signals.

SIGUSR1 holds the thread of the event loop for as many seconds as the file `hold` says; SIGUSR2 ends
the thread that the file `ends` names, as a bug in the interpreter or a library would.
"""

import ctypes
import signal
import threading
import time
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent


def hold(_number: int, _frame: FrameType | None) -> None:
    """Stand still."""
    time.sleep(float((HERE / "hold").read_text("ascii")))


def end(_number: int, _frame: FrameType | None) -> None:
    """Raise something in a thread that nobody catches there."""
    name = (HERE / "ends").read_text("ascii")
    for thread in threading.enumerate():
        if thread.name.startswith(name) and thread.ident is not None:
            raised = ctypes.py_object(SystemExit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), raised)


if __name__ == "sitecustomize":
    signal.signal(signal.SIGUSR1, hold)
    signal.signal(signal.SIGUSR2, end)
