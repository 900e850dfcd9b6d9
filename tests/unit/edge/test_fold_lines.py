"""Lines of one site are folded together where that is small, and one by one where it is not."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.engine.folding import planning
from edge.engine.machine import gather as gathering
from edge.engine.machine.gather import Gathered, gather
from edge.model import SECOND_NS, Batch, Reader, Row
from edge.records.parts import read_elements
from edge.site import Line, Machine
from tests.unit.edge.fold_desk import Desk, at, body, comparable, site_of

LINES = 4


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Four lines with an hour of samples each."""
    one = site_of(body())
    (line,) = one.lines
    desk = Desk(
        replace(one, lines=tuple(renamed(line, f"line{n}") for n in range(LINES))), tmp_path
    )
    rows = []
    for number, path in desk.memory.paths.items():
        values = {"state": 1.0}
        for second in range(0, 3600, 10):
            moment = at("09:00") + second * SECOND_NS
            value = values.get(path.rsplit("/", 1)[1], float(second))
            rows.append(Row(number, moment, moment, value, 0))
    desk.memory.write(rows)
    return desk


def renamed(line: Line, name: str) -> Line:
    """The same line under another name."""

    def moved(machine: Machine) -> Machine:
        signals = {
            key: replace(signal, path=signal.path.replace("/mask/", f"/{name}/"))
            for key, signal in machine.signals.items()
        }
        return replace(machine, path=f"hanbit/{name}/{machine.id}", signals=signals)

    return replace(line, id=name, path=f"hanbit/{name}", machines=tuple(map(moved, line.machines)))


@pytest.mark.parametrize(("most", "together"), [(10**9, [4]), (0, [1, 1, 1, 1])])
def test_a_reading_holds_as_many_lines_as_it_may(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int, together: list[int]
) -> None:
    """As many as fit where each signal speaks every second; every line is folded, and once."""
    read: list[int] = []

    def noted(reader: Reader, lines: Iterable[Line], from_ns: int, to_ns: int) -> Gathered:
        read.append(len(list(lines)))
        return gather(reader, lines, from_ns, to_ns)

    monkeypatch.setattr(gathering, "gather", noted)
    monkeypatch.setattr(planning, "ROWS_AT_ONCE", most)
    desk.run()
    assert read == together
    tables = [comparable(read_elements(desk.records, f"line{n}", 0, 1 << 62)) for n in range(LINES)]
    assert all(table == tables[0] for table in tables)
    assert len(tables[0]) == 2 * 4


def test_blocks_that_are_marked_together_are_marked_once(desk: Desk) -> None:
    """However often blocks are asked for before the marks are written, none is passed over."""
    asked: list[int] = []

    def one_by_one(after: int, _: int) -> list[tuple[int, Batch]]:
        asked.append(after)
        return desk.memory.after(after, 1)

    second = desk.memory.blocks[0]
    desk.memory.blocks = [second.take(slice(0, 300)), second.take(slice(300, None))]
    taken = desk.fold.scan(one_by_one, desk.memory.paths, readings=9)
    assert (taken, asked, desk.fold.scanned()) == (2, [0, 1, 2], 2)
    assert desk.fold.backlog() == 1.0
