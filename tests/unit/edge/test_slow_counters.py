"""A counter that is read seldom says how many pieces came between, and so that somebody worked."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.cli import check
from edge.config.seldom import seldom
from edge.model import SECOND_NS
from edge.records import elements
from edge.site import Kind, Signal
from tests.unit.edge.fold_desk import Desk, at, machine, signal, site_of

FILE = """
site: {{id: hanbit, name: 한빛, timezone: Asia/Seoul}}
sources:
  - id: plc
    kind: opcua
    url: "opc.tcp://127.0.0.1:4840"
    security: {{policy: None, exception: "a test"}}
lines:
  - id: mask
    name: mask
    machines:
      - id: body
        name: body
        signals:
          good: {{source: plc, node: "ns=1;s=Good", kind: counter, {silence}}}
"""
EVERY_NS = 600 * SECOND_NS
HOUR_NS = 3600 * SECOND_NS


def meter(**more: Any) -> Signal:  # noqa: ANN401 - any key of a signal
    """A counter of good pieces that may be silent for half an hour."""
    return signal("body", "good", **{"stale_after_s": 1800.0, "max_rate": 3.0, **more})


def desk_of(folder: Path, name: str = "records", **more: float) -> Desk:
    """A line of one machine that has nothing but its counter; a gap above 300 s is a stop."""
    return Desk(site_of(machine("body", meter(**more))), folder, name)


def readings(from_: str, to: str, per_reading: float, start: float = 0) -> list[tuple[int, float]]:
    """A reading every ten minutes, the first one without a new piece."""
    times = range(at(from_), at(to) + 1, EVERY_NS)
    return [(t, start + n * per_reading) for n, t in enumerate(times)]


def test_pieces_between_two_seldom_readings_are_production(tmp_path: Path) -> None:
    """96 in ten minutes are 6.25 s apart: production from eight to four, then four hours' delay."""
    desk = desk_of(tmp_path)
    desk.say("body", "good", *readings("08:00", "16:00", 96))
    desk.say("body", "good", *readings("16:10", "20:00", 0, 48 * 96))
    desk.run()

    shift = desk.sums("body", "08:00", "20:00")

    assert shift["pbt_ns"] == 11 * HOUR_NS
    assert shift["apt_ns"] == shift["inferred_ns"] == 7 * HOUR_NS  # without the break
    assert shift["adet_ns"] == 4 * HOUR_NS
    assert shift["unknown_ns"] == 0
    assert shift["gq"] == 48 * 96
    assert desk.sums("body", "12:00", "13:00")["gq"] == 6 * 96
    assert desk.rows()["flags"][0] & elements.INFERRED


def test_the_last_pieces_of_a_day_stay_in_it(tmp_path: Path) -> None:
    """Read at eight sharp, when the next production day begins: they were made before."""
    desk = desk_of(tmp_path)
    desk.say("body", "good", *readings("+1 06:00", "+1 10:00", 60))
    desk.run()
    day_of = desk.rows()["production_day"]

    first = desk.rows().take(np.flatnonzero(day_of == day_of.min()))

    assert first["gq"].sum() == 12 * 60


@pytest.mark.parametrize(
    ("pieces", "apt_s"),
    [(2, 600), (1, 0), (0, 0)],
)
def test_pieces_too_far_apart_are_no_production(tmp_path: Path, pieces: int, apt_s: int) -> None:
    """Two in ten minutes are 300 s apart, which is no stop yet; one is 600 s apart, and a stop."""
    desk = desk_of(tmp_path)
    desk.say("body", "good", (at("09:00"), 0), (at("09:10"), pieces), (at("09:20"), pieces))
    desk.run()

    found = desk.sums("body", "09:00", "09:20")

    assert found["apt_ns"] == apt_s * SECOND_NS
    assert found["adet_ns"] == (1200 - apt_s) * SECOND_NS


def test_a_pulse_that_stands_for_many_is_one_piece_of_news(tmp_path: Path) -> None:
    """One pulse in ten minutes tells of no second one, though it stands for a box of a hundred."""
    desk = desk_of(tmp_path, scale=100.0)
    desk.say("body", "good", (at("09:00"), 0), (at("09:10"), 1), (at("09:20"), 1))
    desk.run()

    assert desk.sums("body", "09:00", "09:20")["apt_ns"] == 0


def test_a_counter_that_was_silent_for_too_long_tells_of_no_work(tmp_path: Path) -> None:
    """Silence of more than half an hour is unknown, however much was made in it."""
    desk = desk_of(tmp_path)
    desk.say("body", "good", (at("09:00"), 0), (at("10:00"), 600), (at("10:10"), 700))
    desk.run()

    found = desk.sums("body", "09:00", "10:10")

    assert (found["apt_ns"], found["unknown_ns"]) == (600 * SECOND_NS, HOUR_NS)


def test_check_names_a_counter_that_may_hide_a_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words for people, by its path for programs; it is no fault."""
    file = tmp_path / "lineproof.yaml"
    file.write_text(FILE.format(silence="stale_after_s: 1800"), "utf-8")

    check.command(tmp_path, online=False, json=True)
    found = json.loads(capsys.readouterr().out)
    check.command(tmp_path, online=False, json=False)
    said = capsys.readouterr()
    file.write_text(FILE.format(silence="unit: '{piece}'"), "utf-8")
    check.command(tmp_path, online=False, json=True)
    quick = json.loads(capsys.readouterr().out)

    assert (found["valid"], found["seldom"]) == (True, ["hanbit/mask/body/good"])
    assert "may be silent for 1800 s" in said.err
    assert "stop_after_s: 300" in said.err
    assert quick["seldom"] == []


@pytest.mark.parametrize("state", [True, False])
def test_a_machine_that_tells_its_state_may_be_counted_seldom(*, state: bool) -> None:
    """A state signal shows every stop, however late its pieces are read."""
    more = [signal("body", "state", Kind.STATE)] if state else []

    found = seldom(site_of(machine("body", meter(), *more)))

    assert [one.signal.name for one in found] == ([] if state else ["good"])


@pytest.mark.parametrize("seed", range(12))
def test_it_does_not_matter_when_readings_come(tmp_path: Path, seed: int) -> None:
    """Whole or reading by reading, in order or not: the same rows."""
    rng = np.random.default_rng(seed)
    pauses = rng.integers(200, 900, 60) * SECOND_NS
    times = at("09:00") + np.cumsum(pauses)
    value = np.cumsum(rng.integers(0, 3, 60) * rng.integers(0, 90, 60))
    told = list(zip(times.tolist(), value.tolist(), strict=True))
    whole, pieces = (desk_of(tmp_path, name) for name in ("whole", "pieces"))
    whole.say("body", "good", *told)
    whole.run()
    order = rng.permutation(60) if seed % 2 else np.arange(60)
    for part in np.array_split(order, 9):
        pieces.say("body", "good", *(told[place] for place in sorted(part.tolist())))
        pieces.run()

    assert pieces.table() == whole.table()
