"""What is learned late restates figures in the open, and what was frozen or issued stays.

Four days of which one half hour a day stood still. A baseline is frozen over three of them and a
package issued; then scrap comes late, a stop is called otherwise, its reason is corrected, the map
of states is changed, and then the ideal cycle. After each the truth of the days is worked out by
hand, the package verifies to the last digit, and the list says that it was restated since.
"""

import json
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.system.rig import Gateway, lineproof, reported, until
from tests.system.test_evidence import document, posted
from tests.unit.edge.cli.desk import FIRST, PLANNED_S, STEP_S, STOP, rows, write_csv

pytestmark = pytest.mark.slow

DAYS = 6
LATE = FIRST + timedelta(days=2, minutes=235)  # from here on the scrap of that day comes late
STOPPED_S = STOP[1] - STOP[0]
SCRAP = (PLANNED_S - STOPPED_S) // STEP_S  # a piece a minute
SUBJECT = ("--line", "mask-1", "--measure", "oee")
LIVE = "2026-03-05T08:00:00+09:00"
Elements = dict[str, float]


def is_late(path: str, at: datetime) -> bool:
    """Whether a sample comes after the package was issued."""
    return path.endswith("scrap") and LATE <= at < FIRST + timedelta(days=3)


class Story:
    """A site whose past is rewritten, and the packages that were issued on the way."""

    def __init__(self, folder: Path) -> None:
        """Bring the days in, freeze, agree."""
        self.folder, self.keys = folder, document()
        self.gateway = Gateway(folder / "site", self.keys)
        self.config = ("--config", self.gateway.folder)
        self.bring([row for row in rows(DAYS) if not is_late(row[0], row[1])])
        window = (
            "--from",
            FIRST.isoformat(),
            "--to",
            LIVE,
            "--name",
            "before",
            "--reason",
            "as was",
        )
        frozen = self.said("baseline", "freeze", *SUBJECT, *window)
        aim = ("--improve", "0.1", "--go-live", LIVE, "--baseline", frozen)
        self.target = self.said("target", "set", *SUBJECT, *aim)
        self.frozen = reported("baseline", "show", frozen, *self.config)
        self.issued: list[Path] = []

    def said(self, *words: object) -> str:
        """What a command answers."""
        return lineproof(*words, *self.config).stdout.strip()

    def bring(self, samples: list[tuple[str, datetime, float]]) -> None:
        """Import samples."""
        lineproof("import", "samples", write_csv(self.folder / "some.csv", samples), *self.config)

    def configure(self, **machine: object) -> None:
        """Start again with another machine."""
        self.keys["lines"][0]["machines"][0] |= machine
        self.gateway.stop()
        self.gateway.write(self.keys)
        self.gateway.start()
        until(self.gateway.answers, "pages are served")

    def is_over(self, job: str) -> bool:
        """Whether a job has come to its end."""
        return self.gateway.get(f"jobs/{job}")["state"] in {"done", "failed"}

    def issue(self) -> None:
        """Have a package made, as the page does; nothing of it is restated yet."""
        gateway = self.gateway
        job = dict[str, Any]()

        def is_made() -> bool:
            """Whether it is; where a day's root is yet to be signed anew, it asks for patience."""
            nonlocal job
            job = posted(gateway, "evidence", {"target": self.target})
            until(partial(self.is_over, job["id"]), "it is made", 120)
            job = gateway.get(f"jobs/{job['id']}")
            return "came meanwhile" not in str(job.get("problem"))

        until(is_made, "the days that changed are signed anew", 120)
        assert job["state"] == "done", job
        made = job["package"]
        url = f"http://127.0.0.1:{gateway.port}/api/v1/evidence/{made['manifest']}/file"
        path = self.folder / f"{made['manifest']}.zip"
        with urllib.request.urlopen(url, timeout=20) as answer:
            path.write_bytes(answer.read())
        self.issued.append(path)
        assert self.restated()[path.stem] is None

    def restated(self) -> dict[str, str | None]:
        """Since when each package is restated."""
        listed = self.gateway.get("evidence")["packages"]
        return {one["manifest"]: one["restated_since"] for one in listed}

    def day(self, number: int) -> dict[str, Any]:
        """The row of the line on a day, and the buckets it is made of."""
        begin = FIRST + timedelta(days=number)
        ends = f"from={stamp(begin)}&to={stamp(begin + timedelta(hours=4))}"
        found = self.gateway.get(f"kpis?line=mask-1&{ends}&by=shift")["rows"]
        row: dict[str, Any] = next(one for one in found if one["machine"] is None)
        buckets = self.gateway.get(f"kpis/explain?line=mask-1&{ends}")["buckets"]
        return {**row, "reasons": {one["reason"] for one in buckets if one["revision"]}}

    def holds(self, number: int, truth: Elements, cause: str) -> None:
        """Wait until a day is what it has to be, as revised and why; what was issued stays."""
        until(lambda: truth.items() <= self.day(number)["elements"].items(), f"{truth}")
        row = self.day(number)
        assert (row["status"], cause in row["reasons"]) == ("revised", True), row["reasons"]
        assert self.restated()[self.issued[-1].stem] is not None
        self.stays()

    def stays(self) -> None:
        """The baseline is as it was frozen, and the last package verifies to the last digit."""
        name = self.frozen["id"]
        assert reported("baseline", "show", name, *self.config) == self.frozen
        found = reported("evidence", "verify", self.issued[-1], "--recompute")
        assert (found["faults"], found["verified"]) == ([], True)


def stamp(at: datetime) -> str:
    """An instant in a query."""
    return at.isoformat().replace("+", "%2B")


def patched(gateway: Gateway, path: str, version: int, body: dict[str, object]) -> dict[str, Any]:
    """The answer to a change of what somebody saw."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.port}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "If-Match": str(version)},
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def scrap_comes_late(story: Story) -> None:
    """Six pieces of the baseline's last day, a season afterwards."""
    assert story.day(2)["elements"]["SQ"] == SCRAP - 6
    story.bring([row for row in rows(DAYS) if is_late(row[0], row[1])])
    story.holds(2, {"SQ": SCRAP, "GQ": 5 * SCRAP}, "late data")


def a_stop_is_called_otherwise(story: Story) -> None:
    """Delay becomes set-up; then its reason is given and corrected, with both in its history."""
    gateway = story.gateway
    span = f"from={stamp(FIRST + timedelta(days=1))}&to={stamp(FIRST + timedelta(days=1, hours=4))}"
    (stop,) = gateway.get(f"stops?line=mask-1&{span}")["stops"]
    path = f"stops/{stop['id']}"
    stop = patched(gateway, path, stop["version"], {"state": "setup"})
    story.holds(1, {"AUST": STOPPED_S, "ADET": 0}, "entered later")
    for reason in ("breakdown", "material"):
        stop = patched(gateway, path, stop["version"], {"reason": reason, "note": None})
    told = gateway.get(f"{path}/history")["history"]
    last = told[-1]
    assert (last["old"]["reason"], last["new"]["reason"]) == ("breakdown", "material")


def the_map_of_states_changes(story: Story) -> None:
    """What was delay is called idle from the first day on."""
    signals = story.keys["lines"][0]["machines"][0]["signals"]
    state = {**signals["state"], "map": {1: "producing", 3: "idle"}}
    story.configure(signals={**signals, "state": state})
    story.holds(0, {"ADOT": STOPPED_S, "ADET": 0}, "changed configuration")


def the_ideal_cycle_changes(story: Story) -> None:
    """Figures of the past are other ones, and the log says by what; the target keeps its cycle."""
    gateway, told = story.gateway, f"targets/{story.target}"
    before, day = gateway.get(told), story.day(4)["measures"]["oee"]["value"]
    story.configure(ideal_cycle_s={"A": 8})
    after = gateway.get(told)
    assert story.day(4)["measures"]["oee"]["value"] == pytest.approx(0.8 * day)
    for name in ("before", "after", "target", "verdict", "gates", "baseline"):
        assert after[name] == before[name], name
    entry = next(e for e in gateway.get("audit?limit=5")["audit"] if e["what"] == "configuration")
    assert entry["old"]["sha256"] != entry["new"]["sha256"]
    assert reported("baseline", "show", story.frozen["id"], *story.config) == story.frozen


CHANGES: tuple[Callable[[Story], None], ...] = (
    scrap_comes_late,
    a_stop_is_called_otherwise,
    the_map_of_states_changes,
)


def test_what_was_issued_stays_and_says_that_it_was_restated(tmp_path: Path) -> None:
    """Three changes, each after a package of its own that still verifies, and one of a table."""
    story = Story(tmp_path)
    with story.gateway:
        until(story.gateway.answers, "pages are served")
        for change in CHANGES:
            story.issue()
            change(story)
        assert None not in [story.restated()[path.stem] for path in story.issued]
        the_ideal_cycle_changes(story)
