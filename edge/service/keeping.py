"""What goes on beside collecting: sealing hours, folding what came, showing frames."""

import structlog

from api.hub import Hub
from edge import sealing
from edge.clock import Clock
from edge.engine.engine import Engine
from edge.service.desk import Desk
from edge.service.health import Document, Health
from edge.stores import Stores

SEAL_LOOK_S = 20.0
FOLD_EVERY_S = 1.0
FRAME_EVERY_S = 1.0

log = structlog.get_logger()


async def keep_sealed(stores: Desk[Stores], clock: Clock) -> None:
    """Move full hours from the journal into the archive, until cancelled."""
    for found in await stores.ask(sealing.tidy):
        log.warning("archive put in order", found=found)
    while True:
        rows = await stores.ask(lambda own: sealed(own, clock.wall_ns()))
        if rows:
            log.info("hours sealed", rows=rows)
        await clock.sleep(SEAL_LOOK_S)


def sealed(stores: Stores, now_ns: int) -> int:
    """Seal what is due; how many rows went."""
    upto = sealing.due(stores, now_ns)
    return 0 if upto is None else sealing.seal(stores, upto)


async def keep_folded(desk: Desk[Engine], clock: Clock) -> None:
    """Bring the element table up to what the journal holds, until cancelled."""
    while True:
        await desk.ask(lambda engine: engine.keep_up())
        await clock.sleep(FOLD_EVERY_S)


async def keep_framed(desk: Desk[Engine], hub: Hub, health: Health, clock: Clock) -> None:
    """Show a frame a second to whoever watches, until cancelled."""
    while True:
        frame = await desk.ask(lambda engine: engine.frame())
        sources: Document = {"status": health.verdict(), "sources": health.sources()}
        hub.show({**frame, **sources, "import": health.importing()})
        await clock.sleep(FRAME_EVERY_S)
