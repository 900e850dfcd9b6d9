"""Clocks that nobody waits for."""

from dataclasses import dataclass, field

SECOND_NS = 1_000_000_000


@dataclass
class FakeClock:
    """`sleep` returns at once and moves time on; wall time runs backwards: it measures nothing."""

    now_ns: int = 5 * SECOND_NS
    wall_at_ns: int = 1_795_000_000 * SECOND_NS
    slept_s: list[float] = field(default_factory=list)
    is_trusted: bool = True

    def wall_ns(self) -> int:
        """The wall clock, earlier the later it is."""
        return self.wall_at_ns - self.now_ns

    def monotonic_ns(self) -> int:
        """What measures."""
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        """Note the wait."""
        self.slept_s.append(seconds)
        self.now_ns += int(seconds * 1e9)

    def trusted(self) -> bool:
        """As the test has it."""
        return self.is_trusted


@dataclass
class ToldClock:
    """A clock that stands until it is told the time, or somebody sleeps."""

    now_ns: int = 0

    def wall_ns(self) -> int:
        """The time it was told."""
        return self.now_ns

    def monotonic_ns(self) -> int:
        """The same: nobody who is given this clock compares the two."""
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        """Move time on."""
        self.now_ns += int(seconds * SECOND_NS)

    def trusted(self) -> bool:
        """Whoever told it knew."""
        return True
