"""Harm from inside: copied as `sitecustomize.py` beside a service, which then obeys two signals.

SIGUSR1 holds the thread of the event loop for as many seconds as the file `hold` says; SIGUSR2 ends
the thread that the file `ends` names, as a bug in the interpreter or a library would.
"""

import ctypes
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
WAITS = "_worker"  # of concurrent.futures: in `get` itself there is no frame of Python's


def hold(_number: int, _frame: FrameType | None) -> None:
    """Stand still."""
    time.sleep(float((HERE / "hold").read_text("ascii")))


def end(_number: int, _frame: FrameType | None) -> None:
    """Raise something in a thread where nobody catches it: between two questions."""
    name = (HERE / "ends").read_text("ascii")
    threading.Thread(target=end_idle, args=(name,), daemon=True).start()


def end_idle(name: str) -> None:
    """Wait until a thread of that name is there and waits for work, and end it.

    While it works, what is raised there is the answer to a question, and the thread goes on.
    """
    while (ident := idle(name)) is None:
        time.sleep(0.001)
    raised = ctypes.py_object(SystemExit)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), raised)


def idle(name: str) -> int | None:
    """The thread of that name, where it is there and waits for work."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if thread.name.startswith(name) and frame and frame.f_code.co_name == WAITS:
            return thread.ident
    return None


if __name__ == "sitecustomize":
    signal.signal(signal.SIGUSR1, hold)
    signal.signal(signal.SIGUSR2, end)
