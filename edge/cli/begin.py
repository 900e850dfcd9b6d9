"""How the command begins: Ctrl-C ends it at once while modules are loaded.

What Ctrl-C raises may be lost there, for callbacks of the import system pass nothing on, and the
command would go on as if nobody had asked.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import current_thread, main_thread


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process inside the block, where it would be raised otherwise."""
    is_raised = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_raised or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """The command `lineproof`."""
    with ended_at_once():
        command = import_module("edge.cli.main").main
    command()
