"""`lineproof tables`: what is entered holds from its day on, and its history stays."""

import csv
import json
from pathlib import Path
from typing import Any

from tests.unit.edge.cli.desk import Command

CYCLE = ("cycle", "line=mask-1", "machine=body", "product=A")


def told(ran: Any) -> dict[str, Any]:  # noqa: ANN401 - what a command said
    """What a command says as JSON."""
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def oee(command: Command) -> dict[str, tuple[float, str]]:
    """The line's OEE and whether it was restated, by production day."""
    span = ("--from", "2026-03-02", "--to", "2026-03-06")
    found = told(command("kpi", "--line", "mask-1", *span, "--by", "day", "--json"))
    return {
        row["production_day"]: (row["measures"]["oee"]["value"], row["status"])
        for row in found["rows"]
        if row["machine"] is None
    }


def test_half_the_cycle_is_half_the_oee_from_its_day_on(own: Command) -> None:
    """Days before stay final and as they were; taken back, all is as before."""
    before = oee(own)
    entry = told(own("tables", "set", *CYCLE, "value=5", "valid_from=2026-03-04", "--json"))
    after = oee(own)

    assert after["2026-03-02"] == before["2026-03-02"]
    assert after["2026-03-03"][0] == before["2026-03-03"][0]  # it ends after midnight, so revised
    for day in ("2026-03-04", "2026-03-05"):
        assert after[day] == (before[day][0] / 2, "revised")

    assert told(own("tables", "withdraw", str(entry["id"]), "--json"))["withdrawn"]
    assert {day: value for day, (value, _) in oee(own).items()} == {
        day: value for day, (value, _) in before.items()
    }


def test_every_version_is_in_the_history(own: Command) -> None:
    """What it said, who said it, and why."""
    price = ("price", "item=film", "unit=KRW/kg", "valid_from=2026-03-01")
    first = told(own("tables", "set", *price, "value=4100", "--json"))
    told(own("tables", "set", *price, "value=4200", "--note", "new contract", "--json"))

    found = told(own("tables", "history", str(first["id"]), "--json"))["history"]
    assert [(one["entry"]["value"], one["note"]) for one in found] == [
        (4100, None),
        (4200, "new contract"),
    ]
    (row,) = told(own("tables", "list", "prices", "--json"))["prices"]
    assert (row["version"], row["origin"], row["entry"]["value"]) == (2, "record", 4200)
    assert "new contract" in own("tables", "history", str(first["id"])).out


def test_a_file_is_taken_as_a_whole(own: Command, tmp_path: Path) -> None:
    """A row with a fault is named, and nothing is stored until it is mended."""
    path = tmp_path / "prices.csv"
    head = "종류,항목,값,단위,시작일\n"
    path.write_text(f"{head}price,film,4100,KRW/kg,2026-03-01\nprice,glue,x,KRW/kg,2026-03-01\n")
    wrong = own("tables", "import", path)
    assert wrong.code == 1
    assert "row 3: value is 'x'" in wrong.err
    assert told(own("tables", "list", "prices", "--json"))["prices"] == []

    path.write_text(f"{head}price,film,4100,KRW/kg,2026-03-01\nprice,glue,9,KRW/kg,2026-03-01\n")
    assert told(own("tables", "import", path, "--preview", "--json"))["stored"] is False
    assert len(told(own("tables", "import", path, "--json"))["entries"]) == 2
    again = told(own("tables", "import", path, "--json"))["entries"]
    assert [one["version"] for one in again] == [1, 1]


def test_what_cannot_be_meant_is_told(own: Command) -> None:
    """A key without a value, a day that is none, a line that is not there."""
    assert "'value' is no KEY=VALUE" in own("tables", "set", *CYCLE, "value").err
    late = own("tables", "set", *CYCLE, "value=5", "valid_from=soon")
    assert "valid_from is 'soon'" in late.err
    far = own("tables", "set", "day", "line=mask-9", "day=2026-03-04", "closed=true")
    assert "there is no line 'mask-9'; there are mask-1" in far.err
    assert own("tables", "list", "cycle").code != 0


def test_overtime_and_tariffs_come_from_a_file(own: Command, tmp_path: Path) -> None:
    """Lists and mappings are JSON in a cell, kept as they were written; what is none is named."""
    rates = {
        "summer": {"off_peak": 110, "mid": 160, "peak": 240},
        "spring_autumn": {"off_peak": 100, "mid": 140, "peak": 200},
        "winter": {"off_peak": 105, "mid": 150, "peak": 210},
    }
    overtime = [{"name": "overtime", "start": "18:00", "end": "20:00"}]
    day = ["day", "mask-1", "2026-03-07", json.dumps(overtime), "", "", "", ""]
    tariff = ["tariff", "", "", "", "2026-01-01", "industrial-eul", json.dumps(rates)]
    head = ["종류", "라인", "날짜", "근무", "시작일", "계약", "요율", "공휴일"]
    path = tmp_path / "tables.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, day, [*tariff, '["2026-03-02"]']])
    first, second = told(own("tables", "import", path, "--json"))["entries"]
    assert first["entry"]["shifts"][0]["end"] == "20:00"
    assert second["entry"]["rates"]["winter"]["peak"] == 210
    assert second["entry"]["holidays"] == ["2026-03-02"]

    path.write_text("종류,라인,날짜,근무\nday,mask-1,2026-03-07,[overtime\n", encoding="utf-8")
    wrong = own("tables", "import", path)
    assert wrong.code == 1
    assert "tables.csv: row 2, column shifts: '[overtime' is no JSON" in wrong.err


def test_a_demand_charge_is_explained_with_what_is_not_known(own: Command) -> None:
    """Nobody metered February: the floor is charged at least; its bill, entered, stands in."""
    day = ("--from", "2026-03-02", "--to", "2026-03-03")
    words = ("kpi", "--line", "mask-1", *day, "--measure", "unit_cost", "--explain")
    charge = ("rate=7000", "contract_kw=100", "months=[2]", "valid_from=2026-01-01")
    assert told(own(*words, "--json"))["demand"] is None
    told(own("tables", "set", "demand", *charge, "--json"))

    before = own(*words)
    assert before.code == 0, before.err
    assert "at least 30.0 kW" in before.out
    assert "floor 30.0 kW" in before.out
    assert "nothing is known of the month" in before.out

    told(own("tables", "set", "peak", "month=2026-02", "value=80", "--json"))
    (month,) = told(own(*words, "--json"))["demand"]["months"]
    assert (month["kw"], month["of_month"]) == (80, "2026-02")
    assert month["charge_krw"] == 7000 * 80 / 31
    after = own(*words).out
    assert "peak of 2026-02" in after
    assert "electricity bill, entered" in after
    assert "demand charge" in after


def test_a_meter_that_tells_no_energy_is_refused(own: Command) -> None:
    """A temperature is no meter, in the tables and in the file."""
    path = "hanbit/mask-1/body/temp"
    charge = ("rate=7000", "contract_kw=100", "months=[2]", "valid_from=2026-01-01")
    wrong = own("tables", "set", "demand", *charge, f'meter=["{path}"]')
    assert wrong.code != 0
    assert f"meter '{path}' is no signal that counts energy" in wrong.err

    file = own.folder / "lineproof.yaml"
    entry = "{rate: 7000, contract_kw: 100, months: [2], valid_from: 2026-01-01"
    file.write_text(f"{file.read_text()}demands:\n  - {entry}, meter: [{path}]}}\n")
    found = own("check")
    assert found.code == 3
    assert f"demands[0].meter[0]: is '{path}', no meter; write a signal of kW.h" in found.err


def test_a_bad_month_of_a_peak_is_named(own: Command) -> None:
    """A month is written as 2026-02."""
    wrong = own("tables", "set", "peak", "month=2026-13", "value=80")
    assert wrong.code != 0
    assert "month is '2026-13'" in wrong.err


def test_a_table_that_is_none_is_told_where_its_entries_are(own: Command) -> None:
    """Demand charges are set as `demand` and listed among the prices; whoever asks is told so."""
    ran = own("tables", "list", "demands")
    assert ran.out == ""
    assert "there is no table 'demands'" in ran.err
    assert "prices (with price, tariff, demand, peak)" in ran.err
