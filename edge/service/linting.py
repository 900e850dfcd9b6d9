"""Findings in the figures of the last week, as the health page tells them.

They last for days and cost a reading of the week, so they are looked for a few times an hour.
"""

from edge.clock import Clock
from edge.engine.engine import Engine
from edge.engine.findings.lints import Lint
from edge.service.desk import Desk
from edge.status import Status
from edge.text.catalogue import LANGUAGES, finding, text

FIGURES = "figures"  # the room's name in the status
FIRST_S = 60.0  # after a start there is more urgent work
LOOK_S = 900.0


async def keep_linted(engine: Desk[Engine], status: Status, clock: Clock) -> None:
    """Look for findings in the figures, until cancelled."""
    told = set[str]()
    await clock.sleep(FIRST_S)
    while True:
        now = said(await looked(engine))
        for code in told - now.keys():
            status.find(FIGURES, code, "", 0)
        for code, words in now.items():
            status.find(FIGURES, code, words["en"], clock.wall_ns(), words)
        told = set(now)
        status.runs(FIGURES, clock.wall_ns())
        await clock.sleep(LOOK_S)


async def looked(engine: Desk[Engine]) -> list[Lint]:
    """All findings; whoever asks meanwhile has his turn between two pieces."""
    pieces, found = await engine.ask(Engine.lints), list[Lint]()
    while (piece := await engine.ask(lambda _: next(pieces, None))) is not None:
        found += piece
    return found


def said(found: list[Lint]) -> dict[str, dict[str, str]]:
    """Codes of findings with their words by language; none of a machine that its line has too."""
    whole = {(lint.code, lint.line) for lint in found if lint.machine is None}
    return {
        code_of(lint): {language: of_week(language, lint) for language in LANGUAGES}
        for lint in found
        if lint.machine is None or (lint.code, lint.line) not in whole
    }


def of_week(language: str, lint: Lint) -> str:
    """What was found in one language."""
    found = finding(language, lint.code, lint.amount, lint.of)
    return text(language, "lints.week", found=found)


def code_of(lint: Lint) -> str:
    """`unplanned output/mask-1`; the part behind the stroke is what it is found of."""
    where = f"{lint.line}/{lint.machine}" if lint.machine else lint.line
    return f"{lint.code.replace('_', ' ')}/{where}"
