"""How the service is told to end, and that it does."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager

import structlog

from edge.service.watchdog import told_alive

LONGEST_S = 5.0  # three for open pages and what a thread has in hand; then nobody is waited for
SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger()


def run_until_told(
    serve: Callable[[], Coroutine[None, None, None]], asked: Mapping[str, str] | None = None
) -> None:
    """Run until it ends by itself, or until SIGTERM or SIGINT; to be told to end is no error.

    Whoever is impatient and sends a second signal does no harm. A thread that cannot be ended,
    such as one that waits for a name server, is left behind in the end: what was acknowledged is
    on the disk, and nothing else counts.

    Args:
        serve: what is run.
        asked: the environment in which a watchdog asked to be told that the event loop turns.
    """
    last = threading.Timer(LONGEST_S, leave)
    last.daemon = True
    kept = {name: signal.getsignal(name) for name in SIGNALS}

    async def main() -> None:
        with cancelled_by_signals(last.start), told_alive(asked or {}):
            await serve()

    try:
        asyncio.run(main())
    except asyncio.CancelledError:  # the last line of `main`: shutdown is cancellation
        return
    finally:
        last.cancel()
        for name, handler in kept.items():
            signal.signal(name, handler)


@contextmanager
def cancelled_by_signals(told: Callable[[], None]) -> Iterator[None]:
    """Let the first signal cancel the present task, and call `told`; ignore all others."""
    loop, task, first = asyncio.get_running_loop(), asyncio.current_task(), [told]

    def end() -> None:
        if first and task is not None:
            first.pop()()
            task.cancel()

    for name in SIGNALS:
        loop.add_signal_handler(name, end)
    try:
        yield
    finally:
        for name in SIGNALS:
            loop.remove_signal_handler(name)
            signal.signal(name, signal.SIG_IGN)  # while the loop itself is taken down


def leave() -> None:
    """End the process as it stands."""
    log.warning("a thread did not end; left without it", longest_s=LONGEST_S)
    os._exit(0)
