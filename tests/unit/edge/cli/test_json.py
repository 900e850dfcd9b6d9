"""With --json, stdout holds one document and nothing else; what it says is the contract."""

import json
from datetime import datetime, timedelta
from shutil import rmtree
from typing import Any

import pytest

from edge.cli import status
from tests.unit.edge.cli.desk import DAYS, Command, Ran, rows, write_csv

SPAN = ("--from", "2026-03-02", "--to", "2026-03-08")
FREEZE = ("baseline", "freeze", "--line", "mask-1", "--measure", "defect_rate")
WORDS = ("--name", "기준선", "--reason", "개선 전")
BEFORE = ("--from", "2026-03-02T08:00", "--to", "2026-03-05T08:00")
SET = ("target", "set", "--line", "mask-1", "--measure", "defect_rate", "--go-live")


def document(ran: Ran, code: int = 0) -> dict[str, Any]:
    """The one document on stdout."""
    assert ran.code == code, ran.err
    found = json.loads(ran.out)
    assert isinstance(found, dict)
    assert ran.out.endswith("}\n")
    assert "\x1b" not in ran.out
    return found


@pytest.mark.parametrize("by", ["shift", "day", "hour", "product", "machine"])
def test_kpi_has_a_row_for_each_group(site: Command, by: str) -> None:
    """Elements and measures, each with unit, bounds, coverage and definition."""
    found = document(site("kpi", "--line", "mask-1", *SPAN, "--by", by, "--json"))
    assert found["rows"]
    for row in found["rows"]:
        assert {"site", "line", "machine", "elements", "measures", "status", "revision"} <= set(row)
        for measure in row["measures"].values():
            keys = {"value", "unit", "low", "high", "coverage", "n", "definition"}
            assert set(measure) == {*keys, "manual_share"}


def test_kpi_by_reason_lists_reasons(site: Command) -> None:
    """Half an hour of delay on each day that was watched, and nobody said why."""
    found = document(site("kpi", "--line", "mask-1", *SPAN, "--by", "reason", "--json"))
    assert found["reasons"] == [
        {"reason": None, "state": "delayed", "seconds": 1800.0 * DAYS, "n": DAYS}
    ]


def test_an_explanation_leads_to_an_export_that_holds_the_samples(own: Command) -> None:
    """The signals and the interval that it names are taken by `export` as they are."""
    day = "--from", "2026-03-02T08:00", "--to", "2026-03-02T20:00"
    asked = "--explain", "--measure", "availability", "--json"
    found = document(own("kpi", "--line", "mask-1", *day, *asked))
    (state,) = [one for one in found["samples"] if one["role"] == "state"]
    out = own.folder / "state.csv"
    span = "--from", state["from"], "--to", state["to"]
    wrote = document(own("export", *span, "--signal", state["signal"], "--out", out, "--json"))
    assert wrote["rows"] >= state["rows"] > 0
    text = own("kpi", "--line", "mask-1", *day, *asked[:-1]).out
    assert "counter decisions: none" in text
    assert f"--signal {state['signal']}" in text.splitlines()[-2]


def test_archive_lists_nothing_before_an_hour_is_sealed(site: Command) -> None:
    """An empty list is a document too."""
    assert document(site("archive", "list", "--json")) == {"parts": []}
    ran = site("archive", "list")
    waiting = f"{len(rows()):,} rows in the journal wait until an hour is full"
    assert (ran.code, ran.out, ran.err) == (0, "", f"no part yet: {waiting}\n")


def test_export_says_what_it_wrote(own: Command) -> None:
    """The file itself is elsewhere."""
    out = own.folder / "out.csv"
    found = document(own("export", *SPAN, "--out", out, "--json"))
    assert found == {"file": str(out), "format": "csv", "rows": len(rows())}


def test_import_says_what_became_of_the_rows(own: Command) -> None:
    """Received = stored + filtered; none lacks an offset here, or lies in the future."""
    found = document(own("import", "samples", own.folder / "samples.csv", "--json"))
    here = len(rows())
    sums = {"received": here, "stored": 0, "filtered": here}
    assert found == {**sums, "local": 0, "future": 0}


def test_a_baseline_and_a_target_answer_with_what_they_are(own: Command) -> None:
    """The same documents from setting, listing and showing."""
    frozen = document(own(*FREEZE, *BEFORE, *WORDS, "--json"))
    assert (frozen["id"], frozen["days"], frozen["name"]) == ("b1", 3, "기준선")
    assert frozen["value"] == pytest.approx(1 / 6)  # one piece in six is scrap
    assert [b["id"] for b in document(own("baseline", "list", "--json"))["baselines"]] == ["b1"]
    assert document(own("baseline", "show", "b1", "--json"))["digest"] == frozen["digest"]

    aim = ("--baseline", "b1", "--improve", "0.5")
    agreed = document(own(*SET, "2026-03-05T08:00", *aim, "--due", "2026-12-31", "--json"))
    assert agreed["target"] == pytest.approx(1 / 12)
    assert agreed["baseline"]["id"] == "b1"
    (listed,) = document(own("target", "list", "--json"))["targets"]
    shown = document(own("target", "show", agreed["id"], "--json"))
    assert listed["id"] == shown["id"] == agreed["id"]
    assert listed["verdict"] == shown["verdict"]
    assert len(shown["series"]) >= DAYS


@pytest.mark.parametrize("begun", [False, True])
def test_a_site_without_samples_lists_nothing(
    new: Command,
    begun: bool,  # noqa: FBT001 - a parameter
) -> None:
    """The documents of the API with nothing in them; what lists them makes no file in the site."""
    if begun:
        (new.folder / "data").mkdir()
        (new.folder / "data" / "journal.db").touch()
    before = sorted(new.folder.rglob("*"))

    baselines = document(new("baseline", "list", "--json"))
    targets = document(new("target", "list", "--json"))
    tasks = document(new("task", "list", "--json"))
    aside = document(new("quarantine", "list", "--json"))
    parts = document(new("archive", "list", "--json"))

    assert sorted(new.folder.rglob("*")) == before
    assert baselines["baselines"] == []
    assert "defect_rate" in baselines["measures"]
    assert (targets["targets"], targets["unjudged"]) == ([], [])
    assert datetime.fromisoformat(targets["as_of"]).utcoffset() == timedelta(hours=9)
    assert tasks["tasks"] == aside["quarantine"] == parts["parts"] == []
    for kind in ("baseline", "target", "task"):
        ran = new(kind, "list")
        assert (ran.code, ran.out) == (0, "")
        assert ran.err.startswith(f"no {kind} is ")


def test_what_was_written_down_is_listed_without_samples(own: Command) -> None:
    """A folder that only has records, as one brought from elsewhere, lists what stands in them."""
    frozen = document(own(*FREEZE, *BEFORE, *WORDS, "--json"))
    data = own.folder / "data"
    for path in data.iterdir():
        if path.name != "records.db":
            rmtree(path) if path.is_dir() else path.unlink()

    (found,) = document(own("baseline", "list", "--json"))["baselines"]

    assert (found["id"], found["value"]) == (frozen["id"], frozen["value"])


def test_check_says_that_it_is_valid(site: Command) -> None:
    """Or lists the faults, each with its place."""
    found = document(site("check", "--json"))
    assert (found["valid"], found["faults"], found["signals"]) == (True, [], 4)


def test_check_lists_every_fault(own: Command) -> None:
    """In the document, not on stderr; the exit code is that of a wrong configuration."""
    file = own.folder / "lineproof.yaml"
    file.write_text(file.read_text("utf-8").replace("topic: body/good", "topik: body/good"))
    ran = own("check", "--json")
    found = document(ran, 3)
    assert found["valid"] is False
    assert any("did you mean 'topic'?" in fault["message"] for fault in found["faults"])
    assert all(fault["place"].startswith("lineproof.yaml:") for fault in found["faults"])
    assert ran.err == ""


def test_version_is_a_document(site: Command) -> None:
    """Of the software that runs."""
    assert set(document(site("version", "--json", config=False))) == {"version"}


def test_status_is_the_document_of_the_service(
    site: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it comes; 0 where all is well, 1 where somebody should look."""
    site_ = {"id": "hanbit", "name": "한빛"}
    health: dict[str, object] = {"site": site_, "status": "ok", "sources": [], "findings": []}
    monkeypatch.setattr(status, "asked", lambda host, port: {**health, "at": f"{host}:{port}"})
    assert document(site("status", "--json")) == {**health, "at": "127.0.0.1:1"}
    health["status"] = "degraded"
    assert document(site("status", "--json"), 1)["status"] == "degraded"


def test_a_command_that_fails_prints_no_document(site: Command) -> None:
    """Whoever reads stdout finds nothing there, and the reason on stderr."""
    for arguments in (
        ("kpi", "--line", "x", *SPAN, "--json"),
        ("target", "show", "t9", "--json"),
        ("status", "--json"),
    ):
        ran = site(*arguments)
        assert ran.out == ""
        assert ran.code in {2, 4}
        assert ran.err.strip()


def test_two_files_are_one_import(own: Command) -> None:
    """Counted together, whatever the order in which they were named."""
    half = len(rows()) // 2
    one = write_csv(own.folder / "one.csv", rows()[:half])
    other = write_csv(own.folder / "other.csv", rows(DAYS + 1)[half:])
    found = document(own("import", "samples", other, one, "--json"))
    assert found["received"] == len(rows(DAYS + 1))
    assert found["stored"] == len(rows(DAYS + 1)) - len(rows())
