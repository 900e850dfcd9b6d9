"""Whether the wall clock may date samples: judged without the internet, from what Linux offers.

What always holds: a clock that goes as it went is believed; one that was moved, or that nobody kept
while the box was off, is not, until an NTP client or a person vouches for it. The last time that
was believed is kept in the data folder, with the boot in which that was; so a box that starts in
1970, or where it was switched off, is found out.
"""

import json
import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from edge.clock import OLDEST_CREDIBLE_NS, SECOND_NS, SYSTEM, Clock, Reading, reading

SLACK_NS = 60 * SECOND_NS  # a clock that is moved by less is still believed
NOTED_NS = 2 * SECOND_NS  # a move of more is written down
RESTORED_NS = 600 * SECOND_NS  # this soon after a saved time, a boot began there and not later
NOTE_EVERY_NS = 60 * SECOND_NS
KNOWN, CONFIRMED = "clock.known", "clock.confirmed"  # files of the data folder


class Why(Enum):
    """Why the clock is believed, or why not."""

    SYNCHRONISED = "synchronised"  # an NTP client keeps it right
    CONFIRMED = "confirmed"  # a person has said that it is right
    PLAUSIBLE = "plausible"  # it goes on from where it was known; nobody vouches for it
    BEFORE_BUILD = "before_build"  # no such time can be
    BEFORE_LAST = "before_last"  # the box has seen later times
    RESTORED = "restored"  # the system set it to a saved time, for no hardware clock went on
    MOVED = "moved"  # it went another way than time since the last look

    @property
    def is_trusted(self) -> bool:
        """Whether samples may be dated by it."""
        return self in {Why.SYNCHRONISED, Why.CONFIRMED, Why.PLAUSIBLE}


class Known(NamedTuple):
    """A moment at which the clock was believed."""

    wall_ns: int
    offset_ns: int  # wall time of that boot
    boot_id: str


class Step(NamedTuple):
    """A move of the wall clock while we looked; its ends are by the clock that was believed."""

    from_ns: int  # of the last look before
    to_ns: int  # when it was seen
    by_ns: int


def judge(now: Reading, known: Known | None, confirmed: Known | None = None) -> Why:
    """Why the clock is to be believed, or why not.

    Args:
        now: what Linux says.
        known: when it was believed last; None on a first start.
        confirmed: when a person said that it is right.
    """
    if now.wall_ns < OLDEST_CREDIBLE_NS:
        return Why.BEFORE_BUILD
    if now.synchronised:
        return Why.SYNCHRONISED
    if confirmed is not None and goes_on(now, confirmed):
        return Why.CONFIRMED
    if known is not None and goes_on(now, known):
        return Why.PLAUSIBLE
    if known is not None and now.boot_id and now.boot_id == known.boot_id:
        return Why.MOVED
    return after_a_boot(now, known)


def goes_on(now: Reading, known: Known) -> bool:
    """Whether the clock stands where it must, by the time that has passed since."""
    is_later = now.wall_ns >= known.wall_ns - SLACK_NS  # a boot may begin where one did before
    return is_later and abs(now.offset_ns - known.offset_ns) <= SLACK_NS


def after_a_boot(now: Reading, known: Known | None) -> Why:
    """The same for a boot in which the clock was never believed."""
    began_ns = now.offset_ns if now.boot_id else now.wall_ns
    if known is not None and began_ns < known.wall_ns - SLACK_NS:
        return Why.BEFORE_LAST
    saved = [known.wall_ns] if known is not None else []
    saved += [now.stamp_ns] if now.stamp_ns is not None else []
    if now.keeps_time is False and any(abs(began_ns - at_ns) < RESTORED_NS for at_ns in saved):
        return Why.RESTORED
    return Why.PLAUSIBLE


class Guard:
    """The clock of this machine with a judgement; it is the `Clock` of a service.

    Any thread may ask. A step is noticed by whoever asks first, so that nothing is dated by a clock
    that has just been moved.
    """

    def __init__(
        self, data: Path, read: Callable[[], Reading] = reading, clock: Clock = SYSTEM
    ) -> None:
        """Look for the first time.

        Args:
            data: the folder where the last known time is kept; it need not be there yet.
            read: what Linux says.
            clock: the machine's.
        """
        self._data, self._read, self._clock = data, read, clock
        self._known = load(data / KNOWN)
        self._noted_ns = -NOTE_EVERY_NS
        self._last = read()
        self._steps: list[Step] = []
        self.why = Why.PLAUSIBLE
        self.look()

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC, by the wall clock of this box."""
        return self._clock.wall_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds since this boot."""
        return self._clock.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        await self._clock.sleep(seconds)

    def trusted(self) -> bool:
        """Whether the wall clock may date samples; a step since the last look is noticed."""
        offset_ns = self._clock.wall_ns() - self._clock.monotonic_ns()
        if abs(offset_ns - self._last.offset_ns) > NOTED_NS:
            self.look()
        return self.why.is_trusted

    def look(self) -> Why:
        """Judge anew, and keep in mind what is believed."""
        now, before = self._read(), self._last
        by_ns = now.offset_ns - before.offset_ns
        was_trusted, self._last = self.why.is_trusted, now
        self.why = judge(now, self._known, load(self._data / CONFIRMED))
        if self.why.is_trusted:
            self._known = Known(now.wall_ns, now.offset_ns, now.boot_id)
        if abs(by_ns) > NOTED_NS:
            back_ns = by_ns if was_trusted and not self.why.is_trusted else 0
            ends = before.wall_ns + by_ns - back_ns, now.wall_ns - back_ns
            self._steps.append(Step(*ends, by_ns))
        return self.why

    def note(self) -> None:
        """Write the last known time down, once a minute; called in a thread that may write."""
        since_ns = self._last.since_boot_ns
        if self._known is None or since_ns - self._noted_ns < NOTE_EVERY_NS:
            return
        self._noted_ns = since_ns
        save(self._data / KNOWN, self._known)

    def steps(self) -> list[Step]:
        """The steps since this was asked last."""
        found, self._steps = self._steps, []
        return found

    @property
    def known(self) -> Known | None:
        """When the clock was believed last."""
        return self._known


def confirm(data: Path, now: Reading) -> None:
    """Note that a person says the clock is right as it stands; it holds until it is moved."""
    save(data / CONFIRMED, Known(now.wall_ns, now.offset_ns, now.boot_id))


def load(path: Path) -> Known | None:
    """What was noted; None where nothing was, or it cannot be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return Known(int(found["wall_ns"]), int(found["offset_ns"]), str(found["boot_id"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, known: Known) -> None:
    """Write it so that a power cut leaves the old or the new, never half of one."""
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(known._asdict()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
