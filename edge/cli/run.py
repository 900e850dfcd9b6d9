"""`lineproof run`: the service."""

import os
from pathlib import Path

from edge.cli.logs import log_to_stderr
from edge.cli.site import site_of
from edge.service.ending import run_until_told
from edge.service.serve import Service
from edge.trust import Guard


def command(config: Path) -> None:
    """Serve the site until told to stop."""
    loaded = site_of(config)
    log_to_stderr()
    run_until_told(Service(loaded, Guard(loaded.data)).run, os.environ)
