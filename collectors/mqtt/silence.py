"""Topics that fell silent: some brokers take a right away without a word, and messages just stop.

What a topic says tells how often it speaks. Only one that spoke often is missed, and none twice:
whoever reports changes alone may be silent for hours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collectors.mqtt.subscription import quoted
from edge.clock import Clock
from edge.model import SECOND_NS

CODE = "topics silent"
LOOK_S = 5.0
OFTEN_NS = 12 * SECOND_NS  # the longest pause of a topic that is missed
ENOUGH = 10  # times that a topic spoke
PATIENCE_NS = 20 * SECOND_NS
PAUSES = 4  # as long as the longest pause so far
REMEMBERED = 10_000  # topics


@dataclass(slots=True)
class Voice:
    """How often one topic speaks, by the monotonic clock."""

    last_ns: int
    longest_ns: int = 0
    times: int = 1

    def silent(self, now_ns: int) -> bool:
        """Whether it should have spoken by now."""
        often = self.times >= ENOUGH and self.longest_ns <= OFTEN_NS
        return often and now_ns - self.last_ns > max(PATIENCE_NS, PAUSES * self.longest_ns)


class Silence:
    """The topics of one connection, and which of them are missed."""

    def __init__(self, clock: Clock, tell: Callable[[str, str], None]) -> None:
        self._clock, self._tell = clock, tell
        self._voices: dict[bytes, Voice] = {}

    def hear(self, topics: Iterable[bytes]) -> None:
        """Take note of who speaks."""
        now_ns = self._clock.monotonic_ns()
        for topic in set(topics):
            voice = self._voices.get(topic)
            if voice is None:
                if len(self._voices) < REMEMBERED:
                    self._voices[topic] = Voice(now_ns)
                continue
            voice.longest_ns = max(voice.longest_ns, now_ns - voice.last_ns)
            voice.last_ns, voice.times = now_ns, voice.times + 1

    async def watch(self) -> None:
        """Tell people of topics that are missed, as long as there is a link."""
        told = True  # by the link before
        while True:
            now_ns = self._clock.monotonic_ns()
            missed = [topic for topic, voice in self._voices.items() if voice.silent(now_ns)]
            if missed or told:
                names = quoted([topic.decode("utf-8", "replace") for topic in missed])
                text = f"nothing comes on {names} any more, which spoke often; is the publisher on,"
                text += " and may our user still read it?"
                self._tell(CODE, text if missed else "")
            told = bool(missed)
            await self._clock.sleep(LOOK_S)
