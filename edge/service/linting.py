"""Findings in the figures of the last week, as the health page tells them.

They last for days and cost a reading of the week, so they are looked for a few times an hour.
"""

from collections.abc import Mapping

from edge.clock import Clock
from edge.engine.engine import Engine
from edge.engine.lints import Lint
from edge.service.desk import Desk
from edge.status import Status

FIGURES = "figures"  # the room's name in the status
FIRST_S = 60.0  # after a start there is more urgent work
LOOK_S = 900.0
WORDS: Mapping[str, str] = {
    "unplanned_output": "{amount:,.0f} of {of:,.0f} pieces were made outside of planned time",
    "fast_cycle": "{amount:.1%} of the ideal speed",
    "conflict": "{amount:,.0f} of {of:,.0f} pieces came while it was said to stand still",
    "loose": "nobody can say in which shift {amount:,.0f} of {of:,.0f} pieces were made",
    "no_cycle": "{amount:,.0f} of {of:,.0f} pieces are of products without an ideal cycle",
    "constant_series": "{amount:,.0f} days in a row have {of:,.0f} pieces each",
}


async def keep_linted(engine: Desk[Engine], status: Status, clock: Clock) -> None:
    """Look for findings in the figures, until cancelled."""
    told = set[str]()
    await clock.sleep(FIRST_S)
    while True:
        now = said(await engine.ask(Engine.lints))
        for code in told - now.keys():
            status.find(FIGURES, code, "", 0)
        for code, text in now.items():
            status.find(FIGURES, code, f"{text}, in the last 7 days", clock.wall_ns())
        told = set(now)
        status.runs(FIGURES, clock.wall_ns())
        await clock.sleep(LOOK_S)


def said(found: list[Lint]) -> dict[str, str]:
    """Codes of findings with their words; what is found of a line is not told of its machines."""
    whole = {(lint.code, lint.line) for lint in found if lint.machine is None}
    return {
        code_of(lint): WORDS[lint.code].format(amount=lint.amount, of=lint.of)
        for lint in found
        if lint.machine is None or (lint.code, lint.line) not in whole
    }


def code_of(lint: Lint) -> str:
    """`unplanned output/mask-1`; the part behind the stroke is what it is found of."""
    where = f"{lint.line}/{lint.machine}" if lint.machine else lint.line
    return f"{lint.code.replace('_', ' ')}/{where}"
