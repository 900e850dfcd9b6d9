"""The rows of the fault matrix that are played here, each with what it does and what must hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.stage import Stage

Play = Callable[[Stage], float | None]  # seconds until fresh data, where that is measured


@dataclass(frozen=True)
class Fault:
    """One row: its number in the matrix, what is done, and how it is judged."""

    number: str
    name: str
    play: Play
    trials: int = 1
    is_short: bool = False  # whether it is played for every change
    gaps_allowed: bool = False  # whether the source itself loses; the ledger then has to say so
    stage: Mapping[str, Any] = field(default_factory=dict)  # how the stage is set


MATRIX: list[Fault] = []


def fault(number: str, name: str, **how: Any) -> Callable[[Play], Play]:  # noqa: ANN401 - of Fault
    """Enter a function into the matrix; what belongs to the stage is handed on to it."""
    own = {key: how.pop(key) for key in ("trials", "is_short", "gaps_allowed") if key in how}

    def enter(play: Play) -> Play:
        MATRIX.append(Fault(number, name, play, **own, stage=how))
        return play

    return enter
