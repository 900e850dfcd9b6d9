"""A site in a folder, two days of samples whose figures anybody can work out, and the command."""

import csv
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from edge.cli.main import main

SEOUL = timezone(timedelta(hours=9))
SITE = """\
site: {id: hanbit, name: 한빛마스크, timezone: Asia/Seoul, production_day_starts: "08:00"}
sources:
  - {id: broker, kind: mqtt, url: "mqtt://127.0.0.1:1", client_id: hanbit-gw}
lines:
  - id: mask-1
    name: KF94 1호기
    shifts: [{name: 주간, start: "08:00", end: "12:00", days: mon-sun}]
    machines:
      - id: body
        ideal_cycle_s: {A: 10}
        signals:
          good: &count
            {source: broker, topic: body/good, kind: counter, unit: "{piece}", stale_after_s: 120}
          scrap: {<<: *count, topic: body/scrap}
          state: {source: broker, topic: body/state, kind: state, map: {1: producing, 3: delayed},
                  stale_after_s: 120}
          temp: {source: broker, topic: body/temp, kind: gauge, unit: Cel}
api: {listen: "127.0.0.1:1"}
"""
FIRST = datetime(2026, 3, 2, 8, tzinfo=SEOUL)  # a Monday
DAYS = 6
PLANNED_S = 4 * 3600
STEP_S = 60
STOP = (3600, 5400)  # seconds after the shift's begin: half an hour of delay
GOOD_A_STEP = 5
SCRAP_A_STEP = 1  # in the second half of the days before FIRST + 3 days alone


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str


class Command:
    """The command `lineproof`, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str | Path, config: bool = True) -> Ran:
        """Run a command over the site of this folder."""
        at = ["--config", str(self.folder)] if config else []
        argv, hook = sys.argv, sys.excepthook
        sys.argv = ["lineproof", *map(str, arguments), *at]
        self._capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        else:
            code = 0
        finally:
            sys.argv, sys.excepthook = argv, hook
        found = self._capsys.readouterr()
        return Ran(code, found.out, found.err)


def rows(days: int = DAYS) -> list[tuple[str, datetime, float]]:
    """Samples of a machine that makes five good pieces a minute, but for one stop a day."""
    found, good, scrap = list[tuple[str, datetime, float]](), 0, 0
    for day in range(days):
        begin = FIRST + timedelta(days=day)
        for second in range(0, PLANNED_S + 1, STEP_S):
            stopped = STOP[0] <= second < STOP[1]
            at = begin + timedelta(seconds=second)
            found += [
                ("hanbit/mask-1/body/good", at, good),
                ("hanbit/mask-1/body/scrap", at, scrap),
                ("hanbit/mask-1/body/state", at, 3 if stopped else 1),
            ]
            if not stopped and second < PLANNED_S:
                good += GOOD_A_STEP
                scrap += SCRAP_A_STEP if day < 3 else 0
    return found


def write_csv(path: Path, samples: list[tuple[str, datetime, float]]) -> Path:
    """A file as `import samples` takes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["signal", "source_time", "value", "quality"])
        table.writerows((signal, at.isoformat(), value, "good") for signal, at, value in samples)
    return path
