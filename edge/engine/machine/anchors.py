"""From where a fold may begin: what was known of a machine at an instant, no more than needed.

Two folds that agree on an anchor agree on everything after it. So a fold that ends at an instant
whose stored anchor differs from the one it found has more to do behind it; one that finds the
same is done. An anchor is therefore in one form only, and compared as text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Counted = tuple[int, float]  # instant, value of a counter
Held = tuple[int, int]  # from when, state
Named = tuple[int, str | None]  # from when, text


@dataclass(frozen=True, slots=True)
class MachineAnchor:
    """What the time before an instant means for the time after it."""

    readings: Mapping[str, tuple[Counted, ...]] = field(default_factory=dict)
    """Of each counter the last accepted reading, and the good ones after it."""
    same_ns: Mapping[str, int] = field(default_factory=dict)
    """Since when the first of each of these has shown its value; at most an hour before."""
    runs: tuple[Held, ...] = ()
    """Runs of the state signal before debouncing; the first is long enough to stand."""
    proof_ns: int | None = None  # the last proof of life of the state
    part_ns: int | None = None  # the last piece
    gap_ns: int | None = None  # while producing: since when without a piece
    states: tuple[Held, ...] = ()  # debounced, since the earliest of `readings`
    products: tuple[Named, ...] = ()  # since the earliest of the line's `readings`
    orders: tuple[Named, ...] = ()
    last_product: str | None = None  # the last that was known
    lived: Mapping[str, int] = field(default_factory=dict)
    """Of each source that counts the last proof of life."""
    unusable_ns: Mapping[str, int] = field(default_factory=dict)
    """Since when a counter has sent nothing that can be used; most never did."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the time before an instant means for a line."""

    machines: Mapping[str, MachineAnchor] = field(default_factory=dict)
    gap_ns: int | None = None  # as of a machine, of the line's exit

    def text(self) -> str:
        """The one form in which anchors are stored and compared."""
        machines = {
            name: {
                each.name: getattr(machine, each.name)
                for each in fields(machine)
                if each.name != "unusable_ns" or machine.unusable_ns
            }
            for name, machine in self.machines.items()
        }
        document = {"machines": machines, "gap_ns": self.gap_ns}
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """The anchor that `text` returned."""
        document = json.loads(text)
        machines = {
            name: MachineAnchor(**{key: frozen(value) for key, value in machine.items()})
            for name, machine in document["machines"].items()
        }
        return cls(machines, document["gap_ns"])


def frozen(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Lists as tuples, all the way down."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value
