"""The web application, put together from its routes."""

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from api import problems
from api.guard import Guard
from api.rooms import Rooms
from api.routes import (
    evidence,
    health,
    kpis,
    lines,
    quarantine,
    signals,
    stops,
    stream,
    targets,
)
from edge.errors import Misconfigured

ROUTES = (lines, kpis, stops, targets, evidence, signals, health, quarantine, stream)
PAGES = ("board", "board/{id}", "lines/{id}", "targets", "targets/{id}", "health")


def create_app(rooms: Rooms, version: str) -> ASGIApp:
    """The application over these rooms.

    Raises:
        Misconfigured: where the pages were not built.
    """
    index = rooms.pages / "index.html"
    if not index.exists():
        raise Misconfigured(f"{index} is missing; build the pages with `make web`")
    app = interface(version)
    app.state.rooms = rooms

    async def page() -> FileResponse:
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    for path in PAGES:
        app.add_api_route(f"/{path}", page, include_in_schema=False)

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/board")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(rooms.metrics(), media_type="text/plain; version=0.0.4")

    app.mount("/", StaticFiles(directory=rooms.pages), name="pages")
    return Guard(app)


def interface(version: str) -> FastAPI:
    """What other programs ask, without pages; `/openapi.json` describes it."""
    app = FastAPI(
        title="lineproof",
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses={422: problems.ANSWER, "default": problems.ANSWER},
    )
    problems.register(app)
    for route in ROUTES:
        app.include_router(route.router, prefix="/api/v1")
    return app
