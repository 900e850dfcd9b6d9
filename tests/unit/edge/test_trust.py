"""A clock is believed while it goes as it went, or while somebody vouches for it."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.clock import Reading, is_synchronised, keeps_time, reading
from edge.trust import CONFIRMED, KNOWN, Guard, Known, Step, Why, confirm, judge, load

SECOND_NS = 1_000_000_000
HOUR_NS = 3_600 * SECOND_NS
DAY_NS = 24 * HOUR_NS
NOW_NS = 1_795_000_000 * SECOND_NS  # in November 2026
YEAR_2016_NS = 1_479_000_000 * SECOND_NS
KNEW = Known(NOW_NS, NOW_NS - HOUR_NS, "one")  # believed an hour after the boot named one


def seen(wall_ns: int, up_ns: int, boot: str = "one") -> Reading:
    """A reading so long after a boot."""
    return Reading(wall_ns, up_ns, boot)


def test_a_first_start_believes_what_can_be() -> None:
    """Nothing is known yet, as in a container without a time server: plausible is enough."""
    assert judge(seen(NOW_NS, HOUR_NS), None) is Why.PLAUSIBLE
    assert Why.PLAUSIBLE.is_trusted


def test_a_time_before_this_software_is_never_believed() -> None:
    """Not even one that a time server gives, or a person."""
    at = seen(YEAR_2016_NS, HOUR_NS)._replace(synchronised=True)
    assert judge(at, None, Known(YEAR_2016_NS, at.offset_ns, "one")) is Why.BEFORE_BUILD


@pytest.mark.parametrize("by_ns", [-400 * DAY_NS, -61 * SECOND_NS, 61 * SECOND_NS, 200 * DAY_NS])
def test_a_clock_that_is_moved_is_not_believed(by_ns: int) -> None:
    """Until it stands where it stood, or a time server or a person vouches for it."""
    moved = seen(NOW_NS + SECOND_NS + by_ns, HOUR_NS + SECOND_NS)
    why = judge(moved, KNEW)
    assert why in {Why.MOVED, Why.BEFORE_BUILD}
    assert judge(moved._replace(wall_ns=moved.wall_ns - by_ns), KNEW) is Why.PLAUSIBLE
    if why is Why.MOVED:
        assert judge(moved._replace(synchronised=True), KNEW) is Why.SYNCHRONISED
        here = Known(moved.wall_ns, moved.offset_ns, "one")
        assert judge(moved, KNEW, here) is Why.CONFIRMED


@pytest.mark.parametrize("by_ns", [-59 * SECOND_NS, 59 * SECOND_NS])
def test_a_small_correction_is_believed(by_ns: int) -> None:
    """Whoever corrects a clock by seconds does not make the rows wait."""
    assert judge(seen(NOW_NS + by_ns, HOUR_NS), KNEW) is Why.PLAUSIBLE


def test_a_boot_before_the_last_known_time_is_not_believed_however_long_it_lasts() -> None:
    """Its clock is behind, also once it has passed the time that was known."""
    for up_ns in (0, HOUR_NS, 5 * HOUR_NS):
        now = seen(NOW_NS - 2 * HOUR_NS + up_ns, up_ns, "two")
        assert judge(now, KNEW) is Why.BEFORE_LAST
    set_right = seen(NOW_NS + 9 * HOUR_NS, 5 * HOUR_NS, "two")
    assert judge(set_right, KNEW) is Why.PLAUSIBLE


def test_a_boot_that_goes_on_from_a_saved_time_is_not_believed() -> None:
    """Where nothing kept the time while the box was off, the last known time is none."""
    two = seen(NOW_NS + 120 * SECOND_NS, 60 * SECOND_NS, "two")
    assert judge(two, KNEW) is Why.PLAUSIBLE  # nobody says that there is no hardware clock
    assert judge(two._replace(keeps_time=True), KNEW) is Why.PLAUSIBLE
    assert judge(two._replace(keeps_time=False), KNEW) is Why.RESTORED
    new = two._replace(keeps_time=False, stamp_ns=NOW_NS)  # of a system that has never run us
    assert judge(new, None) is Why.RESTORED
    later = two._replace(keeps_time=False, wall_ns=NOW_NS + DAY_NS)
    assert judge(later, KNEW) is Why.PLAUSIBLE


def test_boots_without_a_name_are_told_apart_by_the_clock() -> None:
    """A container whose boot has another name at each start, or none, goes on as it went."""
    for boot in ("two", ""):
        assert judge(seen(NOW_NS + HOUR_NS, 2 * HOUR_NS, boot), KNEW) is Why.PLAUSIBLE
    behind = seen(NOW_NS - HOUR_NS, 5 * SECOND_NS, "")
    assert judge(behind, KNEW) is Why.BEFORE_LAST


@dataclass
class Machine:
    """A machine whose clock a test moves."""

    wall_at_ns: int = NOW_NS
    up_ns: int = HOUR_NS
    boot: str = "one"
    synchronised: bool = False
    looks: int = 0

    def read(self) -> Reading:
        """What it says."""
        self.looks += 1
        return Reading(self.wall_at_ns, self.up_ns, self.boot, self.synchronised)

    def wall_ns(self) -> int:
        """Its clock."""
        return self.wall_at_ns

    def monotonic_ns(self) -> int:
        """Time since its boot."""
        return self.up_ns

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.pass_ns(int(seconds * SECOND_NS))

    def trusted(self) -> bool:
        """Nobody asks it."""
        raise NotImplementedError

    def pass_ns(self, ns: int) -> None:
        """Time passes."""
        self.wall_at_ns += ns
        self.up_ns += ns

    def guard(self, folder: Path) -> Guard:
        """Somebody who watches it."""
        return Guard(folder, self.read, self)


def test_a_step_is_noticed_by_whoever_asks_first(tmp_path: Path) -> None:
    """Nothing is dated between a step and the next look; while nothing moves, nobody looks."""
    machine = Machine()
    guard = machine.guard(tmp_path)
    machine.pass_ns(HOUR_NS)
    assert (guard.trusted(), machine.looks) == (True, 2)
    machine.wall_at_ns += 200 * DAY_NS
    assert not guard.trusted()
    assert guard.why is Why.MOVED
    at_ns = NOW_NS + HOUR_NS
    assert guard.steps() == [Step(NOW_NS, at_ns, 200 * DAY_NS)]
    assert guard.steps() == []
    machine.wall_at_ns -= 200 * DAY_NS
    assert guard.trusted()
    assert guard.steps() == [Step(at_ns, at_ns, -200 * DAY_NS)]


def test_the_last_known_time_outlives_the_process_and_the_boot(tmp_path: Path) -> None:
    """Once a minute at most it goes to the disk; a time that is not believed never does."""
    machine = Machine()
    guard = machine.guard(tmp_path)
    guard.note()
    machine.pass_ns(30 * SECOND_NS)
    guard.look()
    guard.note()
    assert load(tmp_path / KNOWN) == KNEW
    machine.pass_ns(30 * SECOND_NS)
    guard.look()
    guard.note()
    known = Known(NOW_NS + 60 * SECOND_NS, NOW_NS - HOUR_NS, "one")
    assert load(tmp_path / KNOWN) == known
    again = Machine(wall_at_ns=YEAR_2016_NS, up_ns=0, boot="two")
    other = again.guard(tmp_path)
    again.pass_ns(120 * SECOND_NS)
    assert other.look() is Why.BEFORE_BUILD
    other.note()
    assert load(tmp_path / KNOWN) == known
    again.wall_at_ns = NOW_NS + HOUR_NS
    assert other.trusted()


def test_a_person_vouches_for_the_clock_as_it_stands_and_no_longer(tmp_path: Path) -> None:
    """Moved once more, it is in doubt once more."""
    machine = Machine()
    guard = machine.guard(tmp_path)
    machine.wall_at_ns += DAY_NS
    assert not guard.trusted()
    confirm(tmp_path, machine.read())
    machine.pass_ns(SECOND_NS)
    assert guard.look() is Why.CONFIRMED
    machine.wall_at_ns += DAY_NS
    assert not guard.trusted()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"wall_ns": 1}', '{"wall_ns": null}'])
def test_a_note_that_cannot_be_read_is_no_note(tmp_path: Path, text: str) -> None:
    """A power cut may leave anything; the service starts as it did the first time."""
    (tmp_path / KNOWN).write_text(text)
    assert load(tmp_path / KNOWN) is None
    assert Machine().guard(tmp_path).trusted()


def test_the_files_say_in_plain_words_what_they_hold(tmp_path: Path) -> None:
    """Anybody can look what the box knew."""
    confirm(tmp_path, Machine().read())
    assert json.loads((tmp_path / CONFIRMED).read_text()) == KNEW._asdict()
    assert not list(tmp_path.glob("*.new"))


def test_this_machine_is_read_and_plausible(tmp_path: Path) -> None:
    """The real kernel answers, whatever it is; a clock shown otherwise is not its own."""
    now = reading()
    assert now.wall_ns > now.since_boot_ns > 0
    assert keeps_time() in {True, False, None}
    assert not is_synchronised(now.wall_ns - DAY_NS)
    assert Guard(tmp_path).trusted()
