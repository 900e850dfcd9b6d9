"""What the pages are asked of, put together from the rooms of a running service.

Imported once the sources are read: FastAPI takes a sixth of a start, and no source needs it.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.types import ASGIApp

import api
from api.app import create_app
from api.rooms import Rooms
from edge.service.examining import Examining
from edge.service.firms import Firms
from edge.service.photos import Photos

if TYPE_CHECKING:  # it imports us, late
    from edge.service.serve import Service

PAGES = Path(api.__file__).parent / "static"


def app_of(service: "Service") -> ASGIApp:
    """The application that serves this service's pages and answers."""
    site, data, health = service.loaded.site, service.loaded.data, service.health
    examining, zone = Examining(data), ZoneInfo(site.timezone)
    rooms = Rooms(
        desk=service.desk,
        hub=service.hub,
        health=health.document,
        accounting=health.accounting,
        metrics=health.metrics,
        zone=zone,
        day_starts=site.production_day_starts,
        pages=PAGES,
        evidence=service.packing,
        examining=examining,
        firms=Firms(data, examining, zone, service.clock),
        quarantine=service.aside,
        recounts=service.recounts,
        photos=Photos(data),
    )
    return create_app(rooms, service.hub.build)
