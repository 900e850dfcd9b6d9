"""What is left to chance: one generator per production day, under the levers of that day."""

import math

import numpy as np

from simulators.line import SECOND_NS, Cause, Levers, Stop

LEAST_NS = 5 * SECOND_NS  # shortest stop


class Chance:
    """Draws running times and lengths of stops."""

    def __init__(self, rng: np.random.Generator, levers: Levers) -> None:
        self.rng = rng
        self.levers = levers
        self._often = {
            Cause.MICRO: levers.micro_stop_factor,
            Cause.BREAKDOWN: levers.breakdown_factor,
        }

    def between_ns(self, stop: Stop) -> int:
        """Running time from one stop to the next of its kind."""
        mean_s = stop.between_s / self._often.get(stop.cause, 1.0)
        return int(self.rng.standard_gamma(stop.shape) / stop.shape * mean_s * 1e9)

    def length_ns(self, stop: Stop) -> int:
        """How long it stands."""
        factor = self.levers.changeover_factor if stop.cause is Cause.SETUP else 1.0
        spread = stop.spread * self.rng.standard_normal() - stop.spread**2 / 2
        return max(LEAST_NS, int(stop.mean_s * factor * math.exp(spread) * 1e9))
