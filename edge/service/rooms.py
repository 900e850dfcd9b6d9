"""What the pages are asked of, put together from the rooms of a running service."""

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

if TYPE_CHECKING:  # it imports us
    from edge.service.house import House

PAGES = Path(api.__file__).parent / "static"


def app_of(house: "House") -> ASGIApp:
    """The application that serves this service's pages and answers."""
    site, data, health = house.loaded.site, house.loaded.data, house.health
    examining, zone = Examining(data), ZoneInfo(site.timezone)
    rooms = Rooms(
        desk=house.desk,
        hub=house.hub,
        health=health.document,
        accounting=health.accounting,
        metrics=health.metrics,
        zone=zone,
        day_starts=site.production_day_starts,
        pages=PAGES,
        evidence=house.packing,
        examining=examining,
        firms=Firms(data, examining, zone, house.service.clock),
        quarantine=house.aside,
        recounts=house.recounts,
        photos=Photos(data),
    )
    return create_app(rooms, house.hub.build)
