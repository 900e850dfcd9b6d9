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


async def keep_shown(desk: Desk[Engine], hub: Hub, health: Health) -> None:
    """Fold and show a frame after every commit, and at least once a second, until cancelled."""
    while True:
        frame = await desk.ask(kept_up)
        hub.show(
            {
                **frame,
                "status": health.verdict(),
                "sources": health.sources(),
                "import": health.importing(),
            }
        )
        await health.intake.committed(FRAME_EVERY_S)


def kept_up(engine: Engine) -> Document:
    """Bring the element table up to what the journal holds, and look at it."""
    engine.keep_up()
    return engine.frame()
