"""What PLCs, sensors and files show of the truth."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from simulators import history, kit, mask, plating
from simulators.__main__ import instant, main
from simulators.line import F64, I64, SECOND_NS, STATE_NAMES, Cause, State
from simulators.manifest import describe
from simulators.readings import read
from simulators.shifts import DAY_NS, HOUR_NS
from simulators.signals import Signal, signals, state_map
from simulators.simulation import simulate
from simulators.site import lines
from simulators.truth import LineTruth

START_NS = instant("2026-03-02T10:30:00+09:00")
LINES = (mask.LINE, plating.LINE, kit.LINE)


@cache
def truth(place: int) -> LineTruth:
    """Three production days of one line."""
    return simulate(LINES[place], START_NS, START_NS + 2 * DAY_NS, 3)


def signal(path: str) -> tuple[LineTruth, Signal]:
    """A signal by its path, with the truth behind it."""
    for place, line in enumerate(LINES):
        for found in signals(line):
            if found.path == path:
                return truth(place), found
    raise LookupError(path)


@cache
def rows() -> dict[str, history.Column]:
    """Three hours of history."""
    return history.rows([truth(0), truth(1), truth(2)], START_NS, START_NS + 3 * HOUR_NS)


def column(path: str) -> tuple[I64, F64]:
    """Source times and values of one signal in history."""
    found = rows()
    mine = found["signal"] == found["signals"].tolist().index(path)
    return found["source_time"][mine].astype(np.int64), found["value"][mine].astype(np.float64)


def test_a_body_counter_wraps_at_16_bits_and_loses_nothing() -> None:
    """Differences modulo 65,536 add up to what was really made, over a wrap or two."""
    ledger, good = signal("hanbit/mask-1/body/good")
    at_ns = np.arange(START_NS, START_NS + DAY_NS, 20 * SECOND_NS)
    shown = read(ledger, good, at_ns).astype(np.int64)
    assert shown.max() < 65_536
    assert (np.diff(shown) < 0).sum() >= 1
    made = ledger.machines["body"].counts(START_NS, at_ns[-1].item())["good"]
    assert (np.diff(shown) % 65_536).sum() == made


def test_history_has_all_that_changes_and_is_in_order() -> None:
    """Counters and states at most 20 s apart, each state change at its exact instant."""
    found = rows()
    assert (np.diff(found["source_time"].astype(np.int64)) >= 0).all()
    assert set(found["quality"].tolist()) == {0}
    ledger = truth(0)
    times_ns, codes = column("hanbit/mask-1/body/state")
    assert np.diff(times_ns).max() <= 20 * SECOND_NS
    names = [state_map(ledger.line)[int(code)] for code in codes.tolist()]
    for start, end, code in ledger.machines["body"].intervals(START_NS, START_NS + 3 * HOUR_NS):
        inside = (times_ns >= start) & (times_ns < end)
        shown = {name for name, here in zip(names, inside.tolist(), strict=True) if here}
        assert shown == {STATE_NAMES[State(code)]}
        if start > START_NS:
            assert start in times_ns


def test_history_counts_what_the_truth_counts() -> None:
    """The last reading minus the first is what was made between the two."""
    for path, name in (
        ("hanbit/plating-a/rinse-dry/total", "total"),
        ("hanbit/kit-1/pouch/good", "good"),
        ("hanbit/mask-1/packing/scrap", "scrap"),
    ):
        ledger, found = signal(path)
        times_ns, values = column(path)
        counted = ledger.machines[found.machine].counts(int(times_ns[0]), int(times_ns[-1]))
        assert values[-1] - values[0] == counted[name]
        assert counted[name] > 0


def test_history_and_live_agree() -> None:
    """A reading depends on truth, signal and instant alone, not on what is read with it."""
    for path in (
        "hanbit/mask-1/body/web_tension",
        "hanbit/plating-a/plate/bath_ph",
        "hanbit/mask-1/body/bearing_temperature",
    ):
        ledger, found = signal(path)
        times_ns, values = column(path)
        one_by_one = [read(ledger, found, times_ns[k : k + 1]).item() for k in range(9)]
        assert one_by_one == values[:9].tolist()


def test_a_product_is_a_text() -> None:
    """The value of a text is its place among the texts of the file."""
    found, (_, values) = rows(), column("hanbit/kit-1/dispense/product")
    texts = {str(found["texts"][int(value)]) for value in values.tolist()}
    assert texts <= set(kit.LINE.products)
    assert texts


def test_a_machine_that_stands_shows_no_speed() -> None:
    """Speed, current and force are zero while nothing runs; temperatures go on."""
    for path in ("hanbit/mask-1/packing/speed", "hanbit/plating-a/plate/current"):
        ledger, found = signal(path)
        machine = ledger.machines[found.machine]
        at_ns = np.arange(START_NS, START_NS + DAY_NS, 7 * SECOND_NS)
        running = machine.cause[machine.interval(at_ns)] == 0
        values = read(ledger, found, at_ns)
        assert (values[running] > 0).all()
        assert (values[~running] == 0).all()


VIBRATIONS = ("mask-1/body/vibration", "plating-a/rinse-dry/fan_vibration", "kit-1/press/vibration")


@pytest.mark.parametrize("name", VIBRATIONS)
def test_a_drive_shakes_while_it_runs_and_more_until_it_is_repaired(name: str) -> None:
    """Wear since the last breakdown is the cause; it is counted anew here, second by second."""
    ledger, found = signal(f"hanbit/{name}")
    assert found.gauge is not None
    assert found.gauge.work is not None
    machine = ledger.machines[found.machine]
    at_ns = np.arange(ledger.start_ns, ledger.end_ns, SECOND_NS)
    causes = machine.cause[machine.interval(at_ns)].tolist()
    hours, worn = [], 0.0
    for cause in causes:
        worn = 0.0 if cause == Cause.BREAKDOWN else worn + (cause == Cause.RUN) / 3600
        hours.append(worn)
    shown, long_ago = read(ledger, found, at_ns), np.array(causes) == Cause.RUN
    if found.gauge.work.tau_s:  # a fan takes a while to come to its speed
        long_ago &= np.convolve(long_ago, np.ones(300), "full")[: at_ns.size] == 300
    slope, _ = np.polyfit(np.array(hours)[long_ago], shown[long_ago], 1)
    assert slope == pytest.approx(found.gauge.work.wear_per_h, rel=0.02)
    assert max(hours) > 2
    standing = np.array(causes) == Cause.BREAK
    assert np.median(shown[standing]) < 0.3 * np.median(shown[long_ago])


def test_heat_comes_and_goes_with_the_work() -> None:
    """A motor above its room, integrated in small steps: it heats while it runs, else it cools."""
    ledger, found = signal("hanbit/kit-1/cut/motor_temperature")
    at_ns = np.arange(ledger.start_ns, ledger.start_ns + DAY_NS, SECOND_NS)
    machine = ledger.machines["cut"]
    running = (machine.cause[machine.interval(at_ns)] == Cause.RUN).tolist()
    above, expected = 0.0, []
    for runs in running:
        expected.append(above)
        above += ((29.0 if runs else 0.0) - above) / 1100
    room = ledger.process("room_temperature", at_ns)
    assert np.abs(read(ledger, found, at_ns) - room - np.array(expected)).max() < 0.6
    assert max(expected) > 20
    assert min(expected[DAY_NS // SECOND_NS // 2 :]) < 12


def test_air_leaks_while_nobody_works() -> None:
    """Compressed air is worth a meter because of what flows in a break."""
    ledger, found = signal("hanbit/mask-1/packing/air_flow")
    machine = ledger.machines["packing"]
    at_ns = np.arange(ledger.start_ns, ledger.end_ns, 30 * SECOND_NS)
    causes = machine.cause[machine.interval(at_ns)]
    flow = read(ledger, found, at_ns)
    assert np.median(flow[causes == Cause.RUN]) == pytest.approx(328, abs=3)
    assert np.median(flow[causes == Cause.BREAK]) == pytest.approx(18, abs=3)


def test_the_manifest_names_every_signal_once() -> None:
    """Paths are unique; a third comes over MQTT; the packing counts share one topic."""
    told = json.loads(json.dumps(describe(lines(80), START_NS, 4840, ("127.0.0.1", 1883))))
    found = [s for line in told["lines"] for m in line["machines"] for s in m["signals"]]
    paths = [s["path"] for s in found]
    assert len(set(paths)) == len(paths)
    by_broker = [s for s in found if s["source"] == "broker"]
    assert 3 * len(by_broker) >= len(found)
    counts = [s for s in found if s.get("topic") == "hanbit/mask-1/packing/counts"]
    assert {s["value"] for s in counts} == {"$.good", "$.scrap", "$.speed"}
    assert all(s["kind"] == "state" for s in found if "map" in s)
    assert [line["id"] for line in told["lines"]] == ["mask-1", "plating-a", "kit-1"]
    assert told["lines"][2]["go_live_ns"] == instant("2026-05-07T08:00:00+09:00")  # day 66


def test_history_is_written_day_by_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file per UTC day, complete when it has its name, with a line of progress for each."""
    start, end = "2026-03-02T08:00:00+09:00", "2026-03-03T12:00:00+09:00"
    main(["history", "--start", start, "--end", end, "--seed", "3", "--out", str(tmp_path)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    days = ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert told == [{"day": day, "done": k, "of": 3} for k, day in enumerate(days, 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{day}.npz" for day in days]
    times_ns = []
    for day in days:
        with np.load(tmp_path / f"{day}.npz") as file:
            assert len({file[name].size for name in ("signal", "value", "quality")}) == 1
            times_ns.extend(file["source_time"].tolist())
    assert times_ns == sorted(times_ns)
    assert instant(start) <= times_ns[0] <= times_ns[-1] < instant(end)


@pytest.mark.parametrize(
    ("argument", "remedy"),
    [("2026-03-01T08:00:00", "has no offset"), ("yesterday", "invalid instant value: 'yesterday'")],
)
def test_an_instant_without_offset_is_refused(argument: str, remedy: str) -> None:
    """A local time would mean something else on every machine."""
    done = subprocess.run(
        [sys.executable, "-m", "simulators", "describe", "--start", argument],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert remedy in done.stderr
