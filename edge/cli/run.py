"""`lineproof run`: the service."""

import os
from pathlib import Path

import structlog

from edge.cli.logs import log_to_stderr
from edge.clock import SYSTEM
from edge.config.good import keep, usable
from edge.config.loader import FILE
from edge.service.ending import run_until_told
from edge.service.heap import share_arenas
from edge.service.kinds import kinds
from edge.service.serve import Service
from edge.trust import Guard

log = structlog.get_logger()


def command(config: Path) -> None:
    """Serve the site until told to stop; where its file has faults, as it was served last."""
    share_arenas()
    loaded, text, instead = usable(config, kinds())
    log_to_stderr()

    def serves(address: str) -> None:
        keep(config, text)
        log.info("pages are served", address=address)

    service = Service(loaded, Guard(loaded.data), ready=serves)
    if instead:
        log.error("the configuration has faults; the last good one is used", faults=instead)
        told = f"{instead}; mend {FILE}, see `lineproof check`, and start again"
        service.status.find("gateway", "configuration", told, SYSTEM.wall_ns())
    run_until_told(service.run, os.environ)
