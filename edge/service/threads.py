"""The threads that have to live as long as the service, and that somebody looks.

A thread that has ended answers no question, and whoever asked it would wait for ever: the pages go
on, the watchdog hears that the loop turns, and nothing is stored. So the end of one is the end of
the process, which whoever watches over it starts anew.
"""

import threading

from edge.clock import Clock

LOOK_S = 1.0


class Threads:
    """All that were entered, each by itself."""

    def __init__(self) -> None:
        self._entered: list[threading.Thread] = []

    def enter(self) -> None:
        """Note the thread in which this is called; it is not to end before we do."""
        self._entered.append(threading.current_thread())

    def ended(self) -> list[str]:
        """Names of those that live no more."""
        return [thread.name for thread in list(self._entered) if not thread.is_alive()]

    async def watch(self, clock: Clock) -> None:
        """Look every second, until cancelled.

        Raises:
            RuntimeError: one has ended; nothing but a new process mends that.
        """
        while True:
            if names := self.ended():
                raise RuntimeError(f"thread '{names[0]}' has ended; the service must start anew")
            await clock.sleep(LOOK_S)
