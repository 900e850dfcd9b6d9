"""`lineproof run`: the service."""

import asyncio
from pathlib import Path

from edge.cli.logs import log_to_stderr
from edge.cli.site import site_of
from edge.service.serve import Service


def command(config: Path) -> None:
    """Serve the site until told to stop."""
    loaded = site_of(config)
    log_to_stderr()
    run(Service(loaded))


def run(service: Service) -> None:
    """Run a service to its end; being told to stop is no error."""
    try:
        asyncio.run(service.run())
    except asyncio.CancelledError:  # the last line of `main`: shutdown is cancellation
        return
