"""What the simulators really did is what the figures say: to the piece, to the millisecond."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from edge.cli.demo_site import write_site
from simulators.line import SECOND_NS, State
from simulators.shifts import planned_ns
from simulators.simulation import simulate
from simulators.site import SEED, lines
from simulators.truth import LineTruth, MachineTruth
from tests.system.plant import spans_of
from tests.system.rig import Document, reported

pytestmark = pytest.mark.slow

START_NS = 1_725_231_600 * SECOND_NS  # 2024-09-02T08:00+09:00, whenever the test runs
HOUR_NS = 3_600 * SECOND_NS
SHIFT_NS = 12 * HOUR_NS
DAYS = 2
LONG_DAYS = 70  # thirty before the levers, ten of black-out, thirty after it
VERDICTS = {
    "mask-1": "improved_at_least_target",
    "plating-a": "improved",
    "kit-1": "insufficient_data",
}
END_NS = START_NS + 2 * LONG_DAYS * SHIFT_NS
SIGNS = {"throughput_per_hour": (1, "good_per_planned_h"), "defect_rate": (-1, "defect_rate")}
ELEMENTS = {
    "APT": {State.PRODUCING},
    "AUST": {State.SETUP},
    "ADET": {State.DELAYED, State.DELAYED_EXTERNAL},
    "ADOT": {State.IDLE},
}


def simulators(*arguments: object) -> str:
    """What a simulator command prints."""
    line = [sys.executable, "-m", "simulators", *map(str, arguments)]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=120).stdout


def described(start_ns: int, days: int, *more: object) -> Document:
    """What the simulators say of the plant."""
    found: Document = json.loads(
        simulators("describe", "--start", start_ns, "--days", days, "--json", *more)
    )
    return found


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two production days, and an hour more so that the last shift is closed."""
    folder = tmp_path_factory.mktemp("shifts")
    write_site(folder, described(START_NS, DAYS), 8000)
    span = "--start", START_NS, "--end", START_NS + 2 * DAYS * SHIFT_NS + HOUR_NS
    simulators("history", *span, "--days", DAYS, "--seed", SEED, "--out", folder / "past")
    files = sorted((folder / "past").glob("*.npz"))
    done = reported("import", "samples", *files, "--config", folder)
    assert done["received"] == done["stored"] > 0
    return folder


@pytest.mark.parametrize("line", ["mask-1", "plating-a", "kit-1"])
def test_a_shift_is_counted_to_the_last_piece_and_timed_to_the_millisecond(
    imported: Path, line: str
) -> None:
    """Pieces, scrap, energy and every time element of each machine and of the line."""
    (simulated,) = (one for one in lines(DAYS) if one.id == line)
    truth = simulate(simulated, START_NS, START_NS + 2 * (DAYS + 1) * SHIFT_NS, SEED)
    span = "--from", "2024-09-02T08:00:00+09:00", "--to", "2024-09-04T08:00:00+09:00"
    rows = reported("kpi", "--config", imported, "--line", line, *span)["rows"]
    found = {(row["from"], row["machine"]): row for row in rows}
    assert len(found) == len(rows) == 2 * DAYS * (1 + len(truth.machines))
    for (from_, machine), row in found.items():
        span_ns = instant(from_), instant(from_) + SHIFT_NS
        one = truth.machines[machine] if machine else truth.exit
        compare(row, one, span_ns)
        used_kwh = kwh(truth if machine is None else one, span_ns)
        energy = row["measures"]["energy_per_good_piece"]["value"]
        assert energy * row["elements"]["GQ"] == pytest.approx(used_kwh, rel=1e-9)


def compare(row: Document, truth: MachineTruth, span_ns: tuple[int, int]) -> None:
    """One shift of one machine."""
    place, elements = f"{row['machine']} {row['from']}", row["elements"]
    made = truth.counts(*span_ns)
    assert elements["GQ"] == made["good"], place
    if len(truth.machine.counts) > 1:
        assert (elements["PQ"], elements["SQ"]) == (made["total"], made["scrap"]), place
    else:
        assert elements["SQ"] is None, place
    assert elements["PBT"] == planned_ns(*span_ns) / SECOND_NS
    assert elements["U"] == 0, place
    spent = spans_of(truth, *span_ns)
    for element, states in ELEMENTS.items():
        true_s = sum(spent.get(state, 0) for state in states) / SECOND_NS
        assert elements[element] == pytest.approx(true_s, abs=1e-3), f"{place} {element}"


def kwh(truth: MachineTruth | LineTruth, span_ns: tuple[int, int]) -> float:
    """Energy used, as meters that show whole watt hours tell it."""
    machines = truth.machines.values() if isinstance(truth, LineTruth) else [truth]
    ends = np.array(span_ns)
    shown = [np.floor(one.energy_kwh(ends) * 1000) for one in machines]
    return float(sum(after - before for before, after in shown)) / 1000


def instant(text: str) -> int:
    """A time of the site as nanoseconds."""
    return round(datetime.fromisoformat(text).timestamp()) * SECOND_NS


@pytest.fixture(scope="module")
def promised(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """The targets of a site with a long past, imported and agreed on as the demo does it."""
    folder = tmp_path_factory.mktemp("weeks")
    write_site(folder, described(START_NS, LONG_DAYS), 8000)
    span = [str(END_NS), "--start", str(START_NS), "--days", str(LONG_DAYS)]
    command = [sys.executable, "-m", "edge.cli.demo_history", str(folder), *span]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=400)
    found: list[Document] = reported("target", "list", "--config", folder)["targets"]
    return found


def test_verdicts_follow_from_the_data(promised: list[Document]) -> None:
    """One target is met, one is on the way, one has too little data and says so."""
    assert {one["line"]: one["verdict"] for one in promised} == VERDICTS


def test_an_interval_holds_the_true_effect(promised: list[Document]) -> None:
    """Of the levers, as the simulators know it; both sides are what the line really did."""
    truth = described(START_NS, LONG_DAYS, "--truth", "--seed", SEED)["truth"]
    for target in promised:
        sign, name = SIGNS[target["measure"]]
        effect = sign * truth[target["line"]]["change"][name]
        if target["low"] is not None:
            assert target["low"] <= effect <= target["high"], target["line"]
    judged = [one for one in promised if one["verdict"] != "insufficient_data"]
    assert all(one["low"] is not None for one in judged)
    for target in judged:
        _, name = SIGNS[target["measure"]]
        (simulated,) = (one for one in lines(LONG_DAYS) if one.id == target["line"])
        line = simulate(simulated, START_NS, END_NS, SEED)
        before = target["baseline"]["from"], target["baseline"]["to"]
        after = target["report_from"], target["report_to"]
        for value, window in (("before", before), ("after", after)):
            true = line.summary(instant(window[0]), instant(window[1]))[name]
            assert target[value] == pytest.approx(true, rel=1e-9), f"{target['line']} {value}"
