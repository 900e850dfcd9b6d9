"""Named places at which a test lets the process die, to see what the disk holds then.

`LINEPROOF_CRASH=<name>:<n>` in the environment ends the process at the n-th visit as `kill -9`
would; with `:parent` behind it, the process that started this one. Without it a place costs one
look into the environment.
"""

import os
import signal
from collections import Counter
from threading import Lock

_lock = Lock()
_visits = Counter[str]()


def crash_point(name: str) -> None:
    """Die here, if that was asked for; any thread may come by."""
    wanted, *how = os.environ.get("LINEPROOF_CRASH", "").split(":")
    if wanted == name:
        with _lock:
            _visits[name] += 1
            if _visits[name] == int(how[0] if how else 1):
                os.kill(os.getppid() if how[1:] == ["parent"] else os.getpid(), signal.SIGKILL)
