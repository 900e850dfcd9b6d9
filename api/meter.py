"""How many requests are answered: enough for every page there is, not as many as anybody can ask.

Sources share the loop with whoever asks; a refusal is cheap and an answer is not.
"""

PER_S = 100.0
BURST = 1_000.0  # as when all boards of a house come back at once


class Meter:
    """Lets a number through in a second, and now and then a burst."""

    def __init__(self, per_s: float = PER_S, burst: float = BURST) -> None:
        self._per_s, self._burst = per_s, burst
        self._left, self._at_s = burst, 0.0

    def takes(self, now_s: float) -> bool:
        """Whether one more may pass now.

        Args:
            now_s: of a clock that only goes forward.
        """
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
