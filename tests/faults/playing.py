"""How a row of the matrix is played, and what became of it."""

import sys
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults import (
    rows_clock,
    rows_crowd,
    rows_cuts,
    rows_damage,
    rows_disk,
    rows_inside,
    rows_network,
    rows_process,
    rows_recovery,
    rows_servers,
    rows_shelves,
    rows_storage,
    rows_weight,
)
from tests.faults.checker import Kind, Violation
from tests.faults.matrix import Fault
from tests.faults.stage import Stage
from tests.servers.influxdb import MissingError

ROOMS = (
    rows_process,
    rows_inside,
    rows_storage,
    rows_disk,
    rows_cuts,
    rows_damage,
    rows_clock,
    rows_network,
    rows_recovery,
    rows_servers,
    rows_shelves,
    rows_crowd,
    rows_weight,
)  # imported, they have entered their rows
HEAD = "| Row | Fault | Trials | Lost | Doubled | Phantom | Named gaps | Recovery s | Verdict |\n"
RULE = "|---|---|---:|---:|---:|---:|---:|---:|---|\n"
SHOWN = 5  # violations of a trial that are printed
ABSENT = (pytest.skip.Exception, pytest.fail.Exception, MissingError)  # a server is not here
OWN = (Kind.LOST, Kind.DOUBLED, Kind.PHANTOM)


@dataclass
class Outcome:
    """What became of all trials of one row."""

    fault: Fault
    counts: Counter[Kind]
    recovery_s: list[float]
    reasons: list[str]
    named: int = 0  # rows lost by the source itself, in gaps that the ledger names

    @property
    def holds(self) -> bool:
        """Whether everything did that must."""
        return not self.counts and not self.reasons

    def line(self) -> str:
        """One row of the table."""
        numbers = " | ".join(str(self.counts[kind]) for kind in OWN)
        recovery = f"{max(self.recovery_s):.1f}" if self.recovery_s else "-"
        others = [f"{n} {kind.value}" for kind, n in self.counts.items() if kind not in OWN]
        verdict = "holds" if self.holds else "; ".join(["FAILS", *others, *self.reasons])
        one = self.fault
        columns = [one.number, one.name, one.trials, numbers, self.named, recovery, verdict]
        return f"| {' | '.join(map(str, columns))} |\n"


def played(one: Fault, seed: int) -> Outcome:
    """All trials of a row."""
    outcome = Outcome(one, Counter(), [], [])
    for trial in range(one.trials):
        try:
            found = tried(one, seed + trial, outcome)
        except ABSENT as error:
            outcome.reasons.append(f"NOT PLAYED: {error}")
            continue
        except Exception as error:  # noqa: BLE001 - whatever breaks a stage, others are still played
            traceback.print_exc()
            outcome.reasons.append(f"{type(error).__name__}: {short(str(error))}")
            continue
        outcome.counts.update(violation.kind for violation in found)
        for violation in found[:SHOWN]:
            sys.stderr.write(f"  {violation.kind.value}: {violation.where}: {violation.what}\n")
    return outcome


def short(text: str) -> str:
    """A message that stays one cell of the table."""
    return " ".join(text.split())[:200].replace("|", "/")


def tried(one: Fault, seed: int, outcome: Outcome) -> list[Violation]:
    """One trial on a stage of its own."""
    with (
        TemporaryDirectory(prefix="faults-") as folder,
        Stage(Path(folder), seed, **one.stage) as stage,
    ):
        recovery_s = one.play(stage)
        if recovery_s is not None:
            outcome.recovery_s.append(recovery_s)
        found = stage.judged(gaps_allowed=one.gaps_allowed)
        outcome.named += stage.named
        return found
