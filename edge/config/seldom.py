"""Counters that may be read too seldom for what is to be told from them."""

from typing import NamedTuple

from edge.site import Kind, Machine, Signal, Site

PIECES = ("good", "scrap", "total", "rework")


class Seldom(NamedTuple):
    """A counter whose silence may be longer than a stop; its machine has no signal of state."""

    machine: Machine
    signal: Signal

    def __str__(self) -> str:
        silent_s, stop_s = self.signal.stale_after_s, self.machine.stop_after_s
        return (
            f"{self.signal.path} may be silent for {silent_s:g} s (stale_after_s), longer than a"
            f" stop (stop_after_s: {stop_s:g}), and no signal tells the state of this machine: a"
            " stop between two readings cannot be seen, and pieces count as made evenly between"
            " them; read it more often or add a state"
        )


def seldom(site: Site) -> list[Seldom]:
    """All such counters of a site."""
    return [
        Seldom(machine, signal)
        for line in site.lines
        for machine in line.machines
        if not any(one.kind is Kind.STATE for one in machine.signals.values())
        for signal in machine.signals.values()
        if signal.name in PIECES and signal.stale_after_s > machine.stop_after_s
    ]
